"""Status changes as the events that SageMaker sends to EventBridge.

The envelope and the members of the details are documented; best training jobs, failure reasons
and the configuration stand in recorded events. Times in details are texts of epoch
milliseconds (documented). A training job sends one for each secondary status (our reading).
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from orchestrator.endpoint import render_training, tuning_operations
from orchestrator.endpoint.emulator import Call
from orchestrator.store.protocol import JobKind
from orchestrator.training.spec import Scope
from orchestrator.wire import codec, model, names

if TYPE_CHECKING:
    from orchestrator.endpoint.emulator import Emulator
    from orchestrator.store.protocol import JobRow
    from orchestrator.wire.model import Shape

_log = logging.getLogger(__name__)

SOURCE = "aws.sagemaker"
_KINDS = {
    JobKind.TUNING: (
        "SageMaker HyperParameter Tuning Job State Change",
        "DescribeHyperParameterTuningJob",
    ),
    JobKind.TRAINING: ("SageMaker Training Job State Change", "DescribeTrainingJob"),
}
"""The detail type of an event, and the operation whose answer its detail has members of."""

UNTOLD = frozenset({"ConsumedResources", "TuningJobCompletionDetails"})


class Event(NamedTuple):
    """One event; `detail` is JSON, `at` in epoch seconds."""

    kind: str
    resource: str
    detail: str
    at: float


class Bus(Protocol):
    """EventBridge."""

    def wanted(self) -> bool:
        """False while there can be no rule."""
        ...

    def send(self, scope: Scope, source: str, event: Event) -> None:
        """Give an event to the rules of that account and region."""
        ...


class StateChanges:
    """Sends an event for each status change, in their order, from a thread of its own.

    So no target can hold up the engine. Implements `engine.runs.Announcer`.
    """

    def __init__(self, emulator: Emulator, bus: Bus) -> None:
        self._emulator, self._bus = emulator, bus
        self._waiting: queue.SimpleQueue[JobRow | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._send, name="amt-events", daemon=True)
        self._thread.start()

    def wanted(self) -> bool:
        """False while nobody can hear."""
        return self._bus.wanted()

    def announce(self, row: JobRow) -> None:
        """Send an event about a job as it stands in `row`; returns at once."""
        self._waiting.put(row)

    def close(self) -> None:
        """Send what waits, then no more."""
        self._waiting.put(None)

    def _send(self) -> None:
        while (row := self._waiting.get()) is not None:
            try:
                scope = Scope(row.account, row.region, names.partition(row.region))
                self._bus.send(scope, SOURCE, event(self._emulator, scope, row))
            except Exception:  # noqa: BLE001  (a job must not be told of no more for one event)
                _log.exception("the event of %s could not be sent", row.arn)


def event(emulator: Emulator, scope: Scope, row: JobRow) -> Event:
    """The event of a job that stands as in `row`, with the tags it has now."""
    kind, operation = _KINDS[row.kind]
    if row.kind is JobKind.TUNING:
        answer = tuning_operations.described(Call(operation, scope, emulator), row)
    else:
        answer = render_training.described(row)
    output = model.sagemaker().operation(operation).output
    assert output is not None
    detail = _spelled(output, codec.shaped(output, answer))
    known = emulator.store.row(row.arn)
    tags = dict(row.tags if known is None else known.tags)
    told = {name: value for name, value in detail.items() if name not in UNTOLD}
    return Event(kind, row.arn, json.dumps({**told, "Tags": tags}), row.modified)


def _spelled(shape: Shape, value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    """An answer's members with every moment as a text of epoch milliseconds."""
    if shape.type == "structure":
        return {name: _spelled(shape.members[name], each) for name, each in value.items()}
    if shape.type == "list":
        return [_spelled(shape.part("member"), each) for each in value]
    return str(round(value * 1000)) if shape.type == "timestamp" else value
