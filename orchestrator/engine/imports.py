"""Jobs that ran and ended elsewhere, written into the books as jobs that have ended here.

A training job's past is told in the same events that a driven one has (created, started,
observed, ended), so its row is what its machine makes of them; a tuning job's is one event,
`Imported`, for its training jobs keep the names they had. Runtime ``imported`` marks
both: nothing of them can be resumed, and nothing is left to clean up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.engine.cascade import row
from orchestrator.engine.runs import TrainingRun
from orchestrator.errors import NameTaken
from orchestrator.store.protocol import Change
from orchestrator.training import events as training_ev
from orchestrator.training.job import TrainingStatus
from orchestrator.training.machine import TrainingMachine
from orchestrator.training.metrics import MetricReader, number
from orchestrator.tuning import events as tuning_ev

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orchestrator.engine.recover import Recovery
    from orchestrator.engine.runs import Specs, TuningRun
    from orchestrator.store.protocol import Store
    from orchestrator.strategy.protocol import Suggestion
    from orchestrator.training.events import Observation, TrainingEvent
    from orchestrator.tuning.job import CompletionReason, TuningStatus
    from orchestrator.tuning.spec import TuningSpec

RUNTIME = "imported"
"""The runtime of jobs that ran elsewhere: no engine has it."""
_SAME = 1e-6  # relative: two float32 that say one value


@dataclass(frozen=True, slots=True)
class Printed:
    """One line of a log: when, on which host."""

    at: float
    host: str
    text: str


@dataclass(frozen=True, slots=True)
class PastTraining:
    """What is known of a training job that has ended.

    Attributes:
        name: As it was called.
        suggestion: What it trained.
        started: When its container ran; None if it never did.
        reason: Why it failed; empty unless it did.
        stopped_for: Why it was stopped, where that was told.
        printed: Its log, in order.
        final: (moment, last value of each metric), where they are told apart from the log.
    """

    name: str
    suggestion: Suggestion
    status: TrainingStatus
    created: float
    started: float | None
    ended: float
    reason: str = ""
    stopped_for: str = ""
    model_uri: str = ""
    printed: tuple[Printed, ...] = ()
    final: tuple[tuple[float, Observation], ...] = ()


@dataclass(frozen=True, slots=True)
class PastTuning:
    """What is known of a tuning job that has ended; its training jobs in launch order."""

    spec: TuningSpec
    request: Mapping[str, Any]
    status: TuningStatus
    created: float
    ended: float
    trainings: Sequence[PastTraining]
    failure_reason: str = ""
    completion: CompletionReason | None = None
    converged_at: float | None = None


class Importer:
    """Writes past jobs into the books."""

    def __init__(self, store: Store, recovery: Recovery, specs: Specs) -> None:
        self._store = store
        self._recovery = recovery
        self._specs = specs

    def take(self, past: PastTuning, at: float) -> int:
        """Write a tuning job with all its training jobs, in one commit; the values observed.

        Raises:
            NameTaken: A job or a training job of that name is in the books.
        """
        if self._store.row(past.spec.arn) is not None:
            raise NameTaken(past.spec.name)
        run = self._recovery.tuning_run(past.spec, past.request, past.spec.seed or 0)
        children = [self._child(run, n, one) for n, one in enumerate(past.trainings, start=1)]
        events: list[tuple[str, tuning_ev.TuningEvent | TrainingEvent]] = []
        told = []
        for child, training in zip(children, past.trainings, strict=True):
            for event in _events(child, training):
                child.machine.handle(event)
                events.append((child.arn, event))
            told.append(_told(child, training))
        own = (
            tuning_ev.Created(past.created, past.spec.seed or 0, RUNTIME),
            tuning_ev.Imported(
                at,
                past.ended,
                past.status,
                tuple(told),
                past.failure_reason,
                past.completion,
                past.converged_at,
            ),
        )
        for each in own:
            run.machine.handle(each)
        events = [*((run.arn, each) for each in own), *events]
        self._store.commit(
            Change(create=(row(run), *(row(child) for child in children)), events=tuple(events))
        )
        observed = (event for _, event in events if isinstance(event, training_ev.Observed))
        return sum(len(event.observations) for event in observed)

    def _child(self, run: TuningRun, number: int, past: PastTraining) -> TrainingRun:
        index = past.suggestion.definition
        template = run.machine.spec.definitions[index].training
        spec = template.child(past.name, past.suggestion.configuration)
        request = self._specs.child_request(run.request, index)
        machine, reader = TrainingMachine(spec), MetricReader(spec.metrics)
        return TrainingRun(machine, reader, request, number, index, run)


def _events(run: TrainingRun, past: PastTraining) -> Iterator[TrainingEvent]:
    """The life of a training job, as its machine would have been told of it."""
    yield training_ev.Created(past.created, RUNTIME)
    if past.started is not None:
        yield training_ev.Staged(past.started, 1)
        yield training_ev.Started(past.started, 1)
        yield from _observed(run, past)
    if past.status is TrainingStatus.FAILED:
        yield training_ev.Failed(past.ended, past.reason, retryable=False)
    else:
        if past.status is TrainingStatus.STOPPED:
            yield training_ev.StopRequested(past.ended, past.stopped_for)
        if past.started is None and past.status is TrainingStatus.COMPLETED:
            yield training_ev.Staged(past.ended, 1)
        yield training_ev.Exited(past.ended, 1, 0)
        yield training_ev.Uploaded(past.ended, past.model_uri)
    yield training_ev.Discarded(past.ended)


def _observed(run: TrainingRun, past: PastTraining) -> Iterator[TrainingEvent]:
    """What was read from the log, line by line; then what the API tells and the log does not."""
    offsets: dict[str, int] = {}
    last: dict[str, float] = {}
    for line in past.printed:
        offset = offsets.get(line.host, 0) + len(line.text.encode("utf-8", errors="replace")) + 1
        offsets[line.host] = offset
        found = tuple(run.reader.read(line.text))
        if found:
            last |= {each.metric: each.value for each in found}
            yield training_ev.Observed(line.at, 1, line.host, offset, found)
    host = next(iter(offsets), run.machine.spec.hosts[0])
    for at, final in past.final:
        value = number(repr(final.value))
        known = last.get(final.metric)
        if value is None or (known is not None and _same(known, value)):
            continue
        told = (training_ev.Observation(final.metric, value),)
        yield training_ev.Observed(at, 1, host, offsets.get(host, 0), told)


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_SAME) or (math.isnan(one) and math.isnan(other))


def _told(run: TrainingRun, past: PastTraining) -> tuning_ev.ImportedChild:
    objective, value = run.machine.objective
    return tuning_ev.ImportedChild(
        past.name,
        past.suggestion,
        run.machine.state.status,
        objective,
        past.ended,
        tuple(value for _, value in run.finite_emissions(0)),
        value,
        run.machine.failed_internally,
    )
