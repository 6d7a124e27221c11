"""How alike the objective is at two points: the covariance of the Gaussian process.

A sum of two parts, their shares learned:

* Matérn 5/2 over all ranges, a length for each.
* Main effects: a mean over the ranges of one kernel each (Duvenaud et al. 2011, "Additive
  Gaussian processes"). What a range does alone is learned from every trial, also from those
  that differ in all other ranges. Its form is 1 / (1 + r^2), for cheapness.

Each numeric coordinate u is bent before to 1 - (1 - u^a)^b (Kumaraswamy's distribution
function; Snoek et al. 2014, "Input warping for Bayesian optimization of non-stationary
functions"), which learns logarithmic scales and the like. The columns of a one-hot range
share their length, so categories are equally far apart.

How much a number matters may depend on a category: of several models each has ranges of its own,
a momentum is nothing to an optimiser without (Swersky et al. 2013, "Raiders of the lost
architecture: kernels for Bayesian optimization in conditional parameter spaces"). No request says
which, so it is learned: about its middle each warped coordinate is stretched by a factor for each
category, and shrunk to nothing where it does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.space.lattice import Lattice

    Floats = NDArray[np.float64]

EDGE = 1e-9  # a warped coordinate stays this far inside (0, 1)
_UTMOST = np.log(30.0)  # logarithm of a factor: beyond, distances would be lost in rounding
_BLOCK = 1 << 14  # pairs of points


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns there are.

    Attributes:
        group: For each column, the number of its length scale.
        groups: How many length scales there are.
        columns: For each length scale, its columns.
        unordered: The length scales of categories.
        warped: The columns that are warped.
        categories: The columns of categories that numbers may matter more or less with.
        pairs: Which of these stand for two categories, one of them 0 and one 1.
        marks: The length scales of columns that tell this job from its parents.
        mains: Whether there are main effects: not with parents, whose are not this job's.
    """

    group: NDArray[np.intp]
    groups: int
    columns: tuple[slice, ...]
    unordered: NDArray[np.intp]
    warped: NDArray[np.intp]
    categories: NDArray[np.intp]
    pairs: NDArray[np.bool_]
    marks: NDArray[np.intp]
    mains: bool

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
        ends = np.cumsum(widths).tolist()
        warped = np.array(lattice.numeric, dtype=np.intp)
        categories = np.flatnonzero(np.isin(group, unordered)) if len(warped) else warped
        return cls(
            group,
            len(widths),
            tuple(map(slice, [0, *ends], ends)),
            np.array(unordered, dtype=np.intp),
            warped,
            categories,
            np.array(widths)[group[categories]] == 1,
            np.arange(len(lattice.axes), len(widths)),
            mains=not marks,
        )

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return self.groups + (2 + len(self.categories)) * len(self.warped) + 3

    def chosen(self, points: Floats) -> Floats:
        """Which categories the points have, by column: 0 or 1; half less for pairs."""
        chosen = points[:, self.categories]
        chosen[:, self.pairs] -= 0.5
        return chosen


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a process, as plain (not logarithmic) values.

    Attributes:
        shape: Which columns there are.
        lengths: The length of each column.
        a: The first exponent of each warped column.
        b: The second.
        stretch: By column of categories and warped column the logarithm of the factor that
            stretches the second where the first is 1 (of pairs, by which 1 stretches more than 0).
        main: The variance of the main effects, in that of the other part.
        noise: The variance of the noise.
        signal: The variance of the other part.
    """

    shape: Shape
    lengths: Floats
    a: Floats
    b: Floats
    stretch: Floats
    main: float
    noise: float
    signal: float

    @classmethod
    def of(cls, shape: Shape, theta: Floats) -> Parameters:
        """From the vector of their logarithms."""
        count = len(shape.warped)
        cuts = np.cumsum([shape.groups, count, count, len(shape.categories) * count])
        lengths, a, b, stretch, rest = np.split(theta, cuts)
        return cls(
            shape,
            np.exp(lengths)[shape.group],
            np.exp(a),
            np.exp(b),
            stretch.reshape(len(shape.categories), count),
            *(float(each) for each in np.exp(rest)),
        )

    @property
    def logarithms(self) -> Floats:
        """The vector of their logarithms: the inverse of `of`."""
        firsts = np.searchsorted(self.shape.group, np.arange(self.shape.groups))
        logs = np.log(np.concatenate([self.lengths[firsts], self.a, self.b]))
        rest = np.log([self.main, self.noise, self.signal])
        return np.concatenate([logs, self.stretch.ravel(), rest])

    @property
    def variance(self) -> float:
        """The variance of the objective at any point, before anything is known."""
        return self.signal * (1.0 + self.main * self.shape.mains)

    def features(self, points: Floats) -> Floats:
        """Points warped and stretched, in units of the length scales."""
        columns = self.shape.warped
        warped = points.copy()
        inside = np.clip(points[:, columns], EDGE, 1.0 - EDGE)
        remains = -np.expm1(self.a * np.log(inside))
        warped[:, columns] = (0.5 - remains**self.b) * self.factors(points)
        warped /= self.lengths
        return warped

    def factors(self, points: Floats) -> Floats:
        """What the categories of the points stretch each warped column by."""
        return factors_of(self.shape.chosen(points) @ self.stretch)[0]

    def slopes(self, points: Floats) -> Floats:
        """Derivatives of the features by the coordinates."""
        columns = self.shape.warped
        slopes = np.ones_like(points)
        inside = np.clip(points[:, columns], EDGE, 1.0 - EDGE)
        logs = np.log(inside)
        remains = -np.expm1(self.a * logs)
        slopes[:, columns] = (
            self.a * self.b * np.exp((self.a - 1.0) * logs) * remains ** (self.b - 1.0)
        ) * self.factors(points)
        return slopes / self.lengths


def factors_of(logarithms: Floats) -> tuple[Floats, Floats]:
    """Factors, bounded above, by their logarithms, and the derivatives of the bounded logarithms."""
    share = np.tanh(np.maximum(logarithms, 0.0) / _UTMOST)
    return np.exp(np.minimum(logarithms, 0.0) + _UTMOST * share), 1.0 - share**2


class Correlation:
    """What the kernel says of some features and others, in units of the signal's variance.

    Attributes:
        values: A row for each of the ones, a column for each of the others.
        mains: What main effects add to the values.
    """

    def __init__(self, parameters: Parameters, one: Floats, other: Floats) -> None:
        self._one, self._other = one, other
        self._parameters = parameters
        self.values, self._slope = _matern(one, other)
        self.mains = np.zeros(())
        if parameters.shape.mains:
            self._effects = self._each_effect()
            self.mains = self._effects.sum(0)
            self.mains *= parameters.main / parameters.shape.groups
            self.values += self.mains

    def _each_effect(self) -> Floats:
        """For each range 1 / (1 + r^2), r being the distance on it."""
        shape = self._parameters.shape
        away = np.empty((shape.groups, len(self._one), len(self._other)))
        for squares, columns in zip(away, shape.columns, strict=True):
            one, other = self._one[:, columns], self._other[:, columns]
            if one.shape[1] > 1:  # of a category's columns one is not nought
                apart = np.not_equal.outer(one.argmax(1), other.argmax(1))
                np.multiply(apart, 2.0 / self._parameters.lengths[columns.start] ** 2, out=squares)
            else:
                np.subtract.outer(one[:, 0], other[:, 0], out=squares)
                np.square(squares, out=squares)
        away += 1.0
        return np.reciprocal(away, out=away)

    def by_features(self, pull: Floats) -> Floats:
        """The derivatives of the sum of `pull` times the values, by the ones' features."""
        net = _net(pull * self._slope, self._one, self._other)
        shape = self._parameters.shape
        if shape.mains:
            pull = (-self._parameters.main / shape.groups) * pull
            for effect, columns in zip(self._effects, shape.columns, strict=True):
                one, other = self._one[:, columns], self._other[:, columns]
                net[:, columns] += _net(pull * effect * effect, one, other)
        return net


