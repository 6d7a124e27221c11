"""What one definition promises at one moment: its fitted process, and its best new point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from orchestrator.space.encoding import decode
from orchestrator.space.grid import configuration_at, size
from orchestrator.strategy.acquisition import Improvement
from orchestrator.strategy.candidates import ranked, sample
from orchestrator.strategy.convergence import converged
from orchestrator.strategy.gaussian_process import GaussianProcess, Shape, most_probable
from orchestrator.strategy.protocol import Suggestion
from orchestrator.strategy.seeds import generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from orchestrator.space.ranges import Configuration
    from orchestrator.strategy.evidence import Evidence, Reader
    from orchestrator.strategy.seen import Seen
    from orchestrator.strategy.targets import Targets

    Floats = NDArray[np.float64]

_FITTED = 150  # trials that the parameters are fitted to
_HELD = 1000  # trials that the process is conditioned on
_DRAWS = 8  # of the outcomes of pending trials
_ANCHORS = 5  # known points that candidates are taken near
_LISTED = 1024  # configurations; spaces up to here are scored whole


class Prospect:
    """A definition's process; see the module.

    Args:
        reader: The definition's.
        evidence: What is known, with targets for values.
        targets: The scale of the targets.
        seed: Root of every random choice.
    """

    def __init__(self, reader: Reader, evidence: Evidence, targets: Targets, seed: int) -> None:
        self._reader = reader
        self._seed = seed
        self._targets = targets
        self._pending = evidence.pending
        self._purpose = f"bayesian/{reader.definition}"
        points = np.vstack([evidence.points, evidence.failed])
        known = evidence.values
        values = np.concatenate([known, np.full(len(evidence.failed), known.max())])
        kept = self._sample(values, _HELD)
        self._process = self._fitted(points[kept], values[kept], evidence.marks)
        self.marks = evidence.marks
        self._known = points[kept]
        self._known[:, reader.lattice.width :] = 0.0  # parents' points, as if this job's
        self._means = self._process.predict(self._known)[0][:, 0]

    def _fitted(self, points: Floats, values: Floats, marks: int) -> GaussianProcess:
        some = self._sample(values, _FITTED)
        shape = Shape.of(self._reader.lattice, marks=marks)
        return GaussianProcess(most_probable(shape, points[some], values[some]), points, values)

    @property
    def best(self) -> float:
        """The least mean at a known point."""
        return float(self._means.min())

    def converged(self, number: int) -> bool:
        """True when the process sees no more gain worth having."""
        chance = generator(self._seed, f"{self._purpose}/convergence", number)
        elsewhere = sample(self._reader.lattice, self._anchors(), chance)
        return converged(self._process, self._targets, self._known, elsewhere)

    def choice(
        self, seen: Seen, fresh: Sequence[Suggestion], number: int, ceiling: float
    ) -> tuple[Suggestion, float] | None:
        """The most promising configuration that is new, and its promise; None: none is left."""
        chance = generator(self._seed, self._purpose, number)
        promise = self._promise(fresh, chance, ceiling)
        for configuration, score in self._ordered(promise, chance):
            suggestion = Suggestion(configuration, self._reader.definition)
            if suggestion not in seen and suggestion not in fresh:
                return suggestion, score
        return None

    def _promise(
        self, fresh: Sequence[Suggestion], chance: np.random.Generator, ceiling: float
    ) -> Improvement:
        """Expected improvement with what runs and what is being suggested imagined."""
        mine = [each for each in fresh if each.definition == self._reader.definition]
        added = self._reader.points((each.configuration for each in mine), self.marks)
        pending = np.vstack([self._pending, added])
        if not len(pending):
            return Improvement(self._process, self._known, ceiling)
        normals = ndtri(np.clip(chance.random((len(pending), _DRAWS)), 1e-9, 1 - 1e-9))
        process = self._process.imagined(pending, normals)
        return Improvement(process, np.vstack([self._known, pending]), ceiling)

    def _ordered(
        self, promise: Improvement, chance: np.random.Generator
    ) -> Iterator[tuple[Configuration, float]]:
        """Configurations and their promise, the most promising first."""
        count = size(self._reader.space)
        if count is not None and count <= _LISTED:
            every = [configuration_at(self._reader.space, index) for index in range(count)]
            scores = promise(self._reader.points(every, self.marks))
            for index in np.argsort(-scores, kind="stable"):
                yield every[index], float(scores[index])
            return
        points, scores = ranked(self._reader.lattice, promise, self._anchors(), chance)
        for point, score in zip(points, scores, strict=True):
            yield (
                decode(self._reader.space, point.tolist()[: self._reader.lattice.width]),
                float(score),
            )

    def _anchors(self) -> Floats:
        """The best known points, best first."""
        return self._known[np.argsort(self._means, kind="stable")[:_ANCHORS]]

    def _sample(self, values: Floats, limit: int) -> NDArray[np.intp]:
        """Which to keep when there are too many: the best quarter and some of the rest."""
        if len(values) <= limit:
            return np.arange(len(values))
        order = np.argsort(values, kind="stable")
        best, rest = order[: limit // 4], order[limit // 4 :]
        chance = generator(self._seed, f"{self._purpose}/sample", len(values))
        drawn = rest[np.argsort(chance.random(len(rest)))[: limit - len(best)]]
        return np.sort(np.concatenate([best, drawn]))
