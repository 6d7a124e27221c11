"""The suggestions a tuning job has had, kept up with its growing history.

A strategy holds one as its cache: looking at a history again costs only what is new in it.
A history that does not continue the one seen before is read afresh, so an answer is the
same with and without the cache.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.space.ranges import Configuration
    from orchestrator.strategy.protocol import History, Suggestion


class Seen:
    """What was launched before by this job, and by its parents.

    Args:
        transfer: The parents trained on other data, so what they ran is new here.
    """

    __slots__ = (
        "_counts",
        "_inherited",
        "_last",
        "_length",
        "_parents",
        "_suggestions",
        "_transfer",
    )

    def __init__(self, *, transfer: bool = False) -> None:
        self._transfer = transfer
        self._parents = 0
        self._inherited: set[Configuration] = set()
        self._length = 0
        self._last: Suggestion | None = None
        self._suggestions: set[Suggestion] = set()
        self._counts: Counter[int] = Counter()

    def follow(self, history: History) -> None:
        """Take in what `history` has beyond what was taken in before."""
        trials, parents = history.trials, history.parents
        if len(parents) != self._parents and not self._transfer:
            self._inherited = {parent.suggestion.configuration for parent in parents}
            self._parents = len(parents)
        if self._length and (
            len(trials) < self._length or trials[self._length - 1].suggestion != self._last
        ):
            self._restart()
        for index in range(self._length, len(trials)):
            self._last = trials[index].suggestion
            self._suggestions.add(self._last)
            self._counts[self._last.definition] += 1
        self._length = len(trials)

    def __contains__(self, suggestion: Suggestion) -> bool:
        return suggestion in self._suggestions or suggestion.configuration in self._inherited

    def count(self, definition: int) -> int:
        """How many trials the definition has had, those of parents left out."""
        return self._counts[definition]

    @property
    def total(self) -> int:
        """How many trials there have been, those of parents left out."""
        return self._length

    def _restart(self) -> None:
        self._length = 0
        self._suggestions.clear()
        self._counts.clear()
