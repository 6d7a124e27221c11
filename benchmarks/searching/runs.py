"""One search of one task, trial after trial or some at once in virtual time."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.searching.searchers import Searcher
    from benchmarks.searching.tasks import Task

TRIALS = 100  # a run of 30 is the beginning of one of 100
SEEDS = 10
PARALLEL = 4
MODES = {"sequential": 1, "async-4": PARALLEL}


@dataclass(frozen=True)
class Run:
    """Who searches what, how and from which seed."""

    searcher: str
    task: str
    mode: str
    seed: int


@dataclass(frozen=True)
class Found:
    """What came of a run.

    Attributes:
        version: The searcher's.
        trials: How many were told.
        incumbents: (trial, value): from that trial on, counted from 1 in the order of
            ending, what looks best has this true value.
        seconds: Spent on it, nearly all in the searcher.
    """

    version: str
    trials: int
    incumbents: tuple[tuple[int, float], ...]
    seconds: float

    def at(self, trials: int) -> float:
        """The true value of what looks best after so many trials."""
        return [value for trial, value in self.incumbents if trial <= trials][-1]


def chance(seed: int, trials: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """How long each trial takes, and its share of noise: the same whoever searches."""
    generator = np.random.default_rng([seed, 7])
    return generator.uniform(1.0, 3.0, trials), generator.standard_normal(trials)


def searched(run: Run, task: Task, searcher: Searcher, trials: int = TRIALS) -> Found:
    """Carry a search out.

    Raises:
        PeerFailed: The searcher did.
    """
    begin = time.perf_counter()
    parallel = MODES[run.mode]
    version = searcher.start(task.ranges, seed=run.seed, parallel=parallel, trials=trials)
    least, incumbents = np.inf, []
    ends = _ends(task, searcher, run.seed, parallel=parallel, trials=trials)
    for count, (told, true) in enumerate(ends, start=1):
        if told < least:
            least = told
            incumbents.append((count, true))
    return Found(version, trials, tuple(incumbents), time.perf_counter() - begin)


def _ends(
    task: Task, searcher: Searcher, seed: int, *, parallel: int, trials: int
) -> Iterator[tuple[float, float]]:
    """What the searcher is told and what is true, as trials end."""
    lengths, noise = chance(seed, trials)
    running: list[tuple[float, int, float]] = []
    now = 0.0
    for number in range(trials + parallel):
        if number >= parallel and running:
            now, ended, true = heapq.heappop(running)
            told = true + task.noise * float(noise[ended])
            searcher.tell(ended, told)
            yield told, true
        if number < trials:
            true = task.objective(searcher.ask(number))
            heapq.heappush(running, (now + lengths[number], number, true))
