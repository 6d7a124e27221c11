"""What is new in a history of trials since it was last looked at, without reading it all.

A stopper is asked at every emission of every training job, so it must not read the whole
history each time: only trials that had not ended, and those launched since, can have
changed. A history that does not continue the last one is told from the start, so an answer
is the same with and without this cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.strategy.protocol import TrialState

if TYPE_CHECKING:
    from orchestrator.strategy.protocol import History, Suggestion, Trial


class Progress:
    """The trials that may have changed."""

    __slots__ = ("_last", "_length", "_open")

    def __init__(self) -> None:
        self._open: list[int] = []
        self._length = 0
        self._last: Suggestion | None = None

    def continues(self, history: History) -> bool:
        """True when `history` goes on from what `changes` saw last."""
        trials, length = history.trials, self._length
        return length == 0 or (
            len(trials) >= length and trials[length - 1].suggestion == self._last
        )

    def changes(self, history: History) -> list[Trial]:
        """The trials that ran when last looked at, or were launched since."""
        trials = history.trials
        indices = [*self._open, *range(self._length, len(trials))]
        found = [trials[index] for index in indices]
        self._open = [trial.number - 1 for trial in found if trial.state is TrialState.RUNNING]
        self._length = len(trials)
        self._last = trials[-1].suggestion if trials else None
        return found
