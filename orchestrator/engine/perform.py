"""Doing what was decided and committed: one function a decision.

Every act is keyed by the training job and its attempt, so doing it twice does no harm. An
act's outcome comes back as an event; the world's failures become events too, never a stack
trace in a job.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from orchestrator.engine import transfer
from orchestrator.engine.runs import TuningRun
from orchestrator.errors import AmtError, LaunchRefused, TransferFailed
from orchestrator.runtime.protocol import Launch
from orchestrator.training import decisions as do
from orchestrator.training import events as ev
from orchestrator.tuning import decisions as tuning_do
from orchestrator.tuning import events as tuning_ev

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orchestrator.engine.cascade import Act
    from orchestrator.engine.runs import TrainingRun, World
    from orchestrator.runtime.protocol import Runtime
    from orchestrator.store.protocol import JobRow
    from orchestrator.strategy.protocol import History
    from orchestrator.training.events import TrainingEvent
    from orchestrator.tuning.events import TuningEvent

log = logging.getLogger("amt.engine")


class Performer:
    """The hands of the engine. `post` brings an outcome back, from any thread."""

    def __init__(
        self,
        world: World,
        post: Callable[[TuningRun | TrainingRun, TuningEvent | TrainingEvent], None],
    ) -> None:
        self._runtimes = world.runtimes
        self._objects = world.objects
        self._clock = world.clock
        self._workers = world.workers
        self._announcer = world.announcer
        self._post = post
        self._uploaded: dict[str, transfer.Seen] = {}
        self._syncing: set[str] = set()

    def announce(self, told: Iterable[JobRow]) -> None:
        """Tell of jobs whose status changed, now that it is in the books."""
        if self._announcer is not None:
            for row in told:
                self._announcer.announce(row)

    def perform(self, act: Act) -> None:
        """Begin one act; quick ones are done when this returns."""
        run, decision = act
        log.info("%s: %s", run.machine.spec.name, decision)
        if isinstance(run, TuningRun):
            assert isinstance(decision, tuning_do.Ask)
            known = run.known() if self._workers.beside else run.machine
            count = decision.count
            self._workers.submit(run.arn, lambda: self._ask(run, known, count))
            return
        self._perform_training(run, decision)

    def _perform_training(self, run: TrainingRun, decision: object) -> None:
        runtime, launch = self._runtimes[run.machine.state.runtime], run.launch
        match decision:
            case do.Signal():
                runtime.signal(run.arn)
            case do.Kill():
                runtime.kill(run.arn)
            case do.Stage():
                self._beside(run, lambda: self._stage(runtime, launch))
            case do.Start():
                self._beside(run, lambda: self._start(runtime, launch))
            case do.Upload():
                self._beside(run, lambda: self._upload(runtime, launch))
            case do.Discard():
                gone = Launch(launch.spec, decision.attempt, launch.request)
                self._beside(run, lambda: self._discard(runtime, gone))
            case _:
                raise AssertionError(decision)

    def sync_beside(self, run: TrainingRun) -> None:
        """Bring new checkpoints to S3 while the job runs."""
        runtime, launch = self._runtimes[run.machine.state.runtime], run.launch
        if run.arn in self._syncing:
            return  # a slow S3 must not gather a queue that the job's end would wait for
        self._syncing.add(run.arn)

        def sync() -> None:
            try:
                self._sync(runtime, launch)
            finally:
                self._syncing.discard(run.arn)

        self._workers.submit(run.arn, sync)

    def _beside(self, run: TrainingRun, work: Callable[[], TrainingEvent | None]) -> None:
        """Do blocking work in the job's lane and post what came of it, if that is known."""

        def outcome() -> None:
            try:
                event = work()
            except TransferFailed as failure:
                event = self._failed(f"ClientError: {failure}", retryable=False)
            except LaunchRefused as refusal:
                kind = "InternalServerError" if refusal.retryable else "ClientError"
                event = self._failed(f"{kind}: {refusal}", retryable=refusal.retryable)
            except Exception as fault:
                log.exception("%s", run.machine.spec.name)
                event = self._failed(f"InternalServerError: {fault}", retryable=True)
            if event is not None:
                self._post(run, event)

        self._workers.submit(run.arn, outcome)

    def _failed(self, reason: str, *, retryable: bool) -> ev.Failed:
        return ev.Failed(self._clock.now(), reason, retryable)

    # ------------------------------------------------------------------ tuning

    def _ask(self, run: TuningRun, known: History, count: int) -> None:
        event: TuningEvent
        try:
            proposal = run.strategy.ask(known, count)
        except Exception as fault:
            log.exception("%s: the strategy failed", run.machine.spec.name)
            event = tuning_ev.Faulted(self._clock.now(), f"InternalServerError: {fault}")
        else:
            now = self._clock.now()
            event = tuning_ev.Proposed(now, count, proposal.suggestions, proposal.converged)
        self._post(run, event)

    # ------------------------------------------------------------------ training

    def _stage(self, runtime: Runtime, launch: Launch) -> TrainingEvent:
        if launch.attempt > 1:  # its checkpoints are what the next attempt starts from
            self._sync(runtime, launch)
            runtime.discard(Launch(launch.spec, launch.attempt - 1, launch.request))
        workspace = runtime.workspace(launch)
        if workspace is not None:
            workspace.prepare()
            transfer.stage(workspace, self._objects)
        return ev.Staged(self._clock.now(), launch.attempt)

    def _start(self, runtime: Runtime, launch: Launch) -> TrainingEvent | None:
        runtime.start(launch)
        return None if runtime.queues else ev.Started(self._clock.now(), launch.attempt)

    def _upload(self, runtime: Runtime, launch: Launch) -> TrainingEvent:
        workspace = runtime.workspace(launch)
        model = ""
        if workspace is not None:
            self._sync(runtime, launch)
            try:
                model = transfer.upload(workspace, self._objects)
            except (OSError, TransferFailed) as failure:
                reason = f"ClientError: Artifact upload failed: {failure}"
                return self._failed(reason, retryable=False)
        return ev.Uploaded(self._clock.now(), model)

    def _discard(self, runtime: Runtime, launch: Launch) -> TrainingEvent:
        """Clean up; what cannot be removed is said in the log and not tried for ever."""
        self._sync(runtime, launch)
        try:
            runtime.discard(launch)
        except (OSError, AmtError) as failure:
            log.warning("%s: could not be cleaned up: %s", launch.spec.name, failure)
        except Exception:  # the job has ended: nothing can be made of it but a line in the log
            log.exception("%s: could not be cleaned up", launch.spec.name)
        self._uploaded.pop(launch.key, None)
        return ev.Discarded(self._clock.now())

    def _sync(self, runtime: Runtime, launch: Launch) -> None:
        """Bring new checkpoints to S3; a failure is said, and the next time tries again."""
        workspace = runtime.workspace(launch)
        if workspace is None or launch.spec.checkpoints is None:
            return
        seen = self._uploaded.get(launch.key, {})
        try:
            self._uploaded[launch.key] = transfer.sync_checkpoints(workspace, self._objects, seen)
        except (OSError, TransferFailed) as failure:
            log.warning("%s: checkpoints were not kept: %s", launch.spec.name, failure)
