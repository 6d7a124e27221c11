"""How much a point promises: the logarithm of expected improvement, with its gradient.

The logarithm keeps a slope where plain expected improvement is numerically nought (Ament
et al. 2023, "Unexpected improvements to expected improvement for Bayesian optimization").
What is to be improved on is the least posterior mean at a known or pending point, so noise does not
flatter. Smaller targets are better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from orchestrator.strategy.kernel import Correlation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.strategy.gaussian_process import GaussianProcess
    from orchestrator.strategy.plateau import Plateau

    Floats = NDArray[np.float64]

_HALF_LOG_TWO_PI = 0.5 * np.log(2.0 * np.pi)
_HALF_LOG_HALF_PI = 0.5 * np.log(0.5 * np.pi)
_LEAST_VARIANCE = 1e-12


class Improvement:
    """Log expected improvement under a process.

    Args:
        process: What is believed of the objective.
        references: The points to improve on.
        ceiling: A target to improve on that was reached elsewhere.
        plateau: Where nothing is to be gained, whatever the process says.
    """

    def __init__(
        self,
        process: GaussianProcess,
        references: Floats,
        ceiling: float = np.inf,
        plateau: Plateau | None = None,
    ) -> None:
        self._process = process
        self._plateau = plateau
        self._best = min(float(process.means(references).min()), ceiling)

    def __call__(self, points: Floats) -> Floats:
        """The promise of each point."""
        mean, deviation = self._process.predict(points)
        promise = _log_improvement((self._best - mean) / deviation) + np.log(deviation)
        if self._plateau is not None:
            promise[self._plateau.covers(points)] = -np.inf
        return promise

    def with_gradient(self, points: Floats) -> tuple[Floats, Floats]:
        """The promise of each point, and its derivatives by the point's coordinates."""
        process = self._process
        features = process.parameters.features(points)
        correlation = Correlation(process.parameters, features, process.features)
        covariance = process.parameters.signal * correlation.values
        solved = covariance @ process.inverse
        variance = process.parameters.variance - np.einsum("ij,ij->i", solved, covariance)
        variance = np.maximum(variance, _LEAST_VARIANCE)
        deviation = np.sqrt(variance)
        standard = (self._best - process.mean - covariance @ process.weights) / deviation
        logs = _log_improvement(standard)
        by_mean = -np.exp(log_ndtr(standard) - logs) / deviation
        density = np.exp(-0.5 * standard**2 - _HALF_LOG_TWO_PI - logs)
        by_variance = density / (2.0 * variance)
        pull = by_mean[:, None] * process.weights - 2.0 * by_variance[:, None] * solved
        by_feature = correlation.by_features(process.parameters.signal * pull)
        return logs + np.log(deviation), by_feature * process.parameters.slopes(points)


def _log_improvement(standard: Floats) -> Floats:
    """log(phi(z) + z Phi(z)), exact where it underflows."""
    near = np.maximum(standard, -1.0)
    density = np.exp(-0.5 * near**2 - _HALF_LOG_TWO_PI)
    plain = np.log(density + near * ndtr(near))
    far = np.minimum(standard, -1.0)
    ratio = np.log(-far * erfcx(-far / np.sqrt(2.0))) + _HALF_LOG_HALF_PI
    close = np.log(-np.expm1(np.minimum(ratio, -1e-300)))
    tail = np.where(far > -1e5, close, -2.0 * np.log(-far))  # noqa: PLR2004  (its expansion)
    small = -0.5 * far**2 - _HALF_LOG_TWO_PI + tail
    logs: Floats = np.where(standard > -1.0, plain, small)
    return logs
