"""What one training job does next: events in, decisions out, nothing else.

Rules of the file: only `handle` changes the state; time comes with the events; an event
that comes late or twice changes nothing and decides nothing; once a stop has begun the job
ends Stopped, whatever its exit code (AWS: a stopped job is Stopped, never Failed).

An engine that leaves in good order interrupts its jobs as a spot instance would: SIGTERM,
checkpoints kept, secondary status Interrupted, and a new attempt when it is back.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from orchestrator.errors import IllegalMove
from orchestrator.training import decisions as do
from orchestrator.training import events as ev
from orchestrator.training.container import failure_reason
from orchestrator.training.job import (
    MOVES,
    TERMINAL,
    FinalMetric,
    ObjectiveStatus,
    SecondaryStatus,
    TrainingState,
    TrainingStatus,
    Transition,
)

if TYPE_CHECKING:
    from orchestrator.training.decisions import TrainingDecision
    from orchestrator.training.events import TrainingEvent
    from orchestrator.training.spec import TrainingSpec

GRACE_SECONDS = 120.0
"""Between SIGTERM and SIGKILL (documented: StopTrainingJob)."""

MESSAGES = {
    SecondaryStatus.STARTING: "Starting the training job",
    SecondaryStatus.DOWNLOADING: "Downloading input data",
    SecondaryStatus.TRAINING: "Training image download completed. Training in progress.",
    SecondaryStatus.UPLOADING: "Uploading generated training model",
    SecondaryStatus.COMPLETED: "Training job completed",
    SecondaryStatus.FAILED: "Training job failed",
    SecondaryStatus.STOPPING: "Stopping the training job",
    SecondaryStatus.STOPPED: "Training job stopped",
    SecondaryStatus.INTERRUPTED: "Training job interrupted",
    SecondaryStatus.MAX_RUNTIME_EXCEEDED: "Training job runtime exceeded MaxRuntimeInSeconds",
    SecondaryStatus.MAX_WAIT_TIME_EXCEEDED: "Training job exceeded MaxWaitTimeInSeconds",
    SecondaryStatus.PENDING: "Waiting for capacity",
}
"""Status messages; the wording of the first five and of Completed was observed on AWS."""


class TrainingMachine:
    """One training job. Change it only through `handle`."""

    __slots__ = ("grace_seconds", "spec", "state")

    def __init__(self, spec: TrainingSpec, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self.spec = spec
        self.grace_seconds = grace_seconds
        self.state = TrainingState()

    # ------------------------------------------------------------------ what others ask

    @property
    def ended(self) -> bool:
        """True in a terminal status."""
        return self.state.status in TERMINAL

    @property
    def objective(self) -> tuple[ObjectiveStatus, float | None]:
        """The objective's status and final value: the *last* emission counts (documented).

        A last value that is not finite counts as none (our reading): falling back to an older
        value would reward a training that diverged.
        """
        if not self.ended:
            return ObjectiveStatus.PENDING, None
        last = self.state.emissions[-1] if self.state.emissions else math.nan
        if self.state.status is TrainingStatus.FAILED or not math.isfinite(last):
            return ObjectiveStatus.FAILED, None
        return ObjectiveStatus.SUCCEEDED, last

    @property
    def failed_internally(self) -> bool:
        """True when it failed for the platform's reasons (AWS counts it RetryableError)."""
        return self.state.failure_reason.startswith("InternalServerError")

    @property
    def can_be_interrupted(self) -> bool:
        """True while it is on its way up and has not been asked to pause."""
        state = self.state
        way_up = state.status is TrainingStatus.IN_PROGRESS and not state.exited
        return way_up and not (state.interrupted or state.interrupting)

    def outstanding(self) -> list[TrainingDecision]:
        """Everything the present state still wants done, for an engine that comes back."""
        state = self.state
        if self.ended:
            return [] if state.discarded else [do.Discard(state.attempt)]
        if state.interrupted:
            return []
        if state.exited:
            return [do.Upload()]
        if state.running:
            return [*self._signals(), *self._wakes()]
        waits = self._wakes()
        if state.staged:
            return [do.Start(state.attempt), *self._signals(), *waits]
        return [do.Stage(state.attempt), *waits]

    # ------------------------------------------------------------------ the one entry

    def handle(  # noqa: C901, PLR0911, PLR0912  (one case an event)
        self, event: TrainingEvent
    ) -> list[TrainingDecision]:
        """Take one event; return what must be done now, in order.

        Raises:
            IllegalMove: The table of statuses has no such move: a fault of ours.
        """
        if self.ended:
            if isinstance(event, ev.Discarded):
                self.state.discarded = True
            return []
        match event:
            case ev.Created():
                return self._create(event)
            case ev.StopRequested():
                return self._stop(event.at, SecondaryStatus.STOPPED, event.reason)
            case ev.Interrupted() | ev.Resumed():
                return self._pause(event)
            case ev.Staged() | ev.Started() | ev.Exited() | ev.Observed():
                return self._progress(event) if event.attempt == self.state.attempt else []
            case ev.Uploaded():
                return self._uploaded(event)
            case ev.Failed():
                return self._failed(event)
            case ev.Woke():
                return self._woke(event.at)
            case ev.Discarded():
                self.state.discarded = self.state.interrupted
                return []
            case _:
                assert_never(event)

    def _progress(
        self, event: ev.Staged | ev.Started | ev.Exited | ev.Observed
    ) -> list[TrainingDecision]:
        match event:
            case ev.Staged():
                return self._staged()
            case ev.Started():
                return self._started(event.at)
            case ev.Observed():
                return self._observed(event)
            case ev.Exited():
                return self._exited(event)
            case _:
                assert_never(event)

    # ------------------------------------------------------------------ the way up

    def _create(self, event: ev.Created) -> list[TrainingDecision]:
        state = self.state
        if state.transitions:
            return []
        state.runtime, state.created = event.runtime, event.at
        self._enter(SecondaryStatus.STARTING, event.at)
        if self.spec.channels:
            self._enter(SecondaryStatus.DOWNLOADING, event.at)
        return [do.Stage(state.attempt), *self._wakes(), do.Tell()]

    def _staged(self) -> list[TrainingDecision]:
        state = self.state
        if state.staged or state.interrupted:
            return []
        state.staged = True
        return [do.Start(state.attempt)]

    def _started(self, at: float) -> list[TrainingDecision]:
        state = self.state
        if state.running or state.exited or not state.staged:
            return []
        state.running, state.attempt_started = True, at
        state.started = at if state.started is None else state.started
        state.deadline = at + self.spec.max_runtime_seconds - state.seconds_run
        if state.status is TrainingStatus.STOPPING or state.interrupting:
            return self._signal(at)
        self._enter(SecondaryStatus.TRAINING, at)
        return [do.WakeAt(state.deadline), do.Tell()]

    def _observed(self, event: ev.Observed) -> list[TrainingDecision]:
        self.state.offsets[event.host] = event.offset
        for seen in event.observations:
            self.state.metrics[seen.metric] = FinalMetric(seen.value, event.at)
            if seen.metric == self.spec.objective_metric:
                self.state.emissions.append(seen.value)
        return []

    def _exited(self, event: ev.Exited) -> list[TrainingDecision]:
        state = self.state
        if state.exited or not state.staged:
            return []
        if not state.running:  # it was over before its start was told
            state.started = event.at if state.started is None else state.started
        self._account(event.at)
        state.exit_code, state.out_of_memory = event.code, event.out_of_memory
        state.model_uri = event.model_uri
        if state.interrupting:
            return self._interrupted(event.at)
        state.exited, state.last_lines = True, event.last_lines
        if state.status is TrainingStatus.STOPPING:
            return [do.Upload()]
        if event.code == 0:
            self._enter(SecondaryStatus.UPLOADING, event.at)
            return [do.Upload(), do.Tell()]
        state.failure_reason = failure_reason(
            event.code, event.failure, out_of_memory=event.out_of_memory
        )
        return self._end(event.at, TrainingStatus.FAILED, SecondaryStatus.FAILED)

    def _uploaded(self, event: ev.Uploaded) -> list[TrainingDecision]:
        state = self.state
        if not state.exited:
            return []
        state.model_uri = event.model_uri or state.model_uri
        if state.status is TrainingStatus.STOPPING:
            return self._end(event.at, TrainingStatus.STOPPED, state.stop_as)
        return self._end(event.at, TrainingStatus.COMPLETED, SecondaryStatus.COMPLETED)

    # ------------------------------------------------------------------ the ways down

    def _stop(self, at: float, as_: SecondaryStatus, reason: str) -> list[TrainingDecision]:
        state = self.state
        if state.status is TrainingStatus.STOPPING:
            return []
        self._move(TrainingStatus.STOPPING)
        state.stop_as, state.stopped_for, state.interrupting = as_, reason, False
        self._enter(SecondaryStatus.STOPPING, at, reason)
        if state.running:
            return [*self._signal(at), do.Tell()]
        if state.exited:
            return [do.Tell()]
        if state.staged:  # it is being started, or waits for machines
            return [do.Signal(), do.Tell()]
        return self._end(at, TrainingStatus.STOPPED, as_)

    def _failed(self, event: ev.Failed) -> list[TrainingDecision]:
        state = self.state
        if state.interrupted:
            return []  # what was going on when it was interrupted; it begins anew anyway
        self._account(event.at)
        if state.status is TrainingStatus.STOPPING:
            return self._end(event.at, TrainingStatus.STOPPED, state.stop_as)
        if state.interrupting:
            return self._interrupted(event.at)
        if event.retryable and state.attempt <= self.spec.retries and not state.exited:
            self._next_attempt()
            self._enter(SecondaryStatus.STARTING, event.at)
            return [do.Stage(state.attempt), do.Tell()]
        state.failure_reason = event.reason[:1024]
        return self._end(event.at, TrainingStatus.FAILED, SecondaryStatus.FAILED)

    def _woke(self, at: float) -> list[TrainingDecision]:
        state = self.state
        if state.running and state.kill_at is not None and at >= state.kill_at:
            state.kill_at = None
            return [do.Kill()]
        if state.status is TrainingStatus.STOPPING:
            return []
        if state.running and state.deadline is not None and at >= state.deadline:
            return self._stop(at, SecondaryStatus.MAX_RUNTIME_EXCEEDED, "")
        wait = self._wait_until()
        if wait is not None and at >= wait and not state.exited:
            return self._stop(at, SecondaryStatus.MAX_WAIT_TIME_EXCEEDED, "")
        return []

    def _pause(self, event: ev.Interrupted | ev.Resumed) -> list[TrainingDecision]:
        state = self.state
        if isinstance(event, ev.Resumed):
            if not state.interrupted:
                return []
            state.interrupted = state.discarded = False
            self._enter(SecondaryStatus.STARTING, event.at)
            return [do.Stage(state.attempt), do.Tell()]
        if not self.can_be_interrupted:
            return []
        if not state.staged:
            return self._interrupted(event.at)
        state.interrupting = True
        return self._signal(event.at) if state.running else [do.Signal()]

    def _interrupted(self, at: float) -> list[TrainingDecision]:
        gone = self.state.attempt
        self._next_attempt()
        self.state.interrupted, self.state.interrupting = True, False
        self._enter(SecondaryStatus.INTERRUPTED, at)
        return [do.Discard(gone), do.Tell()]

    # ------------------------------------------------------------------ parts of the above

    def _signal(self, at: float) -> list[TrainingDecision]:
        self.state.kill_at = at + self.grace_seconds
        return [do.Signal(), do.WakeAt(self.state.kill_at)]

    def _signals(self) -> list[TrainingDecision]:
        state = self.state
        ending = state.status is TrainingStatus.STOPPING or state.interrupting
        if not ending:
            return []
        return [do.Kill()] if state.running and state.kill_at is None else [do.Signal()]

    def _wakes(self) -> list[TrainingDecision]:
        moments = (self.state.kill_at, self.state.deadline, self._wait_until())
        return [do.WakeAt(at) for at in moments if at is not None]

    def _wait_until(self) -> float | None:
        limit = self.spec.max_wait_seconds
        return None if limit is None or not self.spec.spot else self.state.created + limit

    def _account(self, at: float) -> None:
        state = self.state
        if state.running and state.attempt_started is not None:
            state.seconds_run += max(0.0, at - state.attempt_started)
        state.running, state.deadline, state.kill_at = False, None, None

    def _next_attempt(self) -> None:
        """Forget the attempt; emissions go on counting only where checkpoints carry on."""
        state = self.state
        state.attempt += 1
        state.staged = state.running = state.exited = False
        state.offsets.clear()
        if self.spec.checkpoints is None:
            state.emissions.clear()
            state.metrics.clear()

    def _move(self, to: TrainingStatus) -> None:
        if to not in MOVES[self.state.status]:
            story = " → ".join(stay.status for stay in self.state.transitions)
            raise IllegalMove(f"{self.spec.name}: {self.state.status} -> {to} after {story}")
        self.state.status = to

    def _enter(self, secondary: SecondaryStatus, at: float, reason: str = "") -> None:
        stays = self.state.transitions
        if stays and stays[-1].ended is None:
            stays[-1] = replace(stays[-1], ended=at)
        message = f"{MESSAGES[secondary]}: {reason}" if reason else MESSAGES[secondary]
        stays.append(Transition(secondary, at, message))
        self.state.secondary, self.state.modified = secondary, at

    def _end(
        self, at: float, status: TrainingStatus, secondary: SecondaryStatus
    ) -> list[TrainingDecision]:
        self._move(status)
        self._enter(secondary, at)
        stays = self.state.transitions
        stays[-1] = replace(stays[-1], ended=at)
        self.state.ended = at
        return [do.Tell(), do.Discard(self.state.attempt)]
