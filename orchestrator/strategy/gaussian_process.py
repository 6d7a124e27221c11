"""A Gaussian process over the unit cube: Matérn 5/2, a length per range, warped inputs.

* One length scale per range; the columns of a one-hot range share theirs, so categories
  are equally far apart. Their prior grows with the square root of the number of ranges
  (Hvarfner et al. 2024, "Vanilla Bayesian optimization performs great in high dimensions").
* Each numeric coordinate u is bent to 1 - (1 - u^a)^b (Kumaraswamy's distribution function;
  Snoek et al. 2014, "Input warping for Bayesian optimization of non-stationary
  functions"), which learns logarithmic scales and the like.
* Noise and signal variance are learned; the constant mean is integrated by its optimum.
* All of these are set to their most probable values given the data (MAP), by L-BFGS on
  exact gradients: a handful of matrix products per step.

Targets are expected with mean 0 and deviation 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.space.lattice import Lattice

    Floats = NDArray[np.float64]

_EDGE = 1e-9  # a warped coordinate stays this far inside (0, 1)
_JITTER = 1e-8
_HOPELESS = 1e25

_LENGTH_MEAN, _LENGTH_DEVIATION = -1.0, 1.2  # of log length, without the root
_UNORDERED_MEAN, _UNORDERED_DEVIATION = 0.5, 0.7  # for categories, that none be a stranger
_MARK_MEAN, _MARK_DEVIATION = 1.5, 1.5  # for parents, that they mostly agree with their child
_WARP_DEVIATION = 0.5  # of log a and log b, about 0: no warping
_NOISE_MEAN, _NOISE_DEVIATION = np.log(1e-3), 3.0  # of log noise variance
_SIGNAL_DEVIATION = 1.0  # of log signal variance, about 0


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns there are.

    Attributes:
        group: For each column, the number of its length scale.
        groups: How many length scales there are.
        unordered: The length scales of categories.
        warped: The columns that are warped.
        marks: The length scales of columns that tell this job from its parents.
    """

    group: NDArray[np.intp]
    groups: int
    unordered: NDArray[np.intp]
    warped: NDArray[np.intp]
    marks: NDArray[np.intp]

    @classmethod
    def of(cls, lattice: Lattice, *, marks: int = 0) -> Shape:
        """The shape of a space's columns, with `marks` more columns behind them."""
        widths = [axis.columns.stop - axis.columns.start for axis in lattice.axes] + [1] * marks
        group = np.repeat(np.arange(len(widths)), widths)
        unordered = [
            index
            for index, axis in enumerate(lattice.axes)
            if axis.columns.start not in lattice.numeric
        ]
        return cls(
            group,
            len(widths),
            np.array(unordered, dtype=np.intp),
            np.array(lattice.numeric, dtype=np.intp),
            np.arange(len(lattice.axes), len(widths)),
        )

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return self.groups + 2 * len(self.warped) + 2


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a process, as plain (not logarithmic) values."""

    shape: Shape
    lengths: Floats
    a: Floats
    b: Floats
    noise: float
    signal: float

    @classmethod
    def of(cls, shape: Shape, theta: Floats) -> Parameters:
        """From the vector of their logarithms."""
        values = np.exp(theta)
        cuts = np.cumsum([shape.groups, len(shape.warped), len(shape.warped)])
        lengths, a, b, rest = np.split(values, cuts)
        return cls(shape, lengths[shape.group], a, b, float(rest[0]), float(rest[1]))

    def features(self, points: Floats) -> Floats:
        """Points warped, in units of the length scales."""
        columns = self.shape.warped
        warped = points.copy()
        inside = np.clip(points[:, columns], _EDGE, 1.0 - _EDGE)
        remains = -np.expm1(self.a * np.log(inside))
        warped[:, columns] = 1.0 - remains**self.b
        return warped / self.lengths

    def slopes(self, points: Floats) -> Floats:
        """Derivatives of the features by the coordinates."""
        columns = self.shape.warped
        slopes = np.ones_like(points)
        inside = np.clip(points[:, columns], _EDGE, 1.0 - _EDGE)
        logs = np.log(inside)
        remains = -np.expm1(self.a * logs)
        slopes[:, columns] = (
            self.a * self.b * np.exp((self.a - 1.0) * logs) * remains ** (self.b - 1.0)
        )
        return slopes / self.lengths


def matern(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The Matérn 5/2 correlation between features, and its derivative by squared distance."""
    squared = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2.0 * one @ other.T
    distance = np.sqrt(5.0 * np.maximum(squared, 0.0))
    decay = np.exp(-distance)
    slope = -5.0 / 6.0 * (1.0 + distance) * decay
    return (1.0 + distance + distance**2 / 3.0) * decay, slope


