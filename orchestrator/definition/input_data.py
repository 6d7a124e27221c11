"""``training.channels`` by name, and the request's ``InputDataConfig``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.definition.local import is_remote
from orchestrator.definition.members import chosen, origin, plain, read, special, write
from orchestrator.definition.patch import difference, merge
from orchestrator.definition.values import (
    ACCESS_MODES,
    COMPRESSIONS,
    CONTENTS,
    DISTRIBUTIONS,
    FILE_SYSTEMS,
    INPUT_MODES,
    WRAPPERS,
)

if TYPE_CHECKING:
    from orchestrator.definition.patch import Json
    from orchestrator.definition.paths import Path

_S3 = "DataSource.S3DataSource"
_FILES = "DataSource.FileSystemDataSource"


def _remote(uri: str) -> str:
    if not is_remote(uri):
        raise ValueError("a source without a scheme would be taken for a local path")
    return uri


CHANNEL = (
    special("source", f"{_S3}.S3Uri", str, _remote),
    chosen("contents", f"{_S3}.S3DataType", CONTENTS),
    chosen("distribution", f"{_S3}.S3DataDistributionType", DISTRIBUTIONS),
    plain("attributes", f"{_S3}.AttributeNames"),
    plain("instance_groups", f"{_S3}.InstanceGroupNames"),
    plain("accept_eula", f"{_S3}.ModelAccessConfig.AcceptEula"),
    plain("hub_content", f"{_S3}.HubAccessConfig.HubContentArn"),
    plain("dataset", "DataSource.DatasetSource.DatasetArn"),
    plain("file_system.id", f"{_FILES}.FileSystemId"),
    chosen("file_system.type", f"{_FILES}.FileSystemType", FILE_SYSTEMS),
    plain("file_system.path", f"{_FILES}.DirectoryPath"),
    chosen("file_system.access", f"{_FILES}.FileSystemAccessMode", ACCESS_MODES),
    plain("content_type", "ContentType"),
    chosen("compression", "CompressionType", COMPRESSIONS),
    chosen("record_wrapper", "RecordWrapperType", WRAPPERS),
    chosen("input_mode", "InputMode", INPUT_MODES),
    plain("shuffle_seed", "ShuffleConfig.Seed"),
)


def write_channels(channels: Json) -> list[Json]:
    """``InputDataConfig``, in the file's order."""
    return [_write_channel(name, channel) for name, channel in channels.items()]


def _write_channel(name: str, channel: Json) -> Json:
    filled = {"contents": "prefix", **channel} if channel.get("source") is not None else channel
    written = {"ChannelName": name, **write(CHANNEL, filled)}
    merged: Json = merge(written, channel.get("request") or {})
    return merged


def read_channels(request: list[Json]) -> Json:
    """``channels``, each with a patch for what no key says."""
    return {entry["ChannelName"]: _read_channel(entry) for entry in request}


def _read_channel(entry: Json) -> Json:
    channel = read(CHANNEL, entry)
    if "file_system" in channel and len(channel["file_system"]) < len(_FILE_SYSTEM_KEYS):
        del channel["file_system"]  # half a file system is no file system; the patch carries it
    rest = difference(_write_channel(entry["ChannelName"], channel), entry)
    if rest:
        channel["request"] = rest
    elif channel.get("contents") == "prefix":
        del channel["contents"]
    return channel


_FILE_SYSTEM_KEYS = ("id", "type", "path", "access")


def trace_channels(rest: Path, request: Any) -> Path:  # noqa: ANN401  (any JSON value)
    """``[0].DataSource.S3DataSource.S3Uri`` -> ``<channel name>.source``."""
    match rest:
        case (int(index), *below):
            entry = request[index]
            inner = origin(CHANNEL, tuple(below), entry) if below else ()
            return (entry.get("ChannelName", ""), *(inner or ()))
        case _:
            return ()
