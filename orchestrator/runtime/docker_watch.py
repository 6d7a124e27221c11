"""One attempt at a training job in containers, from its start until Exited is told.

The followers' threads copy logs and see ends; `sightings` is called by the engine's thread
and tells what they brought. Between the last end and Exited the files go back to the user.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from orchestrator.runtime import log_tail
from orchestrator.runtime.docker_follow import Ended, Follower
from orchestrator.runtime.log_tail import LogTail
from orchestrator.runtime.protocol import Exited, Printed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from orchestrator.runtime.docker_engine import DockerEngine
    from orchestrator.runtime.docker_request import Naming
    from orchestrator.runtime.protocol import Sighting
    from orchestrator.runtime.workspace import Workspace

BATCHES = 4
"""Batches of one log told in one turn, so that a talkative job does not hold up the others."""

LAST_LINES = 20


class LogPart(NamedTuple):
    """The part of a host's log that is an attempt's, and how much of the log was told."""

    start: int
    told: int


class Watch:
    """The hosts of one attempt.

    Args:
        engine: Where they run.
        naming: What they are called there.
        workspace: Their files.
        logs: Where each host's log stands.
        settle: Called once, from a thread, when every host has ended.
        urgent: Called, from any thread, when `sightings` should be asked at once.
    """

    def __init__(
        self,
        engine: DockerEngine,
        naming: Naming,
        workspace: Workspace,
        logs: Mapping[str, LogPart],
        *,
        settle: Callable[[], None],
        urgent: Callable[[], None],
    ) -> None:
        self.launch = naming.launch
        self._engine = engine
        self._workspace = workspace
        self._settle = settle
        self._urgent = urgent
        self._lock = threading.Lock()
        self._running = len(logs)
        self._finished = False
        self._fresh = True  # an adopted log may hold what was never told
        self._followers = {
            host: Follower(
                engine,
                naming.container(host),
                workspace.log(host),
                log_start=part.start,
                news=self,
            )
            for host, part in logs.items()
        }
        self._tails = {host: LogTail(workspace.log(host), part.told) for host, part in logs.items()}

    def begin(self) -> None:
        """Start to watch."""
        for follower in self._followers.values():
            follower.begin()

    def close(self) -> None:
        """Stop watching; the containers run on."""
        for follower in self._followers.values():
            follower.close()

    def send(self, signal: str) -> None:
        """Send a signal to every host that has not ended; blocks."""
        for follower in self._followers.values():
            if follower.ended is None:
                self._engine.send_signal(follower.container, signal)

    # ------------------------------------------------------------------ the followers' side

    def printed(self) -> None:
        """A host printed something, which can wait for the next turn."""
        self._fresh = True

    def ended(self, follower: Follower) -> None:
        """A host has ended; a failure ends the others, the last end ends the attempt."""
        with self._lock:
            self._running -= 1
            last = not self._running
        if last:
            self._settle()
            self._finished = True
        elif follower.ended is not None and follower.ended.code:
            follower.insist(lambda: self.send("SIGKILL"))
        self._urgent()

    # ------------------------------------------------------------------ the engine's side

    def sightings(self, now: float) -> Iterator[Sighting]:
        """What is new; Exited is the last one ever."""
        finished = self._finished
        if not (finished or self._fresh):
            return
        self._fresh = False
        for _ in range(BATCHES):
            fresh = list(self._printed(now, finished=finished))
            yield from fresh
            if not fresh:
                break
        else:
            self._fresh = True  # there may be more
            self._urgent()
            return
        if finished:
            yield self._exited()

    def _printed(self, now: float, *, finished: bool) -> Iterator[Printed]:
        for host, tail in self._tails.items():
            batch = tail.read(now, ended=finished)
            if batch is not None:
                yield Printed(self.launch.key, self.launch.attempt, host, batch.offset, batch.text)

    def _exited(self) -> Exited:
        ends = [(host, f.ended) for host, f in self._followers.items() if f.ended is not None]
        failed = sorted(
            ((end.finished, host, end) for host, end in ends if end.code), key=lambda row: row[:2]
        )
        if not failed:
            return Exited(self.launch.key, self.launch.attempt, 0, out_of_memory=_any_oom(ends))
        _, host, first = failed[0]
        follower = self._followers[host]
        return Exited(
            self.launch.key,
            self.launch.attempt,
            first.code,
            failure=self._workspace.failure_text(host),
            out_of_memory=_any_oom(ends),
            last_lines=log_tail.last_lines(follower.log, LAST_LINES, follower.log_start),
        )


def _any_oom(ends: list[tuple[str, Ended]]) -> bool:
    return any(end.out_of_memory for _, end in ends)
