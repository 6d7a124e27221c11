"""The keys at the top of a job file, and the request's members outside the trainings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.definition.members import Member, chosen, plain, special
from orchestrator.definition.parameter_ranges import read_ranges, trace_ranges, write_ranges
from orchestrator.definition.training_members import trace_names
from orchestrator.definition.values import EARLY_STOPPING, GOALS, STRATEGIES, WARM_STARTS

if TYPE_CHECKING:
    from orchestrator.definition.patch import Json
    from orchestrator.definition.paths import Path

_CONFIG = "HyperParameterTuningJobConfig"
_CRITERIA = f"{_CONFIG}.TuningJobCompletionCriteria"
_HYPERBAND = f"{_CONFIG}.StrategyConfig.HyperbandStrategyConfig"


def _write_parents(parents: list[str]) -> list[Json]:
    return [{"HyperParameterTuningJobName": name} for name in parents]


def _read_parents(request: list[Json]) -> list[str]:
    return [entry["HyperParameterTuningJobName"] for entry in request]


def _trace_parents(rest: Path, _: object) -> Path:
    return rest[:1]


def _write_tags(tags: Json) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _read_tags(request: list[Json]) -> Json:
    return {entry["Key"]: entry["Value"] for entry in request}


def _read_enabled(word: str) -> bool:
    return {"Enabled": True, "Disabled": False}[word]


def _write_enabled(wanted: bool) -> str:  # noqa: FBT001  (a Translate takes one value)
    return "Enabled" if wanted else "Disabled"


JOB: tuple[Member, ...] = (
    plain("name", "HyperParameterTuningJobName"),
    chosen("strategy", f"{_CONFIG}.Strategy", STRATEGIES),
    plain("hyperband.min_resource", f"{_HYPERBAND}.MinResource"),
    plain("hyperband.max_resource", f"{_HYPERBAND}.MaxResource"),
    plain("objective.metric", f"{_CONFIG}.HyperParameterTuningJobObjective.MetricName"),
    chosen("objective.goal", f"{_CONFIG}.HyperParameterTuningJobObjective.Type", GOALS),
    plain("limits.jobs", f"{_CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs"),
    plain("limits.parallel", f"{_CONFIG}.ResourceLimits.MaxParallelTrainingJobs"),
    plain("limits.runtime", f"{_CONFIG}.ResourceLimits.MaxRuntimeInSeconds"),
    special("ranges", f"{_CONFIG}.ParameterRanges", write_ranges, read_ranges, trace=trace_ranges),
    chosen("early_stopping", f"{_CONFIG}.TrainingJobEarlyStoppingType", EARLY_STOPPING),
    plain("seed", f"{_CONFIG}.RandomSeed"),
    plain("complete_when.target", f"{_CRITERIA}.TargetObjectiveMetricValue"),
    plain(
        "complete_when.not_improving_jobs",
        f"{_CRITERIA}.BestObjectiveNotImproving.MaxNumberOfTrainingJobsNotImproving",
    ),
    special(
        "complete_when.converged",
        f"{_CRITERIA}.ConvergenceDetected.CompleteOnConvergence",
        _write_enabled,
        _read_enabled,
    ),
    chosen("warm_start.type", "WarmStartConfig.WarmStartType", WARM_STARTS),
    special(
        "warm_start.parents",
        "WarmStartConfig.ParentHyperParameterTuningJobs",
        _write_parents,
        _read_parents,
        trace=_trace_parents,
    ),
    special("autotune", "Autotune.Mode", _write_enabled, _read_enabled),
    special("tags", "Tags", _write_tags, _read_tags, trace=trace_names("Key")),
)
