"""What one tuning job does next: events in, decisions out, nothing else.

Rules of the file: only `handle` changes the state; time comes with the events; a late or
repeated event changes nothing; one Ask is open at a time, so that a strategy always sees
what it proposed before. The machine itself is the history that strategies and stoppers see.

In lock-step training jobs run in waves: values and ends are held until the whole wave has
ended and are then learned in launch order; a job that is stopped counts with the value it
was stopped at. So neither suggestions nor stops depend on which training job is faster.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from orchestrator.errors import IllegalMove
from orchestrator.strategy.protocol import Trial, TrialState
from orchestrator.training.job import ObjectiveStatus, TrainingStatus
from orchestrator.tuning import completion
from orchestrator.tuning import decisions as do
from orchestrator.tuning import events as ev
from orchestrator.tuning.best import beats, improves
from orchestrator.tuning.job import (
    MOVES,
    TERMINAL,
    Child,
    CompletionReason,
    TuningState,
    TuningStatus,
)
from orchestrator.tuning.naming import child_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.strategy.protocol import Stopper, Suggestion
    from orchestrator.tuning.decisions import TuningDecision
    from orchestrator.tuning.events import TuningEvent
    from orchestrator.tuning.spec import TuningSpec

TRIAL_STATES = {
    TrainingStatus.COMPLETED: TrialState.COMPLETED,
    TrainingStatus.STOPPED: TrialState.STOPPED,
    TrainingStatus.FAILED: TrialState.FAILED,
}


class TuningMachine:
    """One tuning job. Change it only through `handle`."""

    __slots__ = ("spec", "state", "stopper")

    def __init__(
        self, spec: TuningSpec, *, stopper: Stopper | None = None, parents: Sequence[Trial] = ()
    ) -> None:
        self.spec = spec
        self.stopper = stopper
        self.state = TuningState(parents=tuple(parents))

    # ------------------------------------------------------------------ what others ask

    @property
    def trials(self) -> Sequence[Trial]:
        """This job's trials in launch order, as a strategy sees them."""
        return self.state.trials

    @property
    def parents(self) -> Sequence[Trial]:
        """Trials of the parents of a warm start."""
        return self.state.parents

    @property
    def ended(self) -> bool:
        """True in a terminal status."""
        return self.state.status in TERMINAL

    def outstanding(self) -> list[TuningDecision]:
        """Everything the present state still wants done, for an engine that comes back."""
        if self.ended:
            return []
        asks = [do.Ask(self.state.asked)] if self.state.asked else []
        return [*asks, do.WakeAt(completion.runtime_limit(self.spec, self.state))]

    # ------------------------------------------------------------------ the one entry

    def handle(  # noqa: C901, PLR0911, PLR0912  (one case an event)
        self, event: TuningEvent
    ) -> list[TuningDecision]:
        """Take one event; return what must be done now, in order.

        Raises:
            IllegalMove: The table of statuses has no such move: a fault of ours.
        """
        if self.ended:
            return []
        match event:
            case ev.Created():
                return self._create(event)
            case ev.StopRequested():
                return self._stop(event.at)
            case ev.Proposed():
                return self._launch(event)
            case ev.Faulted():
                return self._fault(event)
            case ev.Observed():
                return self._observe(event)
            case ev.ChildChanged():
                return self._change(event)
            case ev.ChildEnded():
                return self._end_child(event)
            case ev.Woke():
                return self._woke(event.at)
            case ev.Imported():
                return self._take_over(event)
            case _:
                assert_never(event)

    # ------------------------------------------------------------------ events

    def _create(self, event: ev.Created) -> list[TuningDecision]:
        state = self.state
        if state.training_counters:
            return []
        state.created = state.modified = event.at
        state.seed, state.runtime, state.lockstep = event.seed, event.runtime, event.lockstep
        state.training_counters = dict.fromkeys(
            ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0
        )
        state.objective_counters = dict.fromkeys(("Succeeded", "Pending", "Failed"), 0)
        limit = completion.runtime_limit(self.spec, state)
        return [do.Announce(state.status), *self._refill(), do.WakeAt(limit)]

    def _stop(self, at: float) -> list[TuningDecision]:
        if self.state.status is TuningStatus.STOPPING:
            return []
        return [*self._move(TuningStatus.STOPPING, at), *self._halt_all(""), *self._settle(at)]

    def _launch(self, event: ev.Proposed) -> list[TuningDecision]:
        state = self.state
        if not state.asked:
            return []
        state.asked = 0
        if event.converged and state.converged_at is None:
            state.converged_at = event.at
        if not self._launching():
            return self._settle(event.at)
        if state.converged_at is not None and self.spec.completion.on_convergence:
            return [*self._drain(CompletionReason.CONVERGED), *self._settle(event.at)]
        state.exhausted = len(event.suggestions) < event.asked
        launches = [self._add_child(suggestion) for suggestion in event.suggestions]
        return [*launches, *self._refill(), *self._settle(event.at)]

    def _fault(self, event: ev.Faulted) -> list[TuningDecision]:
        state = self.state
        state.asked, state.failing = 0, event.reason
        return [*self._halt_all("the tuning job failed"), *self._settle(event.at)]

    def _observe(self, event: ev.Observed) -> list[TuningDecision]:
        state = self.state
        if event.number not in state.live:
            return []
        child = state.children[event.number - 1]
        if state.lockstep and child.halted:
            return []
        trial = self._emitted(event)
        if self.stopper is None or child.halted or child.status is TrainingStatus.STOPPING:
            return []
        reason = self.stopper.reason_to_stop(self, trial)
        return [] if reason is None else [self._halt(child, reason)]

    def _change(self, event: ev.ChildChanged) -> list[TuningDecision]:
        if event.number in self.state.live:
            self.state.children[event.number - 1].status = event.status
        return []

    def _end_child(self, event: ev.ChildEnded) -> list[TuningDecision]:
        state = self.state
        if event.number not in state.live:
            return []
        state.live.remove(event.number)
        self._book(event)
        if not state.lockstep:
            return self._learn([event], event.at)
        state.ends.append(event)
        if state.live:
            return []
        ends, state.ends = sorted(state.ends, key=lambda end: end.number), []
        return self._learn(ends, event.at)

    def _learn(self, ends: Sequence[ev.ChildEnded], at: float) -> list[TuningDecision]:
        """Take ends to heart, in order, and go on."""
        state = self.state
        found: CompletionReason | None = None
        for end in ends:
            value = self._conclude(end)
            found = found or completion.criterion_met(self.spec, state, value)
        if self._launching():
            failures = completion.no_success(state.children) if self._only_failures() else None
            if failures is not None and failures >= completion.ATTEMPTS:
                state.failing = completion.no_success_reason(completion.ATTEMPTS)
            elif found is not None:
                return [*self._drain(found), *self._settle(at)]
        return [*self._refill(), *self._settle(at)]

    def _woke(self, at: float) -> list[TuningDecision]:
        if not self._launching() or at < completion.runtime_limit(self.spec, self.state):
            return []
        return [*self._drain(CompletionReason.MAX_RUNTIME), *self._settle(at)]

    def _take_over(self, event: ev.Imported) -> list[TuningDecision]:
        """Book a job that has ended elsewhere as if its training jobs had ended here, in order."""
        state = self.state
        if state.children:
            return []
        state.asked = 0
        for told in event.children:
            child = Child(len(state.children) + 1, told.name)
            state.children.append(child)
            state.trials.append(Trial(child.number, told.suggestion, values=told.values))
            state.training_counters["InProgress"] += 1
            state.objective_counters["Pending"] += 1
        ends = [
            ev.ChildEnded(
                told.ended, number, told.status, told.objective, told.value, told.retryable
            )
            for number, told in enumerate(event.children, start=1)
        ]
        for end in sorted(ends, key=lambda end: end.at):
            self._book(end)
            self._conclude(end)
        state.converged_at, state.failure_reason = event.converged_at, event.failure_reason
        state.completion, state.status = event.completion, event.status
        state.ended = state.modified = event.ended
        return []

    # ------------------------------------------------------------------ launching

    def _launching(self) -> bool:
        state = self.state
        running = state.status is TuningStatus.IN_PROGRESS
        return running and state.draining is None and not state.failing

    def _may_launch(self) -> bool:
        state = self.state
        waiting = state.exhausted or (state.lockstep and bool(state.live))
        return self._launching() and not waiting and self._room() > 0

    def _room(self) -> int:
        limits, state = self.spec.limits, self.state
        room = limits.parallel - len(state.live)
        if limits.training_jobs is not None:
            room = min(room, limits.training_jobs - len(state.children))
        return room

    def _refill(self) -> list[TuningDecision]:
        if self.state.asked or not self._may_launch():
            return []
        self.state.asked = self._room()
        return [do.Ask(self.state.asked)]

    def _add_child(self, suggestion: Suggestion) -> TuningDecision:
        state, spec = self.state, self.spec
        number = len(state.children) + 1
        name = child_name(spec, state.created, number, suggestion.configuration)
        state.children.append(Child(number, name))
        state.trials.append(Trial(number, suggestion))
        state.live.add(number)
        state.training_counters["InProgress"] += 1
        state.objective_counters["Pending"] += 1
        return do.Launch(number, name, suggestion)

    # ------------------------------------------------------------------ the books

    def _only_failures(self) -> bool:
        counters = self.state.training_counters
        return counters["Completed"] == counters["Stopped"] == 0

    def _book(self, event: ev.ChildEnded) -> None:
        state = self.state
        child = state.children[event.number - 1]
        child.status, child.objective = event.status, event.objective
        child.ended, child.retryable = event.at, event.retryable
        self._count(event)

    def _emitted(self, event: ev.Observed) -> Trial:
        """The child's trial with one more value."""
        state, index = self.state, event.number - 1
        trial = state.held.get(event.number, state.trials[index])
        trial = replace(trial, values=(*trial.values[: event.ordinal - 1], event.value))
        if state.lockstep:
            state.held[event.number] = trial
        else:
            state.trials[index] = trial
        return trial

    def _conclude(self, event: ev.ChildEnded) -> float | None:
        """Close the child's trial; its final value."""
        state, index = self.state, event.number - 1
        trial = state.held.pop(event.number, state.trials[index])
        value = event.value if event.objective is ObjectiveStatus.SUCCEEDED else None
        if state.lockstep and state.children[index].halted and trial.values:
            value = trial.values[-1]  # what came after the stop is chance
        state.trials[index] = replace(trial, state=TRIAL_STATES[event.status], value=value)
        if value is not None:
            self._rank(event.number, value)
        return value

    def _count(self, event: ev.ChildEnded) -> None:
        training, objective = self.state.training_counters, self.state.objective_counters
        name = event.status.value
        if event.status is TrainingStatus.FAILED:
            name = "RetryableError" if event.retryable else "NonRetryableError"
        training["InProgress"] -= 1
        training[name] += 1
        objective["Pending"] -= 1
        objective[event.objective.value] += 1

    def _rank(self, number: int, value: float) -> None:
        state = self.state
        direction = self.spec.definitions[0].objective.direction
        best = None if state.best is None else state.trials[state.best - 1].value
        if beats(direction, value, best):
            state.best = number
        if improves(direction, value, state.best_significant):
            state.best_significant, state.not_improving = value, 0
        else:
            state.not_improving += 1

    # ------------------------------------------------------------------ the end

    def _drain(self, reason: CompletionReason) -> list[TuningDecision]:
        self.state.draining = reason
        return self._halt_all(f"the tuning job met {reason.value}")

    def _halt_all(self, reason: str) -> list[TuningDecision]:
        children = [self.state.children[number - 1] for number in sorted(self.state.live)]
        return [self._halt(child, reason) for child in children if not child.halted]

    def _halt(self, child: Child, reason: str) -> TuningDecision:
        child.halted = True
        return do.Halt(child.number, reason)

    def _settle(self, at: float) -> list[TuningDecision]:
        state = self.state
        if state.live or state.asked or self._may_launch():
            return []
        if state.status is TuningStatus.STOPPING:
            return self._move(TuningStatus.STOPPED, at)
        if state.draining is not None:
            return self._complete(state.draining, at)
        failures = completion.no_success(state.children)
        if state.failing or failures:
            state.failure_reason = state.failing or completion.no_success_reason(failures or 0)
            return self._move(TuningStatus.FAILED, at)
        if len(state.children) == self.spec.limits.training_jobs:
            return self._complete(CompletionReason.MAX_NUMBER_OF_TRAINING_JOBS, at)
        return self._complete(CompletionReason.SPACE_EXHAUSTED, at)

    def _complete(self, reason: CompletionReason, at: float) -> list[TuningDecision]:
        self.state.completion = reason
        return self._move(TuningStatus.COMPLETED, at)

    def _move(self, to: TuningStatus, at: float) -> list[TuningDecision]:
        state = self.state
        if to not in MOVES[state.status]:
            story = f"{len(state.children)} launched, {len(state.live)} live, {state.asked} asked"
            raise IllegalMove(f"{self.spec.name}: {state.status} -> {to} ({story})")
        state.status, state.modified = to, at
        if to in TERMINAL:
            state.ended = at
        return [do.Announce(to)]
