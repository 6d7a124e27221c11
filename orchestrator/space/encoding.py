"""Configurations as points of the unit cube, for searches that measure distance.

A numeric range is one coordinate: the value's place on its scale. A categorical range of k
values is k coordinates, one of them 1 (one-hot: no order between values); with two values
one coordinate says it all, and a range with one value needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.space.ranges import CategoricalRange, from_text, to_text
from orchestrator.space.scaling import place, value_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.space.ranges import Configuration, ParameterRange, Space

_PAIR = 2  # a categorical range of two values


def width(parameter: ParameterRange) -> int:
    """How many coordinates the range takes."""
    if isinstance(parameter, CategoricalRange):
        count = len(parameter.values)
        return count if count > _PAIR else count - 1
    return 0 if parameter.low == parameter.high else 1


def dimension(space: Space) -> int:
    """How many coordinates a configuration of the space has."""
    return sum(width(parameter) for parameter in space)


def encode(space: Space, configuration: Configuration) -> list[float]:
    """The configuration's point; numbers outside their range go to its edge.

    Raises:
        BadInput: A text is not of its range's kind.
        ValueError: A categorical value is none of its range's.
    """
    point: list[float] = []
    for parameter, (_, text) in zip(space, configuration, strict=True):
        point += _coordinates(parameter, text)
    return point


def decode(space: Space, point: Sequence[float]) -> Configuration:
    """The configuration a point stands for; any point of the cube stands for one."""
    printed: list[tuple[str, str]] = []
    start = 0
    for parameter in space:
        stop = start + width(parameter)
        printed.append((parameter.name, _text(parameter, point[start:stop])))
        start = stop
    return tuple(printed)


def _coordinates(parameter: ParameterRange, text: str) -> list[float]:
    if width(parameter) == 0:
        return []
    if not isinstance(parameter, CategoricalRange):
        return [place(parameter, from_text(parameter, text))]
    chosen = parameter.values.index(text)
    if width(parameter) == 1:
        return [float(chosen)]
    return [float(index == chosen) for index in range(len(parameter.values))]


def _text(parameter: ParameterRange, coordinates: Sequence[float]) -> str:
    if not isinstance(parameter, CategoricalRange):
        where = coordinates[0] if len(coordinates) else 0.5
        return to_text(parameter, value_at(parameter, where))
    if len(coordinates) <= 1:
        return parameter.values[int(len(coordinates) == 1 and coordinates[0] >= 0.5)]  # noqa: PLR2004
    return parameter.values[max(range(len(coordinates)), key=coordinates.__getitem__)]
