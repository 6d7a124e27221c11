"""Time as a collaborator: nobody else in the package asks what time it is.

A moment is a float: seconds since the epoch, UTC. In virtual time the clock moves only
when it is told to wait, so days of tuning pass in seconds with the real decisions.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading


class Clock(Protocol):
    """What the time is, and how to let it pass."""

    def now(self) -> float:
        """The present moment, in epoch seconds."""
        ...

    def wait_until(self, when: float | None, wake: threading.Event) -> None:
        """Return at `when`, or as soon as `wake` is set; None means only `wake` ends the wait."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """The present moment, in epoch seconds."""
        return time.time()  # noqa: TID251  (the one place that may)

    def wait_until(self, when: float | None, wake: threading.Event) -> None:
        """Sleep until `when` or until `wake` is set."""
        wake.wait(None if when is None else max(0.0, when - self.now()))


class VirtualClock:
    """A clock that jumps to the moment it is asked to wait for."""

    def __init__(self, start: float = 1_750_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        """The present virtual moment, in epoch seconds."""
        return self._now

    def wait_until(self, when: float | None, wake: threading.Event) -> None:
        """Jump to `when`; with nothing to jump to, wait for `wake` in real time."""
        if wake.is_set():
            return
        if when is None:
            wake.wait()
        else:
            self._now = max(self._now, when)
