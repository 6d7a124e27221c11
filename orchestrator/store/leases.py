"""Who drives a job: one locked file a job, ``<home>/leases/<quoted ARN>``.

The lock is an flock, which belongs to the open file: it excludes another engine of the same
process as well, and the kernel drops it when the process dies, SIGKILL included. Children do
not keep it: the descriptor is closed on exec (Python's default), and closed by hand in a forked
child that runs on in Python. The file holds the driver's process id, for people; the lock
alone says whether somebody drives. On release the file goes while it is still locked, so
whoever opened it meanwhile looks again (`_take`).
"""

from __future__ import annotations

import fcntl
import os
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from orchestrator.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path

PROBES = 5
PROBE_SECONDS = 0.001
"""`driver` holds a shared lock for a moment while it looks; taking a lease outwaits that."""


class FileLease:
    """The right to drive one job, lost when released or when the process dies."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor
        _held.add(self)

    def release(self) -> None:
        """Let others drive it; again does no harm."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):  # closing is what counts
                self._path.unlink()
            os.close(descriptor)

    def abandon(self) -> None:
        """Close the descriptor and leave the file, the trace of work that is left to do.

        In a forked child this leaves the lock to the parent, which shares it.
        """
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


_held: weakref.WeakSet[FileLease] = weakref.WeakSet()


def _forget_all() -> None:
    for lease in list(_held):
        lease.abandon()


os.register_at_fork(after_in_child=_forget_all)


class Leases:
    """The leases of one state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: weakref.WeakSet[FileLease] = weakref.WeakSet()

    def take(self, root: str) -> FileLease | None:
        """The right to drive `root`; None while another has it.

        Raises:
            StateError: The folder cannot be written.
        """
        path = self._path(root)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = _take(path)
        except OSError as error:
            raise StateError(
                f"{path} cannot be locked ({error.strerror}); make {self._folder} writable, or"
                " choose another state folder with AMT_HOME"
            ) from error
        if descriptor is None:
            return None
        lease = FileLease(path, descriptor)
        self._taken.add(lease)
        return lease

    def driver(self, root: str) -> int | None:
        """Process id of who drives `root`; None when nobody does."""
        try:
            descriptor = os.open(self._path(root), os.O_RDONLY)
        except OSError:
            return None
        try:
            if _lock(descriptor, fcntl.LOCK_SH):
                return None
            text = os.read(descriptor, 20)
            return int(text) if text.isdigit() else None
        finally:
            os.close(descriptor)

    def abandoned(self) -> list[str]:
        """Roots whose file is left although nobody holds its lock."""
        if not self._folder.is_dir():
            return []
        roots = sorted(unquote(path.name) for path in self._folder.iterdir())
        return [root for root in roots if self.driver(root) is None]

    def release_all(self) -> None:
        """Release every lease that was taken here."""
        for lease in list(self._taken):
            lease.release()

    def _path(self, root: str) -> Path:
        return self._folder / quote(root, safe="")


def _take(path: Path) -> int | None:
    for _ in range(PROBES):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if _lock(descriptor, fcntl.LOCK_EX) and _still_there(path, descriptor):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            return descriptor
        os.close(descriptor)
        threading.Event().wait(PROBE_SECONDS)
    return None


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _still_there(path: Path, descriptor: int) -> bool:
    """False when the file was released, and so removed, between opening and locking it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
