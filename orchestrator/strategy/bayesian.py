"""Bayesian search: a Gaussian process of the objective, and where it promises most.

A search begins with the middle and a Latin hypercube, then each suggestion maximises log expected
improvement under a process fitted to what has ended, what runs (and what this very answer
suggests) giving what is expected of it. Rules:

* Stopped training jobs count with their last value (our reading). Failed ones are never run
  again, and count as bad as the worst seen, so that a region that crashes is left; but
  not when they are accidents (`orchestrator.strategy.failures`).
* While every training told the same, the search goes on at random: a process that knows nothing
  looks where it has been least, and that is mostly at the space's edges.
* Parents of a warm start shorten the beginning and join the data, as long as they help;
  see `orchestrator.strategy.warm_start`.
* Of several definitions each has its own process on one scale of targets; after the
  beginning the most promising one gets the next training job (our reading).
* An answer depends on the request, the seed and the history, not on earlier answers, and
  not on how many cores there are: linear algebra runs on one thread. Its matrices are small,
  and several threads would also make it slower by far on a machine that trains meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it has none

from orchestrator.strategy.evidence import Reader
from orchestrator.strategy.fitting import LEAST, Fitter
from orchestrator.strategy.latin_hypercube import rows
from orchestrator.strategy.prospect import Prospect
from orchestrator.strategy.protocol import Direction, Proposal, Suggestion
from orchestrator.strategy.random_search import RandomSearch
from orchestrator.strategy.seeds import generator
from orchestrator.strategy.seen import Seen
from orchestrator.strategy.targets import fitted
from orchestrator.strategy.warm_start import WarmStart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.strategy.evidence import Evidence
    from orchestrator.strategy.protocol import History, Search
    from orchestrator.strategy.targets import Form, Targets

_FEWEST, _MOST = 4, 8  # configurations before the first suggestion, by dimension
_AFTER_PARENTS = 3  # of these, when parents have told as much already
_BLAS = ThreadpoolController()  # made after the imports above have loaded every BLAS


class BayesianSearch:
    """Suggests by expected improvement; see the module."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._seen = Seen(transfer=search.transfer)
        self._random = RandomSearch(search)
        self._readers = [
            Reader(definition.space, index) for index, definition in enumerate(search.definitions)
        ]
        self._maximize = search.definitions[0].direction is Direction.MAXIMIZE
        self._warm = [
            WarmStart(
                reader.lattice, search.seed, transfer=search.transfer, maximize=self._maximize
            )
            for reader in self._readers
        ]
        self._fitters = [
            Fitter(reader, search.seed, maximize=self._maximize) for reader in self._readers
        ]
        self._rows = [
            rows(definition.space, self._beginning(reader), search.seed, f"design/{index}")
            for index, (definition, reader) in enumerate(
                zip(search.definitions, self._readers, strict=True)
            )
        ]

    def ask(self, history: History, count: int) -> Proposal:
        """Up to `count` new configurations; fewer when every space is used up."""
        with _BLAS.limit(limits=1, user_api="blas"):
            return self._ask(history, count)

    def _ask(self, history: History, count: int) -> Proposal:
        self._seen.follow(history)
        fresh: list[Suggestion] = []
        prospects: list[Prospect] | None = None
        while len(fresh) < count:
            suggestion = self._first(fresh, len(history.parents))
            if suggestion is None:
                prospects = self._prospects(history) if prospects is None else prospects
                if not any(prospect.guided for prospect in prospects):
                    suggestion = self._first(fresh, 0)  # the parents mislead: begin in full
                suggestion = suggestion or self._promising(prospects, fresh)
            suggestion = suggestion or self._random.following(history, fresh)
            if suggestion is None:
                break
            fresh.append(suggestion)
        return Proposal(tuple(fresh), self._converged(prospects))

    def _beginning(self, reader: Reader) -> int:
        """How many configurations come before the first that a process suggests."""
        return max(_FEWEST, min(reader.lattice.width + 1, _MOST), self._search.parallel)

    def _first(self, fresh: Sequence[Suggestion], parents: int) -> Suggestion | None:
        """The next row of the definitions' first tables, which take turns."""
        turn, definition = divmod(self._seen.total + len(fresh), len(self._rows))
        length = len(self._rows[definition])
        if turn >= (min(length, _AFTER_PARENTS) if parents >= length else length):
            return None
        suggestion = Suggestion(self._rows[definition][turn], definition)
        return None if suggestion in self._seen or suggestion in fresh else suggestion

    def _prospects(self, history: History) -> list[Prospect]:
        """A process for each definition with enough finished trials, on one scale of targets."""
        evidence = [
            warm.believed(reader.read(history))
            for warm, reader in zip(self._warm, self._readers, strict=True)
        ]
        values = np.concatenate([each.values for each in evidence])
        if not len(values) or values.min() == values.max():
            return []
        own = np.concatenate([each.parents for each in evidence]) == 0
        joined = own if self._search.transfer and own.any() else np.ones_like(own)
        form = self._form(evidence)
        targets = fitted(values[joined], form, maximize=self._maximize)
        return [
            self._prospect(index, each, targets, form)
            for index, each in enumerate(evidence)
            if len(each.values) >= LEAST and self._readers[index].lattice.width
        ]

    def _form(self, evidence: Sequence[Evidence]) -> Form:
        """The form of targets for this ask: the definition that knows most has the say."""
        most = max(range(len(evidence)), key=lambda index: len(evidence[index].values))
        chance = generator(self._search.seed, "bayesian/form", self._seen.total).random()
        own = evidence[most].alone() if self._search.transfer else evidence[most]
        return self._fitters[most].form(own, float(chance))

    def _prospect(self, index: int, evidence: Evidence, targets: Targets, form: Form) -> Prospect:
        scaled = self._warm[index].scaled(evidence, targets)
        process = self._fitters[index].process(evidence, scaled, form)
        return Prospect(self._readers[index], evidence, targets, process, seed=self._search.seed)

    def _converged(self, prospects: Sequence[Prospect] | None) -> bool:
        """True when every definition's process sees no more gain worth having."""
        if not prospects or len(prospects) < len(self._readers):
            return False
        return all(prospect.converged(self._seen.total) for prospect in prospects)

    def _promising(
        self, prospects: Sequence[Prospect], fresh: Sequence[Suggestion]
    ) -> Suggestion | None:
        """The new configuration of the greatest promise."""
        number = self._seen.total + len(fresh)
        ceiling = min((prospect.best for prospect in prospects), default=np.inf)
        found = [prospect.choice(self._seen, fresh, number, ceiling) for prospect in prospects]
        choices = [each for each in found if each is not None]
        return max(choices, key=lambda each: each[1])[0] if choices else None
