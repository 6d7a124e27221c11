"""Which bytes of an object a ``Range`` header asks for (RFC 9110)."""

from __future__ import annotations

import re
from typing import NamedTuple

from orchestrator.endpoint.s3_faults import S3Fault

_RANGE = re.compile(r"bytes=(?P<first>\d{0,20})-(?P<last>\d{0,20})", re.ASCII)


class Span(NamedTuple):
    """A piece of an object."""

    first: int
    size: int


def wanted_range(header: str | None, size: int) -> Span | None:
    """The piece asked for; None means all of it, as for a header that makes no sense.

    Raises:
        S3Fault: No byte of the object is in it.
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or not (found["first"] or found["last"]):
        return None
    if not found["first"]:
        count = min(int(found["last"]), size)
        first, last = size - count, size - 1
    else:
        first = int(found["first"])
        last = min(int(found["last"] or size), size - 1)
        if found["last"] and int(found["last"]) < first:
            return None
    if last < first:
        raise S3Fault("InvalidRange", "The requested range is not satisfiable")
    return Span(first, last - first + 1)


def content_range(span: Span, size: int) -> str:
    """The ``Content-Range`` header of an answer."""
    return f"bytes {span.first}-{span.first + span.size - 1}/{size}"
