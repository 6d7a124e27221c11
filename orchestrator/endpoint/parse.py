"""A create request as a TuningSpec or TrainingSpec: here the two columns meet.

Expects a request that `wire` found nothing wrong with. `Requests` is how the engine, which never
opens a request, has a stored one read again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint import parse_training
from orchestrator.endpoint.parse_training import located, metric_definitions, pairs, shared, tags
from orchestrator.space import grid
from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange, Scaling
from orchestrator.strategy.protocol import Direction
from orchestrator.tuning.spec import (
    CompletionCriteria,
    Definition,
    Objective,
    ResourceLimits,
    TuningSpec,
    WarmStart,
    WarmStartType,
)
from orchestrator.wire import autotune, names, quotas
from orchestrator.wire.rules import reading
from orchestrator.wire.rules.strategies import inferred_max_resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orchestrator.space.ranges import ParameterRange, Space
    from orchestrator.training.spec import Scope, TrainingSpec


class Requests:
    """Reads stored requests."""

    def tuning(self, request: Mapping[str, Any], scope: Scope) -> TuningSpec:
        """The tuning job that `request` asks for."""
        return tuning_spec(request, scope)

    def training(self, request: Mapping[str, Any], scope: Scope) -> TrainingSpec:
        """The training job that `request` asks for."""
        return parse_training.training_spec(request, scope)

    def child_request(self, request: Mapping[str, Any], definition: int) -> Mapping[str, Any]:
        """The definition that a child is made from: what Describe tells of it.

        It is kept with the child, which outlives its tuning job's record (documented).
        """
        written: Mapping[str, Any] = definitions_of(request)[definition]
        return written


def definitions_of(request: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The definitions of a tuning request, one or several."""
    several = request.get(reading.MANY)
    return several or [request[reading.ONE]]


def tuning_spec(request: Mapping[str, Any], scope: Scope) -> TuningSpec:
    """The tuning job that a CreateHyperParameterTuningJob request asks for."""
    written = autotune.resolved(request)
    job = reading.TuningRequest(written)
    name, config = written["HyperParameterTuningJobName"], job.config
    scope = located(scope)
    definitions = tuple(_definition(part, name, scope, written) for part in job.parts())
    return TuningSpec(
        name=name,
        scope=scope,
        strategy=config["Strategy"],
        definitions=definitions,
        limits=_limits(job, definitions),
        completion=_completion(config.get("TuningJobCompletionCriteria") or {}),
        early_stopping=config.get("TrainingJobEarlyStoppingType") == "Auto",
        seed=config.get("RandomSeed"),
        options=_options(job),
        warm_start=_warm_start(written.get("WarmStartConfig"), scope),
        tags=tags(written),
    )


def hyperband_resource(job: reading.TuningRequest) -> dict[str, int]:
    """MinResource (1 by default, our reading) and MaxResource (inferred if need be)."""
    config = reading.inside(job.config, "StrategyConfig", "HyperbandStrategyConfig") or {}
    found = [inferred_max_resource(part.static) for part in job.parts()]
    most = config.get("MaxResource") or max((value for _, value in filter(None, found)), default=0)
    resource = {"MinResource": config.get("MinResource") or 1}
    return resource | ({"MaxResource": most} if most else {})


def _definition(
    part: reading.Part, tuning_job: str, scope: Scope, request: Mapping[str, Any]
) -> Definition:
    metric = part.objective.get("MetricName", "")
    injected = {reading.INJECTED: metric} if metric else {}
    name = part.written.get("DefinitionName")
    training = replace(
        shared(part.written, scope),
        hyperparameters=pairs({**part.static, **injected}),
        metrics=metric_definitions(part.written, metric),
        objective_metric=metric or None,
        tuning_job=tuning_job,
        definition_name=name,
        tags=tags(request),
    )
    goal = Objective(metric, Direction(part.objective.get("Type", Direction.MINIMIZE)))
    return Definition(goal, _space(part), training, name)


def _space(part: reading.Part) -> Space:
    return tuple(_ranges(part))


def _ranges(part: reading.Part) -> Iterator[ParameterRange]:
    integers, continuous, categorical = (part.range_lists.get(k) or () for k in reading.RANGE_LISTS)
    for one in integers:
        low, high = _whole(one["MinValue"]), _whole(one["MaxValue"])
        yield IntegerRange(one["Name"], low, high, _scaling(one))
    for one in continuous:
        yield ContinuousRange(
            one["Name"], float(one["MinValue"]), float(one["MaxValue"]), _scaling(one)
        )
    for one in categorical:
        yield CategoricalRange(one["Name"], tuple(one["Values"]))


def _whole(text: str) -> int:
    """Exact for plain digits; ``1e3`` and ``8.0`` are whole numbers too."""
    try:
        return int(text)
    except ValueError:
        return int(float(text))


def _scaling(written: Mapping[str, Any]) -> Scaling:
    return Scaling(written.get("ScalingType") or Scaling.AUTO)


def _limits(job: reading.TuningRequest, definitions: Sequence[Definition]) -> ResourceLimits:
    """The number of training jobs is a grid's size, or what the quota allows, where none is given.

    So Describe always has a number, as AWS does (observed: clients treat it as computed).
    """
    limits = job.limits
    count = limits.get("MaxNumberOfTrainingJobs")
    sizes = [grid.size(definition.space) for definition in definitions]
    if count is None and job.strategy == "Grid":
        count = sum(size or 0 for size in sizes)
    if count is None:
        known = quotas.DEFAULT
        count = known.training_jobs_random if job.strategy == "Random" else known.training_jobs
    return ResourceLimits(
        limits["MaxParallelTrainingJobs"], count, limits.get("MaxRuntimeInSeconds")
    )


def _completion(criteria: Mapping[str, Any]) -> CompletionCriteria:
    not_improving = criteria.get("BestObjectiveNotImproving") or {}
    converged = criteria.get("ConvergenceDetected") or {}
    return CompletionCriteria(
        target=criteria.get("TargetObjectiveMetricValue"),
        not_improving=not_improving.get("MaxNumberOfTrainingJobsNotImproving"),
        on_convergence=converged.get("CompleteOnConvergence") == "Enabled",
    )


def _options(job: reading.TuningRequest) -> tuple[tuple[str, int], ...]:
    if job.strategy != "Hyperband":
        return ()
    words = {"MinResource": "min_resource", "MaxResource": "max_resource"}
    return tuple((words[key], value) for key, value in hyperband_resource(job).items())


def _warm_start(written: Mapping[str, Any] | None, scope: Scope) -> WarmStart | None:
    if written is None:
        return None
    parents = [
        scope.arn(names.TUNING_RESOURCE, parent.get("HyperParameterTuningJobName", ""))
        for parent in written["ParentHyperParameterTuningJobs"]
    ]
    return WarmStart(tuple(parents), WarmStartType(written["WarmStartType"]))
