"""The WSGI application that answers for AWS's other services.

moto answers behind the `shims`. What it answers with a server error because it lacks the
operation is turned into a refusal: SDKs would try again for minutes.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from orchestrator.client.embedding import Request, call
from orchestrator.endpoint import caller, protocols
from orchestrator.endpoint.other_services import policy_simulation, state_machines
from orchestrator.endpoint.other_services.shims import EVENTS, Shims
from orchestrator.endpoint.protocols import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    from orchestrator.endpoint.permissions.policies import Principal
    from orchestrator.endpoint.state_changes import Event
    from orchestrator.training.spec import Scope

_log = logging.getLogger(__name__)

SIMULATE = "SimulatePrincipalPolicy"
NO_POLICIES = "Policies are not evaluated here."
"""The SDK asks whether a role may do what it is to do, and goes on without an answer only when
it may not ask (observed with version 3)."""

UNSIGNED = {"SageMaker": "sagemaker", "Logs_20140328": "logs"}
"""The services we share, by the beginning of their targets."""

TAUGHT = frozenset({EVENTS, state_machines.TARGET})
"""The services that are mended, by the beginning of their targets."""

RULES = "moto.events.models"
_ROLE = re.compile(r"arn:[^:]+:iam::(?P<account>\d{12}):role/")
MISSING = "install amt-orchestrator[serve] for what other AWS services answer"


class OtherServices:
    """One WSGI callable.

    Args:
        default: Account and region of requests that do not say.
        road: The whole endpoint, for services that call others.
        port: Where that listens.
        trained: Whether an account and region has training jobs.
        enforced: Whether policies are: services then act with what their roles may do.
    """

    def __init__(
        self,
        default: Scope,
        road: WSGIApplication,
        port: int,
        *,
        trained: Callable[[Scope], bool],
        enforced: bool = False,
    ) -> None:
        self._default, self._road, self._port = default, road, port
        self._enforced = enforced
        self._lock = threading.Lock()
        self._moto: DomainDispatcherApplication | None = None
        self._absent = False
        self._taught: set[str] = set()
        self._shims = Shims(trained)

    @property
    def state(self) -> str:
        """``loaded``, ``not loaded`` or ``absent``."""
        if self._moto is not None:
            return "loaded"
        return "absent" if self._absent else "not loaded"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request (PEP 3333)."""
        try:
            return self._answer(environ, start_response)
        except Refused as refused:
            return protocols.refuse(environ, start_response, refused)
        except NotImplementedError as gap:
            why = str(gap) or "This is not implemented."
        except Exception as fault:  # noqa: BLE001  (moto's own fault, whatever it is)
            _log.warning("moto could not answer %s: %r", _what(environ), fault)
            why = f"moto failed: {fault!r}"
        return protocols.refuse(environ, start_response, _unknown(environ, why))

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        simulation = protocols.operation(environ) == SIMULATE
        if simulation and not self._enforced:
            raise Refused("AccessDenied", NO_POLICIES, HTTPStatus.FORBIDDEN)
        moto = self._loaded()
        if moto is None:
            raise _unknown(environ, f"No such operation here; {MISSING}.")
        scope = caller.of(environ, self._default)
        environ.setdefault("HTTP_X_MOTO_ACCOUNT_ID", scope.account)
        _sign(environ, scope)
        if simulation:
            text = policy_simulation.answer(protocols.form(environ), self._role)
            return protocols.answer(start_response, protocols.XML, text)
        self._teach(environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[0])
        said = self._shims.answer(scope, environ, start_response)
        return _asked(moto, environ, start_response) if said is None else said

    # ------------------------------------------------------------------ whose keys are whose

    def account_of(self, key: str) -> str | None:
        """The account that an access key was made in; None for keys from elsewhere."""
        if self._moto is None:
            return None
        from orchestrator.endpoint.other_services import identity  # noqa: PLC0415

        return identity.account_of(key)

    def principal(self, scope: Scope, key: str, token: str | None) -> Principal | None:
        """Who signs with this key and session token; None when nobody does."""
        if self._moto is None:
            return None
        from orchestrator.endpoint.other_services import identity  # noqa: PLC0415

        return identity.principal(scope, key, token)

    def trust(self, role: str) -> dict[str, Any] | None:
        """The trust policy of a role; None when there is no such role."""
        from orchestrator.endpoint.other_services import identity  # noqa: PLC0415

        return identity.trust(role) if _ROLE.match(role) else None

    # ------------------------------------------------------------------ events of our own

    def wanted(self) -> bool:
        """True when there may be a rule that waits for events."""
        return RULES in sys.modules and self._moto is not None

    def send(self, scope: Scope, source: str, event: Event) -> None:
        """Give an event of AWS's own to the rules of an account and region."""
        if not self.wanted():
            return
        self._teach(EVENTS)
        from orchestrator.endpoint.other_services import event_targets  # noqa: PLC0415

        entry = {
            "Source": source,
            "DetailType": event.kind,
            "Resources": [event.resource],
            "Detail": event.detail,
            "Time": event.at,
        }
        event_targets.put(scope, [entry])

    def reset(self) -> None:
        """Forget everything that was made in these services."""
        if self._moto is not None:
            call(self._moto, Request("POST", "http://localhost/moto-api/reset", {}))
            self._shims.forget()

    def _loaded(self) -> DomainDispatcherApplication | None:
        with self._lock:
            if self._moto is None and not self._absent:
                self._load()
        return self._moto

    def _load(self) -> None:
        # moto reads it whenever one of its services calls another.
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

    def _teach(self, service: str) -> None:
        """Mend a service of moto's when it is first asked: some of them take long to import."""
        if service not in TAUGHT or service in self._taught:
            return
        with self._lock:
            if service == state_machines.TARGET and service not in self._taught:
                from orchestrator.endpoint.other_services import step_functions  # noqa: PLC0415

                step_functions.install(self._road, self._default, self._keys)
            elif service not in self._taught:
                from orchestrator.endpoint.other_services import event_targets  # noqa: PLC0415

                event_targets.install(self._road, self._keys)
            self._taught.add(service)

    def _keys(self, role: str) -> dict[str, str]:
        """What a service signs with when it acts in a role."""
        found = _ROLE.match(role)
        account = found["account"] if found else self._default.account
        if self._enforced and found:
            from orchestrator.endpoint.other_services import identity  # noqa: PLC0415

            return identity.sign_as(replace(self._default, account=account), role)
        return {"aws_access_key_id": account, "aws_secret_access_key": "amt"}

    def _role(self, arn: str) -> Principal | None:
        from orchestrator.endpoint.other_services import identity  # noqa: PLC0415

        return identity.role_principal(arn) if _ROLE.match(arn) else None


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


def _what(environ: WSGIEnvironment) -> str:
    path = f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
    return protocols.operation(environ) or path


def _unknown(environ: WSGIEnvironment, why: str) -> Refused:
    code = "InvalidAction" if protocols.is_form(environ) else "UnknownOperationException"
    return Refused(code, why)
