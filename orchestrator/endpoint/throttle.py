"""How many requests a second an account may send: AWS's answer to more, for testing retries.

A bucket of tokens an account: it holds one second's worth, at least one, and is full at first.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from orchestrator.wire.faults import ThrottlingException

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "Rate exceeded"
"""AWS's literal text (observed)."""


class Throttle:
    """Lets an account's requests pass, or not. For any number of threads.

    Args:
        rate: Requests a second, more than 0.
        now: The present moment in seconds.
    """

    def __init__(self, rate: float, now: Callable[[], float]) -> None:
        self._rate = rate
        self._now = now
        self._most = max(1.0, rate)
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def check(self, account: str) -> None:
        """Count one request of `account`.

        Raises:
            ThrottlingException: It is one too many.
        """
        with self._lock:
            now = self._now()
            left, since = self._left.get(account, (self._most, now))
            left = min(self._most, left + max(0.0, now - since) * self._rate)
            allowed = left >= 1.0
            self._left[account] = (left - 1.0 if allowed else left, now)
        if not allowed:
            raise ThrottlingException(TEXT)
