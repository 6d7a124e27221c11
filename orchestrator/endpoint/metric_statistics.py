"""What CloudWatch makes of data points: periods, and statistics of each.

Periods lie on the grid of the epoch; a start is rounded down to its minute (documented for
recent data), or to the period of high-resolution questions.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MINUTE = 60
SHORT_PERIODS = frozenset({1, 5, 10, 20, 30})
_PERCENTILE = re.compile(r"p(?P<rank>\d{1,3}(?:\.\d{1,10})?)")

BASIC: dict[str, Callable[[Sequence[float]], float]] = {
    "SampleCount": lambda values: float(len(values)),
    "Average": lambda values: math.fsum(values) / len(values),
    "Sum": math.fsum,
    "Minimum": min,
    "Maximum": max,
}


class Point(NamedTuple):
    """A value and when it was seen, in epoch seconds."""

    at: float
    value: float


class Question(NamedTuple):
    """From when (inclusive) until when (exclusive), and in periods of how many seconds."""

    start: float
    end: float
    period: int


def is_period(seconds: int) -> bool:
    """True for what may be a period (documented)."""
    return seconds in SHORT_PERIODS or (seconds >= MINUTE and seconds % MINUTE == 0)


def is_statistic(name: str) -> bool:
    """True for the five statistics, and percentiles."""
    found = _PERCENTILE.fullmatch(name)
    return name in BASIC or (found is not None and 0 <= float(found["rank"]) <= 100)  # noqa: PLR2004


def grouped(points: Iterable[Point], question: Question) -> list[tuple[float, list[float]]]:
    """The values of each period that has some, by the period's beginning."""
    grain = min(MINUTE, question.period)
    start = question.start - question.start % grain
    found: dict[float, list[float]] = {}
    for point in points:
        if start <= point.at < question.end and math.isfinite(point.value):
            found.setdefault(point.at - point.at % question.period, []).append(point.value)
    return sorted(found.items())


def statistic(name: str, values: Sequence[float]) -> float:
    """One statistic of the values of a period; percentiles between two values are linear."""
    if name in BASIC:
        return BASIC[name](values)
    rank = float(name.removeprefix("p")) / 100 * (len(values) - 1)
    ordered, below = sorted(values), math.floor(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (rank - below)
