"""The comparison as tables in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.searching.ranking import compared, interval, places
from benchmarks.searching.runs import MODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.searching.ranking import Array, Comparison
    from benchmarks.searching.runs import Found, Run

BUDGETS = (30, 100)
OURS = "Bayesian"


@dataclass(frozen=True)
class Lead:
    """How ours stands to the best peers, intervals of 95 % included.

    Attributes:
        next_by_rank: The peer of the best mean rank.
        ranks: How many ranks ours is ahead of it.
        next_by_regret: The peer of the least mean regret.
        ratio: The mean regret of ours over its.
    """

    next_by_rank: str
    ranks: str
    next_by_regret: str
    ratio: str


def peers_of(comparison: Comparison) -> list[str]:
    """Whose searches are not ours."""
    return [name for name in comparison.searchers if name not in {OURS, "Random"}]


def lead_of(comparison: Comparison) -> Lead:
    """How ours stands to the best peers of a comparison that has some."""
    names, peers = comparison.searchers, peers_of(comparison)
    ranks, regrets = comparison.mean_ranks(), comparison.mean_regrets()
    by_rank = min(peers, key=lambda name: ranks[names.index(name)])
    by_regret = min(peers, key=lambda name: regrets[names.index(name)])
    row, second, least = map(names.index, (OURS, by_rank, by_regret))
    apart = comparison.drawn(places(comparison.regrets))
    drawn = comparison.drawn(comparison.regrets)
    return Lead(
        by_rank,
        f"{ranks[second] - ranks[row]:+.2f} {span(apart[second] - apart[row])}",
        by_regret,
        f"{regrets[row] / regrets[least]:.2f} {span(drawn[row] / drawn[least])}",
    )


def span(drawn: Array, form: str = ".2f") -> str:
    """The interval of draws."""
    low, high = interval(drawn)
    return f"[{low:{form}}, {high:{form}}]"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def summary(comparison: Comparison) -> Iterator[str]:
    """Mean rank and mean regret of each searcher, the best first, and its worst task."""
    mean_ranks, mean_regrets = comparison.mean_ranks(), comparison.mean_regrets()
    rank_draws = comparison.drawn(places(comparison.regrets))
    regret_draws = comparison.drawn(comparison.regrets)
    worst = [
        max((comparison.of_task(task)[row], task) for task in comparison.tasks())
        for row in range(len(comparison.searchers))
    ]
    rows = [
        [
            comparison.searchers[row],
            f"{mean_ranks[row]:.2f} {span(rank_draws[row])}",
            f"{mean_regrets[row]:.3f} {span(regret_draws[row], '.3f')}",
            f"{worst[row][0]:.2f} ({worst[row][1]})",
        ]
        for row in np.argsort(mean_ranks)
    ]
    yield from table(["searcher", "mean rank [95 %]", "mean regret [95 %]", "worst task"], rows)


def ahead(comparison: Comparison) -> str:
    """How ours stands to the best peer: difference of ranks, ratio of regrets."""
    lead = lead_of(comparison)
    return (
        f"Ours is {lead.ranks} ranks ahead of {lead.next_by_rank}; its mean regret is "
        f"{lead.ratio} times that of {lead.next_by_regret}."
    )


def in_short(comparisons: Mapping[tuple[str, int], Sequence[Comparison]]) -> Iterator[str]:
    """One line for each comparison with peers, by mode and trials: who is next, and how far."""
    head = ["mode", "trials", "peers", "tasks", "cells", "first", "next by rank", "ranks ahead"]
    rows = []
    for (mode, trials), of_these in comparisons.items():
        for each in of_these:
            lead = lead_of(each)
            first = each.searchers[int(np.argmin(each.mean_ranks()))]
            sizes = [len(peers_of(each)), len(each.tasks()), len(each.cells)]
            regrets = f"{lead.ratio} ({lead.next_by_regret})"
            rows.append(
                [mode, *map(str, [trials, *sizes]), first, lead.next_by_rank, lead.ranks, regrets]
            )
    yield from table([*head, "regret over the best peer's [95 %]"], rows)


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
    if peers_of(comparison):
        yield f"\n{ahead(comparison)}"
    yield ""
    yield from by_task(comparison)
    yield ""


def hardest(
    found: Mapping[Run, Found], least: Mapping[str, float], *, ours: str = OURS, most: int = 3
) -> Iterator[str]:
    """The tasks on which ours is least ahead of random search, on every seed of both."""
    rows = []
    for mode, trials in product(MODES, BUDGETS):
        comparison = compared(found, least, (ours, "Random"), mode=mode, trials=trials)
        names = [task for task, _ in comparison.cells]
        worst = sorted(((comparison.of_task(each)[0], each) for each in set(names)), reverse=True)
        told = [f"{value:.2f} ({each}, of {names.count(each)})" for value, each in worst[:most]]
        rows.append([mode, str(trials), ", ".join(told)])
    yield from table(["mode", "trials", "regret (task, of so many seeds)"], rows)


def pairs(
    found: Mapping[Run, Found],
    least: Mapping[str, float],
    peers: Sequence[str],
    *,
    ours: str = OURS,
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
        share = f"{ahead.mean():.0%} {span(ahead, '.0%')}"
        sizes = [str(len(comparison.tasks())), str(len(comparison.cells))]
        drawn = comparison.drawn(comparison.regrets)
        times = comparison.mean_regrets()[0] / comparison.mean_regrets()[1]
        ratio = f"{times:.2f} {span(drawn[0] / drawn[1])}"
        rows.append([peer, mode, str(trials), *sizes, share, first, second, ratio])
    yield from table([*head, "ratio [95 %]"], rows)


def without(
    found: Mapping[Run, Found], least: Mapping[str, float], parts: Sequence[str]
) -> Iterator[str]:
    """Regret of the whole over that without each part, the means of both modes together."""
    rows = []
    for part in parts:
        row = [part]
        for trials in BUDGETS:
            modes = [
                compared(found, least, (OURS, part), mode=mode, trials=trials) for mode in MODES
            ]
            means = [each.mean_regrets() for each in modes if each.cells]
            if means:
                ours, other = np.sum(means, axis=0)
                row.append(f"{ours / other:.2f}")
        if len(row) > 1:
            rows.append(row)
    yield from table(["without", *(f"{trials} trials" for trials in BUDGETS)], rows)
