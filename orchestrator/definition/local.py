"""Local files that a job file names, on their way to S3.

A request knows only S3. Until the files are uploaded, the request carries a placeholder URI
for each (a valid ``s3://`` URI, so that the request can be checked as it is). Whoever uploads
calls `resolve` with the real URIs::

    translation = prepare(loaded, defaults)
    uris = {file: upload(file) for file in translation.files}
    request = resolve(translation, uris)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestrator.definition.patch import Json

PLACEHOLDER_BUCKET = "amt-upload"


class Kind(StrEnum):
    """What a local path is for."""

    SOURCE = "source"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file or folder of this machine that must be in S3 before the job is created.

    A source goes there as one ``.tar.gz`` (`orchestrator.definition.pack.pack_source`), and its
    URI is the archive's. A channel goes there as it is, and its URI is the prefix.
    """

    path: Path
    kind: Kind
    placeholder: str


@dataclass(frozen=True, slots=True)
class Translation:
    """A request, and the local files whose placeholders it carries."""

    request: Json
    files: tuple[LocalFile, ...] = ()


class Collector:
    """Hands out one placeholder per (path, kind)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[tuple[Path, Kind], LocalFile] = {}

    @property
    def files(self) -> tuple[LocalFile, ...]:
        """The files named so far, in order."""
        return tuple(self._files.values())

    def placeholder(self, written: str, kind: Kind) -> str:
        """The URI that stands for the local path `written`, relative to the job file's folder."""
        path = (self._folder / written.removeprefix("file://")).absolute()
        known = self._files.get((path, kind))
        if known is None:
            uri = f"s3://{PLACEHOLDER_BUCKET}/{kind}/{len(self._files) + 1}"
            known = self._files[path, kind] = LocalFile(path, kind, uri)
        return known.placeholder


def is_remote(written: str) -> bool:
    """Whether a source or channel is in S3 already."""
    return written.startswith(("s3://", "https://", "http://"))


def resolve(translation: Translation, uris: Mapping[LocalFile, str]) -> Json:
    """The request with every placeholder replaced by its file's URI.

    Raises:
        KeyError: A file has no URI.
    """
    real = {file.placeholder: uris[file] for file in translation.files}
    resolved: Json = _replaced(translation.request, real)
    return resolved


def _replaced(value: Any, real: Mapping[str, str]) -> Any:  # noqa: ANN401  (any JSON value)
    if isinstance(value, dict):
        return {key: _replaced(inner, real) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, real) for inner in value]
    if isinstance(value, str):
        bare = value.strip('"')  # a JSON-encoded hyperparameter carries its quotes
        return value.replace(bare, real[bare]) if bare in real else value
    return value
