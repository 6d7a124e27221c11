"""The buckets of the embedded S3: the folders below its root that have a bucket's name.

`folder.FolderObjects` keeps what is in them. What S3's protocol needs beside the objects
(`endpoint.s3_records`, parts of uploads) stands in folders whose names no bucket can have.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

from orchestrator.aws.folder import BUCKET
from orchestrator.errors import TransferFailed

if TYPE_CHECKING:
    from pathlib import Path


class Bucket(NamedTuple):
    """A bucket and when its folder was made or last changed, in epoch seconds."""

    name: str
    created: float


class Buckets:
    """The buckets below one root."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def all(self) -> list[Bucket]:
        """Every bucket, by name."""
        try:
            folders = [path for path in self._root.iterdir() if BUCKET.fullmatch(path.name)]
        except FileNotFoundError:
            return []
        return sorted(Bucket(path.name, path.stat().st_mtime) for path in folders if path.is_dir())

    def exists(self, name: str) -> bool:
        """True when there is such a bucket."""
        return BUCKET.fullmatch(name) is not None and (self._root / name).is_dir()

    def make(self, name: str) -> None:
        """Make a bucket; one that exists is left alone.

        Raises:
            TransferFailed: It is no bucket's name, or the disk refused.
        """
        if not BUCKET.fullmatch(name):
            raise TransferFailed(f"{name!r} is no bucket's name")
        try:
            (self._root / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TransferFailed(f"could not make the bucket {name}: {error.strerror}") from error

    def remove(self, name: str) -> None:
        """Remove a bucket and whatever is in it.

        Raises:
            TransferFailed: It is no bucket's name, or the disk refused.
        """
        if not BUCKET.fullmatch(name):
            raise TransferFailed(f"{name!r} is no bucket's name")
        try:
            shutil.rmtree(self._root / name)
        except FileNotFoundError:
            return
        except OSError as error:
            raise TransferFailed(f"could not remove the bucket {name}: {error.strerror}") from error
