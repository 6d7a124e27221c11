"""What one definition promises at one moment: its fitted process, and its best new point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchestrator.space.encoding import decode
from orchestrator.space.grid import configuration_at, size
from orchestrator.strategy.acquisition import Improvement
from orchestrator.strategy.candidates import ranked, sample, spread
from orchestrator.strategy.convergence import LEAST, converged
from orchestrator.strategy.plateau import Plateau
from orchestrator.strategy.protocol import Suggestion
from orchestrator.strategy.seeds import generator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from orchestrator.space.ranges import Configuration
    from orchestrator.strategy.evidence import Evidence, Reader
    from orchestrator.strategy.gaussian_process import GaussianProcess
    from orchestrator.strategy.seen import Seen
    from orchestrator.strategy.targets import Targets

    Floats = NDArray[np.float64]

_ANCHORS = 5  # known points that candidates are taken near
_FEW = 4  # points spread over the space, of which the most promising is somewhere else
_JUDGED = 100  # of the best known points, for the bound on what is still to be gained
_SAME = 1e-6  # of every range: points so close teach nothing that one of them does not
_REFINED = 0.005  # of every range: points so close teach the last digits only
_LISTED = 1024  # configurations; spaces up to here are scored whole


class Prospect:
    """A definition's process; see the module.

    Args:
        reader: The definition's.
        evidence: What is known.
        targets: The scale of the process's targets.
        process: Fitted to the evidence.
        seed: Root of every random choice.
    """

    def __init__(
        self,
        reader: Reader,
        evidence: Evidence,
        targets: Targets,
        process: GaussianProcess,
        *,
        seed: int,
    ) -> None:
        self._reader = reader
        self._seed = seed
        self._targets = targets
        self._process = process
        self._pending = evidence.pending
        self._marks = evidence.marks
        self._purpose = f"bayesian/{reader.definition}"
        self.guided = bool(evidence.parents.any())
        own = evidence.parents == 0
        self._finished = int(own.sum())
        mine = own | (evidence.marks == 0)  # parents of identical data are as this job
        self._plateau = Plateau.of(
            evidence.points[mine],
            evidence.values[mine],
            evidence.failed,
            maximize=targets.sign < 0,
        )
        self._known = process.points.copy()
        self._known[:, reader.lattice.width :] = 0.0  # parents' points, as if this job's
        self._means = process.means(self._known)

    @property
    def best(self) -> float:
        """The least mean at a known point."""
        return float(self._means.min())

    def converged(self, number: int) -> bool:
        """True when the process sees no more gain worth having."""
        if self._finished < LEAST:
            return False
        chance = generator(self._seed, f"{self._purpose}/convergence", number)
        elsewhere = sample(self._reader.lattice, self._anchors(), chance)
        known = self._known[np.argsort(self._means, kind="stable")[:_JUDGED]]
        return converged(self._process, self._targets, known, elsewhere)

    def choice(
        self, seen: Seen, fresh: Sequence[Suggestion], number: int, ceiling: float
    ) -> tuple[Suggestion, float] | None:
        """What to try next, and its promise; None: nothing new is left.

        That is the most promising configuration that is new. On a plateau, and where it would
        find but the last digits, every second one is from elsewhere instead.
        """
        promise = self._promise(fresh, ceiling)
        best = self._first_new(self._ordered(promise, number), seen, fresh)
        if best is not None and number % 2 and (self._plateau.seen or self._refines(best[0])):
            return self._first_new(self._elsewhere(promise, number), seen, fresh) or best
        return best

    def _refines(self, suggestion: Suggestion) -> bool:
        """True when it differs from one that is known or runs by next to nothing."""
        point = self._reader.points([suggestion.configuration], self._marks)
        return self._away(point[0]) < _REFINED

    def _away(self, point: Floats) -> float:
        """How far the nearest known or running point is, on the range where it is farthest."""
        taken = np.vstack([self._known, self._pending])
        width = self._reader.lattice.width
        return float(np.abs(taken - point)[:, :width].max(axis=1).min())

    def _first_new(
        self,
        ordered: Iterable[tuple[Configuration, float]],
        seen: Seen,
        fresh: Sequence[Suggestion],
    ) -> tuple[Suggestion, float] | None:
        """The first configuration that is new."""
        for configuration, score in ordered:
            suggestion = Suggestion(configuration, self._reader.definition)
            if suggestion not in seen and suggestion not in fresh:
                return suggestion, score
        return None

    def _promise(self, fresh: Sequence[Suggestion], ceiling: float) -> Improvement:
        """Expected improvement, what runs and what is being suggested giving what is expected."""
        mine = [each for each in fresh if each.definition == self._reader.definition]
        added = self._reader.points((each.configuration for each in mine), self._marks)
        pending = np.vstack([self._pending, added])
        if not len(pending):
            return Improvement(self._process, self._known, ceiling, self._plateau)
        process = self._process.expecting(pending)
        return Improvement(process, np.vstack([self._known, pending]), ceiling, self._plateau)

    def _ordered(self, promise: Improvement, number: int) -> Iterator[tuple[Configuration, float]]:
        """Configurations and their promise, the most promising first."""
        count = size(self._reader.space)
        if count is not None and count <= _LISTED:
            every = [configuration_at(self._reader.space, index) for index in range(count)]
            scores = promise(self._reader.points(every, self._marks))
            for index in np.argsort(-scores, kind="stable"):
                yield every[index], float(scores[index])
            return
        chance = generator(self._seed, f"{self._purpose}/candidates", number)
        points, scores = ranked(self._reader.lattice, promise, self._anchors(), chance)
        yield from self._decoded(points, scores)

    def _elsewhere(
        self, promise: Improvement, number: int
    ) -> Iterator[tuple[Configuration, float]]:
        """A few configurations from everywhere, the most promising first."""
        chance = generator(self._seed, f"{self._purpose}/elsewhere", number)
        points = spread(self._reader.lattice, self._known, chance, _FEW)
        scores = promise(points)
        order = np.argsort(-scores, kind="stable")
        yield from self._decoded(points[order], scores[order])

    def _decoded(self, points: Floats, scores: Floats) -> Iterator[tuple[Configuration, float]]:
        """What the points stand for, but for those that are as good as known."""
        width = self._reader.lattice.width
        for point, score in zip(points, scores, strict=True):
            if self._away(point) > _SAME:
                yield decode(self._reader.space, point.tolist()[:width]), float(score)

    def _anchors(self) -> Floats:
        """The best known points, best first."""
        return self._known[np.argsort(self._means, kind="stable")[:_ANCHORS]]
