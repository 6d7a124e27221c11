"""A Gaussian process over the unit cube; how alike points are, `kernel` says.

* Length scales are expected to grow with the square root of the number of ranges (Hvarfner
  et al. 2024, "Vanilla Bayesian optimization performs great in high dimensions").
* Noise and variances are learned, and a constant mean, expected about 0.
* All of these are set to their most probable values given the data (MAP), by L-BFGS on
  exact gradients: a handful of matrix products per step.
* What categories stretch is expected to be little or nothing but for a few numbers: Student's t,
  which lets what the data insist on be great.

What is expected of them before there are data was chosen by how well functions of many kinds
were foreseen from 12, 30 and 70 points.

Targets are expected with mean 0 and deviation 1.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize

from orchestrator.strategy.kernel import (
    EDGE,
    Correlation,
    Parameters,
    correlations,
    factors_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.strategy.kernel import Shape

    Floats = NDArray[np.float64]

_JITTER = 1e-8
_JITTERS = (_JITTER, 1e-5, 1e-2, 1e2)
_HOPELESS = 1e25
_SIDE = 256  # of the blocks that a matrix is mirrored in
_PAIRS = 1 << 17  # of points foreseen at once and known ones: more would only take memory

_LENGTH_MEAN, _LENGTH_DEVIATION = -1.2, 0.7  # of log length, without the root
_UNORDERED_MEAN, _UNORDERED_DEVIATION = 0.2, 0.7  # for categories, that none be a stranger
_MARK_MEAN, _MARK_DEVIATION = 1.5, 1.5  # for parents, that they mostly agree with their child
_WARP_DEVIATION = 0.4  # of log a and log b, about 0: no warping
_STRETCH_SCALE, _STRETCH_FREEDOM = 0.3, 3.0  # of log factors, about 0: most are 0, some are not
_NOISE_MEAN, _NOISE_DEVIATION = np.log(3e-3), 3.0  # of log noise variance
_MAIN_MEAN, _MAIN_DEVIATION = np.log(2.0), 1.5  # of log variance of main effects
_SIGNAL_DEVIATION = 0.7  # of log signal variance, about 0


class GaussianProcess:
    """The posterior given data."""

    def __init__(self, parameters: Parameters, points: Floats, targets: Floats) -> None:
        self.parameters = parameters
        self.features = parameters.features(points)
        self.points = points
        self.targets = targets
        self.inverse = inverse = _certainty(parameters, self.features)
        ones = inverse.sum(1)
        self.mean = float(ones @ targets / (ones.sum() + 1.0))
        self.weights = inverse @ (targets - self.mean)

    def means(self, points: Floats) -> Floats:
        """The means of the function."""
        return np.concatenate(
            [self._means(self._covariance(each)) for each in self._blocks(points)]
        )

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Means and deviations of the noiseless function."""
        means, deviations = zip(*map(self._predicted, self._blocks(points)), strict=True)
        return np.concatenate(means), np.concatenate(deviations)

    def _blocks(self, points: Floats) -> list[Floats]:
        """The points, some at a time: at least one block."""
        rows = max(_PAIRS // max(len(self.points), 1), 1)
        return [points[start : start + rows] for start in range(0, max(len(points), 1), rows)]

    def _predicted(self, points: Floats) -> tuple[Floats, Floats]:
        covariance = self._covariance(points)
        known = np.einsum("ij,ij->i", covariance @ self.inverse, covariance)
        spread = self.parameters.variance - known
        return self._means(covariance), np.sqrt(np.maximum(spread, 1e-12))

    def _covariance(self, points: Floats) -> Floats:
        """What the function has in common at these points and at the data."""
        covariance = correlations(self.parameters, self.parameters.features(points), self.features)
        covariance *= self.parameters.signal
        return covariance

    def _means(self, covariance: Floats) -> Floats:
        means: Floats = self.mean + covariance @ self.weights
        return means

    def expecting(self, points: Floats) -> GaussianProcess:
        """The process as if these points had given just what it expects of them.

        Its means are the same, and it is surer near these points (Ginsbourger et al. 2010, "Kriging is
        well-suited to parallelize optimization": the believer).
        """
        return GaussianProcess(
            self.parameters,
            np.vstack([self.points, points]),
            np.concatenate([self.targets, self.means(points)]),
        )


def most_probable(
    shape: Shape,
    points: Floats,
    targets: Floats,
    *,
    start: Parameters | None = None,
    steps: int = 50,
) -> Parameters:
    """The parameters that the data make most probable.

    Args:
        shape: Which columns the points have.
        points: Where the targets are known.
        targets: Their values.
        start: Where to begin; by default at long lengths, and again at short ones.
        steps: The most steps from each beginning.
    """
    bounds = _bounds(shape)
    problem = _Posterior(shape, points, targets)
    starts = _starts(shape) if start is None else [start.logarithms]
    best, score = starts[0], np.inf
    for theta in starts:
        found = minimize(
            problem,
            theta,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": steps, "ftol": 1e-6, "gtol": 1e-4},
        )
        if found.fun < score:
            best, score = found.x, found.fun
    return Parameters.of(shape, np.asarray(best))


def improbability(parameters: Parameters, points: Floats, targets: Floats) -> float:
    """The negative logarithm of (likelihood times prior) of parameters, but for a constant."""
    return _Posterior(parameters.shape, points, targets)(parameters.logarithms)[0]


def _starts(shape: Shape) -> list[Floats]:
    """Where the search for parameters begins: long and short length scales."""
    root = 0.5 * np.log(max(shape.groups, 1))
    starts = []
    for length, noise in ((-0.7, -4.0), (-2.0, -9.0)):
        theta = np.zeros(shape.size)
        theta[: shape.groups] = length + root
        theta[-3:-1] = _MAIN_MEAN, noise
        starts.append(theta)
    return starts


def _bounds(shape: Shape) -> list[tuple[float, float]]:
    return [
        *[(np.log(5e-3), np.log(1e3))] * shape.groups,
        *[(np.log(0.2), np.log(5.0))] * (2 * len(shape.warped)),
        *[(np.log(1e-2), np.log(1e2))] * (len(shape.categories) * len(shape.warped)),
        (np.log(1e-4), np.log(1e2)),
        (np.log(1e-6), np.log(2.0)),
        (np.log(1e-2), np.log(1e2)),
    ]


class _Posterior:
    """The negative log of (likelihood times prior) of the parameters, and its gradient."""

    def __init__(self, shape: Shape, points: Floats, targets: Floats) -> None:
        self._shape = shape
        self._points = points
        self._targets = targets
        inside = np.clip(points[:, shape.warped], EDGE, 1.0 - EDGE)
        self._logs = np.log(inside)
        self._chosen = shape.chosen(points)
        self._means = np.zeros(shape.size)
        self._means[: shape.groups] = _LENGTH_MEAN
        self._means[shape.unordered] = _UNORDERED_MEAN
        self._means[: shape.groups] += 0.5 * np.log(max(shape.groups, 1))
        self._means[shape.marks] = _MARK_MEAN
        self._means[-3:-1] = _MAIN_MEAN, _NOISE_MEAN
        self._stretch = slice(shape.groups + 2 * len(shape.warped), -3)
        deviations = np.full(shape.size, _WARP_DEVIATION)
        deviations[: shape.groups] = _LENGTH_DEVIATION
        deviations[self._stretch] = np.inf  # they have a prior of their own
        deviations[shape.unordered] = _UNORDERED_DEVIATION
        deviations[shape.marks] = _MARK_DEVIATION
        deviations[-3:] = _MAIN_DEVIATION, _NOISE_DEVIATION, _SIGNAL_DEVIATION
        self._precisions = deviations**-2
        self._tilt = np.zeros(shape.size)
        self._tilt[: shape.groups] = 1.0  # the density is by length, not by its logarithm

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """Value and gradient at the logarithms of the parameters."""
        away = theta - self._means
        prior = 0.5 * float(self._precisions @ away**2) + float(self._tilt @ theta)
        value, gradient = self._likelihood(theta)
        gradient += self._precisions * away + self._tilt
        tails, slopes = _tails(theta[self._stretch])
        gradient[self._stretch] += slopes
        return value + prior + tails, gradient

    def _likelihood(self, theta: Floats) -> tuple[float, Floats]:
        parameters = Parameters.of(self._shape, theta)
        factors, bounded = factors_of(self._chosen @ parameters.stretch)
        features, by_a, by_b = self._warped(parameters, factors)
        correlation = Correlation(parameters, features, features)
        covariance = parameters.signal * correlation.values
        covariance[np.diag_indices(len(features))] += parameters.noise + _JITTER
        try:
            inverse, half_log = _inverted(covariance)
        except np.linalg.LinAlgError:
            return _HOPELESS, np.zeros(len(theta))
        ones = inverse.sum(1)
        mean = float(ones @ self._targets / (ones.sum() + 1.0))
        weights = inverse @ (self._targets - mean)
        value = 0.5 * float((self._targets - mean) @ weights) + half_log + 0.5 * mean**2
        pull = inverse - np.outer(weights, weights)
        noise = 0.5 * parameters.noise * float(np.trace(pull))
        pull *= parameters.signal
        mains, signal = (
            0.5 * float(np.vdot(pull, part)) if part.ndim else 0.0
            for part in (correlation.mains, correlation.values)
        )
        net = correlation.by_features(pull)
        columns = self._shape.warped
        along = net * features
        lengths = np.bincount(self._shape.group, -along.sum(0), self._shape.groups)
        bends = [(net[:, columns] * by).sum(0) for by in (by_a, by_b)]
        stretch = (self._chosen.T @ (along[:, columns] * bounded)).ravel()
        return value, np.concatenate([lengths, *bends, stretch, [mains, noise, signal]])

    def _warped(self, parameters: Parameters, factors: Floats) -> tuple[Floats, Floats, Floats]:
        """Features stretched by these factors, and their derivatives by the logs of a and b."""
        columns = self._shape.warped
        grown = parameters.a * self._logs
        remains = -np.expm1(grown)
        logs = np.log(remains)
        rest = np.exp(parameters.b * logs)
        features = self._points.copy()
        features[:, columns] = (0.5 - rest) * factors
        features /= parameters.lengths
        lengths = parameters.lengths[columns] / factors
        by_a = parameters.b * np.exp((parameters.b - 1.0) * logs) * np.exp(grown) * grown
        return features, by_a / lengths, -parameters.b * logs * rest / lengths


def _tails(stretch: Floats) -> tuple[float, Floats]:
    """The negative log density of Student's t, but for a constant, and its derivatives."""
    unit = _STRETCH_FREEDOM * _STRETCH_SCALE**2
    more = _STRETCH_FREEDOM + 1.0
    value = 0.5 * more * float(np.log1p(stretch**2 / unit).sum())
    return value, more * stretch / (unit + stretch**2)


def _certainty(parameters: Parameters, features: Floats) -> Floats:
    """The inverse of the covariance of data, with as little jitter as rounding allows."""
    for jitter in _JITTERS:
        covariance = correlations(parameters, features, features)
        covariance *= parameters.signal
        covariance[np.diag_indices(len(features))] = parameters.variance + parameters.noise + jitter
        with suppress(np.linalg.LinAlgError):
            return _inverted(covariance)[0]
    raise AssertionError(parameters)  # the last one outweighs any rounding


def _inverted(covariance: Floats) -> tuple[Floats, float]:
    """The inverse, and half the logarithm of the determinant; the covariance is used up.

    Raises:
        numpy.linalg.LinAlgError: The matrix is not positive definite.
    """
    factor, failed = dpotrf(covariance.T, lower=1, clean=1, overwrite_a=1)
    if failed:
        raise np.linalg.LinAlgError("not positive definite")
    half_log = float(np.log(np.diag(factor)).sum())
    inverse, _ = dpotri(factor, lower=1, overwrite_c=1)
    for start in range(0, len(inverse), _SIDE):  # one of the two triangles is empty
        inside, below = slice(start, start + _SIDE), slice(start + _SIDE, None)
        inverse[inside, below] = inverse[below, inside].T
        inverse[inside, inside] += np.tril(inverse[inside, inside], -1).T
    return inverse.T, half_log  # the same, in the order of rows that all else has