def correlations(parameters: Parameters, one: Floats, other: Floats) -> Floats:
    """The values alone, in blocks of rows that fit the processor's cache."""
    rows = max(_BLOCK // max(len(other), 1), 1)
    found = np.empty((len(one), len(other)))
    for start in range(0, len(one), rows):
        block = slice(start, start + rows)
        found[block] = Correlation(parameters, one[block], other).values
    return found


def _net(pull: Floats, one: Floats, other: Floats) -> Floats:
    """Derivatives by `one` of the sum of `pull` times squared distances."""
    net: Floats = 2.0 * (one * pull.sum(1)[:, None] - pull @ other)
    return net


def _matern(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The Matérn 5/2 correlation between features, and its derivative by squared distance."""
    distance = one @ (-10.0 * other.T)  # becomes the distance; in place, it is the hottest spot
    distance += 5.0 * np.einsum("ij,ij->i", one, one)[:, None]
    distance += 5.0 * np.einsum("ij,ij->i", other, other)
    np.maximum(distance, 0.0, out=distance)
    np.sqrt(distance, out=distance)
    decay = np.exp(-distance)
    slope = distance + 1.0
    distance *= distance
    distance /= 3.0
    distance += slope
    distance *= decay
    slope *= decay
    slope *= -5.0 / 6.0
    return distance, slope
