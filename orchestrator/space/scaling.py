"""The scales a range is searched on: a value's place in its range, from 0 to 1, and back.

Equal distances on a scale are searched with equal effort. Each scale is a transform before
min-max (documented): linear x, logarithmic ln x, reverse-logarithmic -ln(1 - x). ``Auto``
is linear (documented: the starting assumption) until a model learns better. An integer n
owns the whole cell from n - 1/2 to n + 1/2, the two ends included, so on a linear scale
every integer gets the same mass and on a logarithmic one the mass of its cell. A
categorical range is cut into equal parts, in the order of its values.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from orchestrator.space.ranges import (
    CategoricalRange,
    ContinuousRange,
    NumericRange,
    ParameterRange,
    Scaling,
    Value,
)

if TYPE_CHECKING:
    from orchestrator.space.ranges import IntegerRange


def place(parameter: ParameterRange, value: Value) -> float:
    """Where `value` lies in its range, from 0 to 1; what lies outside is taken to the edge."""
    if isinstance(parameter, CategoricalRange):
        return (parameter.values.index(str(value)) + 0.5) / len(parameter.values)
    low, high = edges(parameter)
    if not low < high:
        return 0.5
    here = _forward(parameter, min(max(float(value), low), high))
    near, far = _forward(parameter, low), _forward(parameter, high)
    if math.isinf(far - near):  # bounds of opposite sign and near the largest float
        here, near, far = here / 2, near / 2, far / 2
    return (here - near) / (far - near) if far > near else 0.5


def value_at(parameter: ParameterRange, where: float) -> Value:
    """The value at place `where` (0 to 1) of its range; the inverse of `place`."""
    if isinstance(parameter, CategoricalRange):
        count = len(parameter.values)
        return parameter.values[min(max(int(where * count), 0), count - 1)]
    low, high = edges(parameter)
    near, far = _forward(parameter, low), _forward(parameter, high)
    value = _backward(parameter, near * (1.0 - where) + far * where)
    if isinstance(parameter, ContinuousRange):
        return min(max(value, float(parameter.low)), float(parameter.high))
    return _nearest(parameter, value)


def share(parameter: ParameterRange, value: Value) -> float:
    """The part of the scale that stands for `value`, of a range whose values can be counted."""
    if isinstance(parameter, CategoricalRange):
        return 1.0 / len(parameter.values)
    count = parameter.high - parameter.low + 1
    if parameter.scaling is not Scaling.LOGARITHMIC or count == 1:
        return 1.0 / count
    # not as a difference of logarithms, which is nothing between great numbers
    return math.log1p(1.0 / (float(value) - 0.5)) / math.log1p(count / (parameter.low - 0.5))


def edges(parameter: NumericRange) -> tuple[float, float]:
    """The two ends of the scale: the bounds, or the outer edges of the integers' cells."""
    if isinstance(parameter, ContinuousRange):
        return float(parameter.low), float(parameter.high)
    if parameter.low == parameter.high:
        return float(parameter.low), float(parameter.high)
    return parameter.low - 0.5, parameter.high + 0.5


def _nearest(parameter: IntegerRange, value: float) -> int:
    return min(max(math.floor(value + 0.5), parameter.low), parameter.high)


def _forward(parameter: NumericRange, value: float) -> float:
    match parameter.scaling:
        case Scaling.LOGARITHMIC:
            return math.log(value)
        case Scaling.REVERSE_LOGARITHMIC:
            return -math.log1p(-value)
        case _:
            return value


def _backward(parameter: NumericRange, scaled: float) -> float:
    match parameter.scaling:
        case Scaling.LOGARITHMIC:
            return math.exp(scaled)
        case Scaling.REVERSE_LOGARITHMIC:
            return -math.expm1(-scaled)
        case _:
            return scaled
