"""Time and money: low, expected and worst, from counts, durations and prices.

A training job is billed from its start to its end (documented: TrainingStartTime to
TrainingEndTime), for every instance. Retries share one time-out (documented). Storage, data
transfer, logs and requests are left out. Of instance types listed by preference any may be
taken; of several definitions any may get the training jobs: low takes the cheapest, worst the
dearest, expected the mean of the definitions' first choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from orchestrator.tuning.completion import LONGEST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orchestrator.planning.counts import Trainings
    from orchestrator.planning.durations import Durations
    from orchestrator.planning.prices import Prices
    from orchestrator.tuning.spec import TuningSpec

SPOT_LEAST = 0.1
"""Managed spot training costs up to 90 % less than on demand (documented)."""
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Machines:
    """The instances of one training job: type and number of each group."""

    groups: tuple[tuple[str, int], ...]
    spot: bool = False

    def usd_per_hour(self, prices: Prices) -> float | None:
        """What they cost together on demand; None where one's price is not known."""
        each = [prices.usd_per_hour.get(kind) for kind, _ in self.groups]
        known = [usd for usd in each if usd is not None]
        if len(known) < len(each):
            return None
        return sum(usd * count for usd, (_, count) in zip(known, self.groups, strict=True))


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds of the whole tuning job; None where nothing tells."""

    expected: float | None
    worst: float
    durations: Durations


@dataclass(frozen=True, slots=True)
class Money:
    """Dollars of a whole tuning job; None where nothing tells.

    Attributes:
        low: It ends as early as it can, with quick training jobs, spot at its cheapest.
        expected: Every training job runs as long as expected; on demand.
        expected_spot: The same with spot at its cheapest: the truth lies between the two.
        worst: Every training job runs until its time-out; on demand.
        unpriced: Instance types whose price is not known.
        sources: Where the prices are from.
    """

    low: float | None
    expected: float | None
    expected_spot: float | None
    worst: float | None
    unpriced: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def reckoned(self) -> float | None:
        """What a limit is held against: what is expected, else the worst."""
        return self.worst if self.expected is None else self.expected


def machines(definition: Mapping[str, Any]) -> list[Machines]:
    """The instances that a training-job definition of a request names, by preference."""
    spot = bool(definition.get("EnableManagedSpotTraining"))
    tuning = definition.get("HyperParameterTuningResourceConfig") or {}
    resources = definition.get("ResourceConfig") or tuning
    if resources.get("InstanceGroups"):
        groups = resources["InstanceGroups"]
        return [Machines(tuple((g["InstanceType"], g["InstanceCount"]) for g in groups), spot)]
    listed = tuning.get("InstanceConfigs") or resources.get("InstancePreferences")
    if not listed:
        listed = [resources] if resources.get("InstanceType") else []
    whole = resources.get("InstanceCount") or 1
    return [
        Machines(((each["InstanceType"], each.get("InstanceCount") or whole),), spot)
        for each in listed
    ]


@dataclass(frozen=True, slots=True)
class Basis:
    """What time and money are reckoned from.

    Attributes:
        spec: The tuning job.
        count: Its training jobs.
        definitions: The instances of each definition, by preference.
        durations: How long one training job takes.
        shares: The least and the most of its whole resource that a training job uses on average.
        jobs: Tuning jobs, one after the other, that share the training jobs (a campaign has
            several).
    """

    spec: TuningSpec
    count: Trainings
    definitions: Sequence[Sequence[Machines]]
    durations: Durations
    shares: tuple[float, float] = (1.0, 1.0)
    jobs: int = 1

    @property
    def used(self) -> tuple[float, float]:
        """The least and the most of what is expected that a training job takes on average."""
        return (1.0, 1.0) if self.durations.stops_included else self.shares

    @property
    def longest(self) -> float:
        """Seconds after which everything ends in any case."""
        each = min(self.spec.limits.runtime_seconds or LONGEST_SECONDS, LONGEST_SECONDS)
        return each * self.jobs

    def hours(self, seconds: float) -> float:
        """Hours of machines when every training job takes so long, and the job's time ends it."""
        work = min(seconds * self.count.most, self.longest * self.spec.limits.parallel)
        return work / _HOUR


def time(basis: Basis) -> Time:
    """How long the tuning job takes."""
    durations = basis.durations
    rounds = -(-basis.count.most // max(1, basis.spec.limits.parallel))
    usual, (_, most) = durations.expected, basis.used
    return Time(
        expected=None if usual is None else min(rounds * usual * most, basis.longest),
        worst=min(rounds * durations.worst, basis.longest),
        durations=durations,
    )


def money(basis: Basis, prices: Prices) -> Money:
    """What the tuning job costs."""
    kinds = {kind for each in basis.definitions for one in each for kind, _ in one.groups}
    unpriced = tuple(sorted(kinds - set(prices.usd_per_hour)))
    rates = [[one.usd_per_hour(prices) for one in each] for each in basis.definitions]
    known = [[usd for usd in each if usd is not None] for each in rates]
    if unpriced or not all(known):
        return Money(None, None, None, None, unpriced, prices.sources)
    durations, (least, most) = basis.durations, basis.used
    spot = any(one.spot for each in basis.definitions for one in each)
    low = expected = None
    if durations.low is not None and durations.expected is not None:
        cheapest = min(map(min, known)) * (SPOT_LEAST if spot else 1.0)
        low = durations.low * least * basis.count.least / _HOUR * cheapest
        expected = basis.hours(durations.expected * most) * fmean(each[0] for each in known)
    return Money(
        low=low,
        expected=expected,
        expected_spot=None if expected is None or not spot else expected * SPOT_LEAST,
        worst=basis.hours(durations.worst) * max(map(max, known)),
        unpriced=(),
        sources=prices.sources,
    )
