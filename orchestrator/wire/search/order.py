"""The order of what a search found, and places in it that a token can carry.

Entities without the property come last, whichever way round the others are (our reading). Ties
sort by name, the same way round as the rest. Numbers come before texts: a hyperparameter may be
either.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.wire import paging
from orchestrator.wire.faults import ValidationException
from orchestrator.wire.rules import reading
from orchestrator.wire.search.properties import Kind, Property

if TYPE_CHECKING:
    from collections.abc import Mapping

    Key = tuple[int, float, str, str]  # rank, number, text, name

_NUMBER, _TEXT, _NOTHING = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Order:
    """By which property, and whether the largest comes first."""

    property: Property
    descending: bool

    def key(self, entity: Mapping[str, Any], name: str) -> Key:
        """Where an entity of that name stands among the others, in ascending order."""
        value = next(iter(self.property.values(entity)), None)
        kind = self.property.kind
        if value is None or kind is Kind.WHOLE:
            return _NOTHING, 0.0, "", name
        if kind is Kind.HYPERPARAMETER:
            number = reading.number(value)
            value = value if number is None else number
        if isinstance(value, str):
            return _TEXT, 0.0, value, name
        return _NUMBER, float(value), "", name

    def sorted(self, keys: list[Key]) -> list[Key]:
        """`keys` in this order."""
        there = sorted((k for k in keys if k[0] != _NOTHING), reverse=self.descending)
        lacking = sorted((k for k in keys if k[0] == _NOTHING), reverse=self.descending)
        return there + lacking

    def follows(self, key: Key, other: Key) -> bool:
        """True when `key` comes after `other` in this order."""
        if (key[0] == _NOTHING) != (other[0] == _NOTHING):
            return key[0] == _NOTHING
        return key < other if self.descending else key > other


def position(key: Key) -> paging.Position:
    """A key as a token carries it."""
    *place, name = key
    return json.dumps(place), name


def key_at(place: paging.Position) -> Key:
    """The key that a token carries.

    Raises:
        ValidationException: It carries none.
    """
    try:
        rank, number, text = json.loads(str(place[0]))
        return int(rank), float(number), str(text), place[1]
    except (ValueError, TypeError, RecursionError):
        raise ValidationException(paging.INVALID) from None