class GaussianProcess:
    """The posterior given data; targets may have several columns (imagined outcomes)."""

    def __init__(self, parameters: Parameters, points: Floats, targets: Floats) -> None:
        self.parameters = parameters
        self.features = parameters.features(points)
        self.points = points
        self.targets = columns = targets if targets.ndim > 1 else targets[:, None]
        correlation, _ = matern(self.features, self.features)
        covariance = parameters.signal * correlation
        covariance[np.diag_indices(len(points))] = parameters.signal + parameters.noise + _JITTER
        inverse, _ = _inverted(covariance)
        self.inverse = inverse
        ones = inverse.sum(1)
        self.mean = ones @ columns / (ones.sum() + 1.0)
        self.weights = inverse @ (columns - self.mean)
        self.fitted = columns - (parameters.noise + _JITTER) * self.weights

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Means (a column per column of targets) and deviations of the noiseless function."""
        correlation, _ = matern(self.parameters.features(points), self.features)
        covariance = self.parameters.signal * correlation
        spread = self.parameters.signal - np.einsum(
            "ij,ij->i", covariance @ self.inverse, covariance
        )
        mean: Floats = self.mean + covariance @ self.weights
        return mean, np.sqrt(np.maximum(spread, 1e-12))

    def imagined(self, points: Floats, normals: Floats) -> GaussianProcess:
        """The process after these points had given outcomes drawn from it by `normals`."""
        features = self.parameters.features(points)
        signal = self.parameters.signal
        cross = signal * matern(features, self.features)[0]
        joint = signal * matern(features, features)[0] - cross @ self.inverse @ cross.T
        joint[np.diag_indices(len(points))] += self.parameters.noise + 1e-6
        values, vectors = np.linalg.eigh(joint)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        outcomes = (self.mean + cross @ self.weights)[:, :1] + root @ normals
        known = np.repeat(self.targets[:, :1], normals.shape[1], axis=1)
        return GaussianProcess(
            self.parameters,
            np.vstack([self.points, points]),
            np.vstack([known, outcomes]),
        )


def most_probable(shape: Shape, points: Floats, targets: Floats, *, steps: int = 50) -> Parameters:
    """The parameters that the data make most probable."""
    bounds = _bounds(shape)
    problem = _Posterior(shape, points, targets)
    best, score = _starts(shape)[0], np.inf
    for start in _starts(shape):
        found = minimize(
            problem,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": steps, "ftol": 1e-6, "gtol": 1e-4},
        )
        if found.fun < score:
            best, score = found.x, found.fun
    return Parameters.of(shape, np.asarray(best))


def _starts(shape: Shape) -> list[Floats]:
    """Where the search for parameters begins: long and short length scales."""
    root = 0.5 * np.log(max(shape.groups, 1))
    starts = []
    for length, noise in ((-0.7, -4.0), (-2.0, -9.0)):
        theta = np.zeros(shape.size)
        theta[: shape.groups] = length + root
        theta[-2] = noise
        starts.append(theta)
    return starts


def _bounds(shape: Shape) -> list[tuple[float, float]]:
    return [
        *[(np.log(5e-3), np.log(1e3))] * shape.groups,
        *[(np.log(0.2), np.log(5.0))] * (2 * len(shape.warped)),
        (np.log(1e-6), np.log(2.0)),
        (np.log(1e-2), np.log(1e2)),
    ]


class _Posterior:
    """The negative log of (likelihood times prior) of the parameters, and its gradient."""

    def __init__(self, shape: Shape, points: Floats, targets: Floats) -> None:
        self._shape = shape
        self._points = points
        self._targets = targets
        inside = np.clip(points[:, shape.warped], _EDGE, 1.0 - _EDGE)
        self._logs = np.log(inside)
        self._means = np.zeros(shape.size)
        self._means[: shape.groups] = _LENGTH_MEAN
        self._means[shape.unordered] = _UNORDERED_MEAN
        self._means[: shape.groups] += 0.5 * np.log(max(shape.groups, 1))
        self._means[shape.marks] = _MARK_MEAN
        self._means[-2] = _NOISE_MEAN
        deviations = np.full(shape.size, _WARP_DEVIATION)
        deviations[: shape.groups] = _LENGTH_DEVIATION
        deviations[shape.unordered] = _UNORDERED_DEVIATION
        deviations[shape.marks] = _MARK_DEVIATION
        deviations[-2:] = _NOISE_DEVIATION, _SIGNAL_DEVIATION
        self._precisions = deviations**-2
        self._tilt = np.zeros(shape.size)
        self._tilt[: shape.groups] = 1.0  # the density is by length, not by its logarithm

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """Value and gradient at the logarithms of the parameters."""
        away = theta - self._means
        prior = 0.5 * float(self._precisions @ away**2) + float(self._tilt @ theta)
        value, gradient = self._likelihood(theta)
        return value + prior, gradient + self._precisions * away + self._tilt

    def _likelihood(self, theta: Floats) -> tuple[float, Floats]:
        parameters = Parameters.of(self._shape, theta)
        features, by_a, by_b = self._warped(parameters)
        correlation, slope = matern(features, features)
        covariance = parameters.signal * correlation
        covariance[np.diag_indices(len(features))] = parameters.signal + parameters.noise + _JITTER
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
        signal = 0.5 * parameters.signal * float((pull * correlation).sum())
        pull *= parameters.signal * slope
        return value, np.concatenate([self._by_shape(pull, features, by_a, by_b), [noise, signal]])

    def _by_shape(self, pull: Floats, features: Floats, by_a: Floats, by_b: Floats) -> Floats:
        """The gradient by lengths and warps, from sums over pairs done as matrix products."""
        sums, mixed = pull.sum(1), pull @ features
        lengths = np.zeros(self._shape.groups)
        squares = sums @ features**2 - np.einsum("ij,ij->j", features, mixed)
        np.add.at(lengths, self._shape.group, -2.0 * squares)
        columns = self._shape.warped
        net = 2.0 * (sums[:, None] * features[:, columns] - mixed[:, columns])
        return np.concatenate([lengths, (net * by_a).sum(0), (net * by_b).sum(0)])

    def _warped(self, parameters: Parameters) -> tuple[Floats, Floats, Floats]:
        """Features, and their derivatives by the logarithms of a and b."""
        columns = self._shape.warped
        grown = parameters.a * self._logs
        remains = -np.expm1(grown)
        logs = np.log(remains)
        rest = np.exp(parameters.b * logs)
        features = self._points.copy()
        features[:, columns] = 1.0 - rest
        features /= parameters.lengths
        lengths = parameters.lengths[columns]
        by_a = parameters.b * np.exp((parameters.b - 1.0) * logs) * np.exp(grown) * grown
        return features, by_a / lengths, -parameters.b * logs * rest / lengths


def _inverted(covariance: Floats) -> tuple[Floats, float]:
    """The inverse, and half the logarithm of the determinant.

    Raises:
        numpy.linalg.LinAlgError: The matrix is not positive definite.
    """
    factor, failed = dpotrf(covariance, lower=1, clean=1)
    if failed:
        raise np.linalg.LinAlgError("not positive definite")
    half_log = float(np.log(np.diag(factor)).sum())
    inverse, _ = dpotri(factor, lower=1)
    upper = np.tril(inverse, -1)
    return upper + upper.T + np.diag(np.diag(inverse)), half_log
