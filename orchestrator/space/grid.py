"""Finite spaces: how many configurations, and each of them by its index.

The order is lexicographic in the order of the ranges, the last range fastest, so indices
are the digits of a mixed-radix number and nothing is ever listed.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

from orchestrator.space.ranges import CategoricalRange, IntegerRange, from_text, to_text
from orchestrator.space.scaling import share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.space.ranges import Configuration, ParameterRange, Space


def size(space: Space) -> int | None:
    """How many configurations there are; None when a continuous range makes them endless."""
    sizes = [_choices(parameter) for parameter in space]
    finite = [count for count in sizes if count is not None]
    return math.prod(finite) if len(finite) == len(sizes) else None


def configuration_at(space: Space, index: int) -> Configuration:
    """The configuration number `index` (from 0) of a finite space."""
    digits: list[int] = []
    for parameter in reversed(space):
        index, digit = divmod(index, _choices(parameter) or 1)
        digits.append(digit)
    return tuple(
        (parameter.name, _choice(parameter, digit))
        for parameter, digit in zip(space, reversed(digits), strict=True)
    )


def shares(space: Space) -> Iterator[float]:
    """How likely each configuration of a finite space is on its scales, in order of index."""
    parts = [
        [share(each, from_text(each, _choice(each, digit))) for digit in range(_choices(each) or 1)]
        for each in space
    ]
    return map(math.prod, product(*parts))


def _choices(parameter: ParameterRange) -> int | None:
    match parameter:
        case CategoricalRange():
            return len(parameter.values)
        case IntegerRange():
            return parameter.high - parameter.low + 1
        case _:
            return 1 if parameter.low == parameter.high else None


def _choice(parameter: ParameterRange, digit: int) -> str:
    match parameter:
        case CategoricalRange():
            return parameter.values[digit]
        case IntegerRange():
            return str(parameter.low + digit)
        case _:
            return to_text(parameter, parameter.low)
