"""moto's Step Functions interpreter, taught what tuning pipelines need.

==========================  ====================================================================
SageMaker's integration     `sagemaker_task`
tasks' clients              act in the account of the role that the state machine has, and call
                            this endpoint in the same process, whatever address it listens on
definitions                 are read side by side, and after one that has faults
``aws-sdk:`` tasks          times in their answers become texts, or nothing can be described
JSONata                     evaluated by jsonata-python, where it is installed
==========================  ====================================================================
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_factory
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as aws_sdk,
)
from moto.stepfunctions.parser.asl.jsonata import jsonata as evaluation
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils import boto_client

from orchestrator.client import session
from orchestrator.endpoint.other_services.sagemaker_task import SageMakerTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from wsgiref.types import WSGIApplication

    from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import (
        StateCredentials,
    )

    from orchestrator.training.spec import Scope

    Keys = Callable[[str], Mapping[str, str]]
    """What a client signs with, by the ARN of its role: members of boto3's ``client``."""

_factory: Any = state_task_factory
_helper: Any = boto_client
_stock_task = _factory.state_task_service_for
_stock_sdk = aws_sdk.StateTaskServiceAwsSdk._eval_service_task  # noqa: SLF001  (what is mended)
_stock_declarations = evaluation.encode_jsonata_variable_declarations


def install(road: WSGIApplication, default: Scope, keys: Keys) -> None:
    """Teach it, once for this process; a later call sends tasks down another road.

    Args:
        road: The endpoint that tasks call.
        default: The account of roles whose ARN has none.
        keys: What the clients of a role sign with.
    """
    clients = _Clients(road, default, keys)
    SageMakerTask.clients = staticmethod(clients.made)
    _factory.state_task_service_for = _task
    aws_sdk.StateTaskServiceAwsSdk._eval_service_task = _sdk_task  # type: ignore[method-assign]  # noqa: SLF001
    aws_sdk._SERVICE_ERROR_NAMES["sagemaker"] = "SageMaker"  # noqa: SLF001
    _everywhere("boto_client_for", clients.asked)
    _everywhere("encode_jsonata_variable_declarations", _declarations)
    Preprocessor.__init__ = _own_scopes  # type: ignore[method-assign, assignment]
    evaluation._eval_jsonata = _evaluated  # noqa: SLF001  (moto's own is a stub)


def _own_scopes(self: Preprocessor) -> None:
    """The query languages of a reader's own; moto's readers share one list in all threads."""
    self._query_language_per_scope = []


def _everywhere(name: str, ours: object) -> None:
    """Put a function of ours in the place of moto's, in every module that took it by name."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("moto.stepfunctions.") and hasattr(module, name):
            setattr(module, name, ours)


class _Clients:
    """The clients of tasks, one for each role, region and service."""

    def __init__(self, road: WSGIApplication, default: Scope, keys: Keys) -> None:
        self._road, self._default, self._keys = road, default, keys
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str, str], Any] = {}

    def asked(
        self, region: str, service: str, state_credentials: StateCredentials | None = None
    ) -> Any:  # noqa: ANN401  (botocore makes the class)
        """What moto's own helper is called with."""
        return self.made(region, service, state_credentials)

    def made(self, region: str, service: str, credentials: StateCredentials | None) -> Any:  # noqa: ANN401
        """A client, old or new; making one is not safe in several threads."""
        role = credentials.role_arn if credentials else ""
        with self._lock:
            known = (role, region, service)
            if known not in self._made:
                self._made[known] = self._make(region, service, role)
            return self._made[known]

    def _make(self, region: str, service: str, role: str) -> Any:  # noqa: ANN401
        client = _helper.boto3.client(
            service,
            region_name=region or self._default.region,
            endpoint_url=session.EMBEDDED_URL,
            config=_helper.Config(
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                inject_host_prefix=False,
            ),
            **self._keys(role),
        )
        session.embed(client, self._road)
        return client


def _task(service_name: str) -> Any:  # noqa: ANN401  (moto's tasks)
    return SageMakerTask() if service_name == "sagemaker" else _stock_task(service_name)


def _sdk_task(self: Any, env: Any, *given: Any, **named: Any) -> None:  # noqa: ANN401
    _stock_sdk(self, env, *given, **named)
    env.stack.append(json.loads(json.dumps(env.stack.pop(), default=_text)))


def _text(value: object) -> str:
    """A moment as Step Functions writes it (documented: ISO 8601)."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return str(value)


def _declarations(bindings: Mapping[str, Any]) -> str:
    """Values as JSONata writes them; moto's own does not escape what stands in a text."""
    texts = {name: value for name, value in bindings.items() if isinstance(value, str)}
    rest = {name: value for name, value in bindings.items() if name not in texts}
    written = "".join(f"{name}:={json.dumps(value)};" for name, value in texts.items())
    return written + _stock_declarations(rest)


def _evaluated(expression: str) -> Any:  # noqa: ANN401  (whatever the expression says)
    """The value of a JSONata expression, as plain data."""
    try:
        from jsonata import Jsonata  # noqa: PLC0415  (an extra)
    except ImportError:
        why = "install amt-orchestrator[serve] for state machines that use JSONata"
        raise evaluation.JSONataException("UNKNOWN", why) from None
    try:
        value = Jsonata(expression).evaluate(None)
        return json.loads(json.dumps(value, default=str))
    except Exception as error:
        raise evaluation.JSONataException("UNKNOWN", str(error)) from error
