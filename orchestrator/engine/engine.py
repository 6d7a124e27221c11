"""What may be asked of the emulator's inside, from any thread: create, stop, delete, resume.

A call returns once its effect is in the books. Reads do not come here: they go to the store.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from orchestrator.engine.imports import Importer
from orchestrator.engine.loop import ANSWER_SECONDS, Loop
from orchestrator.errors import AmtError, JobNotFound, NameTaken, StateError, WrongStatus
from orchestrator.store.protocol import Change
from orchestrator.training.machine import GRACE_SECONDS
from orchestrator.tuning.job import TERMINAL, TuningStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orchestrator.engine.imports import PastTuning
    from orchestrator.engine.runs import World
    from orchestrator.store.protocol import JobRow
    from orchestrator.training.spec import TrainingSpec
    from orchestrator.tuning.spec import TuningSpec

log = logging.getLogger("amt.engine")

LOOK_SECONDS = 0.02
"""How often a caller looks whether another process has answered."""

RUNNING = TuningStatus.IN_PROGRESS.value
ENDED = frozenset(status.value for status in TERMINAL)


class Engine:
    """Tuning jobs and training jobs, driven by the one loop behind it.

    Args:
        world: Everything outside the machines.
        grace_seconds: Between SIGTERM and SIGKILL.
        shared: True when other processes may use the same store.
    """

    def __init__(
        self, world: World, *, grace_seconds: float = GRACE_SECONDS, shared: bool = True
    ) -> None:
        self.store = world.store
        self._world = world
        self._loop = Loop(world, grace_seconds=grace_seconds, shared=shared)

    @property
    def loop(self) -> Loop:
        """The loop, to start, turn, interrupt or close it."""
        return self._loop

    def create_tuning_job(self, spec: TuningSpec, request: Mapping[str, Any]) -> None:
        """Accept a tuning job and begin it; returns once it is in the books.

        Raises:
            NameTaken: The name is in use.
            LaunchRefused: No runtime can train it.
        """
        runtime = self._choose(spec.arn, [each.training for each in spec.definitions])

        def create() -> None:
            world = self._world
            given = 0 if world.lockstep else None  # nothing of a run may be left to chance
            seed = spec.seed if spec.seed is not None else given
            seed = world.entropy() if seed is None else seed
            run = self._loop.recovery.tuning_run(spec, request, seed, guided=world.guided)
            self._loop.begin(run, runtime, seed)

        self._loop.call(create)

    def create_training_job(self, spec: TrainingSpec, request: Mapping[str, Any]) -> None:
        """Accept a training job and begin it; returns once it is in the books.

        Raises:
            NameTaken: The name is in use.
            LaunchRefused: No runtime can train it.
        """
        runtime = self._choose(spec.arn, [spec])

        def create() -> None:
            self._loop.begin(self._loop.recovery.training_run(spec, request), runtime)

        self._loop.call(create)

    def import_tuning_job(self, past: PastTuning) -> int:
        """Write a job that ran and ended elsewhere into the books; how many values it observed.

        Raises:
            NameTaken: A job or a training job of that name is in the books.
            LaunchRefused: The strategy is not one the emulator has.
        """
        world = self._world
        importer = Importer(world.store, self._loop.recovery, world.specs)
        return importer.take(past, world.clock.now())

    def stop(self, arn: str) -> None:
        """Begin to stop a job; returns once its new status can be read.

        Raises:
            JobNotFound: There is no such job.
            WrongStatus: It is not running.
        """
        root = self._running_row(arn).root

        def stop() -> None:
            self._loop.stop(arn)

        if self._take(root, stop):
            return
        self.store.send(root, arn, "stop")
        self._until(lambda: self._row(arn).status != RUNNING or self._take(root, stop))

    def delete(self, arn: str) -> None:
        """Remove a job that has ended from the books.

        Raises:
            JobNotFound: There is no such job.
            WrongStatus: It has not ended.
        """
        found = self._row(arn)
        if found.status not in ENDED:
            raise WrongStatus(found.status)
        if self.store.driver(found.root) is not None:
            self._until(lambda: self.store.driver(found.root) is None)
        self.store.commit(Change(delete=(arn,)))

    def resume(self, arn: str) -> None:
        """Drive a job that nobody drives; clean up after one whose driver died at its end.

        Raises:
            JobNotFound: There is no such job.
            WrongStatus: It has ended and left nothing, or somebody else drives it.
            LaunchRefused: It was begun on a runtime that this engine does not have.
        """
        found = self._row(arn)
        if found.status in ENDED and found.root not in self.store.abandoned():
            raise WrongStatus(found.status)
        if not self._take(found.root):
            raise WrongStatus(f"it is driven by process {self.store.driver(found.root)}")

    def sweep(self) -> None:
        """Clean up after drivers that died when their job had ended but not all was removed.

        Jobs that still run are left to `resume`: only their owner says when.
        """
        for root in self.store.abandoned():
            row = self.store.row(root)
            if row is None or row.status in ENDED:
                self._tidy(root)

    # ------------------------------------------------------------------ parts of the above

    def _tidy(self, root: str) -> None:
        try:
            self._take(root)
        except JobNotFound:
            pass  # it was never in the books; its lease is gone now
        except AmtError as error:
            log.warning("%s: could not be cleaned up: %s", root, error)
        except Exception:  # one damaged job must not keep the others from being driven
            log.exception("%s: could not be cleaned up", root)

    def _take(self, root: str, then: Callable[[], None] | None = None) -> bool:
        """Have this engine drive `root`, and do `then`; False when another one drives it.

        Both in one turn of the loop, so that a job taken to be stopped starts nothing before.
        """
        taken = False

        def take() -> None:
            nonlocal taken
            taken = self._loop.drives(root)
            if not taken and (lease := self.store.lease(root)) is not None:
                self._loop.adopt(root, lease)
                taken = True
            if taken and then is not None:
                then()

        self._loop.call(take)
        return taken

    def _choose(self, arn: str, specs: list[TrainingSpec]) -> str:
        """One runtime for all definitions of a new job, having checked each.

        In the caller's thread: to check may mean to pull an image, and the loop has others to
        serve meanwhile.
        """
        if self.store.row(arn) is not None:
            raise NameTaken(arn)
        runtime = self._world.choose(specs[0])
        for spec in specs:
            self._world.runtimes[runtime].check(spec)
        return runtime

    def _row(self, arn: str) -> JobRow:
        row = self.store.row(arn)
        if row is None:
            raise JobNotFound(arn)
        return row

    def _running_row(self, arn: str) -> JobRow:
        row = self._row(arn)
        if row.status != RUNNING:
            raise WrongStatus(row.status)
        return row

    def _until(self, condition: Callable[[], bool]) -> None:
        """Wait for another process to do its part."""
        patience = threading.Event()
        for _ in range(int(ANSWER_SECONDS / LOOK_SECONDS)):
            if condition():
                return
            patience.wait(LOOK_SECONDS)
        raise StateError("the process that drives this job does not answer; end it and try again")
