"""Notices at once that a process has ended, whether it is our child or not.

One thread waits on the processes' ``pidfd``. Where the kernel has none (macOS) nothing is
noticed here and the runtime's regular polling finds out.
"""

from __future__ import annotations

import os
import select
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ExitWatch:
    """Calls `wake` from its own thread whenever a watched process ends."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._new: list[int] = []
        self._thread: threading.Thread | None = None
        self._poke: int | None = None
        self._closing = False

    def add(self, process: int) -> None:
        """Watch one more process."""
        try:
            descriptor = os.pidfd_open(process)
        except (AttributeError, OSError):
            self._wake()  # it has ended, or this machine cannot watch it: polling will tell
            return
        with self._lock:
            self._new.append(descriptor)
            if self._thread is None:
                self._start()
        self._nudge()

    def close(self) -> None:
        """Stop watching; what runs goes on running."""
        with self._lock:
            self._closing = True
            thread, poke = self._thread, self._poke
            self._thread = self._poke = None
        if thread is not None and poke is not None:
            os.close(poke)  # which the thread sees as the end of its pipe
            thread.join()

    def _start(self) -> None:
        ear, self._poke = os.pipe()
        self._thread = threading.Thread(
            target=self._run, args=(ear,), name="amt-exit-watch", daemon=True
        )
        self._thread.start()

    def _nudge(self) -> None:
        with self._lock:
            if self._poke is not None:
                os.write(self._poke, b"!")

    def _run(self, ear: int) -> None:
        watched: set[int] = set()
        poller = select.poll()
        poller.register(ear, select.POLLIN)
        while not self._closing:
            for descriptor, _ in poller.poll():
                if descriptor == ear:
                    self._take_new(ear, poller, watched)
                    continue
                poller.unregister(descriptor)
                watched.discard(descriptor)
                os.close(descriptor)
                self._wake()
        for descriptor in (*watched, *self._new, ear):
            os.close(descriptor)

    def _take_new(self, ear: int, poller: select.poll, watched: set[int]) -> None:
        os.read(ear, 4096)
        with self._lock:
            new, self._new = self._new, []
        for descriptor in new:
            watched.add(descriptor)
            poller.register(descriptor, select.POLLIN)
