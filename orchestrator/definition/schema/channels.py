"""``training.channels``: the data that each training job gets."""

from typing import Annotated, ClassVar

from pydantic import Field

from orchestrator.definition.schema.scalars import Flag, Model, Raw, Short, Text, Whole, one_of
from orchestrator.definition.values import (
    ACCESS_MODES,
    COMPRESSIONS,
    CONTENTS,
    DISTRIBUTIONS,
    FILE_SYSTEMS,
    INPUT_MODES,
    WRAPPERS,
)


class FileSystem(Model):
    """A channel that mounts an EFS or FSx for Lustre file system."""

    id: Text = Field(description="The file system's id, `fs-…`.")
    type: Annotated[str, one_of(FILE_SYSTEMS)] = Field(description="`efs` or `fsx_lustre`.")
    path: Text = Field(description="The directory in the file system.")
    access: Annotated[str, one_of(ACCESS_MODES)] = Field(description="`ro` or `rw`.")


class Channel(Short):
    """One channel; a bare `s3://` URI or local path says `source` only."""

    main: ClassVar[str] = "source"

    source: Text | None = Field(
        None, description="`s3://…`, or a local file or folder, uploaded once per content."
    )
    contents: Annotated[str, one_of(CONTENTS)] | None = Field(
        None,
        description="What `source` names: `prefix` (default), `manifest`, `augmented_manifest`"
        " or `converse`.",
    )
    distribution: Annotated[str, one_of(DISTRIBUTIONS)] | None = Field(
        None, description="`replicated` (default) or `sharded`: each instance gets a share."
    )
    attributes: list[Text] | None = Field(
        None, description="Attribute names of an augmented manifest, in order."
    )
    instance_groups: list[Text] | None = Field(
        None, description="The instance groups that get the channel; all when left out."
    )
    content_type: Text | None = Field(None, description="MIME type, such as `text/csv`.")
    compression: Annotated[str, one_of(COMPRESSIONS)] | None = Field(
        None, description="`none` or `gzip`; unpacked while piped."
    )
    record_wrapper: Annotated[str, one_of(WRAPPERS)] | None = Field(
        None, description="`none` or `recordio`; wrapped while piped."
    )
    input_mode: Annotated[str, one_of(INPUT_MODES)] | None = Field(
        None, description="`File`, `FastFile` or `Pipe`, instead of the training's own."
    )
    shuffle_seed: Whole | None = Field(
        None, description="Reorders the objects with this seed at each epoch of a pipe."
    )
    accept_eula: Flag | None = Field(None, description="Accepts the model's licence.")
    hub_content: Text | None = Field(None, description="ARN of the hub content that is used.")
    dataset: Text | None = Field(None, description="ARN of a data set in a hub, not `source`.")
    file_system: FileSystem | None = Field(None, description="A file system, not `source`.")
    request: Raw | None = Field(
        None, description="Members of the request's `Channel`, merged in last."
    )
