"""The only loop: inbox -> machines -> one commit -> acts.

One thread owns the jobs in hand; other threads leave work in the inbox and wait for its
commit. A turn takes what has come (calls, outcomes, sightings, timers, commands of other
processes), lets the machines decide, writes everything in one commit and only then acts.

When the books cannot be written (disk full), nothing is done and nothing is forgotten: the
same commit is tried again until it succeeds, while what runs goes on running.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, cast

from orchestrator.engine.cascade import Cascade, Turn
from orchestrator.engine.perform import Performer
from orchestrator.engine.recover import Recovery
from orchestrator.engine.runs import Driven, TrainingRun, TuningRun
from orchestrator.engine.sightings import sight
from orchestrator.errors import LaunchRefused, NameTaken, StateError
from orchestrator.training import events as training_ev
from orchestrator.training.machine import GRACE_SECONDS
from orchestrator.tuning import events as tuning_ev

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestrator.engine.runs import World
    from orchestrator.store.protocol import Change, Lease
    from orchestrator.training.events import TrainingEvent
    from orchestrator.tuning.events import TuningEvent

log = logging.getLogger("amt.engine")

COMMAND_SECONDS = 0.1
"""How often commands of other processes are looked for; a stop is obeyed within twice that."""

CHECKPOINT_SECONDS = 5.0
"""How often checkpoints of running jobs are brought to S3."""

RETRY_SECONDS = 1.0
"""How long to wait before writing again to books that refused."""

ANSWER_SECONDS = 30.0
"""How long a caller waits for the loop, or for another process."""


class Loop:
    """Owns the jobs in hand. Other threads use `call` and the questions under "life" only.

    Args:
        world: Everything outside the machines.
        grace_seconds: Between SIGTERM and SIGKILL.
        shared: True when other processes may leave commands in the store.
    """

    def __init__(
        self, world: World, *, grace_seconds: float = GRACE_SECONDS, shared: bool = True
    ) -> None:
        self._store = world.store
        self._world = world
        self._runtimes = world.runtimes
        self._clock = world.clock
        self._shared = shared
        self._cascade = Cascade(world.specs, world.announcer, grace_seconds=grace_seconds)
        self._performer = Performer(world, self._post)
        self.recovery = Recovery(world, self._cascade)
        self._driven: dict[str, Driven] = {}
        self._inbox: deque[Callable[[], None]] = deque()
        self._wake = threading.Event()
        self._quiet = threading.Condition()
        self._unwritten: tuple[Turn, Change] | None = None
        self._asked: set[Future[None]] = set()
        self._waiting: list[tuple[Future[None], Exception | None]] = []
        self._commands_at = self._sync_at = 0.0
        self._leaving = self._closed = self._dead = False
        self._thread: threading.Thread | None = None
        self.trouble = ""
        for runtime in self._runtimes.values():
            runtime.on_wake(self._wake.set)

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Run the loop in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="amt-engine", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Turn until closed. A fault of ours ends it: the jobs stay resumable in the books."""
        try:
            while not self._closed:
                self._wake.clear()
                if self.turn() or (self.pending() and self._unwritten is None):
                    continue
                self._clock.wait_until(self.next_turn(), self._wake)
        except Exception as fault:
            log.exception("the engine stopped")
            self.trouble = f"the engine stopped by a fault of its own: {fault!r}"
            self._dead = True
            for answer in [answer for answer in self._asked if not answer.done()]:
                answer.set_exception(StateError(self.trouble))
            self._drop_all()

    def close(self) -> None:
        """Let go at once. What runs goes on; the next driver picks it up."""
        self._closed = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)
        self._world.workers.close()
        for runtime in self._runtimes.values():
            runtime.close()
        self._drop_all()

    def _drop_all(self) -> None:
        with self._quiet:
            for driven in self._driven.values():
                driven.lease.abandon()
            self._driven.clear()
            self._quiet.notify_all()

    def driving(self) -> tuple[str, ...]:
        """ARNs of the jobs this engine drives."""
        with self._quiet:
            return tuple(self._driven)

    def drives(self, root: str) -> bool:
        """True when this engine drives `root`."""
        return root in self._driven

    def idle(self, timeout_seconds: float | None = None) -> bool:
        """Wait until nothing is driven any more; False when time ran out first."""
        with self._quiet:
            return self._quiet.wait_for(lambda: not self._driven, timeout_seconds)

    def interrupt(self) -> None:
        """Ask what runs to end, and leave the jobs resumable; `idle` says when that is done."""
        self._leaving = True
        self._wake.set()

    # ------------------------------------------------------------------ one turn

    def turn(self) -> bool:
        """Take what has come, decide, write, act. True when anything happened."""
        if self._unwritten is not None and not self._write(*self._unwritten):
            return False
        for _ in range(len(self._inbox)):
            self._inbox.popleft()()
        now = self._clock.now()
        for name, runtime in self._runtimes.items():
            for sighting in runtime.poll():
                sight(self._cascade, name, sighting, now)
        self._cascade.wake(now)
        self._take_commands(now)
        self._level(now)
        turn = self._cascade.take_turn()
        if turn.events or turn.acts or turn.commands or turn.told:
            return self._write(turn, turn.change())
        self._answer()
        if self._leaving:
            self._let_go(turn)
        return False

    def pending(self) -> bool:
        """True when something waits in the inbox."""
        return bool(self._inbox)

    def next_turn(self) -> float | None:
        """When to turn next although nothing came: a timer, a runtime, a look at the books."""
        if self._unwritten is not None:
            return self._clock.now() + RETRY_SECONDS
        moments = [at for runtime in self._runtimes.values() if (at := runtime.due()) is not None]
        if self._driven and self._cascade.timers:
            moments.append(self._cascade.timers[0][0])
        if self._driven and self._shared:
            moments.append(self._commands_at)
        return min(moments, default=None)

    def _take_commands(self, now: float) -> None:
        if not self._shared or not self._driven or now < self._commands_at:
            return
        self._commands_at = now + COMMAND_SECONDS
        try:
            commands = self._store.commands(tuple(self._driven))
        except StateError as error:
            self._in_trouble(error)
            self._commands_at = now + RETRY_SECONDS
            return
        for command in commands:
            self._cascade.turn.commands.append(command.id)
            if command.verb == "stop":
                self.stop(command.arn)

    def _level(self, now: float) -> None:
        """What follows from how things stand rather than from what has just happened."""
        sync = now >= self._sync_at and not self._leaving
        if sync:
            self._sync_at = now + CHECKPOINT_SECONDS
        for run in tuple(self._cascade.trainings.values()):
            state = run.machine.state
            if self._leaving and run.machine.can_be_interrupted:
                self._cascade.training(run, training_ev.Interrupted(now))
            elif state.interrupted and not (self._leaving or run.machine.ended):
                self._cascade.training(run, training_ev.Resumed(now))
            elif sync and state.running and run.machine.spec.checkpoints is not None:
                self._performer.sync_beside(run)

    # ------------------------------------------------------------------ write, act, answer

    def _write(self, turn: Turn, change: Change) -> bool:
        try:
            self._store.commit(change)
        except StateError as error:
            self._in_trouble(error)
            self._unwritten = (turn, change)
            return False
        self.trouble, self._unwritten = "", None
        self._performer.announce(turn.told)
        self._answer()
        for act in turn.acts:
            if not (self._leaving and isinstance(act[0], TuningRun)):
                self._performer.perform(act)
        self._let_go(turn)
        return True

    def _in_trouble(self, error: StateError) -> None:
        """Say once that the books cannot be used; the next commit that succeeds ends it."""
        if self.trouble != str(error):
            log.info("the books cannot be used, trying again: %s", error)
        self.trouble = str(error)

    def _answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future, error in waiting:
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

    def _let_go(self, turn: Turn) -> None:
        """Forget what has ended and is cleaned up; release what is driven no more."""
        for run in turn.touched.values():
            if isinstance(run, TrainingRun) and run.machine.ended and run.machine.state.discarded:
                self._cascade.forget(run)
        for root, driven in tuple(self._driven.items()):
            if self._done_with(driven):
                self._release(root, driven)

    def _done_with(self, driven: Driven) -> bool:
        run = driven.run
        if isinstance(run, TuningRun):
            runs, ended = list(run.children.values()), run.machine.ended
        else:
            runs, ended = [run] if run.arn in self._cascade.trainings else [], run.machine.ended
        if self._leaving:
            states = [child.machine.state for child in runs]
            return all(state.interrupted and state.discarded for state in states)
        return ended and not runs

    def _release(self, root: str, driven: Driven) -> None:
        run = driven.run
        for child in tuple(run.children.values()) if isinstance(run, TuningRun) else ():
            self._cascade.forget(child)
        self._cascade.forget(run)
        driven.lease.release()
        with self._quiet:
            del self._driven[root]
            self._quiet.notify_all()

    # ------------------------------------------------------------------ jobs into hand

    def begin(self, run: TuningRun | TrainingRun, runtime: str, seed: int = 0) -> None:
        """In the loop: take the lease and begin `run`, in a commit of its own that may fail.

        Raises:
            NameTaken: The name is in use; nothing is in hand or in the books.
            StateError: The books cannot be written; nothing is in hand.
        """
        lease = self._store.lease(run.arn)
        if lease is None:
            raise NameTaken(run.machine.spec.name)
        outer, now = self._cascade.take_turn(), self._clock.now()
        try:
            if isinstance(run, TuningRun):
                created = tuning_ev.Created(
                    now, seed, runtime, self._world.lockstep, self._world.guided
                )
                self._cascade.new_tuning(run, created)
            else:
                self._cascade.new_training(run, now, runtime)
            turn = self._cascade.take_turn()
            self._store.commit(turn.change())
        except Exception:
            self._cascade.forget_tree(run.arn)
            lease.release()
            raise
        finally:
            self._cascade.turn = outer
        with self._quiet:
            self._driven[run.arn] = Driven(run, lease)
        self._performer.announce(turn.told)
        for act in turn.acts:
            self._performer.perform(act)

    def stop(self, arn: str) -> None:
        """In the loop: begin to stop a job in hand."""
        now = self._clock.now()
        if tuning := self._cascade.tunings.get(arn):
            self._cascade.tuning(tuning, tuning_ev.StopRequested(now))
        elif training := self._cascade.trainings.get(arn):
            self._cascade.training(training, training_ev.StopRequested(now))

    def adopt(self, root: str, lease: Lease) -> None:
        """In the loop: take a job that nobody drives into hand, from the books, or nothing of it."""
        outer = self._cascade.take_turn()
        try:
            run = self.recovery.load(root, self._clock.now())
        except Exception as error:
            self._cascade.forget_tree(root)
            self._cascade.turn = outer
            if isinstance(error, LaunchRefused):
                lease.abandon()  # the work is left to an engine that has its runtime
            else:
                lease.release()
            raise
        self._cascade.turn = outer.followed_by(self._cascade.take_turn())
        with self._quiet:
            driven = self._driven[root] = Driven(run, lease)
        if self._done_with(driven):
            self._release(root, driven)

    # ------------------------------------------------------------------ from other threads

    def call(self, work: Callable[[], None]) -> None:
        """Run `work` in the loop; returns, or raises what it raised, after its commit.

        StateError says that the loop did not come to it, and will not do it later either.
        """
        answer: Future[None] = Future()
        self._asked.add(answer)

        def item() -> None:
            if not answer.set_running_or_notify_cancel():
                return  # whoever asked has been told that it was not done
            try:
                work()
            except Exception as error:  # noqa: BLE001  (the caller's, wherever it comes from)
                self._waiting.append((answer, error))
            else:
                self._waiting.append((answer, None))

        try:
            if self._dead:
                raise StateError(self.trouble)
            self._inbox.append(item)
            self._wake.set()
            if self._thread is None:
                self.turn()
            answer.result(ANSWER_SECONDS)
        except TimeoutError:
            answer.cancel()
            raise StateError(self.trouble or "the engine does not answer; try again") from None
        finally:
            self._asked.discard(answer)

    def _post(self, run: TuningRun | TrainingRun, event: TuningEvent | TrainingEvent) -> None:
        """Bring an outcome into the loop, unless the job is in hand no more."""

        def item() -> None:
            if isinstance(run, TuningRun):
                if self._cascade.tunings.get(run.arn) is run:
                    self._cascade.tuning(run, cast("TuningEvent", event))
            elif self._cascade.trainings.get(run.arn) is run:
                self._cascade.training(run, cast("TrainingEvent", event))

        self._inbox.append(item)
        self._wake.set()
