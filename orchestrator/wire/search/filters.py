"""One Filter: a property, an operator and a value, as a test of an entity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchestrator.wire.faults import ValidationException
from orchestrator.wire.rules import reading
from orchestrator.wire.search.properties import Kind, Property, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orchestrator.wire.model import Shape

    Entity = Mapping[str, Any]

CONTAINS = "Contains"
_EXISTS, _MISSING = "Exists", "NotExists"
_ORDERED: dict[str, Callable[[float, float], bool]] = {
    "GreaterThan": lambda one, other: one > other,
    "GreaterThanOrEqualTo": lambda one, other: one >= other,
    "LessThan": lambda one, other: one < other,
    "LessThanOrEqualTo": lambda one, other: one <= other,
}
_WORDS = (CONTAINS, "In")
_SWITCHES = {"true": True, "false": False}
_TEXTS = (Kind.TEXT, Kind.HYPERPARAMETER)


@dataclass(frozen=True, slots=True)
class Filter:
    """A test that an entity passes when one of the property's values does, or, `negated`, none."""

    property: Property
    passes: Callable[[Any], bool]
    negated: bool = False

    def __call__(self, entity: Entity) -> bool:
        """True when `entity` passes."""
        return any(map(self.passes, self.property.values(entity))) is not self.negated


def read(written: Mapping[str, Any], entity: Shape, inside: str = "") -> Filter:
    """The test that a Filter asks for.

    Args:
        written: Name, Operator and Value.
        entity: The shape of what is searched, or of one element of a nested property.
        inside: The nested property with its dot, which the name must begin with.

    Raises:
        ValidationException: The name, operator and value do not go together.
    """
    name, value = written["Name"], written.get("Value")
    if not name.startswith(inside):
        raise ValidationException(
            f"The filter {name} must begin with the nested property name {inside}."
        )
    found = resolved(name.removeprefix(inside), entity)
    operator = written.get("Operator") or (None if value is None else "Equals")
    if operator in {_EXISTS, _MISSING}:
        return Filter(found, lambda _: True, operator == _MISSING)
    if operator is None or value is None:
        raise ValidationException(f"The filter {name} needs a Value.")
    _check(found, name, operator)
    if operator in _WORDS:
        return Filter(found, _word(operator, value))
    if operator in _ORDERED:
        return Filter(found, _comparison(found, name, value, _ORDERED[operator]))
    return Filter(found, _equality(found, name, value), operator == "NotEquals")


def _check(found: Property, name: str, operator: str) -> None:
    allowed = {
        Kind.TEXT: operator not in _ORDERED,
        Kind.SWITCH: operator not in _ORDERED and operator not in _WORDS,
        Kind.WHOLE: False,
        Kind.HYPERPARAMETER: True,
    }
    if not allowed.get(found.kind, operator not in _WORDS):
        raise ValidationException(
            f"The operator {operator} is not supported for the {found.kind.value} property {name}."
        )


def _word(operator: str, value: str) -> Callable[[Any], bool]:
    if operator == CONTAINS:
        return lambda given: value in given
    words = {word.strip() for word in value.split(",")}
    return lambda given: given in words


def _equality(found: Property, name: str, value: str) -> Callable[[Any], bool]:
    if found.kind is Kind.SWITCH:
        wanted = _SWITCHES.get(value.lower())
        if wanted is None:
            raise ValidationException(f"The value {value} of the filter {name} is not a Boolean.")
        return lambda given: given is wanted
    if found.kind in _TEXTS and (found.kind is Kind.TEXT or reading.number(value) is None):
        return lambda given: given == value
    return _comparison(found, name, value, lambda one, other: one == other)


def _comparison(
    found: Property, name: str, value: str, fits: Callable[[float, float], bool]
) -> Callable[[Any], bool]:
    if found.kind is Kind.TIME:
        moment = _moment(name, value)
        return lambda given: fits(math.floor(given), moment)
    wanted = reading.number(value)
    if wanted is None:
        raise ValidationException(f"The value {value} of the filter {name} is not a number.")
    if found.kind is Kind.NUMBER:
        return lambda given: fits(given, wanted)
    # Decimals are integers where the filter has one (documented).
    whole = value.strip().lstrip("+-").isdigit()

    def passes(given: str) -> bool:
        number = reading.number(given)
        if number is None:
            return False
        return fits(math.trunc(number) if whole else number, wanted)

    return passes


def _moment(name: str, value: str) -> int:
    """Epoch seconds of ``YYYY-mm-ddTHH:MM:SS``, which is UTC unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return math.floor(aware.timestamp())
    except (ValueError, OverflowError):
        raise ValidationException(
            f"The value {value} of the filter {name} is not a time of the form "
            "YYYY-mm-dd'T'HH:MM:SS."
        ) from None
