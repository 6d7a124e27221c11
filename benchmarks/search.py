"""How good the search is: regret on named tasks, against random search and peers.

    python benchmarks/search.py             a minute: few tasks, two seeds, no ablation
    python benchmarks/search.py --full      all tasks, ten seeds, 30 and 100 trials
    python benchmarks/search.py --ablation  what is lost when a part is taken away

Peers join where they are installed: ``pip install optuna`` (TPE), and ``pip install torch``
for its Gaussian process. Everything else is ours and scikit-learn's.

Regret is what is missed of the least value known, divided by what random search misses on
the mean at the same number of trials: 1 is as good as random, 0.1 ten times nearer. Ranks
are over searchers, per task and seed, 1 the best; beside them their 95 % bootstrap
interval. "parallel" keeps four trials running, each as long as chance has it.
"""

from __future__ import annotations

import argparse
import heapq
import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from benchmarks.searching import ablation, searchers
from benchmarks.searching.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

QUICK = ("branin", "mixed", "choices")
PARALLEL = 4
FLOOR = 1e-6  # a regret below is as good as none


@dataclass(frozen=True)
class Run:
    """One search of one task."""

    searcher: str
    task: str
    seed: int
    parallel: int
    trials: int
    without: str = ""


@dataclass(frozen=True)
class Found:
    """The least true value after each trial, and the median seconds of the last ten asks."""

    least: list[float]
    seconds: float


def search(run: Run) -> Found:
    """Carry one search out."""
    os.environ["OMP_NUM_THREADS"] = "1"
    task = TASKS[run.task]
    chance = np.random.default_rng(run.seed)
    with ablation.without(run.without):
        theirs = searchers.make(run.searcher, task.ranges, run.seed, parallel=run.parallel > 1)
        running: list[tuple[float, int, dict[str, object], float]] = []
        now, least, took = 0.0, [], []
        best = np.inf
        for number in range(run.trials + run.parallel):
            begin = time.perf_counter()
            if number >= run.parallel and running:
                now, _, configuration, value = heapq.heappop(running)
                best = min(best, value)
                least.append(best)
                theirs.tell(configuration, value + task.noise * float(chance.normal()))
            if number < run.trials:
                configuration = theirs.ask()
                took.append(time.perf_counter() - begin)
                value = task.objective(configuration)
                heapq.heappush(running, (now + chance.uniform(1, 3), number, configuration, value))
    return Found(least, statistics.median(took[-10:]))


def regrets(runs: Sequence[Run], found: Sequence[Found], trials: int) -> dict[str, np.ndarray]:
    """By searcher, a row a task and a column a seed: regret in units of random search's."""
    names = list(dict.fromkeys(label(run) for run in runs))
    tasks = list(dict.fromkeys(run.task for run in runs))
    seeds = list(dict.fromkeys(run.seed for run in runs))
    table = {name: np.zeros((len(tasks), len(seeds))) for name in names}
    least = {task: TASKS[task].least for task in tasks}
    for task in tasks:
        if least[task] is None:
            ends = [
                each.least[-1] for run, each in zip(runs, found, strict=True) if run.task == task
            ]
            least[task] = min(ends)
    for run, each in zip(runs, found, strict=True):
        missed = max(each.least[trials - 1] - (least[run.task] or 0.0), FLOOR)
        table[label(run)][tasks.index(run.task), seeds.index(run.seed)] = missed
    unit = table["Random"].mean(1, keepdims=True)
    return {name: values / unit for name, values in table.items()}


def label(run: Run) -> str:
    return run.without or run.searcher


def ranks(table: dict[str, np.ndarray]) -> dict[str, tuple[float, float, float]]:
    """Mean rank and its bootstrap interval; equals share their ranks."""
    stack = np.stack([values.round(9).ravel() for values in table.values()])
    below = (stack[:, None] > stack[None]).sum(1)
    equal = (stack[:, None] == stack[None]).sum(1)
    place = below + 0.5 * (equal + 1)
    chance = np.random.default_rng(0)
    draws = chance.integers(0, place.shape[1], (1000, place.shape[1]))
    means = place[:, draws].mean(2)
    low, high = np.quantile(means, [0.025, 0.975], axis=1)
    return {
        name: (float(place[row].mean()), float(low[row]), float(high[row]))
        for row, name in enumerate(table)
    }


def show(title: str, tasks: Sequence[str], table: dict[str, np.ndarray]) -> None:
    names = list(table)
    width = max(17, *(len(name) for name in names))
    print(f"\n{title}")
    print("task".ljust(15) + "".join(name.rjust(width + 1) for name in names))
    for row, task in enumerate(tasks):
        cells = [f"{np.mean(table[name][row]):.3f}" for name in names]
        print(task.ljust(15) + "".join(cell.rjust(width + 1) for cell in cells))
    means = [f"{np.mean(table[name]):.3f}" for name in names]
    print("mean regret".ljust(15) + "".join(cell.rjust(width + 1) for cell in means))
    ratio = [
        np.exp(np.mean(np.log(table[name].mean(1) / table[names[0]].mean(1)))) for name in names
    ]
    print("ratio to first".ljust(15) + "".join(f"{each:.2f}".rjust(width + 1) for each in ratio))
    spots = [f"{mean:.2f} [{low:.2f}, {high:.2f}]" for mean, low, high in ranks(table).values()]
    print("mean rank".ljust(15) + "".join(cell.rjust(width + 1) for cell in spots))


def compare(
    names: Sequence[tuple[str, str]], tasks: Sequence[str], seeds: int, budgets: Sequence[int]
) -> None:
    """Run and show everything, sequential and parallel."""
    for parallel in (1, PARALLEL):
        runs = [
            Run(searcher, task, seed, parallel, max(budgets), part)
            for task, (searcher, part), seed in product(tasks, names, range(seeds))
        ]
        with ProcessPoolExecutor() as pool:
            found = list(pool.map(search, runs, chunksize=2))
        how = "sequential" if parallel == 1 else f"parallel {parallel}"
        for trials in budgets:
            show(f"{how}, {trials} trials, {seeds} seeds", tasks, regrets(runs, found, trials))
        for name in dict.fromkeys(label(run) for run in runs):
            took = [
                each.seconds for run, each in zip(runs, found, strict=True) if label(run) == name
            ]
            print(f"  a late ask, {name}: {1000 * statistics.median(took):.1f} ms (median)")


def main() -> None:
    parser = argparse.ArgumentParser(description="Regret of the search.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a minute (what happens by default)")
    size.add_argument("--full", action="store_true", help="all tasks")
    parser.add_argument("--ablation", action="store_true", help="parts instead of peers")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--trials", type=int, nargs="+", help="budgets")
    parser.add_argument("--tasks", nargs="+", choices=TASKS)
    given = parser.parse_args()
    tasks = given.tasks or (list(TASKS) if given.full else QUICK)
    names = [("Bayesian", "")]
    names += [("Bayesian", part) for part in ablation.PARTS] if given.ablation else []
    names += [] if given.ablation else [(peer, "") for peer in searchers.installed()]
    names += [("Random", "")]
    seeds = given.seeds or (10 if given.full else 2)
    compare(names, tasks, seeds, given.trials or ([30, 100] if given.full else [20]))


if __name__ == "__main__":
    main()
