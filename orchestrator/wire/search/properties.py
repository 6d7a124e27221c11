"""A property's name as a way through an entity: ``ResourceConfig.InstanceType``, ``Tags.team``.

The service model says which names there are. A list is gone through element by element; what
follows a map's name is a key, dots included.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from orchestrator.wire.faults import ValidationException

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.wire.model import Shape

_PAIRS = {"Metrics": ("FinalMetricDataList", "MetricName"), "Tags": ("Tags", "Key")}
"""Prefix -> the list that it looks into, and the member that the rest of the name must equal."""


class Kind(Enum):
    """How values of a property are compared."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    SWITCH = "Boolean"
    HYPERPARAMETER = "hyperparameter"
    """Text that is compared as a number where both sides are one."""
    WHOLE = "structured"
    """A structure, list or map: it is there or not, and no more can be asked."""


_KINDS = {
    "string": Kind.TEXT,
    "integer": Kind.NUMBER,
    "long": Kind.NUMBER,
    "float": Kind.NUMBER,
    "double": Kind.NUMBER,
    "timestamp": Kind.TIME,
    "boolean": Kind.SWITCH,
}


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an entity.

    Attributes:
        shape: What it is in the service model.
        path: The way to it; ``*`` where every element of a list is meant.
        pair: Of metrics and tags, the member and its value that choose the element.
    """

    kind: Kind
    shape: Shape
    path: tuple[str, ...]
    pair: tuple[str, str] | None = None

    def values(self, entity: Mapping[str, Any]) -> Iterator[Any]:
        """What `entity` has there; nothing where there is nothing."""
        return self._inside(entity, self.path)

    def _inside(self, value: Any, path: tuple[str, ...]) -> Iterator[Any]:  # noqa: ANN401 (any JSON)
        if value is None:
            return
        if not path:
            yield value
        elif path[0] != "*":
            yield from self._inside(value.get(path[0]), path[1:])
        else:
            for element in value:
                if self.pair is None or element.get(self.pair[0]) == self.pair[1]:
                    yield from self._inside(element, path[1:])


def resolved(name: str, entity: Shape) -> Property:
    """The property called `name` of entities of that shape.

    Raises:
        ValidationException: There is none (the text is our reading).
    """
    prefix, _, rest = name.partition(".")
    if rest and prefix in _PAIRS and _PAIRS[prefix][0] in entity.members:
        place, member = _PAIRS[prefix]
        shape = entity.members[place].part("member").members["Value"]
        return Property(_KINDS[shape.type], shape, (place, "*", "Value"), (member, rest))
    path, shape = _way(name, entity)
    kind = _KINDS.get(shape.type, Kind.WHOLE)
    return Property(Kind.HYPERPARAMETER if _hyperparameter(path) else kind, shape, path)


def _way(name: str, shape: Shape) -> tuple[tuple[str, ...], Shape]:
    path: list[str] = []
    words = name.split(".")
    while words:
        while shape.type == "list":
            path.append("*")
            shape = shape.part("member")
        if shape.type == "map":
            return (*path, ".".join(words)), shape.part("value")
        member = shape.members.get(words[0]) if shape.type == "structure" else None
        if member is None:
            raise ValidationException(f"Unknown property name: {name}.")
        path.append(words.pop(0))
        shape = member
    return tuple(path), shape


def _hyperparameter(path: tuple[str, ...]) -> bool:
    *_, above, _ = ("", "", *path)
    return above.endswith("HyperParameters")
