"""CBOR (RFC 8949), as far as AWS's ``rpc-v2-cbor`` protocol uses it: data in, data out.

Moments are tag 1 around a number of epoch seconds (documented for the protocol); they are read
as that number and written by wrapping one in `Moment`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

CONTENT_TYPE = "application/cbor"

_INDEFINITE, _BREAK = 31, 0xFF
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_SIZES = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}
_EPOCH = 1
DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in epoch seconds."""

    seconds: float


class NotCbor(ValueError):
    """The bytes are no CBOR, or of a kind that no request has."""


def decode(content: bytes) -> Any:  # noqa: ANN401  (any data)
    """The value that the bytes stand for.

    Raises:
        NotCbor: They stand for none.
    """
    reader = _Reader(content)
    try:
        value = reader.value(0)
    except (IndexError, struct.error, UnicodeDecodeError, TypeError) as error:
        raise NotCbor(str(error)) from None
    if reader.at != len(content):
        raise NotCbor("something follows the value")
    return value


class _End(NotCbor):
    """The end of a list or map of no told length, or one without a beginning."""


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content, self.at = content, 0

    def value(self, depth: int) -> Any:  # noqa: ANN401
        if depth > DEEPEST:
            raise NotCbor("it is nested too deeply")
        first = self._content[self.at]
        self.at += 1
        kind, small = first >> 5, first & 31
        if kind == 7:  # noqa: PLR2004  (RFC 8949's numbers of kinds)
            return self._special(first, small)
        size = None if small == _INDEFINITE else self._size(small)
        if kind in {0, 1, 6}:
            return self._number(kind, size, depth)
        if kind in {2, 3}:
            text = self._bytes(size, depth)
            return text if kind == 2 else text.decode()  # noqa: PLR2004
        return self._several(kind, size, depth)

    def _number(self, kind: int, size: int | None, depth: int) -> Any:  # noqa: ANN401
        if size is None:
            raise NotCbor("a number has no length")
        if kind == 6:  # noqa: PLR2004
            return self.value(depth + 1)  # a tag says what the value means; of ours, a moment
        return size if kind == 0 else -1 - size

    def _several(self, kind: int, size: int | None, depth: int) -> Any:  # noqa: ANN401
        items: list[Any] = []
        pairs = kind == 5  # noqa: PLR2004
        while size is None or len(items) < size:
            try:
                first = self.value(depth + 1)
            except _End:
                if size is None:
                    break
                raise
            items.append((first, self.value(depth + 1)) if pairs else first)
        return dict(items) if pairs else items

    def _special(self, first: int, small: int) -> Any:  # noqa: ANN401
        if first == _BREAK:
            raise _End
        if small in _FLOATS:
            return struct.unpack(_FLOATS[small], self._take(1 << (small - 24)))[0]
        if small not in _SIMPLE:
            raise NotCbor("a simple value that nobody uses")
        return _SIMPLE[small]

    def _size(self, small: int) -> int:
        if small < 24:  # noqa: PLR2004
            return small
        if small not in _SIZES:
            raise NotCbor("a length of no known size")
        found: int = struct.unpack(_SIZES[small], self._take(1 << (small - 24)))[0]
        return found

    def _bytes(self, size: int | None, depth: int) -> bytes:
        if size is not None:
            return self._take(size)
        pieces = b""
        while self._content[self.at] != _BREAK:
            piece = self.value(depth + 1)
            pieces += piece.encode() if isinstance(piece, str) else piece
        self.at += 1
        return pieces

    def _take(self, count: int) -> bytes:
        taken = self._content[self.at : self.at + count]
        if len(taken) < count:
            raise NotCbor("it ends too early")
        self.at += count
        return taken


def encode(value: Any) -> bytes:  # noqa: ANN401, PLR0911  (one line a kind)
    """The bytes that stand for a value: data of JSON's kinds, bytes and moments."""
    if isinstance(value, bool) or value is None:
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, Moment):
        return _head(6, _EPOCH) + encode(float(value.seconds))
    if isinstance(value, str):
        text = value.encode()
        return _head(3, len(text)) + text
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, dict):
        items = b"".join(encode(key) + encode(each) for key, each in value.items())
        return _head(5, len(value)) + items
    return _head(4, len(value)) + b"".join(encode(each) for each in value)


def _head(kind: int, size: int) -> bytes:
    if size < 24:  # noqa: PLR2004
        return bytes([kind << 5 | size])
    for small, form in _SIZES.items():
        if size < 1 << (8 << (small - 24)):
            return bytes([kind << 5 | small]) + struct.pack(form, size)
    raise OverflowError(size)
