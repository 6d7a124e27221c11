"""The dictionary between a job file's keys and a request's members, read in three ways.

`write` makes members from keys, `read` makes keys from members, and `Member.trace` says which
key a faulty member came from. Each `Member` is one line of the dictionary, so that the three
can not drift apart. What a line cannot say exactly it leaves out: the caller compares and
carries the rest as a patch (`orchestrator.definition.patch`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestrator.definition.paths import Path, lookup, put

if TYPE_CHECKING:
    from orchestrator.definition.patch import Json
    from orchestrator.definition.values import Choice

Translate = Callable[[Any], Any]
Trace = Callable[[Path, Any], Path]
"""(rest of the path below the member, the member's value) -> rest of the path below the key."""


def _same(value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    return value


def _below(rest: Path, _: object) -> Path:
    return rest


@dataclass(frozen=True, slots=True)
class Member:
    """One key of a job file, one member of a request, and how each becomes the other."""

    key: tuple[str, ...]
    member: tuple[str, ...]
    write: Translate = field(default=_same, repr=False)
    read: Translate = field(default=_same, repr=False)
    trace: Trace = field(default=_below, repr=False)


def plain(key: str, member: str) -> Member:
    """A value that both sides write the same."""
    return Member(tuple(key.split(".")), tuple(member.split(".")))


def chosen(key: str, member: str, choice: Choice) -> Member:
    """A word of a closed set."""
    return Member(tuple(key.split(".")), tuple(member.split(".")), choice.write, choice.read)


def special(
    key: str, member: str, write: Translate, read: Translate, *, trace: Trace = _below
) -> Member:
    """A value that each side builds in its own way."""
    return Member(tuple(key.split(".")), tuple(member.split(".")), write, read, trace)


def write(members: Iterable[Member], document: Json) -> Json:
    """The request's members for the keys that `document` has."""
    request: Json = {}
    for member in members:
        value = lookup(document, member.key)
        if value is not None:
            put(request, member.member, member.write(value))
    return request


def read(members: Iterable[Member], request: Json) -> Json:
    """The keys for the members of `request` that a key can say."""
    document: Json = {}
    for member in members:
        value = lookup(request, member.member)
        if value is None:
            continue
        try:
            put(document, member.key, member.read(value))
        except (LookupError, TypeError, ValueError, AttributeError):
            continue  # no key says this value; the patch carries it
    return document


def origin(members: Iterable[Member], path: Path, request: Json) -> Path | None:
    """The key path that the member at `path` of `request` came from, or None.

    A path above several members (a whole structure that is missing) gives what their keys have
    in common.
    """
    above: list[tuple[str, ...]] = []
    best: Member | None = None
    for member in members:
        size = len(member.member)
        if path[:size] == member.member and (best is None or size > len(best.member)):
            best = member
        elif member.member[: len(path)] == path:
            above.append(member.key)
    if best is not None:
        rest = best.trace(path[len(best.member) :], lookup(request, best.member))
        return (*best.key, *rest)
    return _common(above) if above else None


def _common(keys: list[tuple[str, ...]]) -> Path:
    shared = keys[0]
    for key in keys[1:]:
        size = next((i for i, (a, b) in enumerate(zip(shared, key, strict=False)) if a != b), None)
        shared = shared[:size] if size is not None else min(shared, key, key=len)
    return shared
