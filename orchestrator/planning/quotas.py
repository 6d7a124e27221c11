"""What the account allows, held against what the tuning job asks for.

Names of quotas are Service Quotas' own for instances (observed: ``ml.m5.large for training job
usage``, and ``for spot training job usage``). Those of automatic model tuning are recognised by
their words; where Service Quotas does not tell them, the documented defaults stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.wire.quotas import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orchestrator.planning.cost import Machines

RANDOM_DEFAULT = 750
"""Training jobs of a Random tuning job before the quota is raised (documented; to 10,000)."""
SERVICE, DOCUMENTED, EMULATED = "Service Quotas", "documented default", "the emulator's"

_PARALLEL = re.compile(r"parallel training jobs.*(hyper|tuning)", re.IGNORECASE)
_TRAININGS = re.compile(r"(number of|maximum) training jobs per.*(hyper|tuning)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Check:
    """One quota.

    Attributes:
        name: Service Quotas' name of it, or ours.
        needed: What the tuning job asks for.
        allowed: What the account has; None when that is not known.
        source: Where `allowed` is from, or would be.
    """

    name: str
    needed: int
    allowed: int | None
    source: str

    @property
    def fits(self) -> bool | None:
        """Whether the job keeps within it; None when that is not known."""
        return None if self.allowed is None else self.needed <= self.allowed


@dataclass(frozen=True, slots=True)
class Demand:
    """What a tuning job asks for.

    Attributes:
        strategy: Its strategy.
        trainings: Training jobs at most; with a warm start those of its parents too.
        parallel: Of these at once.
        definitions: The instances of each definition, by preference.
    """

    strategy: str
    trainings: int
    parallel: int
    definitions: Sequence[Sequence[Machines]]


def of_tuning(
    demand: Demand, told: Mapping[str, float] | None, *, on_aws: bool
) -> tuple[Check, ...]:
    """The quotas of a tuning job.

    Args:
        demand: What it asks for.
        told: Service Quotas' values by name; None when it could not be asked.
        on_aws: Whether AWS runs the tuning job; the emulator holds it to AWS's defaults, Random
            to what AWS raises it to.
    """
    random = demand.strategy == "Random"
    if on_aws:
        known, most, source = told or {}, RANDOM_DEFAULT, DOCUMENTED
    else:
        known, most, source = {}, DEFAULT.training_jobs_random, EMULATED
    most = most if random else DEFAULT.training_jobs
    total = _told(known, _TRAININGS) or (_JOBS, most, source)
    beside = _told(known, _PARALLEL) or (_BESIDE, DEFAULT.parallel_training_jobs, source)
    return (
        Check(total[0], demand.trainings, *total[1:]),
        Check(beside[0], demand.parallel, *beside[1:]),
    )


def of_instances(demand: Demand, told: Mapping[str, float] | None) -> Iterator[Check]:
    """Instances of each type at once, as if every training job that runs took that type."""
    needed: dict[str, int] = {}
    for definition in demand.definitions:
        for one in definition:
            for kind, count in one.groups:
                name = instance_quota(kind, spot=one.spot)
                needed[name] = max(needed.get(name, 0), count * demand.parallel)
    for name, count in needed.items():
        value = None if told is None else told.get(name)
        yield Check(name, count, None if value is None else int(value), SERVICE)


def instance_quota(kind: str, *, spot: bool) -> str:
    """Service Quotas' name for instances of a type (observed)."""
    return f"{kind} for {'spot ' if spot else ''}training job usage"


_JOBS = "training jobs per tuning job"
_BESIDE = "parallel training jobs per tuning job"


def _told(known: Mapping[str, float], words: re.Pattern[str]) -> tuple[str, int, str] | None:
    for quota, value in known.items():
        if words.search(quota):
            return quota, int(value), SERVICE
    return None
