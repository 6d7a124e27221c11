"""What S3 keeps of an object beside its bytes: ETag, headers, user metadata, tags, checksums.

One small file an object, below ``<root>/.records``. A record is of the very file it was
written for: it names that file's size and time, so when a person or a training job puts other
bytes there, the record is void and the object is like one that never had any. Such an object's
ETag is made from its size and time; it ends in ``-1``, so nobody takes it for an MD5 (S3's own
multipart ETags are none either).
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_TYPE = "binary/octet-stream"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which bytes: a file's size and when it was written, in epoch seconds."""

    size: int
    modified: float

    @property
    def etag(self) -> str:
        """An ETag without having read the bytes, unquoted."""
        text = f"{self.size} {self.modified!r}"
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + "-1"


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of an object.

    Attributes:
        etag: Unquoted.
        headers: What GetObject repeats (``Content-Type`` …), by lower-case name.
        metadata: The user's, by the name after ``x-amz-meta-``.
        checksums: ``x-amz-checksum-…`` headers, by lower-case name.
    """

    identity: Identity
    etag: str
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)


class Records:
    """The records below one root."""

    def __init__(self, root: Path) -> None:
        self._folder = root / ".records"

    def of(self, uri: str, identity: Identity) -> Record:
        """The record of the object `uri`, which has these bytes."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(self._file(uri).read_text(encoding="utf-8"))
            if Identity(**found.pop("identity")) == identity:
                return Record(identity, **found)
        return Record(identity, identity.etag)

    def keep(self, uri: str, record: Record) -> None:
        """Write the record down, whole or not at all. Raises OSError."""
        file = self._file(uri)
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        draft.write_text(json.dumps(asdict(record)), encoding="utf-8")
        draft.replace(file)

    def forget(self, uri: str) -> None:
        """Remove the record; a missing one is no error."""
        with suppress(OSError):
            self._file(uri).unlink()

    def _file(self, uri: str) -> Path:
        digest = hashlib.sha256(uri.encode()).hexdigest()
        return self._folder / digest[:2] / f"{digest[2:]}.json"
