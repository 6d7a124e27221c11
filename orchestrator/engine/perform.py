"""Doing what was decided and committed: one function a decision.

Every act is keyed by the training job and its attempt, so doing it twice does no harm. An
act's outcome comes back as an event; the world's failures become events too, never a stack
trace in a job.
"""

from __future__ import annotations

import contextlib
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
    from collections.abc import Callable

    from orchestrator.engine.cascade import Act
    from orchestrator.engine.runs import Known, TrainingRun, World
    from orchestrator.runtime.protocol import Runtime
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
        self._post = post
        self._uploaded: dict[str, transfer.Seen] = {}

    def perform(self, act: Act) -> None:
        """Begin one act; quick ones are done when this returns."""
        run, decision = act
        log.info("%s: %s", run.machine.spec.name, decision)
        if isinstance(run, TuningRun):
            assert isinstance(decision, tuning_do.Ask)
            known, count = run.known(), decision.count
            self._workers.submit(run.arn, lambda: self._ask(run, known, count))
            return
        self._perform_training(run, decision)

    def _perform_training(self, run: TrainingRun, decision: object) -> None:
        launch, runtime = run.launch, self._runtimes[run.machine.state.runtime]
        match decision:
            case do.Signal():
                runtime.signal(run.arn)
            case do.Kill():
                runtime.kill(run.arn)
            case do.Stage():
                self._workers.submit(run.arn, lambda: self._stage(run, runtime, launch))
            case do.Start():
                self._workers.submit(run.arn, lambda: self._start(run, runtime, launch))
            case do.Upload():
                self._workers.submit(run.arn, lambda: self._upload(run, runtime, launch))
            case do.Discard():
                gone = Launch(launch.spec, decision.attempt)
                self._workers.submit(run.arn, lambda: self._discard(run, runtime, gone))
            case _:
                raise AssertionError(decision)

    # ------------------------------------------------------------------ tuning

    def _ask(self, run: TuningRun, known: Known, count: int) -> None:
        proposal = run.strategy.ask(known, count)
        suggestions, converged = proposal.suggestions, proposal.converged
        self._post(run, tuning_ev.Proposed(self._clock.now(), count, suggestions, converged))

    # ------------------------------------------------------------------ training

    def _stage(self, run: TrainingRun, runtime: Runtime, launch: Launch) -> None:
        try:
            if launch.attempt > 1:
                runtime.discard(Launch(launch.spec, launch.attempt - 1))
            workspace = runtime.workspace(launch)
            if workspace is not None:
                workspace.prepare()
                transfer.stage(workspace, self._objects)
        except TransferFailed as failure:
            self._fail(run, f"ClientError: {failure}", retryable=False)
        except (OSError, AmtError) as failure:
            self._fail(run, f"InternalServerError: {failure}", retryable=True)
        else:
            self._post(run, ev.Staged(self._clock.now(), launch.attempt))

    def _start(self, run: TrainingRun, runtime: Runtime, launch: Launch) -> None:
        try:
            runtime.start(launch)
        except LaunchRefused as refusal:
            kind = "InternalServerError" if refusal.retryable else "ClientError"
            self._fail(run, f"{kind}: {refusal}", retryable=refusal.retryable)
        except (OSError, AmtError) as failure:
            self._fail(run, f"InternalServerError: {failure}", retryable=True)
        else:
            self._post(run, ev.Started(self._clock.now(), launch.attempt))

    def _upload(self, run: TrainingRun, runtime: Runtime, launch: Launch) -> None:
        try:
            workspace = runtime.workspace(launch)
            model = ""
            if workspace is not None:
                self.sync(run, runtime, launch)
                model = transfer.upload(workspace, self._objects)
        except (OSError, AmtError) as failure:
            reason = f"ClientError: Artifact upload failed: {failure}"
            self._fail(run, reason, retryable=False)
        else:
            self._post(run, ev.Uploaded(self._clock.now(), model))

    def _discard(self, run: TrainingRun, runtime: Runtime, launch: Launch) -> None:
        with contextlib.suppress(OSError, AmtError):
            self.sync(run, runtime, launch)
        try:
            runtime.discard(launch)
        except (OSError, AmtError) as failure:
            log.warning("%s: could not be cleaned up: %s", launch.spec.name, failure)
        self._uploaded.pop(run.arn, None)
        self._post(run, ev.Discarded(self._clock.now()))

    def sync(self, run: TrainingRun, runtime: Runtime, launch: Launch) -> None:
        """Bring new checkpoints to S3; blocks."""
        workspace = runtime.workspace(launch)
        if workspace is not None and launch.spec.checkpoints is not None:
            seen = self._uploaded.get(run.arn, {})
            self._uploaded[run.arn] = transfer.sync_checkpoints(workspace, self._objects, seen)

    def sync_beside(self, run: TrainingRun) -> None:
        """Bring new checkpoints to S3 while the job runs."""
        runtime, launch = self._runtimes[run.machine.state.runtime], run.launch

        def work() -> None:
            with contextlib.suppress(OSError, AmtError):
                self.sync(run, runtime, launch)

        self._workers.submit(run.arn, work)

    def _fail(self, run: TrainingRun, reason: str, *, retryable: bool) -> None:
        self._post(run, ev.Failed(self._clock.now(), reason, retryable))
