"""The parameters of a definition's process, found at a bounded cost from ask to ask.

From scratch they would be most of an ask's cost. So that is done at few lengths of the
history, each a fifth longer than the last, and every other search for them begins where
that of the length before ended, and takes few steps. The history alone decides: what is
kept between asks is only a cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchestrator.strategy.gaussian_process import GaussianProcess, most_probable
from orchestrator.strategy.kernel import Shape
from orchestrator.strategy.seeds import generator
from orchestrator.strategy.targets import fitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.strategy.evidence import Evidence, Reader
    from orchestrator.strategy.kernel import Parameters

    Floats = NDArray[np.float64]

FITTED = 150  # trials that parameters are fitted to
HELD = 1000  # trials that a process is conditioned on
_FIRST = 16  # trials; fewer are fitted from scratch
_GROWTH = 1.2
_STEPS = 12  # from where the fit of fewer trials ended


class Fitter:
    """Fits the processes of one definition.

    Args:
        reader: The definition's.
        seed: Root of every random choice.
        maximize: Whether greater values are better.
    """

    def __init__(self, reader: Reader, seed: int, *, maximize: bool) -> None:
        self._lattice = reader.lattice
        self._seed = seed
        self._purpose = f"bayesian/{reader.definition}/sample"
        self._maximize = maximize
        self._cache: dict[bytes, Parameters] = {}

    def process(self, evidence: Evidence, targets: Floats) -> GaussianProcess:
        """The process of what is known, failures being as bad as the worst that ended.

        Args:
            evidence: With objective values.
            targets: What these are on the scale of the process.
        """
        shape = Shape.of(self._lattice, marks=evidence.marks)
        points = np.vstack([evidence.points, evidence.failed])
        targets = np.concatenate([targets, np.full(len(evidence.failed), targets.max())])
        held = self.sample(targets, HELD)
        points, targets = points[held], targets[held]
        some = self.sample(targets, FITTED)
        start = self._landmark(shape, evidence)
        steps = {"steps": _STEPS} if start else {}
        parameters = most_probable(shape, points[some], targets[some], start=start, **steps)
        return GaussianProcess(parameters, points, targets)

    def _landmark(self, shape: Shape, evidence: Evidence) -> Parameters | None:
        """What the first trials alone made most probable; None where they are few."""
        length = _landmark(len(evidence.values))
        if evidence.marks or not length:
            return None
        points, values = evidence.points[:length], evidence.values[:length]
        key = points.tobytes() + values.tobytes()
        if key not in self._cache:
            targets = fitted(values, maximize=self._maximize).of(values)
            some = self.sample(targets, FITTED)
            self._cache = {key: most_probable(shape, points[some], targets[some])}
        return self._cache[key]

    def sample(self, targets: Floats, limit: int) -> NDArray[np.intp]:
        """Which to keep when there are too many: the best quarter and some of the rest."""
        if len(targets) <= limit:
            return np.arange(len(targets))
        order = np.argsort(targets, kind="stable")
        best, rest = order[: limit // 4], order[limit // 4 :]
        chance = generator(self._seed, self._purpose, len(targets))
        drawn = rest[np.argsort(chance.random(len(rest)))[: limit - len(best)]]
        return np.sort(np.concatenate([best, drawn]))


def _landmark(count: int) -> int:
    """The last length of the history, up to `count`, at which parameters are found afresh."""
    length = float(_FIRST)
    while length * _GROWTH < count + 1:
        length *= _GROWTH
    return int(length) if count >= _FIRST else 0
