"""A training request, or a definition of one, as a TrainingSpec.

Expects a request that `wire` found nothing wrong with. What the two request shapes name
differently is given by the caller; everything else they share.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator.training.spec import (
    HOMOGENEOUS,
    Channel,
    Checkpoints,
    InputMode,
    InstanceGroup,
    MetricDefinition,
    Scope,
    SourceKind,
    TrainingSpec,
)
from orchestrator.wire import names
from orchestrator.wire.algorithms import built_in
from orchestrator.wire.rules.objectives import MIRROR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.training.spec import Pairs

DEFAULT_RUNTIME_SECONDS = 86_400
"""MaxRuntimeInSeconds of a training job that gives none (documented)."""
DEFAULT_VOLUME_GB = 30
CHECKPOINT_PATH = "/opt/ml/checkpoints"


def training_spec(request: Mapping[str, Any], scope: Scope) -> TrainingSpec:
    """The training job that a CreateTrainingJob request asks for."""
    algorithm = request.get("AlgorithmSpecification") or {}
    return replace(
        shared(request, located(scope)),
        name=request["TrainingJobName"],
        hyperparameters=pairs(request.get("HyperParameters")),
        entrypoint=tuple(algorithm.get("ContainerEntrypoint") or ()),
        arguments=tuple(algorithm.get("ContainerArguments") or ()),
        metrics=metric_definitions(request, None),
        tags=tags(request),
    )


def shared(definition: Mapping[str, Any], scope: Scope) -> TrainingSpec:
    """What a training request and a tuning job's definition say in the same words."""
    algorithm = definition.get("AlgorithmSpecification") or {}
    output = definition["OutputDataConfig"]
    condition = definition.get("StoppingCondition") or {}
    spot = bool(definition.get("EnableManagedSpotTraining"))
    return TrainingSpec(
        name="",
        scope=scope,
        image=algorithm.get("TrainingImage"),
        algorithm=algorithm.get("AlgorithmName"),
        channels=tuple(_channels(definition)),
        output_uri=output["S3OutputPath"].rstrip("/"),
        compress_output=output.get("CompressionType") != "NONE",
        instance_groups=instance_groups(definition),
        volume_gb=_volume(definition),
        max_runtime_seconds=condition.get("MaxRuntimeInSeconds") or DEFAULT_RUNTIME_SECONDS,
        max_wait_seconds=condition.get("MaxWaitTimeInSeconds") if spot else None,
        environment=pairs(definition.get("Environment")),
        checkpoints=_checkpoints(definition.get("CheckpointConfig")),
        network_isolation=bool(definition.get("EnableNetworkIsolation")),
        spot=spot,
        retries=(definition.get("RetryStrategy") or {}).get("MaximumRetryAttempts", 0),
        role=definition["RoleArn"],
    )


def located(scope: Scope) -> Scope:
    """The scope with the partition that its region lies in."""
    return replace(scope, partition=names.partition(scope.region))


def pairs(mapping: Mapping[str, str] | None) -> Pairs:
    """A mapping's entries, sorted by name."""
    return tuple(sorted((mapping or {}).items()))


def tags(request: Mapping[str, Any]) -> Pairs:
    """A request's tags, in its order."""
    return tuple((tag["Key"], tag["Value"]) for tag in request.get("Tags") or ())


def metric_definitions(
    definition: Mapping[str, Any], objective: str | None
) -> tuple[MetricDefinition, ...]:
    """The metrics to read: those given, else the built-in algorithm's.

    For a tuning job one more is added: a copy of the objective (observed for every job).
    """
    algorithm = definition.get("AlgorithmSpecification") or {}
    given = algorithm.get("MetricDefinitions") or ()
    known = {metric["Name"]: metric["Regex"] for metric in given}
    own = built_in(algorithm.get("TrainingImage"), algorithm.get("AlgorithmName"))
    if own is not None:
        expression = own.regex(objective) if objective else None
        added = dict(own.metrics) if not known else {}
        if objective and expression and objective not in known:
            added[objective] = expression
        known |= added
    if objective in known:
        known.setdefault(MIRROR, known[objective])
    return tuple(MetricDefinition(name, expression) for name, expression in known.items())


def instance_groups(definition: Mapping[str, Any]) -> tuple[InstanceGroup, ...]:
    """The instances to train on, from whichever form says it.

    Of instance types listed by preference the first is taken: there is always capacity here.
    """
    resources = _resources(definition)
    if resources.get("InstanceGroups"):
        return tuple(
            InstanceGroup(
                group["InstanceGroupName"], group["InstanceType"], max(1, group["InstanceCount"])
            )
            for group in resources["InstanceGroups"]
        )
    listed = resources.get("InstanceConfigs") or resources.get("InstancePreferences")
    chosen: Mapping[str, Any] = listed[0] if listed else {}
    count = chosen.get("InstanceCount") or resources.get("InstanceCount") or 1
    kind = chosen.get("InstanceType") or resources.get("InstanceType") or "ml.m5.large"
    return (InstanceGroup(HOMOGENEOUS, kind, count),)


def _volume(definition: Mapping[str, Any]) -> int:
    resources = _resources(definition)
    configs = resources.get("InstanceConfigs")
    listed: int | None = configs[0].get("VolumeSizeInGB") if configs else None
    return resources.get("VolumeSizeInGB") or listed or DEFAULT_VOLUME_GB


def _resources(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    own = definition.get("ResourceConfig") or definition.get("HyperParameterTuningResourceConfig")
    return own or {}


def _channels(definition: Mapping[str, Any]) -> Iterator[Channel]:
    default = (definition.get("AlgorithmSpecification") or {}).get("TrainingInputMode", "File")
    for written in definition.get("InputDataConfig") or ():
        mode = InputMode(written.get("InputMode") or default)
        source = written["DataSource"]
        s3 = source.get("S3DataSource") or {}
        yield Channel(
            name=written["ChannelName"],
            uri=s3.get("S3Uri") or _directory(source),
            mode=mode,
            kind=_kind(s3.get("S3DataType")),
            content_type=written.get("ContentType"),
            sharded=s3.get("S3DataDistributionType") == "ShardedByS3Key",
            gzip=written.get("CompressionType") == "Gzip" and mode is InputMode.PIPE,
            record_io=written.get("RecordWrapperType") == "RecordIO" and mode is InputMode.PIPE,
            shuffle_seed=(written.get("ShuffleConfig") or {}).get("Seed"),
            attributes=tuple(s3.get("AttributeNames") or ()),
            groups=tuple(s3.get("InstanceGroupNames") or ()),
        )


def _kind(written: str | None) -> SourceKind:
    return SourceKind(written) if written in set(SourceKind) else SourceKind.PREFIX


def _directory(source: Mapping[str, Any]) -> str:
    directory: str = (source.get("FileSystemDataSource") or {}).get("DirectoryPath", "")
    return directory


def _checkpoints(written: Mapping[str, Any] | None) -> Checkpoints | None:
    """The URI ends with a slash, so that it is a folder and not a string prefix."""
    if written is None:
        return None
    local = (written.get("LocalPath") or CHECKPOINT_PATH).rstrip("/") or "/"
    return Checkpoints(written["S3Uri"].rstrip("/") + "/", local)
