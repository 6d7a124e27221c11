"""ListObjects, ListObjectsV2 and ListObjectVersions: prefix, delimiter, pages (documented).

A page begins after a key, which is all that a token holds, so it survives changes underneath.
Keys sort by their bytes. Common prefixes count towards a page like keys do.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from orchestrator.aws.uri import Address, address
from orchestrator.endpoint.s3_exchange import Answered, element, stamp
from orchestrator.endpoint.s3_faults import S3Fault
from orchestrator.endpoint.s3_records import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.aws.protocol import ObjectInfo, Objects
    from orchestrator.endpoint.s3_exchange import Asked
    from orchestrator.endpoint.s3_records import Records

MOST_KEYS = 1000

OWNER = "<Owner><ID>amt</ID><DisplayName>amt</DisplayName></Owner>"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing.

    Attributes:
        rows: Keys with what is known of them, or common prefixes with None, in order.
        last: The key or prefix that the next page begins after.
    """

    rows: tuple[tuple[str, ObjectInfo | None], ...]
    more: bool

    @property
    def last(self) -> str:
        """The key, or common prefix, that the page ends with."""
        return self.rows[-1][0] if self.rows else ""


class Listing:
    """Lists the objects of a bucket."""

    def __init__(self, objects: Objects, records: Records) -> None:
        self._objects = objects
        self._records = records

    def second(self, asked: Asked) -> Answered:
        """ListObjectsV2."""
        token, start = asked.query.get("continuation-token"), asked.query.get("start-after", "")
        page = self._page(asked, start if token is None else _read(token))
        inside = element("KeyCount", str(len(page.rows)))
        if token is not None:
            inside += element("ContinuationToken", token)
        if start:
            inside += element("StartAfter", _spelled(asked, start))
        if page.more:
            inside += element("NextContinuationToken", _token(page.last))
        owner = asked.query.get("fetch-owner") == "true"
        return self._answer("ListBucketResult", asked, page, inside, owner=owner)

    def first(self, asked: Asked) -> Answered:
        """ListObjects."""
        marker = asked.query.get("marker", "")
        page = self._page(asked, marker)
        inside = element("Marker", _spelled(asked, marker))
        if page.more and asked.query.get("delimiter"):
            inside += element("NextMarker", _spelled(asked, page.last))
        return self._answer("ListBucketResult", asked, page, inside, owner=True)

    def versions(self, asked: Asked) -> Answered:
        """ListObjectVersions of a bucket that keeps one version of everything."""
        page = self._page(asked, asked.query.get("key-marker", ""))
        inside = element("KeyMarker", _spelled(asked, asked.query.get("key-marker", "")))
        inside += "<VersionIdMarker/>"
        if page.more:
            inside += element("NextKeyMarker", _spelled(asked, page.last))
            inside += element("NextVersionIdMarker", "null")
        return self._answer("ListVersionsResult", asked, page, inside, owner=True)

    def _page(self, asked: Asked, after: str) -> Page:
        wanted = asked.query.get("max-keys", str(MOST_KEYS))
        if not (wanted.isascii() and wanted.isdigit()):
            raise S3Fault("InvalidArgument", "Provided max-keys not an integer or within range")
        limit = min(int(wanted), MOST_KEYS)
        rows: list[tuple[str, ObjectInfo | None]] = []
        for row in self._rows(asked, after):
            if len(rows) == limit:
                return Page(tuple(rows), more=limit > 0)
            rows.append(row)
        return Page(tuple(rows), more=False)

    def _rows(self, asked: Asked, after: str) -> Iterator[tuple[str, ObjectInfo | None]]:
        prefix, delimiter = asked.query.get("prefix", ""), asked.query.get("delimiter", "")
        past, group = after.encode(), None
        for info in self._objects.list(str(Address(asked.bucket, prefix))):
            key = address(info.uri).key
            end = key.find(delimiter, len(prefix)) if delimiter else -1
            name = key if end < 0 else key[: end + len(delimiter)]
            if name.encode() <= past or (end >= 0 and name == group):
                continue
            group = name if end >= 0 else None
            yield name, None if end >= 0 else info

    def _answer(self, root: str, asked: Asked, page: Page, inside: str, *, owner: bool) -> Answered:
        query = asked.query
        head = element("Name", asked.bucket) + element(
            "Prefix", _spelled(asked, query.get("prefix", ""))
        )
        head += element("MaxKeys", query.get("max-keys", str(MOST_KEYS)))
        if delimiter := query.get("delimiter"):
            head += element("Delimiter", _spelled(asked, delimiter))
        if encoding := query.get("encoding-type"):
            head += element("EncodingType", encoding)
        head += element("IsTruncated", "true" if page.more else "false")
        versions = root == "ListVersionsResult"
        rows = "".join(
            self._row(asked, info, owner=owner, version=versions)
            for _, info in page.rows
            if info is not None
        )
        groups = "".join(
            f"<CommonPrefixes>{element('Prefix', _spelled(asked, name))}</CommonPrefixes>"
            for name, info in page.rows
            if info is None
        )
        return Answered.xml(root, head + inside + rows + groups)

    def _row(self, asked: Asked, info: ObjectInfo, *, owner: bool, version: bool) -> str:
        record = self._records.of(info.uri, Identity(info.size, info.modified))
        inside = element("Key", _spelled(asked, address(info.uri).key))
        if version:
            inside += "<VersionId>null</VersionId><IsLatest>true</IsLatest>"
        inside += element("LastModified", stamp(info.modified))
        inside += f"<ETag>&quot;{record.etag}&quot;</ETag>" + element("Size", str(info.size))
        inside += element("StorageClass", "STANDARD") + (OWNER if owner else "")
        name = "Version" if version else "Contents"
        return f"<{name}>{inside}</{name}>"


def _spelled(asked: Asked, text: str) -> str:
    """A key as the answer writes it: percent-encoded when the caller wants that."""
    return quote(text, safe="/") if asked.query.get("encoding-type") == "url" else text


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _read(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        raise S3Fault("InvalidArgument", "The continuation token provided is incorrect") from None
