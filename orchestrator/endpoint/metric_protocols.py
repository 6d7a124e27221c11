"""The three protocols that clients ask CloudWatch in: JSON 1.0, CBOR and forms with XML answers.

boto3 chooses JSON, the newest clients CBOR, and older ones (Terraform's, the first AWS CLI)
forms. Read here into the same request, and written from the same answer.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from orchestrator.endpoint.protocols import FORM
from orchestrator.wire import cbor
from orchestrator.wire.cbor import Moment

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from orchestrator.wire.faults import ApiError

TARGET = "GraniteServiceVersion20100801"
SERVICE = "monitoring"
JSON = "application/x-amz-json-1.0"
XML = "text/xml"
NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"

_PATH = re.compile(rf"/service/{TARGET}/operation/(?P<operation>\w+)/?")
_SIGNED = re.compile(rf"Credential=[^,\s]*/{SERVICE}/aws4_request")
_MOMENTS = ("StartTime", "EndTime")
_NUMBERS = frozenset({"Period", "MaxDatapoints"})
_MAPS = frozenset({"ExtendedStatistics"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, whatever it came in; `kind` is the content type of its answer."""

    kind: str
    operation: str
    request: dict[str, Any]


def may_ask(environ: WSGIEnvironment) -> bool:
    """True for what may be a question to CloudWatch: its body is then looked into."""
    return (
        environ.get("HTTP_X_AMZ_TARGET", "").startswith(f"{TARGET}.")
        or _PATH.fullmatch(environ.get("PATH_INFO", "")) is not None
        or (
            environ.get("CONTENT_TYPE", "").startswith(FORM)
            and _SIGNED.search(environ.get("HTTP_AUTHORIZATION", "")) is not None
        )
    )


def read(environ: WSGIEnvironment, content: bytes) -> Asked | None:
    """The question in a request of this body; None when there is none that can be read."""
    target, path = environ.get("HTTP_X_AMZ_TARGET", ""), _PATH.fullmatch(environ["PATH_INFO"])
    try:
        if target:
            asked = Asked(JSON, target.partition(".")[2], _mapping(json.loads(content or b"{}")))
        elif path is not None:
            found = _mapping(cbor.decode(content) if content else {})
            asked = Asked(cbor.CONTENT_TYPE, path["operation"], found)
        else:
            form = _unfolded(dict(parse_qsl(content.decode(), keep_blank_values=True)))
            asked = Asked(XML, str(form.get("Action", "")), form)
    except (ValueError, RecursionError):
        return None
    for name in _MOMENTS:
        if isinstance(asked.request.get(name), str):
            asked.request[name] = _epoch(asked.request[name])
    return asked


def write(asked: Asked, answer: dict[str, Any], identity: str) -> bytes:
    """The body of an answer."""
    if asked.kind == cbor.CONTENT_TYPE:
        return cbor.encode(answer)
    if asked.kind == JSON:
        return json.dumps(answer, default=lambda moment: moment.seconds).encode()
    inside = "".join(_element(name, value) for name, value in answer.items())
    name = asked.operation
    about = f"<ResponseMetadata><RequestId>{identity}</RequestId></ResponseMetadata>"
    whole = f"<{name}Result>{inside}</{name}Result>{about}"
    return f'<{name}Response xmlns="{NAMESPACE}">{whole}</{name}Response>'.encode()


def refusal(asked: Asked, error: ApiError, identity: str) -> tuple[HTTPStatus, bytes]:
    """The status and the body of a refusal."""
    status = HTTPStatus(error.status)
    if asked.kind == XML:
        told = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
        inside = f"<Error><Type>Sender</Type>{told}</Error><RequestId>{identity}</RequestId>"
        return status, f'<ErrorResponse xmlns="{NAMESPACE}">{inside}</ErrorResponse>'.encode()
    body = {"__type": f"com.amazonaws.cloudwatch#{error.code}Exception", "message": error.message}
    return status, cbor.encode(body) if asked.kind == cbor.CONTENT_TYPE else json.dumps(
        body
    ).encode()


def _mapping(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError("a request is a structure")  # noqa: TRY004  (like other unreadable ones)
    return found


def _unfolded(form: dict[str, str]) -> dict[str, Any]:
    """A form with ``A.member.1.B`` as lists and structures."""
    whole: dict[str, Any] = {}
    for name, text in form.items():
        *path, last = name.replace(".member.", ".").split(".")
        part = whole
        for step in path:
            part = part.setdefault(step, {})
            if not isinstance(part, dict):
                raise ValueError(name)  # noqa: TRY004  (what was sent makes no sense)
        part[last] = _typed(last, text)
    return {name: _lists(value) for name, value in whole.items()}


def _lists(part: Any) -> Any:  # noqa: ANN401  (any data)
    if not isinstance(part, dict):
        return part
    if part and all(name.isdigit() for name in part):
        return [_lists(part[name]) for name in sorted(part, key=int)]
    return {name: _lists(value) for name, value in part.items()}


def _typed(name: str, text: str) -> str | int | bool:
    if name in _NUMBERS and text.isdigit():
        return int(text)
    return text == "true" if name == "ReturnData" else text


def _epoch(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return float("nan")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _element(name: str, value: Any) -> str:  # noqa: ANN401  (any data)
    if isinstance(value, dict) and name in _MAPS:
        inside = "".join(
            f"<entry>{_element('key', key)}{_element('value', each)}</entry>"
            for key, each in value.items()
        )
    elif isinstance(value, dict):
        inside = "".join(_element(each, inner) for each, inner in value.items())
    elif isinstance(value, list):
        inside = "".join(_element("member", each) for each in value)
    elif isinstance(value, Moment):
        inside = datetime.fromtimestamp(value.seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    else:
        inside = escape(str(value))
    return f"<{name}>{inside}</{name}>"
