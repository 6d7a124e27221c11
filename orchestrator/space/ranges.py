"""The three kinds of parameter range, and the text AWS prints their values as.

A configuration holds text, because text is what a training job gets. Rules (observed): a
continuous value is the shortest decimal that reads back as the same float64, with an
exponent when it is small (``0.00027401056839555956``, ``1.3494417573713629e-08``), an
integer has no decimal point, a categorical value is handed on verbatim. Bounds are closed
and never rounded to the text of the bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping


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


NumericRange = ContinuousRange | IntegerRange
ParameterRange = NumericRange | CategoricalRange
Space = tuple[ParameterRange, ...]

Value = float | int | str

Configuration = tuple[tuple[str, str], ...]
"""(name, printed value) for every range of a space, in the space's order."""


def to_text(parameter: ParameterRange, value: Value) -> str:
    """The text a training job gets for `value`.

    Raises:
        BadInput: `value` is not of the range's kind (it may lie outside its bounds).
    """
    try:
        match parameter:
            case ContinuousRange():
                return repr(float(value) + 0.0)  # -0.0 is no other value than 0.0
            case IntegerRange():
                return str(_whole(value))
            case CategoricalRange():
                return str(value)
    except (TypeError, ValueError, OverflowError):
        raise BadInput([_not_of_the_kind(parameter, value)]) from None
    assert_never(parameter)


def from_text(parameter: ParameterRange, text: str) -> Value:
    """The value that `text` stands for: float, int or str, by the kind of range.

    Raises:
        BadInput: `text` is not of the range's kind (it may lie outside its bounds).
    """
    try:
        match parameter:
            case ContinuousRange():
                return float(text)
            case IntegerRange():
                return _whole(text)
            case CategoricalRange():
                return text
    except (TypeError, ValueError, OverflowError):
        raise BadInput([_not_of_the_kind(parameter, text)]) from None
    assert_never(parameter)


def contains(parameter: ParameterRange, value: Value) -> bool:
    """True when `value` lies in the range, bounds included."""
    if isinstance(parameter, CategoricalRange):
        return value in parameter.values
    return not isinstance(value, str) and parameter.low <= value <= parameter.high


def configuration_of(space: Space, values: Mapping[str, Value]) -> Configuration:
    """`values` printed in the space's order.

    Raises:
        BadInput: A range has no value, a value has no range, or one is of the wrong kind; or these
            are no values by name.
    """
    if not hasattr(values, "keys"):
        mend = "Give one value by name for every range."
        raise BadInput([Fault("configuration", "is not a mapping", str(values), mend)])
    names = {parameter.name for parameter in space}
    faults = [
        Fault(name, "has no value", mend="Give one value for every range.")
        for name in sorted(names - values.keys())
    ]
    faults += [
        Fault(name, "is not a range of this search", str(values[name]), "Leave it out.")
        for name in sorted(values.keys() - names, key=str)
    ]
    if faults:
        raise BadInput(faults)
    return tuple((each.name, to_text(each, values[each.name])) for each in space)


def values_of(space: Space, configuration: Configuration) -> dict[str, Value]:
    """A configuration's values by name: float, int or str.

    Raises:
        BadInput: A text is not of its range's kind.
    """
    return {
        each.name: from_text(each, text)
        for each, (_, text) in zip(space, configuration, strict=True)
    }


def _whole(value: Value) -> int:
    """`value` as an integer; ``8``, ``"8"`` and ``8.0`` are all eight, ``8.5`` is refused."""
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            value = float(value)
    whole = int(value)
    if whole != value:
        raise ValueError(value)
    return whole


def _not_of_the_kind(parameter: ParameterRange, value: Value) -> Fault:
    kind = "a whole number" if isinstance(parameter, IntegerRange) else "a number"
    return Fault(parameter.name, f"is not {kind}", str(value), f"Give {kind}.")
