"""S3's operations on one object: Get, Head, Put, Copy, Delete, its tags and its uploads."""

from __future__ import annotations

import threading
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from orchestrator.aws.uri import Address
from orchestrator.endpoint import s3_headers, s3_multipart
from orchestrator.endpoint.s3_bodies import PIECE, Received
from orchestrator.endpoint.s3_exchange import NO_CONTENT, Answered, element, stamp
from orchestrator.endpoint.s3_faults import S3Fault, malformed, no_such_bucket, no_such_key
from orchestrator.endpoint.s3_ranges import content_range, wanted_range
from orchestrator.endpoint.s3_records import Identity, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from orchestrator.aws.buckets import Buckets
    from orchestrator.aws.folder import FolderObjects
    from orchestrator.clock import Clock
    from orchestrator.endpoint.s3_bodies import Spool
    from orchestrator.endpoint.s3_exchange import Asked
    from orchestrator.endpoint.s3_records import Records

_STRIPES = 64


class ObjectOperations:
    """What can be done with an object.

    Args:
        spool: Where uploads wait until they are whole.
        uploads: Multipart uploads.
    """

    def __init__(
        self,
        objects: FolderObjects,
        buckets: Buckets,
        *,
        records: Records,
        spool: Spool,
        uploads: s3_multipart.Uploads,
        clock: Clock,
    ) -> None:
        self._objects = objects
        self._buckets = buckets
        self._records = records
        self._spool = spool
        self._uploads = uploads
        self._clock = clock
        self._locks = [threading.Lock() for _ in range(_STRIPES)]
        self._by_method: Mapping[str, Callable[[Asked], Answered]] = {
            "GET": self._get,
            "HEAD": self._get,
            "PUT": self._put,
            "POST": self._post,
            "DELETE": self._delete,
        }

    def answer(self, asked: Asked) -> Answered:
        """Do what is asked.

        Raises:
            S3Fault: It is refused.
        """
        if not self._buckets.exists(asked.bucket):
            raise no_such_bucket()
        operation = self._by_method.get(asked.method)
        if operation is None:
            raise S3Fault(
                "MethodNotAllowed", "The specified method is not allowed against this resource."
            )
        return operation(asked)

    def remove(self, uri: str) -> None:
        """Delete one object; a missing one is no error."""
        with self._lock(uri):
            self._objects.delete(uri)
            self._records.forget(uri)

    # ------------------------------------------------------------------ reading

    def _get(self, asked: Asked) -> Answered:
        if "uploadId" in asked.query:
            return self._list_parts(asked)
        if "tagging" in asked.query:
            return self._get_tags(asked)
        file, record = self._found(asked.uri)
        s3_headers.check_conditions(asked.headers, record)
        headers = s3_headers.described(record) | s3_headers.overridden(asked.query)
        span = wanted_range(asked.headers.get("range"), record.identity.size)
        if span is None:
            status, first, count = HTTPStatus.OK, 0, record.identity.size
            if asked.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
                headers |= record.checksums
        else:
            status, first, count = HTTPStatus.PARTIAL_CONTENT, span.first, span.size
            headers["Content-Range"] = content_range(span, record.identity.size)
        headers["Content-Length"] = str(count)
        if asked.method == "HEAD":
            return Answered(status, headers)
        return Answered(status, headers, _contents(_opened(file), first, count))

    def _found(self, uri: str) -> tuple[Path, Record]:
        file = self._objects.location(uri)
        try:
            seen = file.stat() if file else None
        except FileNotFoundError:
            seen = None
        if file is None or seen is None:
            raise no_such_key()
        return file, self._records.of(uri, Identity(seen.st_size, seen.st_mtime))

    # ------------------------------------------------------------------ writing

    def _put(self, asked: Asked) -> Answered:
        if "tagging" in asked.query:
            return self._put_tags(asked)
        if "uploadId" in asked.query:
            return self._put_part(asked)
        source = asked.headers.get("x-amz-copy-source")
        if source is not None:
            return self._copy(asked, source)
        received = self._spool.receive(asked.body, asked.headers)
        about = s3_headers.about_new(asked) | {"checksums": received.checksums}
        record = self._place(asked, received, received.md5, about)
        return Answered.empty({"ETag": f'"{record.etag}"'} | received.checksums)

    def _place(
        self, asked: Asked, received: Received, etag: str, about: Mapping[str, Any]
    ) -> Record:
        """Make what was received the object, with its record."""
        uri = asked.uri
        try:
            with self._lock(uri):
                if asked.headers.get("if-none-match") == "*" and self._objects.exists(uri):
                    raise s3_headers.precondition_failed("If-None-Match")
                wanted = s3_headers.etags(asked.headers.get("if-match"))
                if wanted and self._found(uri)[1].etag not in wanted:
                    raise s3_headers.precondition_failed("If-Match")
                seen = received.path.stat()
                record = Record(Identity(seen.st_size, seen.st_mtime), etag, **about)
                self._objects.take(received.path, uri)
                self._records.keep(uri, record)
        finally:
            received.discard()
        return record

    def _copy(self, asked: Asked, source: str) -> Answered:
        file, original = self._source(source)
        received = self._copied(file, 0, original.identity.size)
        about: dict[str, Any] = {
            "headers": original.headers,
            "metadata": original.metadata,
            "tags": original.tags,
            "checksums": original.checksums,
        }
        own = s3_headers.about_new(asked)
        if asked.headers.get("x-amz-metadata-directive", "").upper() == "REPLACE":
            about |= {"headers": own["headers"], "metadata": own["metadata"]}
        if asked.headers.get("x-amz-tagging-directive", "").upper() == "REPLACE":
            about["tags"] = own["tags"]
        record = self._place(asked, received, received.md5, about)
        return _copy_result("CopyObjectResult", record.etag, record.identity.modified)

    def _source(self, source: str) -> tuple[Path, Record]:
        path, _, _version = unquote(source).partition("?versionId=")
        bucket, _, key = path.removeprefix("/").partition("/")
        if not key:
            raise S3Fault("InvalidArgument", "Copy Source must mention the source bucket and key")
        if not self._buckets.exists(bucket):
            raise no_such_bucket()
        return self._found(str(Address(bucket, key)))

    def _copied(self, file: Path, first: int, count: int) -> Received:
        with _opened(file) as reading:
            reading.seek(first)
            return self._spool.receive(_Part(reading, count), {})

    def _delete(self, asked: Asked) -> Answered:
        if "uploadId" in asked.query:
            self._uploads.end(self._uploads.find(asked.query["uploadId"], asked.bucket, asked.key))
        elif "tagging" in asked.query:
            self._change_tags(asked, {})
        else:
            self.remove(asked.uri)
        return NO_CONTENT

    def _post(self, asked: Asked) -> Answered:
        if "uploads" in asked.query:
            return self._begin_upload(asked)
        if "uploadId" in asked.query:
            return self._complete(asked)
        raise S3Fault("NotImplemented", "This form of POST is not implemented.")

    # ------------------------------------------------------------------ in parts

    def _begin_upload(self, asked: Asked) -> Answered:
        upload = self._uploads.begin(
            asked.bucket, asked.key, self._clock.now(), s3_headers.about_new(asked)
        )
        inside = element("Bucket", asked.bucket) + element("Key", asked.key)
        return Answered.xml(
            "InitiateMultipartUploadResult", inside + element("UploadId", upload.id)
        )

    def _put_part(self, asked: Asked) -> Answered:
        upload = self._uploads.find(asked.query["uploadId"], asked.bucket, asked.key)
        source = asked.headers.get("x-amz-copy-source")
        if source is None:
            received = self._spool.receive(asked.body, asked.headers)
        else:
            file, original = self._source(source)
            size = original.identity.size
            span = wanted_range(asked.headers.get("x-amz-copy-source-range"), size)
            first, count = (0, size) if span is None else (span.first, span.size)
            received = self._copied(file, first, count)
        try:
            md5 = self._uploads.keep(upload, asked.query.get("partNumber", ""), received)
        finally:
            received.discard()
        if source is not None:
            return _copy_result("CopyPartResult", md5, self._clock.now())
        return Answered.empty({"ETag": f'"{md5}"'} | received.checksums)

    def _complete(self, asked: Asked) -> Answered:
        upload = self._uploads.find(asked.query["uploadId"], asked.bucket, asked.key)
        parts = self._uploads.chosen(upload, asked.document())
        whole = Received(self._spool.place())
        try:
            s3_multipart.joined(parts, whole.path)
        except OSError:
            whole.discard()
            raise
        record = self._place(asked, whole, s3_multipart.etag(parts), upload.about)
        self._uploads.end(upload)
        inside = element("Location", f"/{asked.bucket}/{asked.key}")
        inside += element("Bucket", asked.bucket) + element("Key", asked.key)
        return Answered.xml(
            "CompleteMultipartUploadResult", inside + f"<ETag>&quot;{record.etag}&quot;</ETag>"
        )

    def _list_parts(self, asked: Asked) -> Answered:
        upload = self._uploads.find(asked.query["uploadId"], asked.bucket, asked.key)
        inside = element("Bucket", asked.bucket) + element("Key", asked.key)
        inside += element("UploadId", upload.id) + element("IsTruncated", "false")
        for part in self._uploads.parts(upload):
            seen = part.path.stat()
            row = element("PartNumber", str(part.number)) + element("Size", str(seen.st_size))
            row += element("LastModified", stamp(seen.st_mtime))
            inside += f"<Part>{row}<ETag>&quot;{part.md5}&quot;</ETag></Part>"
        return Answered.xml("ListPartsResult", inside)

    # ------------------------------------------------------------------ tags

    def _get_tags(self, asked: Asked) -> Answered:
        _, record = self._found(asked.uri)
        rows = "".join(
            f"<Tag>{element('Key', name)}{element('Value', value)}</Tag>"
            for name, value in record.tags.items()
        )
        return Answered.xml("Tagging", f"<TagSet>{rows}</TagSet>")

    def _put_tags(self, asked: Asked) -> Answered:
        tags: dict[str, str] = {}
        for tag in asked.document().iter("Tag"):
            name = tag.findtext("Key")
            if not name:
                raise malformed()
            tags[name] = tag.findtext("Value") or ""
        self._change_tags(asked, s3_headers.checked_tags(tags))
        return Answered.empty()

    def _change_tags(self, asked: Asked, tags: Mapping[str, str]) -> None:
        with self._lock(asked.uri):
            _, record = self._found(asked.uri)
            self._records.keep(asked.uri, replace(record, tags=tags))

    def _lock(self, uri: str) -> threading.Lock:
        return self._locks[hash(uri) % _STRIPES]


class _Part:
    """The next `left` bytes of a file, as a stream."""

    def __init__(self, reading: BinaryIO, left: int) -> None:
        self._reading = reading
        self._left = left

    def read(self, size: int) -> bytes:
        piece = self._reading.read(min(size, self._left))
        self._left -= len(piece)
        return piece


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except (FileNotFoundError, IsADirectoryError):
        raise no_such_key() from None


def _contents(reading: BinaryIO, first: int, count: int) -> Iterator[bytes]:
    with reading:
        reading.seek(first)
        part = _Part(reading, count)
        yield from iter(lambda: part.read(PIECE), b"")


def _copy_result(root: str, etag: str, modified: float) -> Answered:
    inside = element("LastModified", stamp(modified)) + f"<ETag>&quot;{etag}&quot;</ETag>"
    return Answered.xml(root, inside)
