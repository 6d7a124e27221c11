"""``training`` and what stands beside it, and the request's training job definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.definition.input_data import read_channels, trace_channels, write_channels
from orchestrator.definition.members import Member, chosen, plain, special
from orchestrator.definition.parameter_ranges import read_ranges, trace_ranges, write_ranges
from orchestrator.definition.values import ALLOCATIONS, GOALS, INPUT_MODES, OUTPUT_COMPRESSIONS

if TYPE_CHECKING:
    from orchestrator.definition.patch import Json
    from orchestrator.definition.paths import Path

PROGRAM = "sagemaker_program"
SUBMIT_DIRECTORY = "sagemaker_submit_directory"
"""The static hyperparameters by which script mode finds its code (documented)."""

_RESOURCES = "HyperParameterTuningResourceConfig"


def write_metrics(metrics: Json) -> list[Json]:
    """``MetricDefinitions``, in the file's order."""
    return [{"Name": name, "Regex": regex} for name, regex in metrics.items()]


def read_metrics(request: list[Json]) -> Json:
    """``metrics`` by name."""
    return {entry["Name"]: entry["Regex"] for entry in request}


def trace_names(label: str) -> Any:  # noqa: ANN401  (a Trace)
    """``[0].<anything>`` -> the entry's name, which its member `label` holds."""

    def trace(rest: Path, request: Any) -> Path:  # noqa: ANN401  (any JSON value)
        match rest:
            case (int(index), *_):
                return (request[index].get(label, ""),)
            case _:
                return ()

    return trace


def _write_fallbacks(fallbacks: list[Json]) -> list[Json]:
    return [
        {
            "InstanceType": entry["type"],
            "InstanceCount": entry.get("count", 1),
            "VolumeSizeInGB": entry.get("volume", 30),
        }
        for entry in fallbacks
    ]


def _read_fallbacks(request: list[Json]) -> list[Json]:
    return [
        {
            "type": entry["InstanceType"],
            "count": entry["InstanceCount"],
            "volume": entry["VolumeSizeInGB"],
        }
        for entry in request
    ]


def _trace_fallbacks(rest: Path, _: object) -> Path:
    words = {"InstanceType": "type", "InstanceCount": "count", "VolumeSizeInGB": "volume"}
    return tuple(words.get(part, part) if isinstance(part, str) else part for part in rest)


TRAINING: tuple[Member, ...] = (
    special("hyperparameters", "StaticHyperParameters", dict, dict),
    plain("training.entry_point", f"StaticHyperParameters.{PROGRAM}"),
    plain("training.source", f"StaticHyperParameters.{SUBMIT_DIRECTORY}"),
    special(
        "metrics",
        "AlgorithmSpecification.MetricDefinitions",
        write_metrics,
        read_metrics,
        trace=trace_names("Name"),
    ),
    plain("training.image", "AlgorithmSpecification.TrainingImage"),
    plain("training.algorithm", "AlgorithmSpecification.AlgorithmName"),
    chosen("training.input_mode", "AlgorithmSpecification.TrainingInputMode", INPUT_MODES),
    plain("training.role", "RoleArn"),
    special(
        "training.channels", "InputDataConfig", write_channels, read_channels, trace=trace_channels
    ),
    plain("training.vpc.security_groups", "VpcConfig.SecurityGroupIds"),
    plain("training.vpc.subnets", "VpcConfig.Subnets"),
    plain("training.output.s3", "OutputDataConfig.S3OutputPath"),
    plain("training.output.kms_key", "OutputDataConfig.KmsKeyId"),
    chosen("training.output.compression", "OutputDataConfig.CompressionType", OUTPUT_COMPRESSIONS),
    plain("training.instance.type", f"{_RESOURCES}.InstanceType"),
    plain("training.instance.count", f"{_RESOURCES}.InstanceCount"),
    plain("training.instance.volume", f"{_RESOURCES}.VolumeSizeInGB"),
    plain("training.instance.kms_key", f"{_RESOURCES}.VolumeKmsKeyId"),
    chosen("training.instance.allocation", f"{_RESOURCES}.AllocationStrategy", ALLOCATIONS),
    special(
        "training.instance.fallbacks",
        f"{_RESOURCES}.InstanceConfigs",
        _write_fallbacks,
        _read_fallbacks,
        trace=_trace_fallbacks,
    ),
    plain("training.timeout", "StoppingCondition.MaxRuntimeInSeconds"),
    plain("training.pending_timeout", "StoppingCondition.MaxPendingTimeInSeconds"),
    plain("training.spot.max_wait", "StoppingCondition.MaxWaitTimeInSeconds"),
    plain("training.spot.enabled", "EnableManagedSpotTraining"),
    plain("training.checkpoints.s3", "CheckpointConfig.S3Uri"),
    plain("training.checkpoints.local", "CheckpointConfig.LocalPath"),
    plain("training.retries", "RetryStrategy.MaximumRetryAttempts"),
    plain("training.environment", "Environment"),
    plain("training.network_isolation", "EnableNetworkIsolation"),
    plain("training.encrypt_traffic", "EnableInterContainerTrafficEncryption"),
)

DEFINITION: tuple[Member, ...] = (
    plain("name", "DefinitionName"),
    plain("objective.metric", "TuningObjective.MetricName"),
    chosen("objective.goal", "TuningObjective.Type", GOALS),
    special("ranges", "HyperParameterRanges", write_ranges, read_ranges, trace=trace_ranges),
    *TRAINING,
)
