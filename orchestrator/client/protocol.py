"""What stands behind a connection beside the API: its bucket, and the embedded emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Listed(Protocol):
    """One object of a listing."""

    @property
    def uri(self) -> str:
        """Where it is."""
        ...

    @property
    def size(self) -> int:
        """Its bytes."""
        ...

    @property
    def modified(self) -> float:
        """When it was written, in epoch seconds."""
        ...


class Bucket(Protocol):
    """Where local files are uploaded to, by ``s3://`` URI."""

    def list(self, prefix: str) -> Iterator[Listed]:
        """Objects whose URI begins with `prefix`."""
        ...

    def exists(self, uri: str) -> bool:
        """True when that very object exists."""
        ...

    def read(self, uri: str) -> bytes:
        """One object's bytes."""
        ...

    def write(self, uri: str, content: bytes) -> None:
        """Write one object, whole or not at all."""
        ...

    def upload(self, source: Path, uri: str, sent: Callable[[int], None] | None = None) -> None:
        """Copy a file to one object, whole or not at all.

        Args:
            source: The file.
            uri: The object.
            sent: Called with the number of bytes of each piece that has gone.
        """
        ...

    def copy(self, source: str, uri: str, size: int) -> None:
        """Copy one object of `size` bytes to another without sending its bytes from here."""
        ...

    def download(self, uri: str, target: Path) -> None:
        """Copy one object to a file."""
        ...

    def delete(self, uri: str) -> None:
        """Remove one object; a missing one is no error."""
        ...


class Emulator(Protocol):
    """The embedded emulator, for the few things no endpoint has."""

    def resume(self, name: str) -> None:
        """Drive a tuning job whose driver is gone, or clean up after it (see `left_over`).

        Raises JobNotFound, WrongStatus, LaunchRefused.
        """
        ...

    def left_over(self, name: str) -> bool:
        """True when the driver of that tuning job died with work left to do."""
        ...

    def interrupt(self) -> None:
        """Ask what runs to end and leave the jobs resumable; returns at once."""
        ...

    def abandon(self) -> None:
        """Leave at once; what runs goes on and `resume` picks it up."""
        ...

    def idle(self, timeout_seconds: float | None = None) -> bool:
        """Wait until this process drives nothing any more; False when time ran out first."""
        ...

    def driving(self) -> tuple[str, ...]:
        """ARNs of the jobs this process drives."""
        ...

    def driver(self, name: str) -> int | None:
        """Process id of whoever drives that tuning job, or None."""
        ...

    def trouble(self) -> str:
        """What keeps this process from going on with its jobs (a full disk); empty if nothing."""
        ...
