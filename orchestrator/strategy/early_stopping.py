"""Early stopping ``Auto``: the median of running averages.

At epoch e a running job stops when its value is strictly worse than the median, over
completed jobs, of their running averages up to e (documented). AWS does not document when
the rule begins; ours: at least four completed jobs have a value at e, and e is at least 2
and a tenth of the median length of completed jobs. A job shorter than e has no average
at e and is left out.
"""

from __future__ import annotations

from bisect import insort
from itertools import accumulate
from typing import TYPE_CHECKING

from orchestrator.strategy.progress import Progress
from orchestrator.strategy.protocol import TrialState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.strategy.protocol import Direction, History, Trial

_POPULATION = 4  # completed jobs with a value at the epoch
_FIRST_EPOCH = 2
_SHARE_OF_LENGTH = 0.1


class MedianRule:
    """Stops what is worse than the median of the completed jobs at the same epoch."""

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        self._forget()

    def reason_to_stop(self, history: History, trial: Trial) -> str | None:
        """Why `trial` should end at its present epoch: value, median, epoch, jobs compared."""
        self._follow(history)
        epoch = len(trial.values)
        if not self._begun(epoch):
            return None
        averages = self._averages[epoch - 1]
        value, middle = trial.values[-1], _median(averages)
        if not self._direction.better(middle, value):
            return None
        return (
            f"Early stopping: at epoch {epoch} the objective is {value:.6g}, worse than "
            f"{middle:.6g}, the median of the running averages of {len(averages)} completed jobs."
        )

    def _begun(self, epoch: int) -> bool:
        """True when enough is known at this epoch to judge by."""
        return (
            _FIRST_EPOCH <= epoch <= len(self._averages)
            and len(self._averages[epoch - 1]) >= _POPULATION
            and epoch >= _SHARE_OF_LENGTH * _median(self._lengths)
        )

    def _follow(self, history: History) -> None:
        if not self._progress.continues(history):
            self._forget()
        for trial in self._progress.changes(history):
            if trial.state is TrialState.COMPLETED and trial.values:
                self._learn(trial.values)

    def _learn(self, values: Sequence[float]) -> None:
        """Put a completed job's length and running averages in their sorted places."""
        insort(self._lengths, len(values))
        self._averages.extend([] for _ in range(len(values) - len(self._averages)))
        for index, total in enumerate(accumulate(values)):
            insort(self._averages[index], total / (index + 1))

    def _forget(self) -> None:
        self._progress = Progress()
        self._lengths: list[int] = []
        self._averages: list[list[float]] = []


def _median(ordered: Sequence[float]) -> float:
    """The middle of a sorted sequence that is not empty."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
