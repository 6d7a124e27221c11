"""The unit cube of a space as columns of a matrix, for searches that handle many points.

The same encoding as `orchestrator.space.encoding`, in numpy: which columns belong to which
range, and any matrix of points moved onto the points that stand for configurations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestrator.space.encoding import width
from orchestrator.space.ranges import (
    CategoricalRange,
    ContinuousRange,
    IntegerRange,
    Scaling,
    contains,
)
from orchestrator.space.scaling import edges, place, value_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.space.ranges import ParameterRange, Space

    Floats = NDArray[np.float64]

_TABLED = 1024  # whole numbers, whose places are kept in a table
_COUNTED = 2**53  # beyond, whole numbers are no floating-point numbers
_NEAR = (-2, -1, 1, 2)  # the whole numbers that count as near one


@dataclass(frozen=True, slots=True)
class Axis:
    """One range that has something to choose.

    Attributes:
        parameter: The range.
        columns: Its columns: one, or as many as there are categories.
        places: Where the whole numbers of a short range lie, in order; else empty.
        borders: Where one of these ends and the next begins.
    """

    parameter: ParameterRange
    columns: slice
    places: Floats
    borders: Floats

    @classmethod
    def of(cls, parameter: ParameterRange, columns: slice) -> Axis:
        """The axis of a range."""
        places, borders = np.empty(0), np.empty(0)
        if isinstance(parameter, IntegerRange) and parameter.high - parameter.low < _TABLED:
            values = range(parameter.low, parameter.high + 1)
            places = np.array([place(parameter, value) for value in values])
            borders = np.array([place(parameter, value + 0.5) for value in values[:-1]])
        return cls(parameter, columns, places, borders)

    @property
    def one_hot(self) -> bool:
        """True for a categorical range of three values or more."""
        width: int = self.columns.stop - self.columns.start
        return width > 1

    @property
    def count(self) -> float:
        """How many values there are, at most 2**53; infinite for a continuous range."""
        match self.parameter:
            case CategoricalRange(values=values):
                return len(values)
            case IntegerRange(low=low, high=high):
                return min(high - low + 1, _COUNTED)
            case ContinuousRange():
                return np.inf

    def snapped(self, coordinates: Floats) -> Floats:
        """The coordinates moved, row by row, to those of the values they stand for."""
        if self.one_hot:
            first: Floats = np.eye(coordinates.shape[1])[np.argmax(coordinates, axis=1)]
            return first
        if isinstance(self.parameter, CategoricalRange):
            return np.where(coordinates >= 0.5, 1.0, 0.0)  # noqa: PLR2004  (the middle)
        if len(self.places):
            found: Floats = self.places[np.searchsorted(self.borders, coordinates, side="right")]
            return found
        if isinstance(self.parameter, IntegerRange):
            return _whole(self.parameter, coordinates)
        return coordinates

    def others(self, coordinates: Floats) -> Floats:
        """What else a point may have, near what it has: a row each; none if continuous."""
        if self.one_hot:
            other: Floats = np.eye(len(coordinates))[coordinates < 0.5]  # noqa: PLR2004  (not the one)
            return other
        if isinstance(self.parameter, CategoricalRange):
            return 1.0 - coordinates[None]
        if isinstance(self.parameter, ContinuousRange):
            return coordinates[None][:0]
        here = value_at(self.parameter, float(coordinates[0]))
        assert isinstance(here, int)
        near = [here + step for step in _NEAR if contains(self.parameter, here + step)]
        return np.array([place(self.parameter, each) for each in near]).reshape(-1, 1)


def _whole(parameter: IntegerRange, coordinates: Floats) -> Floats:
    """The places of the whole numbers that these stand for: `place` of `value_at`, for many."""
    near, far = edges(parameter)
    if parameter.scaling is Scaling.LOGARITHMIC:
        low, high = np.log(near), np.log(far)
        values = np.exp(low * (1.0 - coordinates) + high * coordinates)
    else:
        low, high = near / 2, far / 2  # of opposite sign they can be too far apart
        values = near * (1.0 - coordinates) + far * coordinates
    values = np.clip(np.floor(values + 0.5), float(parameter.low), float(parameter.high))
    scaled = np.log(values) if parameter.scaling is Scaling.LOGARITHMIC else values / 2
    moved: Floats = (scaled - low) / (high - low)
    return moved


class Lattice:
    """The columns of a space.

    Attributes:
        axes: The ranges that take columns, in order.
        numeric: The columns of numbers, those of categories left out.
        width: How many columns there are.
    """

    def __init__(self, space: Space) -> None:
        self.axes: list[Axis] = []
        self.numeric: list[int] = []
        start = 0
        for parameter in space:
            stop = start + width(parameter)
            if stop > start:
                self.axes.append(Axis.of(parameter, slice(start, stop)))
            if stop > start and not isinstance(parameter, CategoricalRange):
                self.numeric.append(start)
            start = stop
        self.width = start

    def snapped(self, points: Floats) -> Floats:
        """The points moved, row by row, to the configurations they stand for."""
        moved = np.clip(points, 0.0, 1.0)
        for axis in self.axes:
            moved[:, axis.columns] = axis.snapped(moved[:, axis.columns])
        return moved
