"""The same loop in virtual time: whole tuning jobs in moments, with the real decisions."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.clock import Clock
    from orchestrator.engine.loop import Loop


class Stalled(RuntimeError):
    """Nothing will ever happen again, although jobs are in hand: a fault of ours."""


def run_to_end(loop: Loop, clock: Clock) -> None:
    """Turn `loop` until it drives nothing; `clock` jumps from event to event.

    Raises:
        Stalled: Jobs are in hand but nothing is due.
    """
    never = threading.Event()
    while loop.driving():
        if loop.turn() or loop.pending():
            continue
        when = loop.next_turn()
        if when is None:
            raise Stalled(", ".join(loop.driving()))
        clock.wait_until(when, never)
