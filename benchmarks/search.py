"""How good the search is: against random search, libraries, and itself with parts taken away.

    python benchmarks/search.py              a minute: ours and random search, few tasks
    python benchmarks/search.py all          everything below that is missing, then the page
    python benchmarks/search.py searches     the comparison with other searches
    python benchmarks/search.py ablation     what is lost when a part is taken away
    python benchmarks/search.py schedulers   Hyperband and early stopping at equal cost
    python benchmarks/search.py stopping     what early stopping saves
    python benchmarks/search.py warm         what a warm start earns
    python benchmarks/search.py latency      how long a suggestion takes
    python benchmarks/search.py memory       how much memory it adds
    python benchmarks/search.py page         docs/search-figures.md from what is kept

Peers get environments of their own (`searching.environments`). Every run is kept in
``searching/results`` as soon as it is done, seed by seed, and never done again: all can be
stopped and taken up at any moment, and ``--only``, ``--tasks``, ``--modes``, ``--seeds`` and
``--trials`` say what to do of it. Ours are done anew when our sources have changed. The page
needs matplotlib.
"""

from __future__ import annotations

import argparse
import os
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.searching import (
    comparison,
    curves,
    latency,
    memory,
    results,
    searchers,
    stopping,
    warm,
)
from benchmarks.searching.ranking import compared
from benchmarks.searching.runs import MODES, SEEDS, TRIALS, Run
from benchmarks.searching.show import BUDGETS, summary
from benchmarks.searching.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.searching.runs import Found

QUICK = ("branin", "mixed", "linear-cancer")


def quick() -> None:
    """A small comparison of ours with random search; nothing is kept."""
    found: dict[Run, Found] = {}
    for name in searchers.OURS:
        runs = [Run(name, *each) for each in product(QUICK, MODES, range(2))]
        found |= dict(comparison.carried_out(runs, trials=30))
    for mode in MODES:
        print(f"\n{mode}, 30 trials, 2 seeds")
        print(
            *summary(compared(found, comparison.LEAST, searchers.OURS, mode=mode, trials=30)),
            sep="\n",
        )


def searches(given: argparse.Namespace) -> None:
    names = given.only or [*searchers.OURS, *searchers.PEERS]
    comparison.searches(
        names, given.tasks or list(TASKS), given.seeds, given.modes, trials=given.trials
    )


def ablation(given: argparse.Namespace) -> None:
    names = given.only or ["Bayesian", "Random", *searchers.PARTS]
    comparison.searches(names, given.tasks or list(TASKS), given.seeds, given.modes)


def schedulers(given: argparse.Namespace) -> None:
    names = given.only or [*curves.OURS, *curves.PEERS]
    comparison.schedulers(names, given.tasks or curves.TASKS, given.seeds)


def early_stopping(given: argparse.Namespace) -> None:
    cells = product(given.tasks or curves.TASKS, ("Bayesian", "Random"), range(given.seeds))
    rows = [stopping.saved(*cell) for cell in cells]
    results.keep_rows("stopping", searchers.version_of_ours(stopping=True), rows)


def warm_start(given: argparse.Namespace) -> None:
    rows = [
        warm.warmth(task, seed)
        for task, seed in product(given.tasks or warm.NAMES, range(given.seeds))
    ]
    results.keep_rows("warm", searchers.version_of_ours(), rows)


def suggestions(given: argparse.Namespace) -> None:
    names = given.only or ["Bayesian", *(name for name in searchers.GAUSSIAN)]
    present = results.version("latency") == searchers.version_of_ours()
    kept = {
        (row["searcher"], row["size"]): row
        for row in results.rows("latency")
        if present or row["searcher"] != "Bayesian"
    }
    for name in (each for each in names if each == "Bayesian" or each in searchers.here()):
        for size, seconds in latency.measured(name):
            row = {"searcher": name, "size": size, "seconds": round(seconds, 5)}
            kept[name, size] = row
            print(f"{name} {size}: {1000 * seconds:.1f} ms", flush=True)
            results.keep_rows("latency", searchers.version_of_ours(), list(kept.values()))


def added_memory(given: argparse.Namespace) -> None:
    del given
    rows = [{"size": size, "megabytes": round(added, 1)} for size, added in memory.added()]
    print(*rows, sep="\n")
    results.keep_rows("memory", searchers.version_of_ours(), rows)


def page(given: argparse.Namespace) -> None:
    from benchmarks.searching.page import write

    del given
    write()


WHAT: dict[str, Callable[[argparse.Namespace], None]] = {
    "searches": searches,
    "ablation": ablation,
    "schedulers": schedulers,
    "stopping": early_stopping,
    "warm": warm_start,
    "latency": suggestions,
    "memory": added_memory,
    "page": page,
}


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description="How good the search is.")
    parser.add_argument("what", nargs="?", default="quick", choices=("quick", "all", *WHAT))
    parser.add_argument("--only", nargs="+", help="searchers or schedulers by name")
    parser.add_argument("--tasks", nargs="+", choices=TASKS)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--trials", type=int, choices=BUDGETS, default=TRIALS)
    given = parser.parse_args(words)
    os.environ.update(searchers.ONE_THREAD)
    if given.what == "quick":
        quick()
        return
    for what in WHAT if given.what == "all" else (given.what,):
        WHAT[what](given)


if __name__ == "__main__":
    main(sys.argv[1:])
