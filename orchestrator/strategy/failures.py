"""Whether failed training jobs say something about where they failed.

Some failures lie where the space cannot be trained: too little memory, a rate that diverges. Such a
region is to be left. Others are accidents that could have come anywhere, and to count them as bad
results would spoil what is known of the objective. A process of success (0) and failure (1) is
asked to foresee each from all others: where it does so better than by their share, failures count
(a model of failures as in Gelbart et al. 2014, "Bayesian optimization with unknown constraints";
left-out trials after Sundararajan and Keerthi 2001, "Predictive approaches for choosing
hyperparameters in Gaussian processes").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchestrator.strategy.gaussian_process import GaussianProcess, most_probable
from orchestrator.strategy.landmarks import last_landmark
from orchestrator.strategy.subset import FITTED, subset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.strategy.kernel import Parameters, Shape

    Floats = NDArray[np.float64]

_FEWEST = 5  # failures that can be judged; fewer count
_FORESEEN = 0.35  # how much more likely those that failed look to fail; by accidents about 0.1


class Failures:
    """Judges the failures of one definition; what is kept between asks is only a cache.

    Args:
        seed: Root of every random choice.
        purpose: The definition's.
    """

    def __init__(self, seed: int, purpose: str) -> None:
        self._seed = seed
        self._purpose = f"{purpose}/failures"
        self._cache: dict[bytes, Parameters] = {}

    def count(self, shape: Shape, ended: Floats, failed: Floats) -> bool:
        """Whether the failures are bad results of where they failed.

        Args:
            shape: Which columns the points have.
            ended: Points that were trained to the end; at least one.
            failed: Points whose training failed.
        """
        if len(failed) < _FEWEST:
            return True
        first = (ended[: last_landmark(len(ended), 1)], failed[: last_landmark(len(failed), 1)])
        key = b"/".join(points.tobytes() for points in first)
        if key not in self._cache:
            points, labels = self._labelled(*first)
            self._cache = {key: most_probable(shape, points, _standard(labels))}
        points, labels = self._labelled(ended, failed)
        targets = _standard(labels)
        process = GaussianProcess(self._cache[key], points, targets)
        left_out = targets - process.weights / np.diag(process.inverse)
        foreseen = labels.std() * left_out
        more = foreseen[labels > 0].mean() - foreseen[labels == 0].mean()
        return bool(more > _FORESEEN)

    def _labelled(self, ended: Floats, failed: Floats) -> tuple[Floats, Floats]:
        """Some of the points, and whether each failed: 1 or 0."""
        labels = np.repeat([0.0, 1.0], [len(ended), len(failed)])
        some = subset(-labels, FITTED, self._seed, self._purpose)
        return np.vstack([ended, failed])[some], labels[some]


def _standard(labels: Floats) -> Floats:
    """The labels with mean 0 and deviation 1."""
    targets: Floats = (labels - labels.mean()) / labels.std()
    return targets
