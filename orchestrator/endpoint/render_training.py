"""Training jobs as the API tells of them: Describe's answer and List's summaries.

Everything the request had and the answer's shape has is echoed; what is computed comes on top.
Members that clients read unconditionally are always there (observed in SDK sources): the whole
ResourceConfig, ``OutputDataConfig.KmsKeyId``, CompressionType, the transitions.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.parse_training import (
    CHECKPOINT_PATH,
    DEFAULT_RUNTIME_SECONDS,
    DEFAULT_VOLUME_GB,
    instance_groups,
    metric_definitions,
)
from orchestrator.training.job import TERMINAL
from orchestrator.training.spec import Scope
from orchestrator.wire import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.endpoint.emulator import Answer
    from orchestrator.store.protocol import JobRow

_SWITCHES = (
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
)
_MOST_METRICS = 40


def described(row: JobRow) -> Answer:
    """DescribeTrainingJob's answer."""
    request = row.request
    scope = Scope(row.account, row.region, names.partition(row.region))
    return {
        **request,
        **definition(request, row.state.get("objective_metric"), scope),
        "ResourceConfig": resource_config(request),
        **progress(row),
    }


def identity(row: JobRow) -> Answer:
    """The members of Describe that need nothing of the job's request or state."""
    return {
        "TrainingJobName": row.name,
        "TrainingJobArn": row.arn,
        "TuningJobArn": None if row.root == row.arn else row.root,
        "TrainingJobStatus": row.status,
        "CreationTime": row.created,
        "LastModifiedTime": row.modified,
    }


def progress(row: JobRow) -> Answer:
    """The members of Describe that need nothing of the job's request."""
    state = row.state
    model = state.get("model_uri")
    return {
        **identity(row),
        "HyperParameters": state.get("hyperparameters") or {},
        # Left out while there is no model (our reading): a place without one would mislead.
        "ModelArtifacts": {"S3ModelArtifacts": model} if model else None,
        "SecondaryStatus": state["secondary"],
        "FailureReason": state.get("failure_reason") or None,
        "SecondaryStatusTransitions": [_transition(stay) for stay in state["transitions"]],
        "FinalMetricDataList": _final_metrics(state.get("metrics") or {}),
        **_times(state),
    }


def summary(row: JobRow) -> Answer:
    """One of ListTrainingJobs' summaries."""
    return {
        "TrainingJobName": row.name,
        "TrainingJobArn": row.arn,
        "CreationTime": row.state["created"],
        "TrainingEndTime": row.state.get("ended"),
        "LastModifiedTime": row.state["modified"],
        "TrainingJobStatus": row.state["status"],
        "SecondaryStatus": row.state["secondary"],
    }


def child_summary(row: JobRow, objectives: Mapping[str | None, str] | None = None) -> Answer:
    """One of a tuning job's training jobs, as Describe and List show it.

    Args:
        row: The training job.
        objectives: For a tuning job with several definitions, each one's name and its
            objective's Type; both are shown in such jobs only (documented).
    """
    state = row.state
    value = state.get("objective_value")
    several = objectives is not None
    metric = {
        "Type": (objectives or {}).get(state.get("definition")),
        "MetricName": state.get("objective_metric"),
        "Value": value,
    }
    return {
        "TrainingJobDefinitionName": state.get("definition") if several else None,
        "TrainingJobName": row.name,
        "TrainingJobArn": row.arn,
        # Whole seconds here, and milliseconds wherever else a time is told (observed).
        "CreationTime": math.floor(state["created"]),
        "TrainingStartTime": _whole(state.get("started")),
        "TrainingEndTime": _whole(state.get("ended")),
        "TrainingJobStatus": state["status"],
        "TunedHyperParameters": state.get("tuned") or {},
        "FailureReason": state.get("failure_reason") or None,
        "FinalHyperParameterTuningJobObjectiveMetric": None if value is None else metric,
        "ObjectiveStatus": state.get("objective_status"),
    }


def definition(request: Mapping[str, Any], objective: str | None, scope: Scope) -> Answer:
    """The parts of a training request or definition that Describe fills in."""
    filled: Answer = {switch: bool(request.get(switch)) for switch in _SWITCHES}
    filled["AlgorithmSpecification"] = _algorithm(request, objective, scope)
    output = request["OutputDataConfig"]
    filled["OutputDataConfig"] = {"KmsKeyId": "", "CompressionType": "GZIP", **output}
    filled["StoppingCondition"] = {
        "MaxRuntimeInSeconds": DEFAULT_RUNTIME_SECONDS,
        **(request.get("StoppingCondition") or {}),
    }
    if request.get("InputDataConfig"):
        plain = {"CompressionType": "None", "RecordWrapperType": "None"}
        filled["InputDataConfig"] = [plain | channel for channel in request["InputDataConfig"]]
    if request.get("CheckpointConfig"):
        filled["CheckpointConfig"] = {"LocalPath": CHECKPOINT_PATH, **request["CheckpointConfig"]}
    return filled


def resource_config(request: Mapping[str, Any]) -> Answer:
    """ResourceConfig, whichever form the request used for it."""
    if request.get("ResourceConfig"):
        return {"VolumeSizeInGB": DEFAULT_VOLUME_GB, **request["ResourceConfig"]}
    shared = request.get("HyperParameterTuningResourceConfig") or {}
    group = instance_groups(request)[0]
    configs = shared.get("InstanceConfigs")
    volume = configs[0]["VolumeSizeInGB"] if configs else shared.get("VolumeSizeInGB")
    return {
        "InstanceType": group.instance_type,
        "InstanceCount": group.count,
        "VolumeSizeInGB": volume or DEFAULT_VOLUME_GB,
        "VolumeKmsKeyId": shared.get("VolumeKmsKeyId"),
    }


def _algorithm(request: Mapping[str, Any], objective: str | None, scope: Scope) -> Answer:
    algorithm = dict(request.get("AlgorithmSpecification") or {})
    metrics = metric_definitions(request, objective)
    if metrics:
        algorithm["MetricDefinitions"] = [{"Name": m.name, "Regex": m.regex} for m in metrics]
    name = algorithm.get("AlgorithmName")
    if name and not name.startswith("arn:"):
        # Describe returns the algorithm's ARN (observed).
        algorithm["AlgorithmName"] = scope.arn("algorithm", name)
    return algorithm


def _whole(moment: float | None) -> int | None:
    return None if moment is None else math.floor(moment)


def _transition(stay: Mapping[str, Any]) -> Answer:
    return {
        "Status": stay["status"],
        "StartTime": stay["started"],
        "EndTime": stay["ended"],
        "StatusMessage": stay["message"],
    }


def _final_metrics(metrics: Mapping[str, list[float]]) -> list[Answer]:
    return [
        {"MetricName": name, "Value": value, "Timestamp": at}
        for name, (value, at) in sorted(metrics.items())[:_MOST_METRICS]
    ]


def _times(state: Mapping[str, Any]) -> Answer:
    """Times and durations; a duration is told once the job has ended, and is at least 1 s."""
    started, ended = state.get("started"), state.get("ended")
    times: Answer = {
        "CreationTime": state["created"],
        "TrainingStartTime": started,
        "TrainingEndTime": ended,
    }
    if started is not None and ended is not None and state["status"] in TERMINAL:
        times["TrainingTimeInSeconds"] = max(1, math.ceil(ended - started))
        times["BillableTimeInSeconds"] = max(1, math.ceil(state.get("seconds_run") or 0))
    return times
