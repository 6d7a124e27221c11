"""Hyperband's rungs, and how many training jobs are expected at each.

The emulator's rule is asynchronous halving (`orchestrator.strategy.hyperband`): of k jobs that
have reached a rung, the newest goes on when it is among the best third of them, floor((k - 1) / 3)
+ 1 places. How many that lets through depends on what a rung tells of the next one:

* If nothing (`fewest`), a newcomer's place is any of k, so of n jobs the sum of
  (floor((k - 1) / 3) + 1) / k over k = 1 … n goes on.
* If everything (`most`), a job that leads at one rung leads at the next. Those who come late
  have passed a harder test and pass the next one too. This has no such formula; it is tried out
  with random ranks, the same ones for everybody.

Real training jobs lie between the two.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.strategy.hyperband import ETA, rungs
from orchestrator.strategy.seeds import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.tuning.spec import TuningSpec

_TRIED = 60_000  # training jobs, over all repetitions
_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class Rung:
    """One point at which training jobs are judged, or their end.

    Attributes:
        resource: The emission (epoch) at which it stands.
        fewest: How many training jobs are expected so far when ranks change from rung to rung.
        most: The same when ranks stay.
    """

    resource: int
    fewest: float
    most: float


def expected(spec: TuningSpec, count: int) -> tuple[Rung, ...]:
    """Every rung and, last, the whole resource; empty for another strategy than Hyperband."""
    options = dict(spec.options)
    end = options.get("max_resource")
    if spec.strategy != "Hyperband" or end is None or not count:
        return ()
    resources = [*rungs(options.get("min_resource", 1), end), end]
    return tuple(
        Rung(resource, *reaching)
        for resource, reaching in zip(
            resources,
            zip(_shuffled(count, len(resources)), _kept(count, len(resources)), strict=True),
            strict=True,
        )
    )


def shares(found: Sequence[Rung]) -> tuple[float, float]:
    """The least and the most of its resource that a training job uses on average; 1 without rungs."""
    if not found:
        return 1.0, 1.0
    resources = [rung.resource for rung in found]
    steps = [end - begin for begin, end in zip([0, *resources], resources, strict=False)]
    whole = found[0].most * resources[-1]
    return (
        sum(rung.fewest * step for rung, step in zip(found, steps, strict=True)) / whole,
        sum(rung.most * step for rung, step in zip(found, steps, strict=True)) / whole,
    )


def _shuffled(count: int, levels: int) -> list[float]:
    """Training jobs at each level when ranks change; fractions by straight line."""
    found = [float(count)]
    for _ in range(levels - 1):
        whole = int(found[-1])
        passed = sum(((k - 1) // ETA + 1) / k for k in range(1, whole + 1))
        found.append(passed + (found[-1] - whole) * (whole // ETA + 1) / (whole + 1))
    return found


def _kept(count: int, levels: int) -> list[float]:
    """Training jobs at each level when ranks stay, on average."""
    repeats = max(1, min(_REPEATS, _TRIED // count))
    totals = [0] * levels
    for repeat in range(repeats):
        stream = Stream(0, "planning/rungs", repeat)
        reached: list[list[float]] = [[] for _ in range(levels)]
        for _ in range(count):
            rank, level = stream.fraction(), 0
            insort(reached[0], rank)
            while level < levels - 1 and _leads(reached[level], rank):
                level += 1
                insort(reached[level], rank)
        totals = [total + len(ranks) for total, ranks in zip(totals, reached, strict=True)]
    return [total / repeats for total in totals]


def _leads(reached: Sequence[float], rank: float) -> bool:
    """Whether `rank` is in the best third of those that reached a rung, itself included."""
    return bisect_left(reached, rank) <= (len(reached) - 1) // ETA
