"""Events and views to JSON bytes and back; the only door to msgspec.

A record is ``["<stream>.<class>", <version>, {<fields>}]``: it says by itself what it is, so a
journal can be read line by line outside its store. The version is the format's: a field with a
default may be added within one version, anything else is a new version with an upgrade from
the old. Event classes are found in the two unions, so a new one needs no line here.

JSON has no NaN. msgspec writes one as null, and reads the text ``"NaN"`` as a float where the
field is one; so a record with a null in it is written again with the words NaN, Infinity and
-Infinity.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

import msgspec

from orchestrator.errors import StateError
from orchestrator.training.events import TrainingEvent
from orchestrator.tuning.events import TuningEvent

_T = TypeVar("_T")

VERSION = 1
"""The format that `encode` writes; `decode` reads it and every older one."""

EVENT_CLASSES: dict[str, type[TrainingEvent | TuningEvent]] = {
    f"{stream}.{cls.__name__}": cls
    for stream, union in (("training", TrainingEvent), ("tuning", TuningEvent))
    for cls in get_args(union)
}
"""Every event class by its tag."""

_encoder = msgspec.json.Encoder()
_envelope = msgspec.json.Decoder(tuple[str, int, msgspec.Raw])
_mapping = msgspec.json.Decoder(dict[str, Any])
_tags = msgspec.json.Decoder(tuple[tuple[str, str], ...])
_heads = {cls: f'["{tag}",{VERSION},'.encode() for tag, cls in EVENT_CLASSES.items()}
_decoders = {tag: msgspec.json.Decoder(cls, strict=False) for tag, cls in EVENT_CLASSES.items()}


def encode(event: TrainingEvent | TuningEvent) -> bytes:
    """`event` as one line of JSON."""
    try:
        body = _encoder.encode(event)
        if b"null" in body:
            body = _encoder.encode(_plain(msgspec.to_builtins(event)))
    except UnicodeEncodeError:
        body = _encoder.encode(_plain(msgspec.to_builtins(event)))
    return _heads[type(event)] + body + b"]"


def decode(record: bytes) -> TrainingEvent | TuningEvent:
    """The event that `record` was made from.

    Raises:
        StateError: A newer version wrote it, or it is damaged.
    """
    try:
        tag, version, body = _envelope.decode(record)
        decoder = _decoders.get(tag)
        if version <= VERSION and decoder is not None:
            return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise StateError(
            f"a record of the journal cannot be read ({error}); restore the state folder from a"
            " copy, or choose another with AMT_HOME"
        ) from error
    raise StateError(
        f"the journal has a record ({tag}, version {version}) of a newer version of amt; upgrade"
        " amt, or choose another state folder with AMT_HOME"
    )


def encode_mapping(mapping: Any) -> bytes:  # noqa: ANN401  (whatever JSON can say)
    """A request, a view or tags as JSON; a float that is not finite becomes null."""
    if isinstance(mapping, Recorded):
        mapping = mapping.content
    try:
        return _encoder.encode(mapping)
    except UnicodeEncodeError:
        return _encoder.encode(_plain(mapping))


class Recorded(Mapping[str, Any]):
    """A mapping as it was recorded, read when it is first looked into.

    Most rows of a search or a list are passed by or told from their columns, and reading costs
    more than all the rest of a row. Any look may raise StateError: the record is damaged.
    """

    __slots__ = ("_content", "_record")

    def __init__(self, record: bytes) -> None:
        self._record = record
        self._content: dict[str, Any] | None = None

    @property
    def content(self) -> dict[str, Any]:
        """All of it."""
        if self._content is None:
            self._content = _read(_mapping, self._record)
        return self._content

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  (any JSON value)
        return self.content[name]

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  (any JSON value)
        """The value of `name`."""
        return self.content.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)

    def __repr__(self) -> str:
        return repr(self.content)


def decode_mapping(record: bytes) -> Mapping[str, Any]:
    """The mapping that `record` was made from; it is read when it is looked into."""
    return Recorded(record)


def decode_tags(record: bytes | str) -> tuple[tuple[str, str], ...]:
    """The pairs that `record`, a list of lists of two, was made from.

    Raises:
        StateError: It is damaged.
    """
    return _read(_tags, record)


def _read(decoder: msgspec.json.Decoder[_T], record: bytes | str) -> _T:
    try:
        return decoder.decode(record)
    except msgspec.MsgspecError as error:
        raise StateError(
            f"a row of the state cannot be read ({error}); restore the state folder from a copy,"
            " or choose another with AMT_HOME"
        ) from error


def _plain(value: Any) -> Any:  # noqa: ANN401  (whatever JSON can say)
    """`value` with words for floats that are not finite and ``?`` for half a surrogate pair."""
    match value:
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_plain(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value
