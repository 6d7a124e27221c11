"""Plain tables, numbers and times as people read them. No colours, no terminal needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, two blanks apart; one line a row."""
    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """One fact a line: its name, then what it is. Empty facts are left out."""
    kept = [(name, text) for name, text in pairs if text]
    width = max((len(name) for name, _ in kept), default=0)
    return "\n".join(f"{name.ljust(width)}  {text}" for name, text in kept)


def number(value: float | None) -> str:
    """Six significant digits: what AWS's console shows of a metric; a dash for none."""
    if value is None:
        return "-"
    if not math.isfinite(value):
        return str(value)
    return f"{value:.6g}"


def duration(seconds: float | None) -> str:
    """``4.2 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``; a dash for none."""
    if seconds is None:
        return "-"
    if seconds < 10:  # noqa: PLR2004  (below ten, tenths are worth reading)
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def configuration(tuned: Mapping[str, str]) -> str:
    """``depth=3 lr=0.01``: the chosen values, by name, long numbers shortened."""
    return " ".join(f"{name}={short(text)}" for name, text in sorted(tuned.items()))


def short(text: str) -> str:
    """A value as text with at most six significant digits; other text as it is."""
    if len(text) <= 8:  # noqa: PLR2004  (short enough as it is)
        return text
    try:
        return number(float(text))
    except ValueError:
        return text
