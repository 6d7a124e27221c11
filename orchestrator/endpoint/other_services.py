"""AWS's other services, answered by moto: the only place that knows it.

moto is imported when the first request needs it (it costs a second), and an endpoint without
it still has SageMaker's jobs, their logs and S3. What moto answers with a server error because
it lacks the operation is turned into a refusal: SDKs would try again for minutes.
"""

from __future__ import annotations

import io
import json
import logging
import os
import threading
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from orchestrator.client.embedding import Request, call
from orchestrator.endpoint import caller

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from orchestrator.training.spec import Scope

_log = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
"""What services of the query protocol (STS, IAM, SNS …) are asked in."""

LARGEST_FORM = 8 << 20
MISSING = "install amt-orchestrator[serve] for what other AWS services answer"


class OtherServices:
    """One WSGI callable.

    Args:
        default: Account and region of requests that do not say.
        port: Where this endpoint listens, for services that call others; None when nowhere.
    """

    def __init__(self, default: Scope, port: int | None = None) -> None:
        self._default = default
        self._port = port
        self._lock = threading.Lock()
        self._moto: WSGIApplication | None = None
        self._absent = False

    @property
    def state(self) -> str:
        """``loaded``, ``not loaded`` or ``absent``."""
        if self._moto is not None:
            return "loaded"
        return "absent" if self._absent else "not loaded"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request (PEP 3333)."""
        _hold_form(environ)
        moto = self._loaded()
        if moto is None:
            return _refused(environ, start_response, f"No such operation here; {MISSING}.")
        scope = caller.scope(environ.get("HTTP_AUTHORIZATION", ""), self._default)
        environ.setdefault("HTTP_X_MOTO_ACCOUNT_ID", scope.account)
        try:
            return moto(environ, start_response)
        except NotImplementedError as gap:
            return _refused(environ, start_response, str(gap) or "This is not implemented.")
        except Exception as fault:  # noqa: BLE001  (moto's own fault, whatever it is)
            _log.warning("moto could not answer %s: %r", _operation(environ), fault)
            return _refused(environ, start_response, f"moto failed: {fault!r}")

    def ask(self, request: Request) -> None:
        """Send a request of our own; what is answered does not matter."""
        if (moto := self._loaded()) is not None:
            call(moto, request)

    def reset(self) -> None:
        """Forget everything that was made in these services."""
        if self._moto is not None:
            call(self._moto, Request("POST", "http://localhost/moto-api/reset", {}))

    def available(self) -> bool:
        """True when moto is there; imports it."""
        return self._loaded() is not None

    def _loaded(self) -> WSGIApplication | None:
        with self._lock:
            if self._moto is None and not self._absent:
                self._load()
        return self._moto

    def _load(self) -> None:
        if self._port is not None:
            # moto reads it whenever one of its services calls another (Step Functions does).
            os.environ["MOTO_PORT"] = str(self._port)  # noqa: TID251
        try:
            from moto.core.config import default_user_config  # noqa: PLC0415  (a second)
            from moto.moto_server.werkzeug_app import (  # noqa: PLC0415
                DomainDispatcherApplication,
                create_backend_app,
            )
        except ImportError as error:
            _log.info("moto cannot be imported: %s", error)
            self._absent = True
            return
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        self._moto = DomainDispatcherApplication(create_backend_app)


def _hold_form(environ: WSGIEnvironment) -> None:
    """Read a form into memory: moto reads it twice."""
    if environ.get("CONTENT_TYPE", "").startswith(FORM):
        content = environ["wsgi.input"].read(LARGEST_FORM)
        environ["wsgi.input"] = io.BytesIO(content)
        environ["CONTENT_LENGTH"] = str(len(content))


def _operation(environ: WSGIEnvironment) -> str:
    path = f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
    return str(environ.get("HTTP_X_AMZ_TARGET") or path)


def _refused(environ: WSGIEnvironment, start_response: StartResponse, why: str) -> Iterable[bytes]:
    """400 in the protocol of the request, so that no client tries again."""
    if environ.get("CONTENT_TYPE", "").startswith(FORM):
        kind = "text/xml"
        text = (
            "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code>"
            f"<Message>{escape(why)}</Message></Error></ErrorResponse>"
        )
    else:
        kind = "application/x-amz-json-1.1"
        text = json.dumps({"__type": "UnknownOperationException", "message": why})
    body = text.encode()
    start_response("400 Bad Request", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
