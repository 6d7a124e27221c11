"""``training``: how one training job runs, the same for every configuration."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from orchestrator.definition.schema.channels import Channel
from orchestrator.definition.schema.scalars import (
    Flag,
    Model,
    Printed,
    Raw,
    Seconds,
    Short,
    Text,
    Whole,
    one_of,
    refusal,
)
from orchestrator.definition.values import (
    ALLOCATIONS,
    ENCODINGS,
    INPUT_MODES,
    OUTPUT_COMPRESSIONS,
)


class Fallback(Model):
    """One entry of an ordered list of instances."""

    type: Text = Field(description="Instance type, such as `ml.m5.large`.")
    count: Whole | None = Field(None, description="How many; default 1.")
    volume: Whole | None = Field(None, description="Storage in GB; default 30.")


class Instance(Short):
    """The machines of one training job; a bare word is `type`, a bare list `fallbacks`."""

    main: ClassVar[str] = "type"

    type: Text | None = Field(None, description="Instance type; default `ml.m5.large`.")
    count: Whole | None = Field(None, description="How many instances; default 1.")
    volume: Whole | None = Field(None, description="Storage in GB; default 30.")
    kms_key: Text | None = Field(None, description="Key that encrypts the storage.")
    fallbacks: list[Fallback] | None = Field(
        None, description="Instead of `type`: the first that has capacity is taken."
    )
    allocation: Annotated[str, one_of(ALLOCATIONS)] | None = Field(
        None, description="How a fallback is chosen: `prioritized`."
    )

    @model_validator(mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        return {"fallbacks": value} if isinstance(value, list) else value


class Spot(Short):
    """Managed spot training; `spot: true` is enough."""

    main: ClassVar[str] = "enabled"

    enabled: Flag | None = Field(None, description="Default true once `spot` is written.")
    max_wait: Seconds | None = Field(
        None, description="Waiting and training together, at least `timeout`."
    )

    @model_validator(mode="before")
    @classmethod
    def _enable(cls, value: object) -> object:
        return {"enabled": True, **value} if isinstance(value, Mapping) else value


class Checkpoints(Short):
    """Where checkpoints are kept; a bare `s3://` URI is `s3`."""

    main: ClassVar[str] = "s3"

    s3: Text = Field(description="`s3://` URI that survives interruptions.")
    local: Text | None = Field(
        None, description="The container's folder; default `/opt/ml/checkpoints`."
    )


class Output(Short):
    """Where models go; a bare `s3://` URI is `s3`."""

    main: ClassVar[str] = "s3"

    s3: Text | None = Field(None, description="`s3://` URI under which each job has a folder.")
    kms_key: Text | None = Field(None, description="Key that encrypts the models.")
    compression: Annotated[str, one_of(OUTPUT_COMPRESSIONS)] | None = Field(
        None, description="`gzip` (default) or `none`."
    )


class Vpc(Model):
    """The network that the instances join."""

    security_groups: list[Text] = Field(description="Security group ids.")
    subnets: list[Text] = Field(description="Subnet ids.")


def _version(value: object) -> object:
    if isinstance(value, (int, float)):
        raise refusal("must be text", "Put the version in quotes: 2.10 and 2.1 are one number.")
    return value


class Training(Model):
    """How one training job runs."""

    image: Text | None = Field(None, description="The training image.")
    framework: Text | None = Field(
        None, description="Instead of `image`: `pytorch`, `tensorflow`, `sklearn`, …"
    )
    version: Annotated[Text, BeforeValidator(_version)] | None = Field(
        None, description='The framework\'s version, in quotes: `"2.3"`.'
    )
    algorithm: Text | None = Field(
        None, description="Instead of `image`: name or ARN of an algorithm resource."
    )
    entry_point: Text | None = Field(
        None, description="Script that trains, inside `source`; a script alone is packed alone."
    )
    source: Text | None = Field(
        None, description="Folder that is packed for script mode, or an `s3://…/sourcedir.tar.gz`."
    )
    encoding: Annotated[str, one_of(ENCODINGS)] | None = Field(
        None,
        description="How hyperparameters and categories become text: `plain` (default), or"
        " `json` as SageMaker's framework estimators do (text in quotes).",
    )
    input_mode: Annotated[str, one_of(INPUT_MODES)] | None = Field(
        None, description="`File` (default), `FastFile` or `Pipe`."
    )
    channels: dict[str, Channel] | None = Field(None, description="Data, by channel name.")
    instance: Instance | None = Field(None, description="The machines.")
    role: Text | None = Field(
        None, description="Name or ARN of the role that the training jobs take."
    )
    output: Output | None = Field(None, description="Where models go.")
    timeout: Seconds | None = Field(
        None, description="Longest time of one training job; default `1d`."
    )
    pending_timeout: Seconds | None = Field(
        None, description="Longest wait for capacity of accelerated instances."
    )
    spot: Spot | None = Field(None, description="Managed spot training.")
    checkpoints: Checkpoints | None = Field(None, description="Where checkpoints are kept.")
    retries: Whole | None = Field(
        None, description="Attempts after an internal error of the service, 1 to 30."
    )
    environment: dict[str, Printed] | None = Field(
        None, description="Environment variables, by name."
    )
    vpc: Vpc | None = Field(None, description="The network that the instances join.")
    network_isolation: Flag | None = Field(None, description="No network inside the container.")
    encrypt_traffic: Flag | None = Field(
        None, description="Encrypts the traffic between a job's instances."
    )
    request: Raw | None = Field(
        None, description="Members of the request's training job definition, merged in last."
    )

    @model_validator(mode="after")
    def _one_program(self) -> Self:
        if self.framework is not None and (self.image is not None or self.algorithm is not None):
            raise refusal("says twice what is run", "Write one of image, framework and algorithm.")
        if self.version is not None and self.framework is None:
            raise refusal("has a version without a framework", "Write framework: too.")
        if self.source is not None and self.entry_point is None:
            raise refusal(
                "has a source but no entry_point", "Write entry_point: the script to run."
            )
        return self
