"""A state machine that creates the job, waits for its end and puts Describe's answer out.

The optimised integration (``….sync``) takes the members in `_OPTIMISED` only (documented); a
job with others is made by the plain SDK integration and waited for in a loop. In a state's
``Parameters`` a key that ends in ``.$`` is a path, and nothing else can be said with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.formats.members import tuning_shape, walked
from orchestrator.formats.protocol import (
    NAME,
    Format,
    Json,
    Reading,
    Remark,
    Source,
    Weight,
    as_json,
    is_request,
    ordered,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OPTIMISED = frozenset(
    {NAME, "HyperParameterTuningJobConfig", "TrainingJobDefinition", "WarmStartConfig", "Tags"}
)
_ACTION = "createhyperparametertuningjob"
_POLL_SECONDS = 30


def render(request: Json) -> str:
    """The state machine."""
    states = _looped(request) if _beyond(request) else _synchronous(request)
    comment = "Runs a hyperparameter tuning job and puts its description out"
    machine = {"Comment": comment, "StartAt": "Tune", "States": states}
    return as_json(machine)


def remarks(request: Json) -> Iterator[Remark]:
    """What the state machine does differently, and what its language cannot say."""
    yield Remark(NAME, "a second execution needs another name")
    for member in _beyond(request):
        yield Remark(
            member, "is not among the members of the .sync integration; a loop waits instead"
        )
    for path, _, value in walked(request, tuning_shape()):
        for key in value if isinstance(value, dict) else ():
            if key.endswith(".$"):
                text = f"the key {key} would be taken for a path"
                yield Remark(path, text, Weight.IMPOSSIBLE)


def _beyond(request: Json) -> list[str]:
    return [member for member in request if member not in _OPTIMISED]


def _synchronous(request: Json) -> Json:
    resource = f"arn:{_partition(request)}:states:::sagemaker:createHyperParameterTuningJob.sync"
    task: Json = {"Type": "Task", "Resource": resource, "Parameters": request}
    return {"Tune": {**task, "Next": "Describe"}, "Describe": {**_describe(request), "End": True}}


def _looped(request: Json) -> Json:
    resource = _sdk(request, "createHyperParameterTuningJob")
    status = "$.HyperParameterTuningJobStatus"
    ended = [
        {"Variable": status, "StringEquals": "Completed", "Next": "Tuned"},
        {
            "Or": [
                {"Variable": status, "StringEquals": "InProgress"},
                {"Variable": status, "StringEquals": "Stopping"},
            ],
            "Next": "Wait",
        },
    ]
    return {
        "Tune": {"Type": "Task", "Resource": resource, "Parameters": request, "Next": "Describe"},
        "Describe": {**_describe(request), "Next": "Ended"},
        "Ended": {"Type": "Choice", "Choices": ended, "Default": "NotCompleted"},
        "Wait": {"Type": "Wait", "Seconds": _POLL_SECONDS, "Next": "Describe"},
        "Tuned": {"Type": "Succeed"},
        "NotCompleted": {"Type": "Fail", "Error": "TuningJobNotCompleted", "CausePath": status},
    }


def _describe(request: Json) -> Json:
    return {
        "Type": "Task",
        "Resource": _sdk(request, "describeHyperParameterTuningJob"),
        "Parameters": {NAME: request[NAME]},
    }


def _sdk(request: Json, action: str) -> str:
    return f"arn:{_partition(request)}:states:::aws-sdk:sagemaker:{action}"


def _partition(request: Json) -> str:
    """The partition of the training role, which is the state machine's too."""
    several = request.get("TrainingJobDefinitions") or [{}]
    definition = request.get("TrainingJobDefinition") or several[0]
    parts = str(definition.get("RoleArn", "")).split(":")
    return parts[1] if len(parts) > 1 and parts[1].startswith("aws") else "aws"


def recognises(source: Source) -> bool:
    """A state machine with a state that creates a tuning job."""
    return isinstance(source.data, dict) and any(True for _ in _tasks(source.data))


def read(source: Source) -> Reading:
    """The request of the one state that creates a tuning job."""
    tasks = list(_tasks(source.data))
    if len(tasks) != 1:
        many = f"{len(tasks)} states that create" if tasks else "no state that creates"
        raise source.refused(f"has {many} a tuning job", "Give a state machine with one.")
    told: list[Remark] = []
    if "Arguments" in tasks[0]:
        kept = _literal(tasks[0]["Arguments"], "", told, _is_expression)
    else:
        kept = _literal(tasks[0].get("Parameters"), "", told, _is_path)
    if not is_request(kept):
        raise source.refused("has a state without a request", "Its Parameters must be one.")
    return Reading(ordered(kept), (*unknown(kept), *told))


def _tasks(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        resource = value.get("Resource")
        if isinstance(resource, str) and _ACTION in resource.lower():
            yield value
            return
        for inner in value.values():
            yield from _tasks(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _tasks(item)


def _is_path(key: str, _: object) -> bool:
    """In JSONPath, which has Parameters."""
    return key.endswith(".$")


def _is_expression(_: str, value: object) -> bool:
    """In JSONata, which has Arguments."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def _literal(
    value: Any,  # noqa: ANN401  (any JSON value)
    path: str,
    told: list[Remark],
    computed: Callable[[str, object], bool],
) -> Any:  # noqa: ANN401
    """`value` without what an execution computes; that is told."""
    if isinstance(value, list):
        return [_literal(item, path, told, computed) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        where = f"{path}.{key}" if path else key
        if computed(key, inner):
            told.append(Remark(where.removesuffix(".$"), f"is computed ({inner}) and was left out"))
        else:
            kept[key] = _literal(inner, where, told, computed)
    return kept


FORMAT = Format("stepfunctions", "a state machine", recognises, read, render, remarks)
