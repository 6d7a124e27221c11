"""NextToken: opaque text that says where the next page begins.

A token holds the operation, a digest of the filters and the last row's place, so that it goes on
correctly when rows come and go, and is refused when it belongs to another question (our reading:
AWS's tokens are opaque, expire, and have no recorded error text).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Any

from orchestrator.wire.faults import ValidationException

if TYPE_CHECKING:
    from collections.abc import Mapping

Position = tuple[str | float, str]
"""(sort value, name) of the last row told."""

_NOT_FILTERS = frozenset({"NextToken", "MaxResults"})
INVALID = "Invalid NextToken"
"""What a token of another question is answered with (our reading)."""
_PARTS = 3
_PLACE = 2


def token(operation: str, request: Mapping[str, Any], position: Position) -> str:
    """The token of the page that follows `position`."""
    content = [operation, _digest(request), list(position)]
    packed = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode()


def position(operation: str, request: Mapping[str, Any]) -> Position | None:
    """Where this request's page begins; None for the first page.

    Raises:
        ValidationException: The token was not made for this operation with these filters.
    """
    written = request.get("NextToken")
    if written is None:
        return None
    try:
        content = json.loads(base64.b64decode(written, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise ValidationException(INVALID) from None
    if not isinstance(content, list) or len(content) != _PARTS:
        raise ValidationException(INVALID)
    if content[:2] != [operation, _digest(request)] or not _is_position(content[2]):
        raise ValidationException(INVALID)
    return content[2][0], content[2][1]


def _is_position(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == _PLACE
        and isinstance(value[0], str | int | float)
        and isinstance(value[1], str)
    )


def _digest(request: Mapping[str, Any]) -> str:
    filters = {key: value for key, value in request.items() if key not in _NOT_FILTERS}
    packed = json.dumps(filters, sort_keys=True, default=str).encode()
    return hashlib.sha256(packed).hexdigest()[:16]
