"""Input channels: what may be combined (container contract: modes and S3 data types)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.errors import Fault
from orchestrator.wire import path
from orchestrator.wire.rules import reading
from orchestrator.wire.rules.training import uri_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SOURCES = ("S3DataSource", "FileSystemDataSource", "DatasetSource")
_FILE_SYSTEM = "FileSystemDataSource"


def channel_faults(definition: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """Faults of every channel of a definition or training job."""
    default = reading.inside(definition, "AlgorithmSpecification", "TrainingInputMode")
    groups = _groups(definition)
    names: set[str] = set()
    for index, written in enumerate(reading.sequence(definition.get("InputDataConfig"))):
        channel = reading.mapping(written)
        at = path.item(path.member(where, "InputDataConfig"), index)
        name = reading.text(channel.get("ChannelName"))
        if name is not None and name in names:
            at_name = path.member(at, "ChannelName")
            yield Fault(at_name, "Channel names must be distinct", name, "Rename one of the two.")
        names.add(name or "")
        yield from _source(channel, at)
        yield from _mode(channel, at, channel.get("InputMode") or default or "File")
        yield from _known_groups(channel, at, groups)


def _groups(definition: Mapping[str, Any]) -> set[str]:
    groups = reading.sequence(reading.inside(definition, "ResourceConfig", "InstanceGroups"))
    return {str(reading.inside(group, "InstanceGroupName")) for group in groups}


def _source(channel: Mapping[str, Any], at: str) -> Iterator[Fault]:
    if not isinstance(channel.get("DataSource"), dict):
        return
    given = [key for key in _SOURCES if channel["DataSource"].get(key) is not None]
    if len(given) != 1:
        problem = f"Exactly one of {', '.join(_SOURCES)} is required"
        shown = ", ".join(given) or None
        yield Fault(path.member(at, "DataSource"), problem, shown, "Give S3DataSource.")
    uri = reading.text(reading.inside(channel, "DataSource", "S3DataSource", "S3Uri"))
    if uri is not None:
        yield from uri_faults(uri, f"{at}.DataSource.S3DataSource.S3Uri")


def _mode(channel: Mapping[str, Any], at: str, mode: object) -> Iterator[Fault]:
    source = reading.mapping(reading.inside(channel, "DataSource", "S3DataSource"))
    kind = source.get("S3DataType", "S3Prefix")
    at_type = f"{at}.DataSource.S3DataSource.S3DataType"
    if mode == "FastFile" and source and kind != "S3Prefix":
        problem = "FastFile mode supports the S3DataType S3Prefix only"
        yield Fault(at_type, problem, str(kind), "Use S3Prefix, or File mode.")
    if kind == "AugmentedManifestFile":
        yield from _augmented(source, at_type, mode)
    elif source.get("AttributeNames"):
        problem = "AttributeNames are only supported with the S3DataType AugmentedManifestFile"
        yield Fault(f"{at}.DataSource.S3DataSource.AttributeNames", problem, None, "Remove them.")
    if reading.inside(channel, "DataSource", _FILE_SYSTEM) is not None and mode != "File":
        problem = "A file system is supported in File mode only"
        yield Fault(path.member(at, "InputMode"), problem, str(mode), "Set InputMode to File.")


def _augmented(source: Mapping[str, Any], at: str, mode: object) -> Iterator[Fault]:
    if mode == "File":  # FastFile has been refused already
        problem = "AugmentedManifestFile is supported in Pipe mode only"
        yield Fault(at, problem, str(mode), "Set InputMode to Pipe.")
    if not source.get("AttributeNames"):
        problem = "AttributeNames is required with AugmentedManifestFile"
        mend = "Name the attributes to stream, in order."
        yield Fault(at.replace("S3DataType", "AttributeNames"), problem, None, mend)


def _known_groups(channel: Mapping[str, Any], at: str, groups: set[str]) -> Iterator[Fault]:
    named = reading.inside(channel, "DataSource", "S3DataSource", "InstanceGroupNames")
    for index, name in enumerate(reading.sequence(named)):
        if str(name) not in groups:
            yield Fault(
                f"{at}.DataSource.S3DataSource.InstanceGroupNames[{index}]",
                "It must name a group of ResourceConfig.InstanceGroups",
                str(name),
                f"The groups are: {', '.join(sorted(groups))}." if groups else "Remove it.",
            )
