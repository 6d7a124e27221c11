"""The three kinds of parameter range, and the text AWS prints their values as."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scaling(StrEnum):
    """How a numeric range is searched (SageMaker's ``ScalingType``)."""

    AUTO = "Auto"
    LINEAR = "Linear"
    LOGARITHMIC = "Logarithmic"
    REVERSE_LOGARITHMIC = "ReverseLogarithmic"


@dataclass(frozen=True, slots=True)
class ContinuousRange:
    """Any number from `low` to `high`, both included."""

    name: str
    low: float
    high: float
    scaling: Scaling = Scaling.AUTO


@dataclass(frozen=True, slots=True)
class IntegerRange:
    """Any whole number from `low` to `high`, both included."""

    name: str
    low: int
    high: int
    scaling: Scaling = Scaling.AUTO


@dataclass(frozen=True, slots=True)
class CategoricalRange:
    """One of `values`, each handed on verbatim."""

    name: str
    values: tuple[str, ...]


ParameterRange = ContinuousRange | IntegerRange | CategoricalRange
Space = tuple[ParameterRange, ...]

Configuration = tuple[tuple[str, str], ...]
"""(name, printed value) for every range of a space, in the space's order."""
