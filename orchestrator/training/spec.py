"""What was asked of one training job: plain values, no SageMaker shape."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

Pairs = tuple[tuple[str, str], ...]
"""An ordered mapping of text to text that can be hashed."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The account and region a job lives in."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, resource: str, name: str) -> str:
        """``arn:aws:sagemaker:<region>:<account>:<resource>/<name in lower case>``.

        AWS lower-cases the name in ARNs (observed), which also makes names unique without
        regard to case (documented): the ARN is every job's identity in the store.
        """
        return (
            f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{resource}/{name.lower()}"
        )


class InputMode(StrEnum):
    """How a channel reaches the container."""

    FILE = "File"
    FAST_FILE = "FastFile"
    PIPE = "Pipe"


class SourceKind(StrEnum):
    """What a channel's S3 URI names (SageMaker's ``S3DataType``)."""

    PREFIX = "S3Prefix"
    MANIFEST = "ManifestFile"
    AUGMENTED_MANIFEST = "AugmentedManifestFile"


@dataclass(frozen=True, slots=True)
class Channel:
    """One input channel.

    Attributes:
        uri: ``s3://`` URI of the prefix or manifest, or an absolute path of this machine for
            a file-system source.
        sharded: True when each host gets its share of the objects (``ShardedByS3Key``).
        gzip: True when the objects are decompressed while they are piped.
        record_io: True when records are wrapped in RecordIO while they are piped.
        shuffle_seed: Reorders the objects at the start of each epoch of a pipe.
        groups: The instance groups that get the channel; empty means all.
    """

    name: str
    uri: str
    mode: InputMode = InputMode.FILE
    kind: SourceKind = SourceKind.PREFIX
    content_type: str | None = None
    sharded: bool = False
    gzip: bool = False
    record_io: bool = False
    shuffle_seed: int | None = None
    attributes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceGroup:
    """`count` instances of one type."""

    name: str
    instance_type: str
    count: int


HOMOGENEOUS = "homogeneousCluster"
"""The group name that SageMaker gives a job with one instance type (observed)."""


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric's name, and the regular expression whose first group is its value."""

    name: str
    regex: str


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Where checkpoints are kept, and where the container finds them."""

    uri: str
    local_path: str = "/opt/ml/checkpoints"


@dataclass(frozen=True, slots=True)
class TrainingSpec:
    """One training job, or (with an empty name) the template of a tuning job's children.

    Attributes:
        name: The training job's name; empty in a template.
        scope: Account and region.
        hyperparameters: Everything the container sees, values as text, sorted by name.
        tuned: The part of `hyperparameters` that a tuning job chose.
        image: The training image, or None when `algorithm` names one.
        max_runtime_seconds: Total over all attempts (AWS, StoppingCondition).
        max_wait_seconds: Only for spot: waiting and running together.
        retries: How many times an internal failure is tried again.
    """

    name: str
    scope: Scope
    hyperparameters: Pairs = ()
    tuned: Pairs = ()
    image: str | None = None
    algorithm: str | None = None
    entrypoint: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    output_uri: str = ""
    compress_output: bool = True
    instance_groups: tuple[InstanceGroup, ...] = (InstanceGroup(HOMOGENEOUS, "ml.m5.large", 1),)
    volume_gb: int = 30
    max_runtime_seconds: int = 86_400
    max_wait_seconds: int | None = None
    metrics: tuple[MetricDefinition, ...] = ()
    environment: Pairs = ()
    checkpoints: Checkpoints | None = None
    network_isolation: bool = False
    spot: bool = False
    retries: int = 0
    role: str = ""
    objective_metric: str | None = None
    tuning_job: str | None = None
    definition_name: str | None = None
    tags: Pairs = field(default=())

    @property
    def arn(self) -> str:
        """The training job's ARN, its identity everywhere inside."""
        return self.scope.arn("training-job", self.name)

    @property
    def hosts(self) -> tuple[str, ...]:
        """``algo-1`` … ``algo-n`` over all instance groups, in numeric order."""
        total = sum(group.count for group in self.instance_groups)
        return tuple(f"algo-{number}" for number in range(1, total + 1))

    def child(self, name: str, tuned: Pairs) -> Self:
        """This template as the training job `name` with the configuration `tuned`."""
        merged = dict(self.hyperparameters) | dict(tuned)
        return replace(self, name=name, tuned=tuned, hyperparameters=tuple(sorted(merged.items())))
