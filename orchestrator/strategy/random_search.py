"""Random search: configurations drawn on the scale of each range, none twice.

Draw k is decided by the job's seed and k alone, never by results or by the order in which
training jobs end (documented: the same seed gives the same configurations); k is the
number of trials launched before it. Nothing is drawn twice (our reading of the documented
check that a finite space has enough combinations), also not what a parent ran on the same
data:

* A finite space whose configurations are all equally likely (categorical and linear
  integer ranges) is read off a seeded permutation, at the same cost from the first draw
  to the last.
* With integers on a logarithmic scale each draw is weighted by the cells of the integers,
  over what is left (successive sampling). A small space is put in such an order once; a
  large one is drawn from, and drawn again when the configuration is known, before the
  permutation gives the rest.
* A space with a continuous range is drawn on its scales, and drawn again likewise.

Several definitions take turns in rounds, each round in a random order, so the draw of a
definition is uniform and the budget is even (our reading; AWS documents no split).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from orchestrator.space.grid import configuration_at, shares, size
from orchestrator.space.ranges import IntegerRange, Scaling, to_text
from orchestrator.space.scaling import value_at
from orchestrator.strategy.permutation import Permutation, weighted_order
from orchestrator.strategy.protocol import Proposal, Suggestion
from orchestrator.strategy.seeds import Stream
from orchestrator.strategy.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from orchestrator.space.ranges import Configuration, Space
    from orchestrator.strategy.protocol import History, Search

_ATTEMPTS = 50
_WEIGHED = 16384  # configurations; ordering them takes a tenth of a second


class RandomSearch:
    """Draws without replacement; see the module."""

    def __init__(self, search: Search) -> None:
        self._seed = search.seed
        self._draws = [
            _Draws(definition.space, search.seed, index)
            for index, definition in enumerate(search.definitions)
        ]
        self._seen = Seen(transfer=search.transfer)

    def ask(self, history: History, count: int) -> Proposal:
        """Up to `count` new configurations; fewer when every space is used up."""
        fresh: list[Suggestion] = []
        while len(fresh) < count and (suggestion := self.following(history, fresh)):
            fresh.append(suggestion)
        return Proposal(tuple(fresh))

    def following(self, history: History, fresh: Sequence[Suggestion]) -> Suggestion | None:
        """The draw that comes after those of the history and of `fresh`; None: used up."""
        self._seen.follow(history)
        for definition in self._turn(self._seen.total + len(fresh)):
            before = self._seen.count(definition) + sum(
                each.definition == definition for each in fresh
            )
            draws = self._draws[definition]
            if (found := draws.first_new(before, self._seen, fresh)) is not None:
                return found
        return None

    def _turn(self, number: int) -> list[int]:
        """The definitions to try for draw `number`: the one whose turn it is, then others."""
        turn, position = divmod(number, len(self._draws))
        order = Stream(self._seed, "random/turn", turn).shuffled(range(len(self._draws)))
        return order[position:] + order[:position]


class _Draws:
    """The draws of one definition."""

    def __init__(self, space: Space, seed: int, definition: int) -> None:
        self._space = space
        self._seed = seed
        self._definition = definition
        self._purpose = f"random/{definition}"
        self._count = size(space) or 0
        self._even = self._count > 0 and not any(
            isinstance(each, IntegerRange) and each.scaling is Scaling.LOGARITHMIC for each in space
        )

    def first_new(
        self, number: int, seen: Seen, fresh: Collection[Suggestion]
    ) -> Suggestion | None:
        """Draw `number`: the first of its candidates that is neither seen nor fresh."""
        for configuration in self._candidates(number):
            suggestion = Suggestion(configuration, self._definition)
            if suggestion not in seen and suggestion not in fresh:
                return suggestion
        return None

    @cached_property
    def _order(self) -> Permutation | list[int]:
        """The indices of a finite space in the order of their draws."""
        if self._even or self._count > _WEIGHED:
            return Permutation(self._seed, self._purpose, self._count)
        return weighted_order(self._seed, self._purpose, shares(self._space))

    def _candidates(self, number: int) -> Iterator[Configuration]:
        """What draw `number` tries in turn."""
        if not self._even and not 0 < self._count <= _WEIGHED:
            yield from self._scaled(number)
        for position in range(number, number + self._count):
            yield configuration_at(self._space, self._order[position % self._count])

    def _scaled(self, number: int) -> Iterator[Configuration]:
        stream = Stream(self._seed, self._purpose, number)
        for _ in range(_ATTEMPTS):
            yield tuple(
                (each.name, to_text(each, value_at(each, stream.fraction())))
                for each in self._space
            )
