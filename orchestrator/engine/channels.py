"""Which objects a channel stands for, and which host gets which.

* A prefix is a string prefix of keys (documented). An object's path is what follows the
  prefix; where the prefix ends inside a name, the whole name counts (our reading), so
  ``s3://b/data/part-`` gives ``part-1.csv`` and a whole key gives its last name. Keys that end
  in a slash mark folders in consoles and are left out (our reading).
* A manifest is a JSON list: ``{"prefix": "s3://…"}``, then what follows it, one a file; the
  texts are joined as they are (documented).
* An augmented manifest has one JSON object a line. An attribute whose name ends in ``-ref`` is
  the object it names, any other its own value; only piped (documented).
* Sharded by key: round and round over the sorted keys (our reading; AWS does not say).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.aws.uri import SCHEME, address
from orchestrator.errors import TransferFailed
from orchestrator.training.container import channels_of
from orchestrator.training.spec import SourceKind

if TYPE_CHECKING:
    from orchestrator.aws.protocol import Objects
    from orchestrator.training.spec import Channel, TrainingSpec

REFERENCE = "-ref"


@dataclass(frozen=True, slots=True)
class Item:
    """One object of a channel and its path below the channel's folder."""

    uri: str
    path: str


Record = str | bytes
"""One attribute of a line of an augmented manifest: an object's URI, or the value itself."""


def items(spec: TrainingSpec, channel: Channel, objects: Objects) -> list[Item]:
    """The objects of a prefix or manifest channel, sorted by key, or in the manifest's order.

    Raises:
        TransferFailed: There is none, the manifest cannot be read, or a key cannot be a path.
    """
    if channel.kind is SourceKind.MANIFEST:
        found = _in_manifest(channel, objects)
    else:
        found = _under_prefix(channel, objects)
    if not found:
        raise TransferFailed(nothing_found(spec, channel))
    for item in found:
        _check(item)
    return found


def lines(spec: TrainingSpec, channel: Channel, objects: Objects) -> list[list[Record]]:
    """The lines of an augmented manifest: their attributes in the order the channel names them.

    Raises:
        TransferFailed: The manifest cannot be read, or a line has no such attribute.
    """
    if not channel.attributes:
        raise TransferFailed(f"channel {channel.name}: an augmented manifest needs AttributeNames")
    content = _text(channel, objects).splitlines()
    found = [
        _records(channel, number, line) for number, line in enumerate(content, 1) if line.strip()
    ]
    if not found:
        raise TransferFailed(nothing_found(spec, channel))
    return found


def readers(spec: TrainingSpec, channel: Channel) -> list[str]:
    """The hosts that see the channel."""
    return [host for host in spec.hosts if channel in channels_of(spec, host)]


def share(spec: TrainingSpec, channel: Channel, host: str) -> slice:
    """The part of a channel's objects or lines that `host` gets."""
    if not channel.sharded:
        return slice(None)
    hosts = readers(spec, channel)
    return slice(hosts.index(host), None, len(hosts))


def nothing_found(spec: TrainingSpec, channel: Channel) -> str:
    """AWS's text for an input without objects (observed)."""
    return (
        f'No S3 objects found under S3 URL "{channel.uri}" given in input data source. '
        f"Please ensure that the bucket exists in the selected region ({spec.scope.region}), "
        f'that objects exist under that S3 prefix, and that the role "{spec.role}" has '
        f'"s3:ListBucket" permissions on bucket "{address(channel.uri).bucket}".'
    )


def path_below(prefix: str, uri: str) -> str:
    """The path of the object `uri` below `prefix`."""
    rest = uri[len(prefix) :]
    if prefix.endswith("/"):
        return rest
    if rest.startswith("/"):
        return rest[1:]
    return uri[prefix.rfind("/") + 1 :]


def _under_prefix(channel: Channel, objects: Objects) -> list[Item]:
    bucket, key = address(channel.uri)
    prefix = f"{SCHEME}{bucket}/{key}"  # a bucket alone means everything in it
    return [
        Item(info.uri, path_below(prefix, info.uri))
        for info in objects.list(prefix)
        if not info.uri.endswith("/")
    ]


def _in_manifest(channel: Channel, objects: Objects) -> list[Item]:
    problem = (
        f"channel {channel.name}: {channel.uri} is no manifest; "
        'it must be a JSON list: [{"prefix": "s3://bucket/folder/"}, "name", …]'
    )
    try:
        content: Any = json.loads(_text(channel, objects))
        head, *names = content
        prefix = head["prefix"]
    except (ValueError, TypeError, KeyError):
        raise TransferFailed(problem) from None
    if not isinstance(prefix, str) or not all(isinstance(name, str) for name in names):
        raise TransferFailed(problem)
    return [Item(prefix + name, name.lstrip("/")) for name in names]


def _records(channel: Channel, number: int, line: str) -> list[Record]:
    place = f"channel {channel.name}: {channel.uri}, line {number}"
    try:
        content: Any = json.loads(line)
        values = [(name, content[name]) for name in channel.attributes]
    except KeyError as missing:
        raise TransferFailed(f"{place}: there is no attribute {missing}") from None
    except (ValueError, TypeError):
        raise TransferFailed(f"{place}: is not a JSON object") from None
    return [_record(name, value) for name, value in values]


def _record(name: str, value: object) -> Record:
    if isinstance(value, str):
        return value if name.endswith(REFERENCE) else value.encode()
    return json.dumps(value, separators=(",", ":")).encode()


def _text(channel: Channel, objects: Objects) -> str:
    try:
        return objects.read(channel.uri).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TransferFailed(f"channel {channel.name}: {channel.uri} is not UTF-8 text") from None


def _check(item: Item) -> None:
    """AWS refuses a key with two slashes in a row (observed), we whatever leads elsewhere too."""
    parts = item.path.split("/")
    bad = next((part for part in parts if part in {"", ".", ".."}), None)
    sequence = "//" if bad == "" or "//" in address(item.uri).key else bad
    if sequence is None and "\0" in item.path:
        sequence = "\\0"
    if sequence is not None:
        raise TransferFailed(
            f"Data download failed:Failed to download data. S3 key: {item.uri!r:.200} "
            f"has an illegal char sub-sequence '{sequence}' in it"
        )
