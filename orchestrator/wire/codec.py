"""AWS's JSON 1.1 protocol: requests in, answers and refusals out.

Times travel as epoch seconds with a fraction (documented; observed: milliseconds for tuning
jobs). Operations without an output answer with an empty body. What an answer has beyond its
output shape is left out, and so are members that are None.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from orchestrator.wire.faults import ApiError, SerializationException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.wire.model import Shape

CONTENT_TYPE = "application/x-amz-json-1.1"


def decode(body: bytes) -> dict[str, Any]:
    """A request's members; an empty body is an empty request.

    Raises:
        SerializationException: The body is not one JSON object.
    """
    if not body.strip():
        return {}
    try:
        request = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise SerializationException("The request body is not valid JSON.") from None
    if not isinstance(request, dict):
        raise SerializationException("Start of structure or map found where not expected.")
    return request


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def encode(shape: Shape | None, answer: Mapping[str, Any]) -> bytes:
    """An answer's body: exactly the members that `shape` has."""
    if shape is None:
        return b""
    return json.dumps(shaped(shape, answer), separators=(",", ":"), allow_nan=False).encode()


def encode_error(error: ApiError) -> bytes:
    """A refusal's body. Clients read ``message`` first, modelled errors have ``Message``."""
    content = {"__type": error.code, "message": error.message, "Message": error.message}
    return json.dumps(content, separators=(",", ":")).encode()


def shaped(shape: Shape, value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    """`value` reduced to what `shape` has: unknown, None and non-finite members are left out."""
    if shape.type == "structure":
        return {
            name: shaped(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None and not _unspeakable(value[name])
        }
    if shape.type == "list":
        return [shaped(shape.part("member"), item) for item in value if item is not None]
    if shape.type == "map":
        part = shape.part("value")
        return {key: shaped(part, item) for key, item in value.items() if item is not None}
    return round(value, 3) if shape.type == "timestamp" else value


def _unspeakable(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
