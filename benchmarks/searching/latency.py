"""How long a suggestion takes: telling a value and asking for the next configuration.

Ten continuous ranges, as many observations as `SIZES` say, then some pairs of tell and ask;
the median. One thread, whose processor time is taken: on a machine that does nothing else it
is the time that passes, and on a busy one it still is.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.searching import searchers
from benchmarks.searching.tasks import cube

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (25, 50, 100, 200, 400, 750)
WIDTH = 10
PAIRS = 5
ENOUGH = 20.0  # seconds of all pairs: then no further pair
TOO_LONG = 30.0  # seconds of one pair: greater sizes are not tried


def _observed(count: int) -> list[tuple[dict[str, Any], float]]:
    """Configurations and values of a bowl with a little noise."""
    generator = np.random.default_rng(count)
    points = generator.random((count, WIDTH))
    values = ((points - 0.4) ** 2).sum(1) + 0.01 * generator.standard_normal(count)
    rows = [{f"x{index}": float(each) for index, each in enumerate(row)} for row in points]
    return list(zip(rows, values.tolist(), strict=True))


def measured(name: str) -> Iterator[tuple[int, float]]:
    """(observations, median seconds of a pair)."""
    with searchers.opened(name) as searcher:
        for size in SIZES:
            searcher.start(cube(WIDTH), seed=0, parallel=1, trials=size + PAIRS + 1)
            searcher.load(_observed(size))
            searcher.ask(size)
            took = [_pair(searcher, size)]
            while len(took) < PAIRS and sum(took) < ENOUGH:
                took.append(_pair(searcher, size + len(took)))
            yield size, statistics.median(took)
            if min(took) > TOO_LONG:
                return


def _pair(searcher: searchers.Ours | searchers.Peer, number: int) -> float:
    value = 1.0 + 0.01 * number
    if isinstance(searcher, searchers.Peer):
        return float(searcher.say(time=[number, value])["seconds"])
    begin = time.process_time()
    searcher.tell(number, value)
    searcher.ask(number + 1)
    return time.process_time() - begin
