"""The first configurations of a search: spread out, each range covered evenly.

A Latin hypercube of n rows has one row in each n-th of every range's scale (McKay et al.
1979). Of several such tables the one whose closest rows lie farthest apart is taken.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from orchestrator.space.ranges import to_text
from orchestrator.space.scaling import value_at
from orchestrator.strategy.seeds import Stream

if TYPE_CHECKING:
    from orchestrator.space.ranges import Configuration, Space

_TABLES = 16


def rows(space: Space, count: int, seed: int, purpose: str) -> list[Configuration]:
    """`count` configurations, decided by seed and purpose; in a small space some are equal."""
    tables = [_table(len(space), count, Stream(seed, purpose, index)) for index in range(_TABLES)]
    best = max(tables, key=_separation)
    return [
        tuple(
            (parameter.name, to_text(parameter, value_at(parameter, where)))
            for parameter, where in zip(space, row, strict=True)
        )
        for row in best
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
