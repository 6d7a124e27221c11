"""Grid search: every combination once.

The order is ours (AWS documents none): lexicographic in the order of the request, the last
parameter fastest, definitions in list order. The seed plays no part. When the grid is used
up an ask gets fewer suggestions than it asked for.
"""

from __future__ import annotations

from itertools import accumulate, islice
from typing import TYPE_CHECKING

from orchestrator.errors import BadInput, Fault
from orchestrator.space.grid import configuration_at, size
from orchestrator.strategy.protocol import Proposal, Suggestion
from orchestrator.strategy.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.strategy.protocol import History, Search


class GridSearch:
    """Walks the grids of the definitions one after the other.

    Raises:
        BadInput: A space has a continuous range, so it has no grid.
    """

    def __init__(self, search: Search) -> None:
        self._spaces = [definition.space for definition in search.definitions]
        sizes = [size(space) for space in self._spaces]
        finite = [count for count in sizes if count is not None]
        if len(finite) < len(sizes):
            raise BadInput([_ENDLESS])
        self._ends = list(accumulate(finite))
        self._seen = Seen(transfer=search.transfer)

    def ask(self, history: History, count: int) -> Proposal:
        """The next `count` combinations; fewer when the grid is used up."""
        self._seen.follow(history)
        return Proposal(tuple(islice(self._unseen(self._seen.total), count)))

    def _unseen(self, start: int) -> Iterator[Suggestion]:
        """New combinations from number `start` on, then any left behind before it."""
        total = self._ends[-1]
        for number in range(start, start + total):
            suggestion = self._at(number % total)
            if suggestion not in self._seen:
                yield suggestion

    def _at(self, number: int) -> Suggestion:
        definition = next(i for i, end in enumerate(self._ends) if number < end)
        first = self._ends[definition - 1] if definition else 0
        space = self._spaces[definition]
        return Suggestion(configuration_at(space, number - first), definition)


_ENDLESS = Fault(
    "ParameterRanges",
    "a grid needs ranges that can be counted, and a continuous range cannot",
    mend="Use categorical ranges, or another strategy.",
)
