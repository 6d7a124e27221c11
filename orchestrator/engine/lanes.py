"""Blocking work beside the loop: in order for each job, side by side for different jobs."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Workers(Protocol):
    """Runs work that may block. Work handed in must not raise.

    Attributes:
        beside: True when work runs beside the loop, so that what it reads must stand still.
    """

    beside: bool

    def submit(self, lane: str, work: Callable[[], None]) -> None:
        """Run `work` after everything handed to the same lane before."""
        ...

    def close(self) -> None:
        """Take no more work and wait for none."""
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
    """Runs work on `threads` threads; one lane's work never overlaps or overtakes."""

    beside = True

    def __init__(self, threads: int = 16) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="amt-worker")
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Callable[[], None]]] = {}

    def submit(self, lane: str, work: Callable[[], None]) -> None:
        """Run `work` after everything handed to the same lane before."""
        with self._lock:
            if lane in self._waiting:
                self._waiting[lane].append(work)
                return
            self._waiting[lane] = deque([work])
        self._pool.submit(self._drain, lane)

    def _drain(self, lane: str) -> None:
        while True:
            with self._lock:
                queue = self._waiting[lane]
                if not queue:
                    del self._waiting[lane]
                    return
                work = queue.popleft()
            work()

    def close(self) -> None:
        """Take no more work and wait for none."""
        self._pool.shutdown(wait=False, cancel_futures=True)
