"""Counts over a whole request, and the account's quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.errors import Fault
from orchestrator.wire import path, quotas
from orchestrator.wire.rules import reading
from orchestrator.wire.rules.recorded import QuotaExceeded
from orchestrator.wire.rules.strategies import combinations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.wire.quotas import Quotas
    from orchestrator.wire.rules.reading import Part, TuningRequest

_LIMITS = f"{reading.CONFIG}.ResourceLimits"


def limit_faults(job: TuningRequest, allowed: Quotas) -> Iterator[Fault]:
    """Too many ranges, hyperparameters or variables; then the quotas."""
    for part in job.parts():
        yield from _searchable(part, allowed)
        yield from _hyperparameters(part, allowed)
    yield from _environment(job, allowed)
    yield from _parallel(job, allowed)
    yield from _training_jobs(job, allowed)


def _searchable(part: Part, allowed: Quotas) -> Iterator[Fault]:
    count = sum(1 for _ in part.ranges())
    if count > allowed.searchable:
        problem = f"At most {allowed.searchable} hyperparameters can be searched, over all lists"
        yield Fault(part.ranges_path, problem, str(count), "Make some of them static.")


def _hyperparameters(part: Part, allowed: Quotas) -> Iterator[Fault]:
    count = len(part.static) + sum(1 for _ in part.ranges()) + 1
    if count > allowed.hyperparameters and len(part.static) <= allowed.hyperparameters:
        problem = (
            f"At most {allowed.hyperparameters} hyperparameters are allowed: static, tuned, and "
            f"the one that the service adds ({reading.INJECTED})"
        )
        yield Fault(part.static_path, problem, str(count), "Put some in a file of a channel.")


def _environment(job: TuningRequest, allowed: Quotas) -> Iterator[Fault]:
    """The limit is on the sum over all definitions (documented); one alone has it as shape."""
    sizes = [len(reading.mapping(part.written.get("Environment"))) for part in job.parts()]
    if sum(sizes) > allowed.environment >= max(sizes, default=0):
        problem = f"At most {allowed.environment} environment variables are allowed in all"
        mend = "Remove some, counting those of every definition."
        yield Fault(path.member(job.parts()[0].path, "Environment"), problem, str(sum(sizes)), mend)


def _parallel(job: TuningRequest, allowed: Quotas) -> Iterator[Fault]:
    wanted = reading.whole(job.limits.get("MaxParallelTrainingJobs"))
    limit = allowed.parallel_training_jobs
    if wanted is not None and wanted > limit:
        yield QuotaExceeded(
            f"{_LIMITS}.MaxParallelTrainingJobs",
            quotas.exceeded(
                "Maximum number of parallel training jobs per hyperparameter tuning job",
                "Training Jobs",
                limit=limit,
                current=0,
                delta=wanted,
            ),
            str(wanted),
            f"Ask for at most {limit}.",
        )


def _training_jobs(job: TuningRequest, allowed: Quotas) -> Iterator[Fault]:
    wanted = job.training_jobs
    if wanted is None and job.strategy == "Grid":
        wanted = combinations(job)
    random = job.strategy == "Random"
    limit = allowed.training_jobs_random if random else allowed.training_jobs
    if wanted is not None and wanted > limit:
        yield QuotaExceeded(
            f"{_LIMITS}.MaxNumberOfTrainingJobs",
            quotas.exceeded(
                "Maximum number of training jobs per hyperparameter tuning job",
                "Training Jobs",
                limit=limit,
                current=0,
                delta=wanted,
            ),
            str(wanted),
            f"Ask for at most {limit}.",
        )
