"""What a command talks to: one SageMaker endpoint, whichever it is.

`assembly` builds a `Connection`; nothing else in the wire column knows what stands behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_sagemaker.client import SageMakerClient


class Bucket(Protocol):
    """Where local files are uploaded to, by ``s3://`` URI."""

    def exists(self, uri: str) -> bool:
        """True when that very object exists."""
        ...

    def upload(self, source: Path, uri: str) -> None:
        """Copy a file to one object, whole or not at all."""
        ...

    def download(self, uri: str, target: Path) -> None:
        """Copy one object to a file."""
        ...


class Emulator(Protocol):
    """The embedded emulator, for the few things no endpoint has."""

    def resume(self, name: str) -> None:
        """Drive a tuning job whose driver is gone (by name). Raises JobNotFound, WrongStatus."""
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


@dataclass(frozen=True, slots=True)
class Connection:
    """An endpoint and what belongs to it."""

    label: str
    """``local``, ``aws`` or the URL."""
    sagemaker: SageMakerClient
    logs: CloudWatchLogsClient
    bucket: Bucket
    account: str
    region: str
    default_bucket: str
    default_role: str | None
    emulator: Emulator | None = None

    def close(self) -> None:
        """Let go of the endpoint."""
