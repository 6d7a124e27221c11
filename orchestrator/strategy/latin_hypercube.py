"""The first configurations of a search: the middle, and others spread out evenly.

A Latin hypercube of n rows has one row in each n-th of every range's scale (McKay et al.
1979). Of several such tables the one whose closest rows lie farthest apart is taken.

Its row nearest to the middle comes first, with every number moved onto the middle. The best point
may lie anywhere: to the middle it is half as far, in squares and in the mean, as to a point drawn.
With many ranges that is the difference between a slope that can be seen and none.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from orchestrator.space.ranges import CategoricalRange, to_text
from orchestrator.space.scaling import value_at
from orchestrator.strategy.seeds import Stream

if TYPE_CHECKING:
    from orchestrator.space.ranges import Configuration, Space

_TABLES = 16
_MIDDLE = 0.5  # of a range's scale


def rows(space: Space, count: int, seed: int, purpose: str) -> list[Configuration]:
    """`count` configurations, the middle first, decided by seed and purpose.

    In a small space some are equal.
    """
    tables = [_table(len(space), count, Stream(seed, purpose, index)) for index in range(_TABLES)]
    best = max(tables, key=_separation)
    nearest = min(best, key=_from_middle)
    ordered = [_moved(space, nearest), *(row for row in best if row is not nearest)]
    return [
        tuple(
            (parameter.name, to_text(parameter, value_at(parameter, where)))
            for parameter, where in zip(space, row, strict=True)
        )
        for row in ordered
    ]


def _table(width: int, count: int, stream: Stream) -> list[tuple[float, ...]]:
    columns = [
        [(part + stream.fraction()) / count for part in stream.shuffled(range(count))]
        for _ in range(width)
    ]
    return list(zip(*columns, strict=True))


def _separation(table: list[tuple[float, ...]]) -> float:
    """The least distance between two rows, squared."""
    return min(
        (
            sum((one - other) ** 2 for one, other in zip(*pair, strict=True))
            for pair in combinations(table, 2)
        ),
        default=0.0,
    )


def _from_middle(row: tuple[float, ...]) -> float:
    """The row's distance from the middle of every range, squared."""
    return sum((where - _MIDDLE) ** 2 for where in row)


def _moved(space: Space, row: tuple[float, ...]) -> tuple[float, ...]:
    """The row with its numbers moved onto the middle; categories have none."""
    return tuple(
        where if isinstance(parameter, CategoricalRange) else _MIDDLE
        for parameter, where in zip(space, row, strict=True)
    )
