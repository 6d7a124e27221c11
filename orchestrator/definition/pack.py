"""A source folder as the archive that script mode wants: the same bytes for the same contents.

The archive's root is the folder's root. Names are sorted; times, owners and the permissions
that depend on a umask are left out, so that neither a fresh clone nor another machine changes
the archive, and equal code is uploaded once.
"""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import io
import os
import stat
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

IGNORED = (".git", "__pycache__", ".amt", ".venv", ".DS_Store", "*.pyc")
IGNORE_FILE = ".amtignore"
"""Further patterns, one per line, for names or for paths from the root; ``#`` is a comment."""

_CHUNK = 1 << 20


def pack_source(source: Path, target: Path) -> str:
    """Write `source` (a folder, or a script alone) to `target` as ``.tar.gz``; its SHA-256.

    Raises:
        BadInput: Nothing is left to pack, or a symbolic link leads out of the folder.
        OSError: A file cannot be read, or `target` cannot be written.
    """
    entries = list(_entries(source))
    if not entries:
        raise _refused(source, "holds no file to pack", "Put the training script into it.")
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for entry in entries:
            _add(archive, entry)
    return file_digest(target)


def digest_tree(digests: Mapping[str, str]) -> str:
    """SHA-256 over the names and contents of a folder; equal data is equal anywhere.

    Args:
        digests: Each file's SHA-256 by its name inside the folder.
    """
    digest = hashlib.sha256()
    for name in sorted(digests):
        digest.update(f"{len(name)}:{name}:{digests[name]}\n".encode())
    return digest.hexdigest()


def file_digest(file: Path) -> str:
    """SHA-256 of a file's contents.

    Raises:
        OSError: It cannot be read.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file of the archive."""

    name: str
    file: Path


def _entries(source: Path) -> Iterator[_Entry]:
    if source.is_file():
        yield _Entry(source.name, source)
        return
    patterns = (*IGNORED, *_own_patterns(source))
    yield from sorted(_walk(source, source, patterns), key=lambda entry: entry.name)


def _walk(root: Path, folder: Path, patterns: tuple[str, ...]) -> Iterator[_Entry]:
    for file in folder.iterdir():
        name = file.relative_to(root).as_posix()
        if file.name == IGNORE_FILE or any(
            fnmatch.fnmatchcase(file.name, each) or fnmatch.fnmatchcase(name, each)
            for each in patterns
        ):
            continue
        if file.is_symlink() and not file.resolve().is_relative_to(root.resolve()):
            raise _refused(file, "is a link that leads out of the source", "Copy what it names.")
        if file.is_dir() and not file.is_symlink():
            yield from _walk(root, file, patterns)
        elif file.is_file() or file.is_symlink():
            yield _Entry(name, file)


def _own_patterns(source: Path) -> tuple[str, ...]:
    file = source / IGNORE_FILE
    if not file.is_file():
        return ()
    rows = (row.strip() for row in file.read_text(encoding="utf-8").splitlines())
    return tuple(row.rstrip("/") for row in rows if row and not row.startswith("#"))


def _add(archive: tarfile.TarFile, entry: _Entry) -> None:
    info = tarfile.TarInfo(entry.name)
    if entry.file.is_symlink() and not entry.file.is_file():
        # a folder inside the source; relative, so that it also leads there once unpacked
        info.linkname = os.path.relpath(entry.file.resolve(), entry.file.parent.resolve())
        info.type = tarfile.SYMTYPE
        archive.addfile(info)
        return
    contents = entry.file.read_bytes()
    executable = entry.file.stat().st_mode & stat.S_IXUSR
    info.size, info.mode = len(contents), 0o755 if executable else 0o644
    archive.addfile(info, io.BytesIO(contents))


def _refused(path: Path, problem: str, mend: str) -> BadInput:
    return BadInput([Fault("training.source", problem, str(path), mend)])
