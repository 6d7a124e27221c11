"""What metric definitions make of a log: what matches, what is lost, what almost matches.

A definition is searched as a training job's log is (`training.metrics`); this module only
looks more closely at why a search found less than was hoped for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.training import metrics
from orchestrator.training.metrics import MetricReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.training.spec import MetricDefinition

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)", re.IGNORECASE)
_REST_OF_NUMBER = re.compile(r"\.?\d|[eE][-+]?\d")
_SHOWN = 3
_LONGEST = 160
_WORD = 3  # letters that a word of a metric's name must have to count


@dataclass(frozen=True, slots=True)
class Tried:
    """One definition tried on a log.

    Attributes:
        values: How many values it gave.
        last: The last of them, which is the one that counts.
        lossy: What a match left out of the number it stands in.
        near: Lines that look as if they should have matched.
        fault: Why the expression cannot be used, or was given up.
    """

    metric: str
    values: int
    last: float | None
    lossy: tuple[str, ...]
    near: tuple[str, ...]
    fault: str = ""

    def __str__(self) -> str:
        if self.fault:
            return f"{self.metric}: {self.fault}."
        parts = [f"{self.metric}: {self.values} values, the last is {self.last}."]
        if not self.values:
            parts = [f"{self.metric}: nothing matches."]
        parts += [f"  loses part of a number: {text}" for text in self.lossy]
        parts += [f"  almost: {line}" for line in self.near]
        return "\n".join(parts)


def tried(definition: MetricDefinition, log: str) -> Tried:
    """Try one definition on a whole log."""
    reader = MetricReader([definition])
    found = reader.read(log)
    fault = "".join(reader.given_up)
    lines = log.splitlines()
    return Tried(
        metric=definition.name,
        values=len(found),
        last=found[-1].value if found else None,
        lossy=() if fault else tuple(_lossy(definition, lines)),
        near=() if found or fault else tuple(near_misses(definition, lines)),
        fault=fault,
    )


def near_misses(definition: MetricDefinition, lines: Sequence[str]) -> list[str]:
    """A few lines that say what the expression says, or else name the metric, with a number."""
    said = metrics.near_misses(definition, "\n".join(lines), _SHOWN) or _named(definition, lines)
    return [line.strip()[:_LONGEST] for line in said]


def _named(definition: MetricDefinition, lines: Sequence[str]) -> list[str]:
    """The last few lines with the last word of the metric's name and a number."""
    words = [word for word in re.split(r"[\W_]+", definition.name) if len(word) >= _WORD]
    if not words:
        return []
    word = words[-1].lower()
    return [line for line in lines if word in line.lower() and _NUMBER.search(line)][-_SHOWN:]


def _lossy(definition: MetricDefinition, lines: Sequence[str]) -> list[str]:
    """Matches whose value is cut out of a longer number: without its sign, or its exponent."""
    found: list[str] = []
    try:
        expression = re.compile(definition.regex)
    except re.error:  # the reader knows a dialect more than Python's own
        return found
    for line in lines:
        # Only lines that the guarded search accepts are searched here without its guard.
        if not MetricReader([definition]).read(line):
            continue
        match = expression.search(line)
        if match is None:
            continue
        begin, end = match.span(1 if expression.groups else 0)
        taken = line[begin:end]
        whole = _around(line, begin, end)
        if whole is not None and whole != taken:
            found.append(f"takes {taken} of {whole} in: {line.strip()[:_LONGEST]}")
        if len(found) == _SHOWN:
            break
    return found


def _around(line: str, begin: int, end: int) -> str | None:
    """The number that the capture was cut out of, or None when it stands alone."""
    cut_sign = begin > 0 and line[begin - 1] in "-+" and line[begin] not in "-+"
    cut_rest = bool(_REST_OF_NUMBER.match(line, end))
    if not (cut_sign or cut_rest):
        return None
    match = _NUMBER.match(line, begin - cut_sign)
    return match.group() if match else None
