"""The comparison as tables in Markdown."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.searching.ranking import compared, interval, places
from benchmarks.searching.runs import MODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.searching.ranking import Comparison
    from benchmarks.searching.runs import Found, Run

BUDGETS = (30, 100)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def summary(comparison: Comparison) -> Iterator[str]:
    """Mean rank and mean regret of each searcher, the best first, and how far ours is ahead."""
    ranks, regrets = places(comparison.regrets), comparison.regrets
    mean_ranks, mean_regrets = comparison.mean_ranks(), comparison.mean_regrets()
    lows = [interval(draws) for draws in comparison.drawn(ranks)]
    spans = [interval(draws) for draws in comparison.drawn(regrets)]
    worst = [
        max((comparison.of_task(task)[row], task) for task in comparison.tasks())
        for row in range(len(comparison.searchers))
    ]
    rows = [
        [
            comparison.searchers[row],
            f"{mean_ranks[row]:.2f} [{lows[row][0]:.2f}, {lows[row][1]:.2f}]",
            f"{mean_regrets[row]:.3f} [{spans[row][0]:.3f}, {spans[row][1]:.3f}]",
            f"{worst[row][0]:.2f} ({worst[row][1]})",
        ]
        for row in np.argsort(mean_ranks)
    ]
    yield from table(["searcher", "mean rank [95 %]", "mean regret [95 %]", "worst task"], rows)


def ahead(comparison: Comparison, ours: str = "Bayesian") -> str:
    """How ours stands to the best peer: difference of ranks, ratio of regrets."""
    peers = [name for name in comparison.searchers if name not in {ours, "Random"}]
    row = comparison.searchers.index(ours)
    ranks, regrets = places(comparison.regrets), comparison.regrets
    by_rank = min(peers, key=lambda name: comparison.mean_ranks()[comparison.searchers.index(name)])
    by_regret = min(
        peers, key=lambda name: comparison.mean_regrets()[comparison.searchers.index(name)]
    )
    second, least = comparison.searchers.index(by_rank), comparison.searchers.index(by_regret)
    apart = comparison.drawn(ranks[[second]] - ranks[[row]])[0]
    low, high = interval(apart)
    drawn = comparison.drawn(regrets)
    ratio = comparison.mean_regrets()[row] / comparison.mean_regrets()[least]
    below, above = interval(drawn[row] / drawn[least])
    return (
        f"Ours is {apart.mean():+.2f} [{low:.2f}, {high:.2f}] ranks ahead of {by_rank}; its mean "
        f"regret is {ratio:.2f} [{below:.2f}, {above:.2f}] times that of {by_regret}."
    )


def by_task(comparison: Comparison) -> Iterator[str]:
    """Mean regret on every task."""
    rows = [
        [task, *(f"{value:.3f}" for value in comparison.of_task(task))]
        for task in comparison.tasks()
    ]
    yield from table(["task", *comparison.searchers], rows)


def whole(comparison: Comparison) -> Iterator[str]:
    """Everything that a comparison says."""
    tasks, cells = len(comparison.tasks()), len(comparison.cells)
    yield f"{tasks} tasks, up to {comparison.seeds()} seeds, {cells} cells.\n"
    yield from summary(comparison)
    if set(comparison.searchers) - {"Bayesian", "Random"}:
        yield f"\n{ahead(comparison)}"
    yield ""
    yield from by_task(comparison)
    yield ""


def pairs(
    found: Mapping[Run, Found],
    least: Mapping[str, float],
    peers: Sequence[str],
    *,
    ours: str = "Bayesian",
    fewest: int = 1,
) -> Iterator[str]:
    """Ours beside one peer at a time, on all that both have finished, if `fewest` tasks."""
    head = ["beside", "mode", "trials", "tasks", "cells", "ahead in", "regret, ours", "its regret"]
    rows = []
    for peer, mode, trials in product(peers, MODES, BUDGETS):
        comparison = compared(found, least, (ours, peer), mode=mode, trials=trials)
        if not comparison.cells or len(comparison.tasks()) < fewest:
            continue
        first, second = (f"{value:.3f}" for value in comparison.mean_regrets())
        ahead = comparison.drawn(2.0 - places(comparison.regrets)[:1])[0]
        low, high = interval(ahead)
        share = f"{ahead.mean():.0%} [{low:.0%}, {high:.0%}]"
        sizes = [str(len(comparison.tasks())), str(len(comparison.cells))]
        drawn = comparison.drawn(comparison.regrets)
        below, above = interval(drawn[0] / drawn[1])
        times = comparison.mean_regrets()[0] / comparison.mean_regrets()[1]
        ratio = f"{times:.2f} [{below:.2f}, {above:.2f}]"
        rows.append([peer, mode, str(trials), *sizes, share, first, second, ratio])
    yield from table([*head, "ratio [95 %]"], rows)
