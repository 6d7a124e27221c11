"""The two protocols that services beside S3 are asked in: JSON with a target, and forms (query).

What cannot be answered is refused with a 400 in the protocol of the request: SDKs would try
again for minutes after a server error.
"""

from __future__ import annotations

import io
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from orchestrator.errors import AmtError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

FORM = "application/x-www-form-urlencoded"
"""What services of the query protocol (STS, IAM, SNS …) are asked in."""

JSON = "application/x-amz-json-1.1"
XML = "text/xml"
LARGEST_READ = 8 << 20


class Refused(AmtError):
    """A request is refused with this code and this message."""

    def __init__(
        self, code: str, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(message)
        self.code, self.status = code, status


def is_form(environ: WSGIEnvironment) -> bool:
    """True for the query protocol."""
    return str(environ.get("CONTENT_TYPE", "")).startswith(FORM)


def operation(environ: WSGIEnvironment) -> str:
    """The target of a JSON request, the action of a form, or nothing; it can be read again."""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return str(target)
    return form(environ).get("Action", "") if is_form(environ) else ""


def form(environ: WSGIEnvironment) -> dict[str, str]:
    """What a form says; it can be read again, which moto does twice."""
    return dict(parse_qsl(_content(environ).decode("latin-1"), keep_blank_values=True))


def document(environ: WSGIEnvironment) -> dict[str, Any]:
    """What a JSON request says; it can be read again.

    Raises:
        Refused: It is no JSON object.
    """
    try:
        found = json.loads(_content(environ) or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused("SerializationException", "The request is no JSON object.")
    return found


def rewrite(environ: WSGIEnvironment, content: bytes) -> None:
    """Put another body in place of the request's own."""
    environ["wsgi.input"] = io.BytesIO(content)
    environ["CONTENT_LENGTH"] = str(len(content))


def refuse(
    environ: WSGIEnvironment, start_response: StartResponse, refused: Refused
) -> Iterable[bytes]:
    """Answer with a refusal."""
    if is_form(environ):
        error = f"<Type>Sender</Type><Code>{refused.code}</Code><Message>{escape(str(refused))}</Message>"
        text = f"<ErrorResponse><Error>{error}</Error><RequestId>amt</RequestId></ErrorResponse>"
        return answer(start_response, XML, text, refused.status)
    text = json.dumps({"__type": refused.code, "message": str(refused)})
    return answer(start_response, JSON, text, refused.status)


def answer(
    start_response: StartResponse, kind: str, text: str, status: HTTPStatus = HTTPStatus.OK
) -> Iterable[bytes]:
    """Answer with a text of this content type."""
    body = text.encode()
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", "amt"),
    ]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]


def _content(environ: WSGIEnvironment) -> bytes:
    content: bytes = environ["wsgi.input"].read(LARGEST_READ)
    rewrite(environ, content)
    return content
