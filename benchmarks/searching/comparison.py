"""Doing the runs that are missing, and keeping each as soon as it is done."""

from __future__ import annotations

import sys
from itertools import product
from typing import TYPE_CHECKING

from benchmarks.searching import curves, environments, results, searchers
from benchmarks.searching.runs import MODES, TRIALS, Run, searched
from benchmarks.searching.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.searching.runs import Found

LEAST = {name: task.least for name, task in TASKS.items()}


def changes_with_us(searcher: str) -> bool:
    """Whether its runs say nothing any more when our sources have changed."""
    return searcher in {*searchers.OURS, *searchers.PARTS, *curves.OURS}


def missing(wanted: Iterable[Run], kept: dict[Run, Found], trials: int = 0) -> list[Run]:
    """What is still to do: all not kept or cut shorter, and ours where our sources changed."""
    return [
        run
        for run in wanted
        if run not in kept
        or kept[run].trials < trials
        or (changes_with_us(run.searcher) and kept[run].version != _version(run.searcher))
    ]


def _version(ours: str) -> str:
    return searchers.version_of_ours(stopping=ours in curves.OURS)


def carried_out(runs: Sequence[Run], trials: int = TRIALS) -> Iterator[tuple[Run, Found]]:
    """Do runs of one searcher, which is opened anew after it has failed."""
    left = list(runs)
    while left:
        with searchers.opened(left[0].searcher) as searcher:
            while left:
                run = left.pop(0)
                try:
                    yield run, searched(run, TASKS[run.task], searcher, trials)
                except searchers.PeerFailed as failure:
                    tell_of(run, failure)
                    break


def searches(
    names: Sequence[str],
    tasks: Sequence[str],
    seeds: int,
    modes: Sequence[str] = tuple(MODES),
    *,
    trials: int = TRIALS,
) -> None:
    """Continue the comparison of searches, runs ending after so many trials."""
    present = _prepared(names, searchers.PEERS)
    kept = results.read(present)
    for seed, name in product(range(seeds), present):
        wanted = [Run(name, task, mode, seed) for mode, task in product(modes, tasks)]
        for run, found in carried_out(missing(wanted, kept, trials), trials):
            keep(run, found)


def schedulers(names: Sequence[str], tasks: Sequence[str], seeds: int) -> None:
    """Continue the comparison of schedulers."""
    present = _prepared(names, curves.PEERS)
    kept = results.read(present)
    for seed, name in product(range(seeds), present):
        wanted = [Run(name, task, curves.MODE, seed) for task in tasks]
        for run in missing(wanted, kept):
            try:
                keep(run, scheduled(run))
            except searchers.PeerFailed as failure:
                tell_of(run, failure)


def scheduled(run: Run) -> Found:
    """Carry a scheduler's run out.

    Raises:
        PeerFailed: A peer did.
    """
    task = curves.Curves(run.task)
    if run.searcher in curves.OURS:
        return curves.ours(task, run.searcher, run.seed)
    with searchers.peer_of(run.searcher, curves.PEERS[run.searcher]) as peer:
        return curves.theirs(task, peer, run.seed)


def _prepared(names: Sequence[str], peers: dict[str, str]) -> list[str]:
    """Those that can be run: peers whose environment can be made, and ours, of this version."""
    for environment in dict.fromkeys(peers[name] for name in names if name in peers):
        trouble = environments.make(environment)
        if trouble:
            print(f"{environment} cannot be installed: {trouble}", file=sys.stderr)
    for name in filter(changes_with_us, names):
        results.keep(name, _version(name))
    return [name for name in names if name not in peers or environments.ready(peers[name])]


def keep(run: Run, found: Found) -> None:
    """Keep a run and tell of it."""
    results.append(run, found)
    print(f"{run.searcher} {run.task} {run.mode} {run.seed}: {found.seconds:.1f} s", flush=True)


def tell_of(run: Run, failure: Exception) -> None:
    """Say that a run failed."""
    last = (str(failure).strip().splitlines() or [""])[-1]
    print(f"failed: {run}: {last}", file=sys.stderr, flush=True)
