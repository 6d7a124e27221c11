"""Tuning jobs as the API tells of them: Describe's answer and List's summaries.

Describe shows the request with everything the service filled in (observed): all three range
lists, scaling types, early stopping, completion criteria, the injected hyperparameter, metric
definitions with the copy of the objective.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.endpoint import render_training
from orchestrator.endpoint.parse import definitions_of, hyperband_resource
from orchestrator.training.spec import Scope
from orchestrator.wire import names
from orchestrator.wire.rules import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.endpoint.emulator import Answer
    from orchestrator.store.protocol import JobRow

_ECHOED = ("WarmStartConfig", "Autotune")


def identity(row: JobRow) -> Answer:
    """The members of Describe that need nothing of the job's request or state."""
    return {
        "HyperParameterTuningJobName": row.name,
        "HyperParameterTuningJobArn": row.arn,
        "HyperParameterTuningJobStatus": row.status,
        "CreationTime": row.created,
        "LastModifiedTime": row.modified,
    }


def described(row: JobRow, now: float) -> Answer:
    """DescribeHyperParameterTuningJob's answer, without the best training jobs."""
    state, job = row.state, reading.TuningRequest(row.request)
    scope = Scope(row.account, row.region, names.partition(row.region))
    filled = [_definition(part, scope) for part in job.parts()]
    ended = state.get("ended")
    return {
        **identity(row),
        "HyperParameterTuningJobConfig": _config(job, state),
        **({reading.MANY: filled} if job.several else {reading.ONE: filled[0]}),
        "HyperParameterTuningEndTime": ended,
        "TrainingJobStatusCounters": state["training_counters"],
        "ObjectiveStatusCounters": state["objective_counters"],
        **{key: row.request.get(key) for key in _ECHOED},
        "FailureReason": state.get("failure_reason") or None,
        "TuningJobCompletionDetails": {
            "NumberOfTrainingJobsObjectiveNotImproving": state.get("not_improving") or 0,
            "ConvergenceDetectedTime": state.get("converged_at"),
        },
        "ConsumedResources": {
            "RuntimeInSeconds": max(0, int((ended or now) - state["created"])),
        },
    }


def summary(row: JobRow) -> Answer:
    """One of ListHyperParameterTuningJobs' summaries."""
    job = reading.TuningRequest(row.request)
    return {
        "HyperParameterTuningJobName": row.name,
        "HyperParameterTuningJobArn": row.arn,
        "HyperParameterTuningJobStatus": row.state["status"],
        "Strategy": job.strategy,
        "CreationTime": row.state["created"],
        "HyperParameterTuningEndTime": row.state.get("ended"),
        "LastModifiedTime": row.state["modified"],
        "TrainingJobStatusCounters": row.state["training_counters"],
        "ObjectiveStatusCounters": row.state["objective_counters"],
        "ResourceLimits": _limits(job, row.state),
    }


def objectives(request: Mapping[str, Any]) -> dict[str | None, str] | None:
    """Of a job with several definitions, each one's name and its objective's Type; else None."""
    if request.get(reading.MANY) is None:
        return None
    return {
        definition.get("DefinitionName"): definition["TuningObjective"]["Type"]
        for definition in definitions_of(request)
    }


def _limits(job: reading.TuningRequest, state: Mapping[str, Any]) -> Answer:
    given = {"MaxNumberOfTrainingJobs": state.get("training_jobs")}
    return given | dict(job.limits)


def _config(job: reading.TuningRequest, state: Mapping[str, Any]) -> Answer:
    config: Answer = dict(job.config)
    config["ResourceLimits"] = _limits(job, state)
    config.setdefault("TrainingJobEarlyStoppingType", "Off")
    criteria = {"ConvergenceDetected": {"CompleteOnConvergence": "Disabled"}}
    config["TuningJobCompletionCriteria"] = criteria | (
        config.get("TuningJobCompletionCriteria") or {}
    )
    if not job.several:
        config["ParameterRanges"] = _ranges(config.get("ParameterRanges") or {})
    if job.strategy == "Hyperband":
        config["StrategyConfig"] = {"HyperbandStrategyConfig": hyperband_resource(job)}
    return config


def _definition(part: reading.Part, scope: Scope) -> Answer:
    metric = part.objective.get("MetricName")
    injected = {reading.INJECTED: metric} if metric else {}
    filled: Answer = {
        **part.written,
        **render_training.definition(part.written, metric, scope),
        # Given in this form too, because the SDK's attach reads it (observed).
        "ResourceConfig": render_training.resource_config(part.written),
        "StaticHyperParameters": {**part.static, **injected},
    }
    if part.written.get("HyperParameterRanges") is not None:
        filled["HyperParameterRanges"] = _ranges(part.written["HyperParameterRanges"])
    return filled


def _ranges(written: Mapping[str, Any]) -> Answer:
    """All three lists, possibly empty, with a ScalingType on every numeric range."""
    integers, continuous, categorical = reading.RANGE_LISTS
    filled: Answer = {
        key: [{"ScalingType": "Auto", **one} for one in written.get(key) or ()]
        for key in (integers, continuous)
    }
    return filled | {categorical: written.get(categorical) or []}
