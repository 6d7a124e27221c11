"""The WSGI application that answers for SageMaker tuning and training jobs, and their logs.

What happens to a request, in order: `_answer` is the list. Refusals are AWS's: a shape's faults
are told together, of the rules' faults the first. A fault of our own is answered with
InternalFailure and logged; it never shows a stack trace to a caller.
"""

from __future__ import annotations

import json
import logging
import secrets
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

from orchestrator.endpoint import caller
from orchestrator.endpoint.emulator import Call
from orchestrator.endpoint.operations import LOGS, SAGEMAKER
from orchestrator.endpoint.throttle import Throttle
from orchestrator.errors import AmtError
from orchestrator.training.spec import Scope
from orchestrator.wire import codec, model, names, validate
from orchestrator.wire.faults import (
    ApiError,
    InternalFailure,
    InvalidParameterException,
    RequestEntityTooLargeException,
    SerializationException,
    UnknownOperationException,
    ValidationException,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from orchestrator.endpoint.emulator import Emulator, Request
    from orchestrator.endpoint.operations import Operations

_log = logging.getLogger(__name__)

_LARGEST_BODY = 8 << 20


def request_id() -> str:
    """A fresh request id in AWS's form."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


class Endpoint:
    """One WSGI callable.

    Args:
        emulator: What stands behind it.
        account: The account of callers whose access key is none.
        region: The region of callers whose request is not signed.
        request_ids: Makes the ``x-amzn-RequestId`` of each answer.
        throttle: Requests a second that each account may send; None for any number.
    """

    def __init__(
        self,
        emulator: Emulator,
        *,
        account: str = "000000000000",
        region: str = "us-east-1",
        request_ids: Callable[[], str] = request_id,
        throttle: float | None = None,
    ) -> None:
        self._emulator = emulator
        self._default = Scope(account, region, names.partition(region))
        self._request_ids = request_ids
        self._throttle = None if throttle is None else Throttle(throttle, emulator.clock.now)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request (PEP 3333)."""
        identity = self._request_ids()
        try:
            status, body = HTTPStatus.OK, self._answer(environ)
        except ApiError as refusal:
            status, body = HTTPStatus(refusal.status), codec.encode_error(refusal)
        except AmtError as failure:
            broken = InternalFailure(str(failure))
            status, body = HTTPStatus(broken.status), codec.encode_error(broken)
        except (ConnectionError, TimeoutError):
            raise  # the client left: there is nobody to answer, and no news
        except Exception:  # noqa: BLE001  (the edge: a caller never sees a stack trace)
            _log.exception("request %s could not be answered", identity)
            broken = InternalFailure(f"The emulator failed; its log has the cause of {identity}.")
            status, body = HTTPStatus(broken.status), codec.encode_error(broken)
        headers = [
            ("Content-Type", codec.CONTENT_TYPE),
            ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", identity),
        ]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> bytes:
        service, operations, name = _operation(environ)
        scope = caller.of(environ, self._default)
        if self._throttle is not None:
            self._throttle.check(scope.account)
        request = codec.decode(_body(environ))
        _check(service, name, request)
        answer = operations[name](Call(name, scope, self._emulator), request)
        return codec.encode(service.operation(name).output, answer)


def _operation(environ: WSGIEnvironment) -> tuple[model.ServiceModel, Operations, str]:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    prefix, _, name = target.partition(".")
    for service, operations in ((model.sagemaker, SAGEMAKER), (model.logs, LOGS)):
        if name in operations and prefix == service().target_prefix:
            return service(), operations, name
    raise UnknownOperationException(
        f"The emulator does not have the operation {json.dumps(target)}."
        if target
        else "The request names no operation: the header X-Amz-Target is missing."
    )


def _body(environ: WSGIEnvironment) -> bytes:
    length = environ.get("CONTENT_LENGTH") or "0"
    size = int(length) if length.isascii() and length.isdigit() else 0
    if size > _LARGEST_BODY:
        raise RequestEntityTooLargeException(f"The request is larger than {_LARGEST_BODY} bytes.")
    body: bytes = environ["wsgi.input"].read(size)
    return body


def _check(service: model.ServiceModel, name: str, request: Request) -> None:
    """Refuse a request whose shape is at fault, telling all faults.

    Raises:
        SerializationException: A value has the wrong JSON type.
        ValidationException: Anything else; CloudWatch Logs calls it InvalidParameterException.
    """
    try:
        wrong = validate.request_faults(name, request, service)
    except RecursionError:
        raise SerializationException("The request is nested too deeply.") from None
    types = [fault for fault in wrong if isinstance(fault, validate.WrongType)]
    if types:
        raise SerializationException("; ".join(str(fault) for fault in types))
    if wrong and service is model.logs():
        raise InvalidParameterException(validate.message(wrong))
    if wrong:
        raise ValidationException(validate.message(wrong))
