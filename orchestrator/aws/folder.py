"""The embedded S3: one file an object, at ``<root>/<bucket>/<key>``, for a person to browse.

`key_path` says where a key's file stands. Rules: an object is there whole or not at all
(written beside its place under a name that is no object's, then renamed); the last writer
wins; a bucket is made when something is written to it, and one that nobody wrote to is empty.
Any number of processes may use one root. Files a person puts there are objects too, and links
a person puts there are followed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import os
import re
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.aws import key_path
from orchestrator.aws.protocol import ObjectInfo
from orchestrator.aws.uri import LONGEST_KEY, Address, address, object_address
from orchestrator.errors import TransferFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
"""Wider than S3's present rule, for old buckets; narrow enough to be a folder's name."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
ATTEMPTS = 100
"""How often a write is tried again when another process makes or removes folders under it."""

DRAFT = f"{key_path.MARK}draft-"
"""How the name of a file being written begins; the writer's process id follows."""

_numbers = itertools.count()


class FolderObjects:
    """Objects in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept: set[Path] = set()

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Objects whose URI begins with `prefix`, in the order of their keys' bytes."""
        at = address(prefix)
        with _told(f"list {prefix}"):
            found = dict(self._walk(at))
        for key in sorted(found, key=str.encode):
            seen = found[key]
            yield ObjectInfo(str(Address(at.bucket, key)), seen.st_size, seen.st_mtime)

    def exists(self, uri: str) -> bool:
        """True when that very object exists."""
        return self.location(uri) is not None

    def read(self, uri: str) -> bytes:
        """One object's bytes."""
        with _told(f"read {uri}"):
            return self._existing(uri).read_bytes()

    def write(self, uri: str, content: bytes) -> None:
        """Write one object; its bucket is made when it is missing."""
        self._put(uri, lambda file: file.write_bytes(content))

    def download(self, uri: str, target: Path) -> None:
        """Copy one object to the file `target`, making its folders."""
        with _told(f"download {uri} to {target}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._existing(uri).open("rb") as reading:
                _copy(reading, target)

    def upload(self, source: Path, uri: str, sent: Callable[[int], None] | None = None) -> None:
        """Copy the file `source` to one object; its bucket is made when it is missing.

        `sent` is called with the number of bytes once they are there.
        """
        with _told(f"read {source}"):
            reading = source.open("rb")
        with reading:
            self._put(uri, lambda file: _copy(reading, file))
            if sent is not None:
                sent(os.fstat(reading.fileno()).st_size)

    def copy(self, source: str, uri: str, size: int) -> None:  # noqa: ARG002  (S3 wants the size)
        """Copy one object to another."""
        with _told(f"copy {source} to {uri}"):
            place = self._existing(source)
        self.upload(place, uri)

    def take(self, source: Path, uri: str) -> None:
        """Make the file `source` one object, without a copy where the file system can link.

        `source` is to be left alone from then on, and may be removed.
        """
        self._put(uri, lambda file: _link(source, file))

    def delete(self, uri: str) -> None:
        """Remove one object and the folders it leaves empty; a missing one is no error."""
        with _told(f"delete {uri}"):
            bucket = self._bucket(object_address(uri))
            for file in filter(_is_file, self._places(uri)):
                with self._locked(), contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    file.unlink()
                _prune(file.parent, bucket)

    def location(self, uri: str) -> Path | None:
        """The object's file, or None when there is no such object."""
        with _told(f"look for {uri}"):
            return next(filter(_is_file, self._places(uri)), None)

    def _bucket(self, at: Address) -> Path:
        if not BUCKET.fullmatch(at.bucket):
            raise TransferFailed(f"{at}: {at.bucket!r} is no bucket's name")
        return self._root / at.bucket

    def _places(self, uri: str) -> tuple[Path, Path]:
        """Where the object may stand; a file moves from the first to the second, never back."""
        at = object_address(uri)
        bucket, names = self._bucket(at), key_path.names_of(at.key)
        return bucket.joinpath(*names), bucket.joinpath(*key_path.beside(names))

    def _existing(self, uri: str) -> Path:
        found = self.location(uri)
        if found is None:
            raise TransferFailed(f"{uri} does not exist")
        return found

    # ------------------------------------------------------------------ writing

    def _put(self, uri: str, fill: Callable[[Path], object]) -> None:
        plain, beside = self._places(uri)
        with _told(f"write {uri}"):
            for _ in range(ATTEMPTS):
                if self._try_put(plain, beside, fill):
                    return
            raise OSError(errno.EBUSY, "something stands in the way of its folders")

    def _try_put(self, plain: Path, beside: Path, fill: Callable[[Path], object]) -> bool:
        """Write the object; False when something was in the way and it is to be tried again."""
        draft = plain.parent / f"{DRAFT}{os.getpid()}-{next(_numbers)}"
        try:
            plain.parent.mkdir(parents=True, exist_ok=True)
            if plain.parent not in self._swept:
                _sweep(plain.parent)
                self._swept.add(plain.parent)
            fill(draft)
            if plain.is_dir():
                beside.parent.mkdir(exist_ok=True)
                draft.replace(beside)
            else:
                draft.replace(plain)
        except (FileExistsError, NotADirectoryError):
            self._make_way(plain.parent)
            return False
        except (FileNotFoundError, IsADirectoryError):
            return False
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
        return True

    def _make_way(self, folder: Path) -> None:
        """Move aside the object that stands where `folder`, or a parent of it, has to be."""
        bucket, *names = folder.relative_to(self._root).parts
        with self._locked():
            for length in range(1, len(names) + 1):
                file = self._root.joinpath(bucket, *names[:length])
                if _is_file(file):
                    aside = self._root.joinpath(bucket, *key_path.beside(names[:length]))
                    aside.parent.mkdir(exist_ok=True)
                    file.replace(aside)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else takes a file away: one seen here cannot become a folder meanwhile."""
        with (self._root / ".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # ------------------------------------------------------------------ listing

    def _walk(self, at: Address) -> Iterator[tuple[str, os.stat_result]]:
        """(key, what the disk says) of every object whose key begins with the address's."""
        folder_key = at.key[: at.key.rfind("/") + 1]
        names = key_path.names_of(folder_key)[:-1] if folder_key else ()
        waiting = [(self._bucket(at).joinpath(*names), names)]
        while waiting:
            folder, names = waiting.pop()
            for entry in _entries(folder):
                path = (*names, entry.name)
                seen = _look(entry)
                if seen is None:
                    continue
                if stat.S_ISDIR(seen.st_mode) and _may_hold(path, at.key):
                    waiting.append((folder / entry.name, path))
                elif stat.S_ISREG(seen.st_mode):
                    key = key_path.key_of(path)
                    if key is not None and key.startswith(at.key):
                        yield key, seen


def _look(entry: os.DirEntry[str]) -> os.stat_result | None:
    """What the disk says; None for what has gone meanwhile and for links to nowhere."""
    try:
        return entry.stat()
    except OSError as error:
        if error.errno in GONE:
            return None
        raise


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What stands in `folder`, objects beside a folder first: the file in the plain place wins."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                filter(_is_text, entries), key=lambda e: not e.name.endswith(key_path.MARK)
            )
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_text(entry: os.DirEntry[str]) -> bool:
    """False for a person's file whose name is no Unicode text, so no key either."""
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _may_hold(names: tuple[str, ...], prefix: str) -> bool:
    """True when a key that begins with `prefix` can stand below the folder `names`.

    The longest key ends a walk in a circle of links.
    """
    text = "".join(map(key_path.folder_text, names))
    return len(text) < LONGEST_KEY and (text.startswith(prefix) or prefix.startswith(text))


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _sweep(folder: Path) -> None:
    """Remove what a writer that was killed left; a living one that loses a draft tries again."""
    with os.scandir(folder) as entries:
        drafts = [entry for entry in entries if entry.name.startswith(DRAFT)]
    for draft in drafts:
        writer = draft.name.removeprefix(DRAFT).partition("-")[0]
        if writer.isdecimal() and not _alive(int(writer)):
            Path(draft).unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        pass
    return True


def _prune(folder: Path, bucket: Path) -> None:
    """Remove `folder` and its parents below `bucket` while they are empty."""
    while folder != bucket:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno in GONE | {errno.EEXIST}:
            raise
        shutil.copy2(source, target)


def _copy(reading: BinaryIO, target: Path) -> None:
    """Copy a file's contents, sharing its blocks where the file system can."""
    with target.open("wb") as writing:
        reading.seek(0)
        if hasattr(os, "copy_file_range") and _copy_in_kernel(reading.fileno(), writing.fileno()):
            return
        reading.seek(0)
        writing.seek(0)
        shutil.copyfileobj(reading, writing, 1 << 20)


def _copy_in_kernel(source: int, target: int) -> bool:
    """True when all was copied; False when these file systems do not work together."""
    try:
        while os.copy_file_range(source, target, 1 << 30):
            pass
    except OSError as error:
        if error.errno in FULL:
            raise
        return False
    return True


@contextlib.contextmanager
def _told(attempt: str) -> Iterator[None]:
    """Turn the disk's errors into TransferFailed that says what was tried."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise TransferFailed(
                f"could not {attempt}: the disk is full; free some space and resume"
            ) from error
        raise TransferFailed(f"could not {attempt}: {error.strerror or error}") from error
