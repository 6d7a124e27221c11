"""What the runs say: regret in units of random search's, ranks, and intervals.

A cell is a task and a seed that every searcher compared has finished. Regret is what is
missed of the least value there is, divided by what random search misses at the same number
of trials on the mean over all its seeds: 1 is as good as random search, 0.1 ten times
nearer. Ranks are over searchers within a cell, 1 the best, equals sharing theirs. Means are
over tasks of means over seeds; intervals hold 95 % of a thousand draws, with replacement, of
tasks and of each one's seeds (Efron 1979): what other tasks might have said counts too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.searching.runs import Found, Run

    Array = np.ndarray[Any, Any]

FLOOR = 1e-6  # a regret below is as good as none
DRAWS = 1000


@dataclass(frozen=True)
class Comparison:
    """Normalised regrets: a row for each searcher, a column for each cell."""

    searchers: tuple[str, ...]
    cells: tuple[tuple[str, int], ...]
    regrets: Array

    def tasks(self) -> list[str]:
        """Each task once, in order."""
        return list(dict.fromkeys(task for task, _ in self.cells))

    def seeds(self) -> int:
        """The most seeds that a task has."""
        return max(sum(task == each for task, _ in self.cells) for each in self.tasks())

    def of_task(self, task: str) -> Array:
        """Mean regret of each searcher on one task."""
        chosen = [index for index, (each, _) in enumerate(self.cells) if each == task]
        return np.asarray(self.regrets[:, chosen].mean(1))

    def weights(self) -> Array:
        """What each cell counts, so that tasks count alike."""
        tasks = [task for task, _ in self.cells]
        return np.array([1 / tasks.count(task) for task in tasks]) / len(set(tasks))

    def mean_regrets(self) -> Array:
        return np.asarray(self.regrets @ self.weights())

    def mean_ranks(self) -> Array:
        return np.asarray(places(self.regrets) @ self.weights())

    def drawn(self, values: Array) -> Array:
        """The mean over tasks of each row of values, for each draw of tasks and their seeds."""
        generator = np.random.default_rng(0)
        names = np.array([task for task, _ in self.cells])
        tasks = self.tasks()
        counts = generator.multinomial(len(tasks), [1 / len(tasks)] * len(tasks), DRAWS)
        total = np.zeros((len(values), DRAWS))
        for task, often in zip(tasks, counts.T, strict=True):
            own = np.flatnonzero(names == task)
            seeds = own[generator.integers(0, len(own), (DRAWS, len(own)))]
            total += often * values[:, seeds].mean(2)
        return total / len(tasks)


def compared(
    found: Mapping[Run, Found],
    least: Mapping[str, float],
    searchers: Sequence[str],
    *,
    mode: str,
    trials: int,
) -> Comparison:
    """The searchers in the cells that all of them have finished; Random gives the unit.

    Args:
        found: All runs.
        least: The tasks that count, and the least value of each.
        searchers: Whom to compare.
        mode: How many trials ran at once.
        trials: After how many.
    """
    missed: dict[str, dict[tuple[str, int], float]] = {name: {} for name in {*searchers, "Random"}}
    for run, each in found.items():
        counts = run.mode == mode and run.task in least and each.trials >= trials
        if counts and run.searcher in missed:
            value = max(each.at(trials) - least[run.task], FLOOR)
            missed[run.searcher][run.task, run.seed] = value
    done = set.intersection(*(set(missed[name]) for name in searchers))
    cells = sorted(done, key=lambda cell: (list(least).index(cell[0]), cell[1]))
    units = {
        task: np.mean([value for (each, _), value in missed["Random"].items() if each == task])
        for task in {task for task, _ in cells}
    }
    rows = [[missed[name][cell] / units[cell[0]] for cell in cells] for name in searchers]
    return Comparison(tuple(searchers), tuple(cells), np.array(rows))


def places(regrets: Array) -> Array:
    """The rank of each row in each column, 1 the least; equals share the mean of theirs."""
    rounded = regrets.round(9)
    below = (rounded[:, None] > rounded[None]).sum(1)
    equal = (rounded[:, None] == rounded[None]).sum(1)
    return np.asarray(below + 0.5 * (equal + 1))


def interval(drawn: Array) -> tuple[float, float]:
    """The middle 95 % of draws."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)
