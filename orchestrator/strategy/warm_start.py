"""The parents of a warm start: which are believed, and on what scale their values join.

* A parent is believed while a process of its trials alone ranks this job's own outcomes
  rightly and surely, great differences counting more than small ones (in the spirit of Feurer
  et al. 2018, "Scalable meta-learning for Bayesian optimization"). One that is not believed is
  left out; when none is left the search is as if it had none.
* With IdenticalDataAndAlgorithm what a parent ran counts as if this job had run it.
* With TransferLearning each parent has a coordinate of its own whose length is learned, so that
  one that disagrees somewhat weighs less; its values are standardised, as AWS's team does
  (Perrone et al. 2021, "Amazon SageMaker Automatic Model Tuning"), and then measured as this
  job's are: so that where this job has been, parent and job have one mean and one deviation
  (our reading).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from orchestrator.strategy.gaussian_process import GaussianProcess, most_probable
from orchestrator.strategy.kernel import Shape
from orchestrator.strategy.subset import FITTED, subset
from orchestrator.strategy.targets import fitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.space.lattice import Lattice
    from orchestrator.strategy.evidence import Evidence
    from orchestrator.strategy.targets import Targets

    Floats = NDArray[np.float64]

_JUDGES = 3  # outcomes of this job that can speak against a parent
_RIGHT = 0.3  # of 1 for every difference foreseen, -1 for every one reversed
_FEWEST = 3  # trials of a parent that can be held against this job's
_LEAST_DEVIATION = 0.1


class WarmStart:
    """Judges the parents of one tuning job; what it keeps of them is only a cache."""

    def __init__(self, lattice: Lattice, seed: int, *, transfer: bool, maximize: bool) -> None:
        self._seed = seed
        self._shape = Shape.of(lattice)
        self._width = lattice.width
        self._transfer = transfer
        self._maximize = maximize
        self._cache: dict[tuple[int, int], GaussianProcess] = {}

    def believed(self, evidence: Evidence) -> Evidence:
        """The evidence without the parents that do not rank this job's outcomes rightly.

        With identical data those that are left are not told apart from this job.
        """
        kept = self._kept(evidence)
        return kept if self._transfer else kept.joined()

    def _kept(self, evidence: Evidence) -> Evidence:
        own = evidence.parents == 0
        if own.all() or own.sum() < _JUDGES:
            return evidence
        outcomes = fitted(evidence.values[own], maximize=self._maximize).of(evidence.values[own])
        kept = [
            parent
            for parent in range(1, evidence.marks + 1)
            if (evidence.parents == parent).sum() < _FEWEST
            or agreement(*self._foreseen(evidence, parent), outcomes) > _RIGHT
        ]
        return evidence.keeping(kept) if kept else evidence.alone()

    def scaled(self, evidence: Evidence, targets: Targets) -> Floats:
        """The targets of the evidence's values; `targets` is the scale of this job's."""
        known = targets.of(evidence.values)
        for parent in range(1, evidence.marks + 1) if self._transfer else ():
            known[evidence.parents == parent] = self._moved(evidence, parent)
        return known

    def _moved(self, evidence: Evidence, parent: int) -> Floats:
        """A parent's standardised values, in units of this job's."""
        values = self._standardised(evidence, parent)
        if (evidence.parents == 0).sum() < _JUDGES or len(values) < _FEWEST:
            return values
        foreseen, _ = self._foreseen(evidence, parent)
        moved: Floats = (values - foreseen.mean()) / max(float(foreseen.std()), _LEAST_DEVIATION)
        return moved

    def _standardised(self, evidence: Evidence, parent: int) -> Floats:
        values = evidence.values[evidence.parents == parent]
        return fitted(values, maximize=self._maximize).of(values) if len(values) else values

    def _foreseen(self, evidence: Evidence, parent: int) -> tuple[Floats, Floats]:
        """What the parent's trials alone say of this job's, and how surely: means, deviations."""
        points = evidence.points[:, : self._width]
        theirs = points[evidence.parents == parent]
        own = points[evidence.parents == 0]
        key = (parent, len(theirs))
        if key not in self._cache:
            values = self._standardised(evidence, parent)
            some = subset(values, FITTED, self._seed, f"warm-start/{parent}")
            parameters = most_probable(self._shape, theirs[some], values[some])
            self._cache[key] = GaussianProcess(parameters, theirs[some], values[some])
        return self._cache[key].predict(own)


def agreement(foreseen: Floats, deviations: Floats, outcomes: Floats) -> float:
    """How far differences of `outcomes` are foreseen: from -1 (all reversed) to 1 (all).

    A difference foreseen with doubt counts as the probability of its sign less that of the other:
    few outcomes agree by chance with what hardly says anything of them.
    """
    gaps = outcomes[:, None] - outcomes
    total = float(np.abs(gaps).sum())
    if total == 0:
        return 0.0
    doubts = np.sqrt(deviations[:, None] ** 2 + deviations**2)
    signs = 2.0 * ndtr((foreseen[:, None] - foreseen) / doubts) - 1.0
    return float((gaps * signs).sum()) / total
