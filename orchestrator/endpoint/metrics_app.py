"""The WSGI application that answers CloudWatch's questions about metrics of training jobs."""

from __future__ import annotations

import io
from http import HTTPStatus
from typing import TYPE_CHECKING

from orchestrator.endpoint import caller, metric_operations, metric_protocols
from orchestrator.endpoint.app import request_id
from orchestrator.endpoint.emulator import Call
from orchestrator.errors import AmtError
from orchestrator.wire import cbor
from orchestrator.wire.faults import ApiError, InternalFailure, InvalidParameterValue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from orchestrator.endpoint.emulator import Emulator
    from orchestrator.endpoint.operations import Operations
    from orchestrator.training.spec import Scope

LARGEST_BODY = 1 << 20
METRICS: Operations = {
    "GetMetricData": metric_operations.get_metric_data,
    "GetMetricStatistics": metric_operations.get_metric_statistics,
    "ListMetrics": metric_operations.list_metrics,
}


class Metrics:
    """One WSGI callable.

    Args:
        emulator: Whose books are read.
        default: Account and region of requests that do not say.
    """

    def __init__(self, emulator: Emulator, default: Scope) -> None:
        self._emulator, self._default = emulator, default

    def takes(self, environ: WSGIEnvironment) -> bool:
        """True when a request is for this application; its body can be read again."""
        if not metric_protocols.may_ask(environ):
            return False
        asked = metric_protocols.read(environ, _content(environ))
        try:
            return (
                asked is not None
                and asked.operation in METRICS
                and metric_operations.is_ours(asked.operation, asked.request)
            )
        except (AttributeError, TypeError):
            return False  # what makes no sense is for the others to refuse

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request (PEP 3333) that `takes` accepts."""
        identity = request_id()
        asked = metric_protocols.read(environ, _content(environ))
        assert asked is not None, "another application's request"
        scope = caller.of(environ, self._default)
        headers = [("x-amzn-RequestId", identity), ("Content-Type", asked.kind)]
        if asked.kind == cbor.CONTENT_TYPE:
            headers.append(("smithy-protocol", "rpc-v2-cbor"))
        try:
            call = Call(asked.operation, scope, self._emulator)
            answer = METRICS[asked.operation](call, asked.request)
            status, body = HTTPStatus.OK, metric_protocols.write(asked, answer, identity)
        except ApiError as error:
            status, body = metric_protocols.refusal(asked, error, identity)
            headers.append(("x-amzn-query-error", f"{error.code};Sender"))
        except (AttributeError, KeyError, TypeError, ValueError) as failure:
            malformed = InvalidParameterValue(f"The request makes no sense: {failure}")
            status, body = metric_protocols.refusal(asked, malformed, identity)
        except AmtError as failure:
            status, body = metric_protocols.refusal(asked, InternalFailure(str(failure)), identity)
        headers.append(("Content-Length", str(len(body))))
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]


def _content(environ: WSGIEnvironment) -> bytes:
    content: bytes = environ["wsgi.input"].read(LARGEST_BODY)
    environ["wsgi.input"] = io.BytesIO(content)
    environ["CONTENT_LENGTH"] = str(len(content))
    return content
