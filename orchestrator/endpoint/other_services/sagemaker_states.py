"""What a state machine may say of SageMaker's optimized integration: facts, and its check.

``arn:aws:states:::sagemaker:createHyperParameterTuningJob[.sync]`` and the same for training
jobs run here. Of SageMaker's other entities moto answers the request alone; ``.sync`` for them
is refused when the state machine is made, not when it runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.other_services.asl import SCHEMA, Diagnostic
from orchestrator.wire import model

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESOURCE = re.compile(r"arn:[^:]*:states:[^:]*:[^:]*:sagemaker:(?P<action>\w+)(?P<pattern>\..*)?")
_ARGUMENTS = ("Parameters", "Arguments")


@dataclass(frozen=True, slots=True)
class Job:
    """How a kind of job is waited for.

    Attributes:
        entity: As operations are called (``Describe…``).
    """

    entity: str
    name: str
    status: str


TUNING = Job(
    "HyperParameterTuningJob", "HyperParameterTuningJobName", "HyperParameterTuningJobStatus"
)
TRAINING = Job("TrainingJob", "TrainingJobName", "TrainingJobStatus")
JOBS = {"createHyperParameterTuningJob": TUNING, "createTrainingJob": TRAINING}
"""By the action of the integration."""

REQUEST_ONLY = frozenset(
    {
        "createEndpoint", "createEndpointConfig", "createLabelingJob", "createModel",
        "createProcessingJob", "createTransformJob", "updateEndpoint",
    }
)  # fmt: skip
"""The other actions of the integration (documented)."""


def members(action: str) -> frozenset[str]:
    """What the request of one of `JOBS` may have in it."""
    request = model.sagemaker().operation(action[0].upper() + action[1:]).input
    return frozenset(request.members if request else ())


def faults(machine: dict[str, Any], at: str = "") -> Iterator[Diagnostic]:
    """What is wrong with the tasks of a state machine, whose structure is sound."""
    for name, state in machine.get("States", {}).items():
        place = f"{at}/States/{name}"
        found = _RESOURCE.fullmatch(str(state.get("Resource", "")))
        if found is not None:
            yield from _task(found["action"], found["pattern"] or "", state, place)
        for field in ("ItemProcessor", "Iterator"):
            if isinstance(state.get(field), dict):
                yield from faults(state[field], f"{place}/{field}")
        for index, branch in enumerate(state.get("Branches", ())):
            yield from faults(branch, f"{place}/Branches[{index}]")


def _task(action: str, pattern: str, state: dict[str, Any], at: str) -> Iterator[Diagnostic]:
    if action not in JOBS:
        if action not in REQUEST_ONLY or pattern:
            text = f"The resource {state['Resource']} is not recognized, or not waited for here"
            yield Diagnostic(SCHEMA, text, f"{at}/Resource")
        return
    if pattern not in {"", ".sync"}:
        text = f"The integration pattern {pattern} is none of SageMaker's"
        yield Diagnostic(SCHEMA, text, f"{at}/Resource")
    known = members(action)
    for field in _ARGUMENTS:
        given = state.get(field)
        for name in given if isinstance(given, dict) else ():
            if name.removesuffix(".$") not in known:
                text = f"The field '{name}' is not supported by Step Functions"
                yield Diagnostic(SCHEMA, text, f"{at}/{field}/{name}")
