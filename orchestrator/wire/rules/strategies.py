"""What each strategy asks of a request: combinations, grids, Hyperband's resource, stopping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.errors import Fault
from orchestrator.wire.rules import reading
from orchestrator.wire.rules.ranges import CATEGORICAL, points
from orchestrator.wire.rules.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.wire.quotas import Quotas
    from orchestrator.wire.rules.reading import Part, TuningRequest

HYPERBAND_KEYS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
"""Static hyperparameters from which MaxResource is inferred, in this order (documented)."""

_JOBS = f"{reading.CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs"
_STRATEGY_CONFIG = f"{reading.CONFIG}.StrategyConfig"
_HYPERBAND = f"{_STRATEGY_CONFIG}.HyperbandStrategyConfig"


def strategy_faults(job: TuningRequest, quotas: Quotas) -> Iterator[Fault]:
    """Faults that depend on the strategy."""
    if job.strategy == "Grid":
        yield from _grid(job)
    else:
        yield from _combinations(job)
        yield from _bounded(job)
    if job.strategy == "Hyperband":
        yield from _hyperband(job, quotas)
    elif job.config.get("StrategyConfig") is not None:
        yield Fault(
            _STRATEGY_CONFIG,
            "StrategyConfig is only supported with the Hyperband strategy",
            job.strategy,
            "Remove StrategyConfig, or set Strategy to Hyperband.",
        )


def combinations(job: TuningRequest) -> int | None:
    """Distinct configurations over all definitions; None where there is no end of them."""
    sizes = [points(part) for part in job.parts()]
    return None if not sizes or None in sizes else sum(size or 0 for size in sizes)


def inferred_max_resource(static: Mapping[str, object]) -> tuple[str, int] | None:
    """The static hyperparameter, and its value, that stands in for MaxResource.

    SDKs write values as JSON, so the number may stand in quotes.
    """
    for key in HYPERBAND_KEYS:
        value = _as_integer(static.get(key))
        if value is not None:
            return key, value
    return None


def _as_integer(value: object) -> int | None:
    try:
        return int(str(value).strip().strip('"')) if value is not None else None
    except ValueError:
        return None


def _combinations(job: TuningRequest) -> Iterator[Fault]:
    count, wanted = combinations(job), job.training_jobs
    if count is None or wanted is None or count >= wanted or _no_ranges(job):
        return
    yield Recorded(
        _JOBS,
        not_enough(count, wanted),
        str(wanted),
        f"Ask for at most {count} training jobs, or widen a range.",
    )


def not_enough(count: int, wanted: int) -> str:
    """AWS's literal text (observed); the count prints as a float."""
    return (
        "You don't have enough combinations of hyperparameter ranges. The total number of "
        f"hyperparameter combinations for the provided ranges [{float(count)}] must be equal or "
        f"greater than the value of MaxNumberOfJobs, [{wanted}]. Provide additional ranges."
    )


def _no_ranges(job: TuningRequest) -> bool:
    return not any(True for part in job.parts() for _ in part.ranges())


def _grid(job: TuningRequest) -> Iterator[Fault]:
    others = [found for part in job.parts() for found in part.ranges() if found.kind != CATEGORICAL]
    for found in others:
        yield Fault(
            found.path,
            "Grid search takes categorical ranges only",
            found.name,
            f"List its values under {CATEGORICAL}, or choose another strategy.",
        )
    count, wanted = combinations(job), job.training_jobs
    if others or count is None or wanted is None or count == wanted or _no_ranges(job):
        return
    mend = f"Give {count}, or leave it out."
    if wanted > count:
        yield Recorded(_JOBS, not_enough(count, wanted), str(wanted), mend)
    else:
        problem = (
            f"Grid search trains every combination of the ranges, {count} in all, and "
            "MaxNumberOfTrainingJobs must equal that number when it is given"
        )
        yield Fault(_JOBS, problem, str(wanted), mend)


def _bounded(job: TuningRequest) -> Iterator[Fault]:
    """Without a number of training jobs something else must end the job (our reading)."""
    criteria = reading.mapping(job.config.get("TuningJobCompletionCriteria"))
    bounded = (
        job.limits.get("MaxNumberOfTrainingJobs") is not None
        or job.limits.get("MaxRuntimeInSeconds") is not None
        or bool(criteria)
        or job.autotune
    )
    if not bounded:
        yield Fault(
            _JOBS,
            "MaxNumberOfTrainingJobs is required unless the strategy is Grid or another limit "
            "ends the tuning job",
            None,
            "Give MaxNumberOfTrainingJobs, MaxRuntimeInSeconds or TuningJobCompletionCriteria.",
        )


def _hyperband(job: TuningRequest, quotas: Quotas) -> Iterator[Fault]:
    if job.config.get("TrainingJobEarlyStoppingType", "Off") == "Auto":
        yield Fault(
            f"{reading.CONFIG}.TrainingJobEarlyStoppingType",
            "TrainingJobEarlyStoppingType must be Off for the Hyperband strategy, which stops "
            "training jobs itself",
            "Auto",
            "Set it to Off.",
        )
    settings = reading.mapping(
        reading.inside(job.config, "StrategyConfig", "HyperbandStrategyConfig")
    )
    least = reading.whole(settings.get("MinResource"))
    most = reading.whole(settings.get("MaxResource"))
    if settings.get("MaxResource") is None:
        yield from _inferred(job.parts(), least)
    elif most is not None:
        yield from _resource(most, least, quotas)


def _inferred(parts: list[Part], least: int | None) -> Iterator[Fault]:
    for part in parts:
        found = inferred_max_resource(part.static)
        if found is None:
            yield Recorded(
                f"{_HYPERBAND}.MaxResource",
                "MaxResource parameter is not provided and could not be inferred from provided "
                "static hyperparameters of TrainingJobDefinition.",
                None,
                f"Give MaxResource, or one of {', '.join(HYPERBAND_KEYS)} in {part.static_path}.",
            )
        elif found[1] < max(least or 1, 1):
            yield Fault(
                f"{part.static_path}.{found[0]}",
                f"MaxResource, inferred from here, must be at least MinResource, {least or 1}",
                str(found[1]),
                "Lower MinResource, or give MaxResource.",
            )


def _resource(most: int, least: int | None, quotas: Quotas) -> Iterator[Fault]:
    if most > quotas.hyperband_max_resource:
        yield Fault(
            f"{_HYPERBAND}.MaxResource",
            f"MaxResource must be at most {quotas.hyperband_max_resource}",
            str(most),
            "Count the resource in larger units, such as epochs rather than steps.",
        )
    if least is not None and least > most:
        yield Fault(
            f"{_HYPERBAND}.MinResource",
            f"MinResource must not be greater than MaxResource, {most}",
            str(least),
            "Lower MinResource or raise MaxResource.",
        )
