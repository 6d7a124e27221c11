"""One event and all that follows from it, before anything is written or done.

A child's end is an event of its tuning job, a launch creates a child, a halt stops one:
those decisions are events of another machine and are applied here, at once, so that all of
it is one commit. What remains to be done outside is left in `Turn.acts`.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from orchestrator.engine.runs import TrainingRun, TuningRun
from orchestrator.engine.views import training_view, tuning_view
from orchestrator.store.protocol import Change, JobKind, JobRow
from orchestrator.training import decisions as training_do
from orchestrator.training import events as training_ev
from orchestrator.training.job import TERMINAL, TrainingStatus
from orchestrator.training.machine import TrainingMachine
from orchestrator.training.metrics import MetricReader
from orchestrator.tuning import decisions as tuning_do
from orchestrator.tuning import events as tuning_ev

if TYPE_CHECKING:
    from orchestrator.engine.runs import Announcer, Specs
    from orchestrator.training.decisions import TrainingDecision
    from orchestrator.training.events import TrainingEvent
    from orchestrator.tuning.decisions import TuningDecision
    from orchestrator.tuning.events import TuningEvent

TIMERS_PER_JOB, SPARE = 4, 64
"""More timers than this and most are of jobs that have gone."""

Act = tuple[TuningRun | TrainingRun, "TuningDecision | TrainingDecision"]


@dataclass(slots=True)
class Turn:
    """What one turn of the loop has decided: to write, then to do."""

    created: dict[str, TuningRun | TrainingRun] = field(default_factory=dict)
    touched: dict[str, TuningRun | TrainingRun] = field(default_factory=dict)
    events: list[tuple[str, TuningEvent | TrainingEvent]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    commands: list[int] = field(default_factory=list)
    told: list[JobRow] = field(default_factory=list)

    def followed_by(self, later: Turn) -> Turn:
        """This turn and what was decided after it, as one."""
        return Turn(
            self.created | later.created,
            self.touched | later.touched,
            self.events + later.events,
            self.acts + later.acts,
            self.commands + later.commands,
            self.told + later.told,
        )

    def change(self) -> Change:
        """Everything to write, as one commit."""
        return Change(
            create=tuple(row(run) for run in self.created.values()),
            events=tuple(self.events),
            update=tuple(row(run) for arn, run in self.touched.items() if arn not in self.created),
            done=tuple(self.commands),
        )


def row(run: TuningRun | TrainingRun) -> JobRow:
    """The row of a job as it stands."""
    spec = run.machine.spec
    status, created, modified = _standing(run)
    if isinstance(run, TuningRun):
        best = run.machine.state.best
        return JobRow(
            arn=spec.arn,
            kind=JobKind.TUNING,
            name=spec.name,
            account=spec.scope.account,
            region=spec.scope.region,
            root=spec.arn,
            number=0,
            status=status,
            created=created,
            modified=modified,
            objective=None if best is None else run.machine.state.trials[best - 1].value,
            request=run.request,
            state=dict(tuning_view(run)),
            tags=spec.tags,
        )
    return JobRow(
        arn=spec.arn,
        kind=JobKind.TRAINING,
        name=spec.name,
        account=spec.scope.account,
        region=spec.scope.region,
        root=run.root,
        number=run.number,
        status=status,
        created=created,
        modified=modified,
        objective=run.machine.objective[1],
        request=run.request,
        state=dict(training_view(run)),
        tags=spec.tags,
    )


def _standing(run: TuningRun | TrainingRun) -> tuple[str, float, float]:
    state = run.machine.state
    return state.status.value, state.created, state.modified


class Cascade:
    """The jobs in hand and the events that change them. Owned by the engine's thread."""

    def __init__(
        self, specs: Specs, announcer: Announcer | None = None, *, grace_seconds: float
    ) -> None:
        self._specs = specs
        self._announcer = announcer
        self.grace_seconds = grace_seconds
        self.tunings: dict[str, TuningRun] = {}
        self.trainings: dict[str, TrainingRun] = {}
        self.timers: list[tuple[float, str]] = []
        self.turn = Turn()

    def take_turn(self) -> Turn:
        """Hand over what was decided and begin anew."""
        turn, self.turn = self.turn, Turn()
        return turn

    # ------------------------------------------------------------------ events

    def training(self, run: TrainingRun, event: TrainingEvent) -> None:
        """Give a training job an event and follow what it decides."""
        state = run.machine.state
        since, stays, status = len(state.emissions), len(state.transitions), state.status
        decisions = run.machine.handle(event)
        self._record(run, event)
        if (len(state.transitions), state.status) != (stays, status):
            self.announce(run)
        if run.parent is not None and isinstance(event, training_ev.Observed):
            for ordinal, value in run.finite_emissions(since):
                observed = tuning_ev.Observed(event.at, run.number, ordinal, value)
                self.tuning(run.parent, observed)
        for decision in decisions:
            if isinstance(decision, training_do.Tell):
                self._tell(run, event.at)
            else:
                self.follow(run, decision)

    def tuning(self, run: TuningRun, event: TuningEvent) -> None:
        """Give a tuning job an event and follow what it decides."""
        decisions = run.machine.handle(event)
        self._record(run, event)
        for decision in decisions:
            match decision:
                case tuning_do.Launch():
                    child = self.new_child(run, decision)
                    self.new_training(child, event.at, run.machine.state.runtime)
                case tuning_do.Halt():
                    halted = run.children[decision.number]
                    self.training(halted, training_ev.StopRequested(event.at, decision.reason))
                case tuning_do.Announce(status=status):
                    self.announce(run, status)
                case tuning_do.Ask() | tuning_do.WakeAt():
                    self.follow(run, decision)
                case _:
                    assert_never(decision)

    def announce(self, run: TuningRun | TrainingRun, status: str | None = None) -> None:
        """Note a job for the announcer, as it stands or with a status that it may have left."""
        if self._announcer is not None and self._announcer.wanted():
            now = row(run)
            left = {} if status is None else {"status": status}
            self.turn.told.append(replace(now, state={**now.state, **left}))

    def follow(
        self, run: TuningRun | TrainingRun, decision: TuningDecision | TrainingDecision
    ) -> None:
        """Note a timer, or leave the decision among the acts."""
        if isinstance(decision, training_do.WakeAt | tuning_do.WakeAt):
            heapq.heappush(self.timers, (decision.at, run.arn))
        else:
            self.turn.acts.append((run, decision))

    def wake(self, now: float) -> None:
        """Wake every job whose moment has come; timers of jobs that have gone are dropped."""
        if len(self.timers) > TIMERS_PER_JOB * (len(self.trainings) + len(self.tunings)) + SPARE:
            known = self.trainings.keys() | self.tunings.keys()
            self.timers = [timer for timer in self.timers if timer[1] in known]
            heapq.heapify(self.timers)
        while self.timers and self.timers[0][0] <= now:
            _, arn = heapq.heappop(self.timers)
            if (training := self.trainings.get(arn)) and not training.machine.ended:
                self.training(training, training_ev.Woke(now))
            elif (tuning := self.tunings.get(arn)) and not tuning.machine.ended:
                self.tuning(tuning, tuning_ev.Woke(now))

    # ------------------------------------------------------------------ jobs

    def new_child(self, parent: TuningRun, launch: tuning_do.Launch) -> TrainingRun:
        """The child of `parent` that `launch` asks for, in hand but without any event yet."""
        index, tuned = launch.suggestion.definition, launch.suggestion.configuration
        definition = parent.machine.spec.definitions[index]
        spec = definition.training.child(launch.name, tuned)
        run = TrainingRun(
            TrainingMachine(spec, grace_seconds=self.grace_seconds),
            MetricReader(spec.metrics),
            self._specs.child_request(parent.request, index),
            launch.number,
            index,
            parent,
        )
        self.trainings[run.arn] = run
        parent.children[launch.number] = run
        return run

    def new_training(self, run: TrainingRun, at: float, runtime: str) -> None:
        """Begin a training job: its row, its first event."""
        self.trainings[run.arn] = run
        self.turn.created[run.arn] = run
        self.training(run, training_ev.Created(at, runtime))

    def new_tuning(self, run: TuningRun, event: tuning_ev.Created) -> None:
        """Begin a tuning job: its row, its first event."""
        self.tunings[run.arn] = run
        self.turn.created[run.arn] = run
        self.tuning(run, event)

    def forget(self, run: TuningRun | TrainingRun) -> None:
        """Let go of a job that has ended or that somebody else will drive."""
        if isinstance(run, TuningRun):
            self.tunings.pop(run.arn, None)
            return
        self.trainings.pop(run.arn, None)
        if run.parent is not None:
            run.parent.children.pop(run.number, None)

    def forget_tree(self, root: str) -> None:
        """Let go of a root job and all its children, whatever became of them."""
        self.tunings.pop(root, None)
        for run in [run for run in self.trainings.values() if run.root == root]:
            self.forget(run)

    # ------------------------------------------------------------------ parts of the above

    def _record(self, run: TuningRun | TrainingRun, event: TuningEvent | TrainingEvent) -> None:
        arn = run.arn
        self.turn.events.append((arn, event))
        self.turn.touched[arn] = run

    def _tell(self, run: TrainingRun, at: float) -> None:
        parent, machine = run.parent, run.machine
        if parent is None:
            return
        status = machine.state.status
        if status in TERMINAL:
            objective, value = machine.objective
            internal = machine.failed_internally
            ended = tuning_ev.ChildEnded(at, run.number, status, objective, value, internal)
            self.tuning(parent, ended)
        elif status is TrainingStatus.STOPPING:
            self.tuning(parent, tuning_ev.ChildChanged(at, run.number, status))
