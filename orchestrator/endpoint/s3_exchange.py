"""One S3 request, taken apart, and one answer."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit
from xml.sax.saxutils import escape

from orchestrator.aws.uri import LONGEST_KEY, Address
from orchestrator.endpoint.s3_faults import S3Fault, malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import WSGIEnvironment

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
LARGEST_DOCUMENT = 4 << 20
"""Of XML that is read: a thousand keys of the greatest length fit twice."""

_HOSTED = re.compile(r"(?P<bucket>.+?)\.(?:s3|s3[.-].+|localhost)")
META = "x-amz-meta-"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    Attributes:
        key: Empty when the bucket itself is asked about.
        query: Decoded; a parameter without a value is empty text.
        headers: By lower-case name.
        metadata: The user's, by name as sent without its beginning.
    """

    method: str
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    metadata: Mapping[str, str]
    region: str
    body: BinaryIO = field(repr=False)

    @property
    def uri(self) -> str:
        """The object's address."""
        return str(Address(self.bucket, self.key))

    def document(self) -> ET.Element:
        """The body as XML.

        Raises:
            S3Fault: It is none, or it defines entities, or it is too large.
        """
        text = self.body.read(LARGEST_DOCUMENT + 1)
        if len(text) > LARGEST_DOCUMENT or b"<!" in text:
            raise malformed()
        try:
            found = ET.fromstring(text)  # noqa: S314  (without "<!" there are no entities)
        except ET.ParseError:
            raise malformed() from None
        for element in found.iter():
            element.tag = element.tag.rpartition("}")[2]
        return found


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer; its body goes out in pieces."""

    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Iterable[bytes] = ()

    @classmethod
    def xml(cls, root: str, inside: str, headers: Mapping[str, str] | None = None) -> Answered:
        """An XML document; `inside` is already escaped."""
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{inside}</{root}>'
        )
        content = text.encode()
        own = {"Content-Type": "application/xml", "Content-Length": str(len(content))}
        return cls(headers=own | dict(headers or {}), body=(content,))

    @classmethod
    def empty(cls, headers: Mapping[str, str] | None = None) -> Answered:
        """Success, with nothing to say."""
        return cls(headers={"Content-Length": "0"} | dict(headers or {}))


NO_CONTENT = Answered(HTTPStatus.NO_CONTENT)


def asked(environ: WSGIEnvironment, region: str) -> Asked:
    """Read a request, path-style or virtual-hosted.

    Raises:
        S3Fault: Its path cannot be a key.
    """
    bucket, key = _address(environ)
    headers = _headers(environ)
    names = environ.get("moto.preserved_header_names", {})
    metadata = {
        str(names.get(variable, variable[5:].replace("_", "-"))).lower()[len(META) :]: str(value)
        for variable, value in environ.items()
        if variable.startswith("HTTP_X_AMZ_META_")
    }
    return Asked(
        method=environ["REQUEST_METHOD"],
        bucket=bucket,
        key=key,
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        headers=headers,
        metadata=metadata,
        region=region,
        body=environ["wsgi.input"],
    )


def _address(environ: WSGIEnvironment) -> tuple[str, str]:
    raw = environ.get("RAW_URI")
    try:
        if raw is None:
            path = environ.get("PATH_INFO", "/").encode("latin-1").decode()
        else:
            target = raw if raw.startswith("/") else urlsplit(raw).path
            path = unquote_to_bytes(target.partition("?")[0]).decode()
    except UnicodeError:
        raise S3Fault("InvalidURI", "Couldn't parse the specified URI.") from None
    path = path.removeprefix("/")
    if hosted := hosted_bucket(environ.get("HTTP_HOST", "")):
        bucket, key = hosted, path
    else:
        bucket, _, key = path.partition("/")
    if len(key.encode()) > LONGEST_KEY:
        raise S3Fault("KeyTooLongError", "Your key is too long")
    return bucket, key


def hosted_bucket(host: str) -> str:
    """The bucket that a Host header names (``bucket.s3.…``, ``bucket.localhost``), or nothing."""
    found = _HOSTED.fullmatch(host.partition(":")[0])
    return found["bucket"] if found and found["bucket"] != "s3" else ""


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    found = {
        variable[5:].replace("_", "-").lower(): str(value)
        for variable, value in environ.items()
        if variable.startswith("HTTP_")
    }
    for variable in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(variable):
            found[variable.replace("_", "-").lower()] = environ[variable]
    return found


def element(name: str, text: str) -> str:
    """One XML element."""
    return f"<{name}>{escape(text)}</{name}>"


def stamp(moment: float) -> str:
    """A moment as S3's XML writes it: milliseconds, always zero (observed)."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
