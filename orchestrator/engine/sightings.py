"""What runtimes saw, as events for the machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from orchestrator.runtime.protocol import Began, Exited, Gone, Printed
from orchestrator.training import events as ev

if TYPE_CHECKING:
    from orchestrator.engine.cascade import Cascade
    from orchestrator.engine.runs import TrainingRun
    from orchestrator.runtime.protocol import Sighting


def sight(cascade: Cascade, runtime: str, sighting: Sighting, now: float) -> None:
    """Tell the training job's machine; one that is not in hand, or runs elsewhere, is let be."""
    run = cascade.trainings.get(sighting.key)
    if run is None or run.machine.state.runtime != runtime:
        return
    match sighting:
        case Began(attempt=attempt):
            cascade.training(run, ev.Started(now, attempt))
        case Printed():
            _read(cascade, run, sighting, now)
        case Exited():
            _exit(cascade, run, sighting, now)
        case Gone(attempt=attempt):
            if attempt == run.machine.state.attempt:
                cascade.training(run, ev.Failed(now, sighting.reason, sighting.retryable))
        case _:
            assert_never(sighting)


def _read(cascade: Cascade, run: TrainingRun, printed: Printed, now: float) -> None:
    if printed.offset <= run.machine.state.offsets.get(printed.host, 0):
        return
    observations = tuple(run.reader.read(printed.text))
    if observations:
        cascade.training(
            run, ev.Observed(now, printed.attempt, printed.host, printed.offset, observations)
        )


def _exit(cascade: Cascade, run: TrainingRun, exited: Exited, now: float) -> None:
    if exited.stopped_for and exited.attempt == run.machine.state.attempt:
        cascade.training(run, ev.StopRequested(now, exited.stopped_for))
    said = (exited.failure, exited.out_of_memory, exited.last_lines, exited.model_uri)
    cascade.training(run, ev.Exited(now, exited.attempt, exited.code, *said))
