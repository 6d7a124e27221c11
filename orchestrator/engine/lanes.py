"""Blocking work beside the loop: in order for each job, side by side for different jobs."""

from __future__ import annotations

import logging
import threading
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("amt.engine")


class Workers(Protocol):
    """Runs work that may block. Work handed in should not raise.

    Attributes:
        beside: True when work runs beside the loop, so that what it reads must stand still.
    """

    beside: bool

    def submit(self, lane: str, work: Callable[[], None]) -> None:
        """Run `work` after everything handed to the same lane before."""
        ...

    def close(self) -> None:
        """Begin no more work and wait for none."""
        ...


class Inline:
    """Runs work at once, in the caller's thread: virtual time has no other."""

    beside = False

    def submit(self, lane: str, work: Callable[[], None]) -> None:
        """Run `work` now."""
        del lane
        work()

    def close(self) -> None:
        """Nothing to close."""


class Lanes:
    """Runs work on up to `threads` threads; one lane's work never overlaps or overtakes.

    The threads are daemons: whoever leaves at once does not wait for a download that hangs.
    What that cuts short is done again by the next driver, as after a crash.
    """

    beside = True

    def __init__(self, threads: int = 16) -> None:
        self._most = threads
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Callable[[], None]]] = {}
        self._ready: SimpleQueue[str | None] = SimpleQueue()
        self._threads = 0
        self._idle = 0
        self._closed = False

    def submit(self, lane: str, work: Callable[[], None]) -> None:
        """Run `work` after everything handed to the same lane before."""
        with self._lock:
            if self._closed:
                return
            if lane in self._waiting:
                self._waiting[lane].append(work)
                return
            self._waiting[lane] = deque([work])
            begin = self._idle == 0 and self._threads < self._most
            self._threads += begin
            self._idle -= not begin  # below zero: lanes that wait for a thread
        if begin:
            threading.Thread(target=self._run, args=(lane,), name="amt-worker", daemon=True).start()
        else:
            self._ready.put(lane)

    def close(self) -> None:
        """Begin no more work and wait for none."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            threads = self._threads
        for _ in range(threads):
            self._ready.put(None)

    def _run(self, lane: str | None) -> None:
        while lane is not None:
            self._drain(lane)
            with self._lock:
                self._idle += 1
            lane = self._ready.get()

    def _drain(self, lane: str) -> None:
        while work := self._next(lane):
            try:
                work()
            except Exception:
                log.exception("%s: work beside the loop failed", lane)

    def _next(self, lane: str) -> Callable[[], None] | None:
        with self._lock:
            queue = self._waiting.get(lane)
            if queue:
                return queue.popleft()
            self._waiting.pop(lane, None)
            return None
