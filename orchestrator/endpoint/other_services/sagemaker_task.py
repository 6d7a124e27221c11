"""The task that moto's interpreter lacks: a SageMaker job, waited for.

Completed: the state's output is what Describe answers, its times in epoch milliseconds (our
reading). Failed or stopped: ``States.TaskFailed`` with the description as the cause. A refused
request is an error of SageMaker's, named as AWS's client calls it. When the execution is
stopped or the time of the state is over, the job is stopped (documented: best effort).
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback as callback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)

from orchestrator.endpoint.other_services import sagemaker_states

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import (
        StateCredentials,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
        ResourceRuntimePart,
    )
    from moto.stepfunctions.parser.asl.eval.environment import Environment
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    from orchestrator.endpoint.other_services.sagemaker_states import Job

    Clients = Callable[[str, str, StateCredentials | None], Any]
    """A client by region, service and credentials."""

MODELLED = frozenset({"ResourceInUse", "ResourceLimitExceeded", "ResourceNotFound"})
"""Errors that have a name of their own; all others are the service's (observed in examples)."""


class SageMakerTask(callback.StateTaskServiceCallback):
    """One task of the optimized integration."""

    clients: Clients

    def __init__(self) -> None:
        super().__init__(supported_integration_patterns={ResourceCondition(ResourceCondition.Sync)})

    def _validate_service_integration_is_supported(self) -> None:
        """Done when the state machine is made (`sagemaker_states`)."""

    def _eval_service_task(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        client = self._client(resource_runtime_part, state_credentials)
        answer = getattr(client, self._get_boto_service_action())(**normalised_parameters)
        env.stack.append(_plain(answer))

    def _eval_integration_pattern(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        env.stack.pop()  # what Create answered
        job = sagemaker_states.JOBS[self.resource.api_action]
        client = self._client(resource_runtime_part, state_credentials)
        about = {job.name: normalised_parameters[job.name]}

        def ended() -> dict[str, Any] | None:
            found = _plain(_call(client, "Describe", job)(**about))
            if found[job.status] in {"Failed", "Stopped"}:
                failed = StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed)
                raise FailureEventException(self._failed(env, failed, json.dumps(found)))
            return found if found[job.status] == "Completed" else None

        result = self._eval_sync(env, ended, None, None, None)
        if result is None:  # the execution was stopped, or the state's time is over
            with suppress(ClientError):
                _call(client, "Stop", job)(**about)
        env.stack.append(result)

    def _from_error(self, env: Environment, ex: Exception) -> FailureEvent:
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        code, about = ex.response["Error"]["Code"], ex.response["ResponseMetadata"]
        own = f"{code}Exception" if code in MODELLED else "AmazonSageMakerException"
        told = (
            f"{ex.response['Error']['Message']} (Service: AmazonSageMaker; "
            f"Status Code: {about['HTTPStatusCode']}; Error Code: {code}; "
            f"Request ID: {about.get('RequestId')}; Proxy: null)"
        )
        return self._failed(env, CustomErrorName(error_name=f"SageMaker.{own}"), told)

    def _failed(
        self, env: Environment, name: StatesErrorName | CustomErrorName, cause: str
    ) -> FailureEvent:
        details = TaskFailedEventDetails(
            error=name.error_name,
            cause=cause,
            resource=self._get_sfn_resource(),
            resourceType=self._get_sfn_resource_type(),
        )
        return FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.TaskFailed,
            event_details=cast("EventDetails", {"taskFailedEventDetails": details}),
        )

    def _client(self, part: ResourceRuntimePart, credentials: StateCredentials) -> Any:  # noqa: ANN401  (botocore makes the class)
        return type(self).clients(part.region, "sagemaker", credentials)


def _call(client: Any, verb: str, job: Job) -> Callable[..., dict[str, Any]]:  # noqa: ANN401
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", verb + job.entity).lower()
    found: Callable[..., dict[str, Any]] = getattr(client, name)
    return found


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as data of a state."""
    answer.pop("ResponseMetadata", None)
    found: dict[str, Any] = json.loads(json.dumps(answer, default=_milliseconds))
    return found


def _milliseconds(value: object) -> object:
    return round(value.timestamp() * 1000) if isinstance(value, datetime) else str(value)
