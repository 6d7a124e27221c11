"""Multipart uploads, kept on the disk until they are completed or aborted.

``<root>/.uploads/<id>/`` holds ``upload.json`` and a file a part, ``<number>-<md5>``, so the
part that a completion names by its ETag is the very one that was sent. They survive a restart.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestrator.endpoint.s3_faults import S3Fault, malformed, no_such_upload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from orchestrator.endpoint.s3_bodies import Received

SMALLEST_PART = 5 << 20
"""Of every part but the last (documented)."""

MOST_PARTS = 10_000
_ID = re.compile(r"[0-9a-f]{32}")
_PART = re.compile(r"(?P<number>\d{5})-(?P<md5>[0-9a-f]{32})")


class Part(NamedTuple):
    """A part that has been sent."""

    number: int
    md5: str
    path: Path


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that has begun.

    Attributes:
        about: Headers, metadata and tags of the object that is to be.
    """

    id: str
    bucket: str
    key: str
    begun: float
    about: Mapping[str, Any]


class Uploads:
    """The uploads below one root; `ids` makes their ids (32 hexadecimal digits)."""

    def __init__(self, root: Path, ids: Callable[[], str]) -> None:
        self._folder = root / ".uploads"
        self._ids = ids

    def begin(self, bucket: str, key: str, begun: float, about: Mapping[str, Any]) -> Upload:
        """Begin an upload."""
        upload = Upload(self._ids(), bucket, key, begun, about)
        folder = self._folder / upload.id
        folder.mkdir(parents=True)
        text = json.dumps([bucket, key, begun, dict(about)])
        (folder / "upload.json").write_text(text, encoding="utf-8")
        return upload

    def find(self, upload_id: str, bucket: str, key: str) -> Upload:
        """The upload of that id. Raises S3Fault (NoSuchUpload)."""
        found = self._read(upload_id) if _ID.fullmatch(upload_id) else None
        if found is None or (found.bucket, found.key) != (bucket, key):
            raise no_such_upload()
        return found

    def of(self, bucket: str) -> list[Upload]:
        """Every upload to a bucket, by key."""
        ids = [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []
        found = [upload for each in ids if _ID.fullmatch(each) and (upload := self._read(each))]
        return sorted((u for u in found if u.bucket == bucket), key=lambda u: (u.key, u.begun))

    def _read(self, upload_id: str) -> Upload | None:
        try:
            text = (self._folder / upload_id / "upload.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return Upload(upload_id, *json.loads(text))

    def keep(self, upload: Upload, number: str, received: Received) -> str:
        """Take a part; its ETag, unquoted. Raises S3Fault (InvalidArgument, NoSuchUpload)."""
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= MOST_PARTS):
            raise S3Fault(
                "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive"
            )
        try:
            received.path.replace(self._folder / upload.id / f"{int(number):05d}-{received.md5}")
        except FileNotFoundError:
            raise no_such_upload() from None
        return received.md5

    def parts(self, upload: Upload) -> list[Part]:
        """What has been sent, by number; of a part sent again the last."""
        found: dict[int, Part] = {}
        files = sorted((self._folder / upload.id).iterdir(), key=lambda path: path.stat().st_mtime)
        for path in files:
            if match := _PART.fullmatch(path.name):
                number = int(match["number"])
                found[number] = Part(number, match["md5"], path)
        return [found[number] for number in sorted(found)]

    def chosen(self, upload: Upload, document: Element) -> list[Part]:
        """The parts that a completion names.

        Raises:
            S3Fault: They are not in order, were not sent, or are too small.
        """
        named = [_named(each) for each in document.findall("Part")]
        if not named:
            raise malformed()
        numbers = [number for number, _ in named]
        if numbers != sorted(set(numbers)):
            raise S3Fault("InvalidPartOrder", "The list of parts was not in ascending order.")
        folder = self._folder / upload.id
        found = [Part(number, md5, folder / f"{number:05d}-{md5}") for number, md5 in named]
        if not all(_PART.fullmatch(part.path.name) and part.path.is_file() for part in found):
            raise S3Fault(
                "InvalidPart",
                "One or more of the specified parts could not be found. The part may not have"
                " been uploaded, or the specified entity tag may not match the part's entity tag.",
            )
        if any(part.path.stat().st_size < SMALLEST_PART for part in found[:-1]):
            raise S3Fault(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
            )
        return found

    def end(self, upload: Upload) -> None:
        """Forget an upload and its parts."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self._folder / upload.id)


def joined(parts: Sequence[Part], target: Path) -> None:
    """Write the parts one after the other to the file `target`."""
    with target.open("wb") as writing:
        for part in parts:
            with part.path.open("rb") as reading:
                shutil.copyfileobj(reading, writing, 1 << 20)


def etag(parts: Sequence[Part]) -> str:
    """The ETag of an object made of parts: the MD5 of their MD5s, and their number (observed)."""
    digests = b"".join(bytes.fromhex(part.md5) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"


def _named(part: Element) -> tuple[int, str]:
    number = (part.findtext("PartNumber") or "").strip()
    if not (number.isascii() and number.isdigit()):
        raise malformed()
    return int(number), (part.findtext("ETag") or "").strip().strip('"')
