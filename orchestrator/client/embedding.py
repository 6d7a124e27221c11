"""A call to a WSGI application in this process, as if it had come over HTTP (PEP 3333)."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType
    from wsgiref.types import WSGIApplication

    Refusal = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `url` is absolute."""

    method: str
    url: str
    headers: Mapping[str, str | bytes]
    body: bytes | str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What an application answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class Body(io.BytesIO):
    """An answer's bytes with the one method of urllib3's response that botocore asks for."""

    def stream(self, amount: int = 65_536, **_: object) -> Iterator[bytes]:
        """The bytes, in pieces."""
        while piece := self.read(amount):
            yield piece


def call(application: WSGIApplication, request: Request) -> Reply:
    """Send one request and read the whole answer; the application's own exceptions pass."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _: Refusal | None = None, /
    ) -> Callable[[bytes], object]:
        begun.append((status, headers))
        return written.append

    pieces = application(environ(request), start_response)
    try:
        written.extend(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    status, answered = begun[-1]
    return Reply(
        int(status.split(maxsplit=1)[0]),
        {name.lower(): value for name, value in answered},
        b"".join(written),
    )


def environ(request: Request) -> dict[str, Any]:
    """The request as PEP 3333 has it."""
    parts = urlsplit(request.url)
    body = request.body
    content = body.encode() if isinstance(body, str) else body or b""
    made: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path or "/", "latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(content)),
        "HTTP_HOST": parts.netloc,
    }
    for name, value in request.headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        made[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = text
    return made
