"""Local files of a job file put into S3, by what they hold: the same content goes up once.

A source folder becomes one archive at ``amt/sources/<sha256>/sourcedir.tar.gz``. A channel's
files keep their names under ``amt/channels/<digest>/``; a mark beside them, written last, says
that all of them are there, so that a later run asks once and not for every file.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.client.errors import translated
from orchestrator.definition.local import Kind, LocalFile
from orchestrator.definition.pack import digest_tree, pack_source
from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestrator.client.session import Connection

Progress = Callable[[str], None]
"""Called with one sentence for everything that is really sent."""


def upload(
    connection: Connection, files: Iterable[LocalFile], progress: Progress
) -> dict[LocalFile, str]:
    """Put `files` into the endpoint's default bucket; the ``s3://`` URI of each.

    Raises:
        BadInput: One cannot be read or holds nothing.
        TransferFailed: S3 would not take one.
    """
    uris: dict[LocalFile, str] = {}
    with tempfile.TemporaryDirectory(prefix="amt-") as folder:
        for file in files:
            parcel = _packed(file, connection.default_bucket, Path(folder))
            uris[file] = parcel.uri
            with translated(connection):
                _send(connection, parcel, file.path, progress)
    return uris


def addresses(files: Iterable[LocalFile], bucket: str) -> dict[LocalFile, str]:
    """The URI that each of `files` has once it is uploaded; nothing is sent.

    Raises:
        BadInput: One cannot be read or holds nothing.
    """
    with tempfile.TemporaryDirectory(prefix="amt-") as folder:
        return {file: _packed(file, bucket, Path(folder)).uri for file in files}


@dataclass(frozen=True, slots=True)
class _Parcel:
    """Objects to send, and the one that, sent last, says that all are there."""

    uri: str
    contents: tuple[tuple[str, Path], ...]
    mark: str


def _packed(file: LocalFile, bucket: str, folder: Path) -> _Parcel:
    try:
        if file.kind is Kind.SOURCE:
            return _source(file.path, f"s3://{bucket}/amt/sources", folder)
        return _channel(file.path, f"s3://{bucket}/amt/channels")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        fault = Fault(file.kind.value, f"cannot be read: {reason}", str(file.path))
        raise BadInput([fault]) from error


def _source(path: Path, root: str, folder: Path) -> _Parcel:
    archive = folder / f"{hashlib.sha256(str(path).encode()).hexdigest()}.tar.gz"
    uri = f"{root}/{pack_source(path, archive)}/sourcedir.tar.gz"
    return _Parcel(uri, ((uri, archive),), uri)


def _channel(path: Path, root: str) -> _Parcel:
    digest = digest_tree(path)
    if path.is_file():  # two files of one content and two names are two channels
        digest = hashlib.sha256(f"{path.name}:{digest}".encode()).hexdigest()
    prefix = f"{root}/{digest}/"
    objects = tuple((prefix + name, file) for name, file in _contents(path))
    return _Parcel(prefix, objects, f"{root}/.whole/{digest}")


def _send(connection: Connection, parcel: _Parcel, path: Path, progress: Progress) -> None:
    bucket = connection.bucket
    if bucket.exists(parcel.mark):
        return
    count = len(parcel.contents)
    progress(f"Uploading {path} ({count} object{'s' * (count > 1)}).")
    for uri, file in parcel.contents:
        if not bucket.exists(uri):
            bucket.upload(file, uri)
    if parcel.mark != parcel.uri:
        with tempfile.NamedTemporaryFile(prefix="amt-") as empty:
            bucket.upload(Path(empty.name), parcel.mark)


def _contents(path: Path) -> list[tuple[str, Path]]:
    """The files below a folder, by their names inside it; a file is its own folder's only one."""
    if path.is_file():
        return [(path.name, path)]
    found = sorted(file for file in path.rglob("*") if file.is_file())
    if not found:
        missing = "is an empty folder" if path.is_dir() else "does not exist"
        raise BadInput([Fault("channels", missing, str(path), "Name a file or a folder of files.")])
    return [(file.relative_to(path).as_posix(), file) for file in found]
