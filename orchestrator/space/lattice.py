"""The unit cube of a space as columns of a matrix, for searches that handle many points.

The same encoding as `orchestrator.space.encoding`, in numpy: which columns belong to which
range, and any matrix of points moved onto the points that stand for configurations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestrator.space.encoding import width
from orchestrator.space.ranges import CategoricalRange, IntegerRange
from orchestrator.space.scaling import place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.space.ranges import ParameterRange, Space

    Floats = NDArray[np.float64]

_STEPS = 1024  # whole numbers; a longer range is as good as continuous


@dataclass(frozen=True, slots=True)
class Axis:
    """One range that has something to choose.

    Attributes:
        columns: Its columns.
        levels: The places of its values on a single column, in order; empty where every
            place is a value, or where the range is one-hot.
    """

    columns: slice
    levels: Floats

    @property
    def one_hot(self) -> bool:
        """True for a categorical range of three values or more."""
        width: int = self.columns.stop - self.columns.start
        return width > 1

    @property
    def smooth(self) -> bool:
        """True where the values lie so close that steps do not matter."""
        return not self.one_hot and not len(self.levels)


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
                self.axes.append(Axis(slice(start, stop), _levels(parameter)))
            if stop > start and not isinstance(parameter, CategoricalRange):
                self.numeric.append(start)
            start = stop
        self.width = start

    def snapped(self, points: Floats) -> Floats:
        """The points moved, row by row, to the configurations they stand for."""
        moved = np.clip(points, 0.0, 1.0)
        for axis in self.axes:
            if axis.one_hot:
                chosen = np.argmax(moved[:, axis.columns], axis=1)
                moved[:, axis.columns] = np.eye(axis.columns.stop - axis.columns.start)[chosen]
            elif not axis.smooth:
                column = axis.columns.start
                borders = (axis.levels[1:] + axis.levels[:-1]) / 2
                moved[:, column] = axis.levels[np.searchsorted(borders, moved[:, column])]
        return moved


def _levels(parameter: ParameterRange) -> Floats:
    if isinstance(parameter, CategoricalRange):
        return np.array([0.0, 1.0]) if width(parameter) == 1 else np.empty(0)
    if isinstance(parameter, IntegerRange) and parameter.high - parameter.low < _STEPS:
        values = range(parameter.low, parameter.high + 1)
        return np.array([place(parameter, value) for value in values])
    return np.empty(0)
