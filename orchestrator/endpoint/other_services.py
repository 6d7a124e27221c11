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
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from orchestrator.client.embedding import Request, call
from orchestrator.endpoint import caller

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    from orchestrator.training.spec import Scope

_log = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
"""What services of the query protocol (STS, IAM, SNS …) are asked in."""

LARGEST_FORM = 8 << 20
UNEVALUATED = "SimulatePrincipalPolicy"
NO_POLICIES = "Policies are not evaluated here."
"""The SDK asks whether a role may do what it is to do, and goes on without an answer only when
it may not ask (observed with version 3)."""

UNSIGNED = {"SageMaker": "sagemaker", "Logs_20140328": "logs"}
"""The services we share, by the beginning of their targets."""

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
        self._moto: DomainDispatcherApplication | None = None
        self._absent = False

    @property
    def state(self) -> str:
        """``loaded``, ``not loaded`` or ``absent``."""
        if self._moto is not None:
            return "loaded"
        return "absent" if self._absent else "not loaded"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request (PEP 3333)."""
        if _action(environ) == UNEVALUATED:
            return _answered(
                start_response, HTTPStatus.FORBIDDEN, *_xml("AccessDenied", NO_POLICIES)
            )
        moto = self._loaded()
        if moto is None:
            return _refused(environ, start_response, f"No such operation here; {MISSING}.")
        scope = caller.scope(environ.get("HTTP_AUTHORIZATION", ""), self._default)
        environ.setdefault("HTTP_X_MOTO_ACCOUNT_ID", scope.account)
        _sign(environ, scope)
        try:
            return _asked(moto, environ, start_response)
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

    def _loaded(self) -> DomainDispatcherApplication | None:
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


def _action(environ: WSGIEnvironment) -> str:
    """What a form asks for; it can be read again, which moto does twice."""
    if not environ.get("CONTENT_TYPE", "").startswith(FORM):
        return ""
    content = environ["wsgi.input"].read(LARGEST_FORM)
    environ["wsgi.input"] = io.BytesIO(content)
    environ["CONTENT_LENGTH"] = str(len(content))
    return next(iter(parse_qs(content.decode("latin-1")).get("Action", ())), "")


def _sign(environ: WSGIEnvironment, scope: Scope) -> None:
    """Say whose an unsigned request is, where its target does: moto takes it for S3's."""
    service = UNSIGNED.get(environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[0])
    if service is not None and not environ.get("HTTP_AUTHORIZATION"):
        credential = f"{scope.account}/20260101/{scope.region}/{service}/aws4_request"
        environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={credential}, Signature=amt"


def _asked(
    moto: DomainDispatcherApplication, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Moto's answer. Raises NotImplementedError where it has none but a page for people."""
    host = moto.infer_service_region_host(environ, environ.get("PATH_INFO", ""))
    address = f"http://{host}"
    if host is None or (
        "amazonaws.com" in host
        and not any(pattern.match(address) for _, pattern in moto.backend_url_patterns)
    ):
        raise NotImplementedError("There is no such service here.")
    heads: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None, /) -> Any:  # noqa: ANN401
        heads.append((status, headers))

    pieces: Iterable[bytes] = moto(environ, start)
    status, headers = heads[-1]
    if status[0] in "45" and dict(headers).get("Content-Type", "").startswith("text/html"):
        raise NotImplementedError(f"There is no such operation here ({status}).")
    start_response(status, headers)
    return pieces


def _operation(environ: WSGIEnvironment) -> str:
    path = f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
    return str(environ.get("HTTP_X_AMZ_TARGET") or path)


def _refused(environ: WSGIEnvironment, start_response: StartResponse, why: str) -> Iterable[bytes]:
    """400 in the protocol of the request, so that no client tries again."""
    if environ.get("CONTENT_TYPE", "").startswith(FORM):
        return _answered(start_response, HTTPStatus.BAD_REQUEST, *_xml("InvalidAction", why))
    text = json.dumps({"__type": "UnknownOperationException", "message": why})
    return _answered(start_response, HTTPStatus.BAD_REQUEST, "application/x-amz-json-1.1", text)


def _xml(code: str, why: str) -> tuple[str, str]:
    """A refusal in the query protocol: its type and its text."""
    error = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(why)}</Message>"
    return "text/xml", f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"


def _answered(
    start_response: StartResponse, status: HTTPStatus, kind: str, text: str
) -> Iterable[bytes]:
    body = text.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
