"""S3 as the emulator needs it: a few verbs over ``s3://`` URIs, whatever keeps the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object: its whole ``s3://bucket/key`` URI, size in bytes, when it was last written."""

    uri: str
    size: int
    modified: float


class Objects(Protocol):
    """Objects in S3. Every method raises TransferFailed with what was tried and why it failed."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Objects whose URI begins with `prefix` (a *string* prefix, as in S3), sorted by key."""
        ...

    def exists(self, uri: str) -> bool:
        """True when that very object exists."""
        ...

    def read(self, uri: str) -> bytes:
        """One object's bytes."""
        ...

    def write(self, uri: str, content: bytes) -> None:
        """Write one object; it is there whole or not at all. Missing buckets are made locally."""
        ...

    def download(self, uri: str, target: Path) -> None:
        """Copy one object to the file `target`, making its folders."""
        ...

    def upload(self, source: Path, uri: str, sent: Callable[[int], None] | None = None) -> None:
        """Copy the file `source` to one object; it is there whole or not at all.

        `sent` is called with the number of bytes of each piece that has gone.
        """
        ...

    def copy(self, source: str, uri: str, size: int) -> None:
        """Copy one object of `size` bytes to another without its bytes passing here."""
        ...

    def delete(self, uri: str) -> None:
        """Remove one object; a missing one is no error."""
        ...

    def location(self, uri: str) -> Path | None:
        """The file that holds the object when it lies on this machine, else None."""
        ...
