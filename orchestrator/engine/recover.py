"""Jobs out of the books and into hand: new ones, and those whose driver is gone.

A machine is rebuilt by handling its journal again (what it decided then has been done or
is outstanding). Then the books are held against what runs: what still runs is adopted, not
started again; what ended unseen is collected; what vanished fails as an internal error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from orchestrator.engine.runs import TrainingRun, TuningRun
from orchestrator.errors import JobNotFound, LaunchRefused
from orchestrator.store.protocol import JobKind, Order, Query
from orchestrator.strategy import registry
from orchestrator.strategy.protocol import Suggestion, Trial, TrialState
from orchestrator.training import events as ev
from orchestrator.training.job import TERMINAL
from orchestrator.training.machine import TrainingMachine
from orchestrator.training.metrics import MetricReader
from orchestrator.training.spec import Scope
from orchestrator.tuning.decisions import Launch
from orchestrator.tuning.events import Created
from orchestrator.tuning.machine import TuningMachine
from orchestrator.tuning.search import search_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.engine.cascade import Cascade
    from orchestrator.engine.runs import World
    from orchestrator.store.protocol import JobRow
    from orchestrator.training.events import TrainingEvent
    from orchestrator.training.spec import TrainingSpec
    from orchestrator.tuning.events import TuningEvent
    from orchestrator.tuning.spec import TuningSpec

VANISHED = (
    "InternalServerError: the training is gone, and nobody saw it end. Was the machine restarted?"
)

ENDED = frozenset(status.value for status in TERMINAL)

MOST_PARENTS = 10_000
"""A parent's training jobs that are read, more than any tuning job may have."""


class Recovery:
    """Makes runs, from a specification or from the books."""

    def __init__(self, world: World, cascade: Cascade) -> None:
        self._store = world.store
        self._runtimes = world.runtimes
        self._specs = world.specs
        self._cascade = cascade

    def tuning_run(
        self, spec: TuningSpec, request: Mapping[str, Any], seed: int, *, guided: bool = False
    ) -> TuningRun:
        """A tuning job in hand, nothing decided yet; `guided` as in the event `Created`.

        Raises:
            LaunchRefused: The strategy is not one the emulator has.
        """
        search = search_of(spec, seed, guided=guided)
        stopper = registry.make_stopper(
            spec.strategy, early_stopping=spec.early_stopping, search=search
        )
        machine = TuningMachine(spec, stopper=stopper, parents=self._parents(spec))
        return TuningRun(machine, registry.make(spec.strategy, search), request)

    def training_run(self, spec: TrainingSpec, request: Mapping[str, Any]) -> TrainingRun:
        """A training job of its own in hand, nothing decided yet."""
        machine = TrainingMachine(spec, grace_seconds=self._cascade.grace_seconds)
        return TrainingRun(machine, MetricReader(spec.metrics), request)

    def load(self, root: str, now: float) -> TuningRun | TrainingRun:
        """Take a job and its children into hand as the books have them, and carry on.

        Raises:
            JobNotFound: The books do not have it.
            LaunchRefused: It was begun on a runtime that this engine does not have.
        """
        row = self._store.row(root)
        if row is None:
            raise JobNotFound(root)
        if row.state["runtime"] not in self._runtimes:
            runtime = row.state["runtime"]
            raise LaunchRefused(f"{row.name} was begun on the {runtime} runtime; choose that one")
        if row.kind is JobKind.TUNING:
            return self._load_tuning(row, now)
        spec = self._specs.training(row.request, Scope(row.account, row.region))
        run = self.training_run(spec, row.request)
        self._cascade.trainings[run.arn] = run
        self._load_training(run, now)
        return run

    def _load_tuning(self, row: JobRow, now: float) -> TuningRun:
        spec = self._specs.tuning(row.request, Scope(row.account, row.region))
        journal = [cast("TuningEvent", event) for event in self._store.journal(row.arn)]
        created = journal[0]
        assert isinstance(created, Created)
        run = self.tuning_run(spec, row.request, created.seed, guided=created.guided)
        for event in journal:
            run.machine.handle(event)
        self._cascade.tunings[run.arn] = run
        self._cascade.announce(run)  # whoever drove it may have died before it told
        for decision in run.machine.outstanding():
            self._cascade.follow(run, decision)
        for child in self._children_in_hand(run):
            self._load_training(child, now)
        return run

    def _children_in_hand(self, run: TuningRun) -> list[TrainingRun]:
        """Children that have not ended or not been cleaned up; all made before any is judged."""
        found = []
        for child in run.machine.state.children:
            arn = run.machine.spec.scope.arn("training-job", child.name)
            row = self._store.row(arn)
            if row is None or (row.status in ENDED and row.state.get("discarded")):
                continue  # an interrupted one is discarded too, and starts again
            suggestion = run.machine.trials[child.number - 1].suggestion
            launch = Launch(child.number, child.name, suggestion)
            found.append(self._cascade.new_child(run, launch))
        return found

    def _load_training(self, run: TrainingRun, now: float) -> None:
        for event in self._store.journal(run.arn):
            run.machine.handle(cast("TrainingEvent", event))
        self._cascade.announce(run)
        state = run.machine.state
        if state.staged and not (run.machine.ended or state.exited):
            runtime = self._runtimes[state.runtime]
            if runtime.adopt(run.launch, state.offsets):
                if not (state.running or runtime.queues):
                    self._cascade.training(run, ev.Started(now, state.attempt))
                    return
            elif state.running:
                self._cascade.training(run, ev.Failed(now, VANISHED, retryable=True))
                return
        for decision in run.machine.outstanding():
            self._cascade.follow(run, decision)

    def _parents(self, spec: TuningSpec) -> list[Trial]:
        """The finished training jobs of a warm start's parents, as trials in launch order.

        What a parent had static and this job tunes is known of its training jobs too.
        """
        trials: list[Trial] = []
        parents = spec.warm_start.parents if spec.warm_start else ()
        for index, parent in enumerate(parents, start=1):
            query = Query(
                JobKind.TRAINING,
                spec.scope.account,
                spec.scope.region,
                root=parent,
                order=Order.OBJECTIVE,
                limit=MOST_PARENTS,
            )
            for row in sorted(self._store.find(query), key=lambda row: row.number):
                known = row.state["hyperparameters"] | row.state["tuned"]
                names = [each.name for each in spec.definitions[0].space]
                values = tuple((name, known[name]) for name in names if name in known)
                suggestion, state = Suggestion(values), TrialState.COMPLETED
                trials.append(Trial(row.number, suggestion, state, (), row.objective, index))
        return trials
