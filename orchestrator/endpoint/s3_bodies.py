"""An upload's bytes on their way to the disk: taken out of their chunks, counted and checked.

SDKs send a body as it is, or ``aws-chunked``: pieces with a signature each and a checksum
after the last (documented). Signatures are not checked. Of the checksums, those that Python's
standard library knows are; the others are kept and given back.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import re
import threading
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from orchestrator.endpoint.s3_faults import S3Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from orchestrator.clock import Clock

PIECE = 1 << 20
LONGEST_LINE = 4096
STALE_SECONDS = 86_400.0
"""A file that nobody has written to for so long was left by a server that died."""

CHECKSUM = "x-amz-checksum-"
_NOT_VALUES = {f"{CHECKSUM}algorithm", f"{CHECKSUM}type", f"{CHECKSUM}mode"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Stream(Protocol):
    """Bytes that come one after the other."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


_KNOWN: Mapping[str, Callable[[], _Digest]] = {
    f"{CHECKSUM}crc32": _Crc32,
    f"{CHECKSUM}sha1": lambda: hashlib.sha1(usedforsecurity=False),
    f"{CHECKSUM}sha256": hashlib.sha256,
}


@dataclass(slots=True)
class Received:
    """A body on the disk.

    Attributes:
        md5: Of its bytes, in hexadecimal.
        checksums: The ``x-amz-checksum-…`` that came with it, by lower-case name.
    """

    path: Path
    size: int = 0
    md5: str = ""
    checksums: dict[str, str] = field(default_factory=dict)

    def discard(self) -> None:
        """Remove the file."""
        with suppress(OSError):
            self.path.unlink()


class Spool:
    """Where bodies wait until they are whole."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self._folder = root / ".spool"
        self._numbers = itertools.count()
        self._clock = clock

    def sweep(self) -> None:
        """Remove what servers left that died in the middle of an upload."""
        eldest = self._clock.now() - STALE_SECONDS
        with suppress(FileNotFoundError):
            for file in self._folder.iterdir():
                with suppress(OSError):
                    if file.stat().st_mtime < eldest:
                        file.unlink()

    def place(self) -> Path:
        """The path for a new file."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{os.getpid()}-{threading.get_ident()}-{next(self._numbers)}"

    def receive(self, reading: Stream, headers: Mapping[str, str]) -> Received:
        """Write a request's body to a file of its own.

        Raises:
            S3Fault: It is not what its headers, or its trailers, say.
        """
        received = Received(self.place())
        try:
            _receive(reading, headers, received)
        except BaseException:
            received.discard()
            raise
        return received


def _receive(reading: Stream, headers: Mapping[str, str], received: Received) -> None:
    said = {k: v for k, v in headers.items() if k.startswith(CHECKSUM) and k not in _NOT_VALUES}
    named = [name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",")]
    digests = {name: _KNOWN[name]() for name in {*said, *named} if name in _KNOWN}
    md5, body_hash = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    wanted_hash = headers.get("x-amz-content-sha256", "")
    hashes: list[_Digest] = [md5, *digests.values()]
    hashes += [body_hash] if _SHA256.fullmatch(wanted_hash) else []
    with received.path.open("wb") as writing:
        for piece in _pieces(reading, headers, said):
            writing.write(piece)
            received.size += len(piece)
            for digest in hashes:
                digest.update(piece)
    received.md5, received.checksums = md5.hexdigest(), said
    _check_length(headers, received.size)
    _check_digest(headers.get("content-md5"), md5.digest(), "The Content-MD5 you specified")
    for name, digest in digests.items():
        _check_digest(said.get(name), digest.digest(), f"The {name} you specified")
    if body_hash in hashes and wanted_hash != body_hash.hexdigest():
        raise S3Fault(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )


def _pieces(reading: Stream, headers: Mapping[str, str], said: dict[str, str]) -> Iterator[bytes]:
    """The body's own bytes; trailing checksums go to `said`."""
    chunked = "aws-chunked" in headers.get("content-encoding", "")
    if not chunked and not headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        yield from iter(lambda: reading.read(PIECE), b"")
        return
    lines = _Lines(reading)
    while size := _chunk_size(lines.line()):
        yield from lines.exactly(size)
        lines.line()
    while line := lines.line().strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower().startswith(CHECKSUM):
            said[name.lower()] = value.strip()


def _chunk_size(line: bytes) -> int:
    try:
        return int(line.split(b";")[0].strip(), 16)
    except ValueError:
        raise _incomplete() from None


class _Lines:
    """Reads lines and counted bytes from a stream that can only be read."""

    def __init__(self, reading: Stream) -> None:
        self._reading = reading
        self._held = b""

    def line(self) -> bytes:
        """Up to the next newline; what is left at the end."""
        while b"\n" not in self._held and len(self._held) < LONGEST_LINE:
            more = self._reading.read(LONGEST_LINE)
            if not more:
                break
            self._held += more
        found, newline, self._held = self._held.partition(b"\n")
        return found + newline

    def exactly(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes, in pieces."""
        while size:
            piece = self._held[:size] or self._reading.read(min(size, PIECE))
            if not piece:
                raise _incomplete()
            self._held = self._held[len(piece) :]
            size -= len(piece)
            yield piece


def _check_length(headers: Mapping[str, str], size: int) -> None:
    wanted = headers.get("x-amz-decoded-content-length")
    if wanted is not None and wanted != str(size):
        raise _incomplete()


def _check_digest(wanted: str | None, digest: bytes, what: str) -> None:
    if wanted is not None and wanted != base64.b64encode(digest).decode():
        raise S3Fault("BadDigest", f"{what} did not match what we received.")


def _incomplete() -> S3Fault:
    return S3Fault(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header.",
    )
