"""A SearchExpression: filters, nested filters and expressions, joined by And or Or."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from orchestrator.wire.faults import ValidationException
from orchestrator.wire.search import filters
from orchestrator.wire.search.properties import resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from orchestrator.wire.model import Shape
    from orchestrator.wire.search.filters import Entity

    Test = Callable[[Entity], bool]

MOST_PARTS = 50
"""Filters, nested filters and expressions within one expression, at any depth (documented)."""

CONTAINS_TWICE = "'CONTAINS' operator usage limit of 1 exceeded."
"""AWS's literal text (documented)."""


def read(written: Mapping[str, Any] | None, entity: Shape) -> Test:
    """The test of an entity that an expression asks for; without one all pass.

    Raises:
        ValidationException: The expression cannot be used.
    """
    if written is None:
        return lambda _: True
    parts = list(_parts(written))
    if len(parts) > MOST_PARTS:
        raise ValidationException(
            f"A search expression has at most {MOST_PARTS} filters, nested filters and "
            f"subexpressions; this one has {len(parts)}."
        )
    if sum(part.get("Operator") == filters.CONTAINS for part in parts) > 1:
        raise ValidationException(CONTAINS_TWICE)
    return _expression(written, entity)


def _parts(written: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Everything inside an expression, at any depth."""
    for key in ("Filters", "NestedFilters", "SubExpressions"):
        for part in written.get(key) or ():
            yield part
            yield from _parts(part)


def _expression(written: Mapping[str, Any], entity: Shape) -> Test:
    tests: list[Test] = [
        *(filters.read(each, entity) for each in written.get("Filters") or ()),
        *(_nested(each, entity) for each in written.get("NestedFilters") or ()),
        *(_expression(each, entity) for each in written.get("SubExpressions") or ()),
    ]
    if not tests:
        raise ValidationException(
            "A search expression needs at least one filter, nested filter or subexpression."
        )
    joined = any if written.get("Operator") == "Or" else all
    return lambda given: joined(test(given) for test in tests)


def _nested(written: Mapping[str, Any], entity: Shape) -> Test:
    """True when a single element of the list passes all of the filters (documented)."""
    name = written["NestedPropertyName"]
    found = resolved(name, entity)
    if found.shape.type != "list" or found.shape.part("member").type != "structure":
        raise ValidationException(f"The nested property {name} is not a list of objects.")
    element = found.shape.part("member")
    tests = [filters.read(each, element, f"{name}.") for each in written["Filters"]]

    def passes(given: Entity) -> bool:
        elements = itertools.chain.from_iterable(found.values(given))
        return any(all(test(each) for test in tests) for each in elements)

    return passes
