"""The request itself as JSON: what the API, boto3 and ``--cli-input-json`` take."""

from __future__ import annotations

import json

from orchestrator.formats.protocol import (
    Format,
    Json,
    Reading,
    Source,
    is_request,
    ordered,
    unknown,
)


def render(request: Json) -> str:
    """The request as JSON."""
    return json.dumps(request, indent=2, ensure_ascii=False, allow_nan=False)


def recognises(source: Source) -> bool:
    """A mapping in the request's own spelling."""
    return is_request(source.data)


def read(source: Source) -> Reading:
    """The request that the mapping is; members of no request are told."""
    data = source.data
    if not is_request(data):
        raise source.refused(
            "is no request", "It must be an object with HyperParameterTuningJobConfig."
        )
    return Reading(ordered(data), tuple(unknown(data)))


FORMAT = Format("request", "a request", recognises, read, render)
