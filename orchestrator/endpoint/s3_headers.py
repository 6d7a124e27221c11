"""What HTTP headers say of an object, in requests and in answers (documented)."""

from __future__ import annotations

from contextlib import suppress
from email.utils import formatdate, parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from orchestrator.endpoint.s3_faults import S3Fault
from orchestrator.endpoint.s3_records import DEFAULT_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.endpoint.s3_exchange import Asked
    from orchestrator.endpoint.s3_records import Record

KEPT_HEADERS = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)
"""What PutObject may say and GetObject repeats (documented)."""

MOST_TAGS = 10


def about_new(asked: Asked) -> dict[str, Any]:
    """What the request says of the object that is to be."""
    headers = {name: asked.headers[name] for name in KEPT_HEADERS if asked.headers.get(name)}
    coding = headers.get("content-encoding", "")
    codings = [
        each.strip() for each in coding.split(",") if each.strip() not in {"", "aws-chunked"}
    ]
    headers.pop("content-encoding", None)
    if codings:
        headers["content-encoding"] = ",".join(codings)
    tags = parse_qsl(asked.headers.get("x-amz-tagging", ""), keep_blank_values=True)
    return {"headers": headers, "metadata": dict(asked.metadata), "tags": checked_tags(dict(tags))}


def checked_tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    """The tags, unless they are too many."""
    if len(tags) > MOST_TAGS:
        raise S3Fault("InvalidRequest", "Object tags cannot be greater than 10")
    return tags


def described(record: Record) -> dict[str, str]:
    """The headers that tell of an object."""
    headers = {
        "Content-Type": DEFAULT_TYPE,
        "ETag": f'"{record.etag}"',
        "Last-Modified": formatdate(record.identity.modified, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    headers |= {name.title(): value for name, value in record.headers.items()}
    headers |= {f"x-amz-meta-{name}": value for name, value in record.metadata.items()}
    if record.tags:
        headers["x-amz-tagging-count"] = str(len(record.tags))
    return headers


def overridden(query: Mapping[str, str]) -> dict[str, str]:
    """Headers that a (presigned) URL asks for (documented)."""
    found = {}
    for name in KEPT_HEADERS:
        value = query.get(f"response-{name}")
        if value is not None:
            if any(ord(character) < 32 for character in value):  # noqa: PLR2004  (controls)
                raise S3Fault("InvalidArgument", f"response-{name} is no header's value.")
            found[name.title()] = value
    return found


def check_conditions(headers: Mapping[str, str], record: Record) -> None:
    """If-Match and its kin (RFC 9110, in its order)."""
    matches, none = etags(headers.get("if-match")), etags(headers.get("if-none-match"))
    if matches and not {record.etag, "*"} & matches:
        raise precondition_failed("If-Match")
    since = headers.get("if-modified-since")
    if none:
        if {record.etag, "*"} & none:
            raise S3Fault("NotModified", "")
    elif since is not None:
        with suppress(ValueError, TypeError):
            if int(record.identity.modified) <= parsedate_to_datetime(since).timestamp():
                raise S3Fault("NotModified", "")


def etags(header: str | None) -> set[str]:
    """The ETags that a condition names, unquoted."""
    return {each.strip().strip('"') for each in header.split(",")} if header else set()


def precondition_failed(condition: str) -> S3Fault:
    """A condition of the request does not hold."""
    return S3Fault(
        "PreconditionFailed",
        f"At least one of the pre-conditions you specified did not hold ({condition})",
    )
