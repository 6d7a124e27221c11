"""The endpoint's own routes: ``GET /_amt/health`` and ``POST /_amt/reset``.

Health says what answers and whether the engine can go on; its status is 503 when it cannot.
Reset deletes every job, object and bucket, so it is there only when the server was told to
allow it. Requests of web pages, which carry an ``Origin``, end here whatever their path: any
page that a user of this machine opens could otherwise delete objects or start programs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

HEALTH, RESET = "/_amt/health", "/_amt/reset"


@dataclass(frozen=True, slots=True)
class Control:
    """One WSGI callable.

    Attributes:
        health: What there is to say; a ``trouble`` that is not empty makes it a 503.
        reset: Deletes everything; None when that is not allowed.
    """

    health: Callable[[], Mapping[str, Any]]
    reset: Callable[[], None] | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request (PEP 3333)."""
        status, answer = self._answer(environ)
        body = (json.dumps(answer) + "\n").encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> tuple[HTTPStatus, Mapping[str, Any]]:
        if environ.get("HTTP_ORIGIN"):
            return HTTPStatus.FORBIDDEN, {"message": "Web pages are not answered."}
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if path == HEALTH and method in {"GET", "HEAD"}:
            health = self.health()
            bad = HTTPStatus.SERVICE_UNAVAILABLE
            return (bad if health.get("trouble") else HTTPStatus.OK), health
        if path == RESET and method == "POST":
            return self._reset()
        return HTTPStatus.NOT_FOUND, {"message": f"There are GET {HEALTH} and POST {RESET}."}

    def _reset(self) -> tuple[HTTPStatus, Mapping[str, Any]]:
        if self.reset is None:
            why = "Reset deletes every job and object here; start `amt serve --allow-reset` for it."
            return HTTPStatus.FORBIDDEN, {"message": why}
        self.reset()
        return HTTPStatus.OK, {"status": "reset"}
