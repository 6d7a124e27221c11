"""Paths through plain values: text for a mapping's key, a number for a list's element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orchestrator.definition.patch import Json

Path = tuple[str | int, ...]
MISSING: Final = object()


def child(data: object, part: str | int) -> Any:  # noqa: ANN401  (any JSON value)
    """What `data` has at `part`, or `MISSING`."""
    if isinstance(data, dict):
        return data.get(part, MISSING)
    if isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data):
        return data[part]
    return MISSING


def lookup(data: object, path: Iterable[str | int]) -> Any:  # noqa: ANN401  (any JSON value)
    """The value at `path`, or None."""
    for part in path:
        data = child(data, part)
        if data is MISSING:
            return None
    return data


def put(data: Json, path: Sequence[str], value: object) -> None:
    """Set the value at `path`, making mappings on the way."""
    for part in path[:-1]:
        data = data.setdefault(part, {})
    data[path[-1]] = value
