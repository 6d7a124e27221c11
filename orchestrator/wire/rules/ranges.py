"""What a single parameter range, and all of a definition's together, must be.

Sources: developer guide, "define hyperparameter ranges"; singleton ranges and duplicate
categories are refused by the service (observed), its texts are not recorded, so these are ours.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from orchestrator.errors import Fault
from orchestrator.wire import path
from orchestrator.wire.rules import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.wire.rules.reading import Part, Range, TuningRequest

INTEGER, CONTINUOUS, CATEGORICAL = reading.RANGE_LISTS


def range_faults(job: TuningRequest) -> Iterator[Fault]:
    """Faults of every range of every definition."""
    for part in job.parts():
        for found in part.ranges():
            if found.kind == CATEGORICAL:
                yield from _categories(found)
            else:
                yield from _numbers(found)
        yield from _names(part)
        yield from _one_point(part)


def points(part: Part) -> int | None:
    """How many configurations a definition's space has; None where it has no end.

    An integer range has max - min + 1 (our reading of a sample job); one continuous range makes
    the space infinite. Ranges that are at fault, or not known yet (AutoParameters), count as
    infinite.
    """
    if part.range_lists.get("AutoParameters"):
        return None
    total = 1
    for found in part.ranges():
        size = _size(found)
        if size is None:
            return None
        total *= size
    return total


def _size(found: Range) -> int | None:
    if found.kind == CATEGORICAL:
        values = {str(value) for value in reading.sequence(found.written.get("Values"))}
        return len(values) or None
    low, high = found.bounds
    if found.kind == CONTINUOUS or low is None or high is None or high < low:
        return None
    return int(high) - int(low) + 1


def _categories(found: Range) -> Iterator[Fault]:
    values = [str(value) for value in reading.sequence(found.written.get("Values"))]
    repeated = [value for value, times in Counter(values).items() if times > 1]
    if repeated:
        yield Fault(
            path.member(found.path, "Values"),
            "Categorical values must be distinct",
            ", ".join(repeated),
            "Write each value once.",
        )


def _numbers(found: Range) -> Iterator[Fault]:
    unreadable = list(_unreadable(found))
    yield from unreadable
    low, high = found.bounds
    if unreadable or low is None or high is None:
        return
    if low >= high:
        yield Fault(
            path.member(found.path, "MinValue"),
            f"MinValue must be less than MaxValue, {found.written['MaxValue']}",
            str(found.written["MinValue"]),
            "Swap the bounds, or make the hyperparameter static if it has one value.",
        )
    yield from _scaling(found, low, high)


def _unreadable(found: Range) -> Iterator[Fault]:
    for key, bound in zip(("MinValue", "MaxValue"), found.bounds, strict=True):
        written = reading.text(found.written.get(key))
        if written is None:
            continue
        if bound is None:
            yield Fault(
                path.member(found.path, key),
                f"{key} must be a decimal number",
                written,
                "Write it like 0.1, 1e-4 or 16.",
            )
        elif found.kind == INTEGER and bound != int(bound):
            yield Fault(
                path.member(found.path, key),
                f"{key} of an integer range must be an integer",
                written,
                f"Write it without a fraction, or list it under {CONTINUOUS}.",
            )


def _scaling(found: Range, low: float, high: float) -> Iterator[Fault]:
    scaling = found.written.get("ScalingType")
    where = path.member(found.path, "ScalingType")
    if scaling == "Logarithmic" and low <= 0:
        yield Fault(
            where,
            "Logarithmic scaling needs every value of the range to be greater than 0",
            f"MinValue {found.written['MinValue']}",
            "Raise MinValue above 0, or use Linear or Auto scaling.",
        )
    if scaling != "ReverseLogarithmic":
        return
    if found.kind == INTEGER:
        yield Fault(
            where,
            "ReverseLogarithmic scaling is only for continuous ranges",
            "ReverseLogarithmic",
            "Use Linear, Logarithmic or Auto scaling.",
        )
    elif low < 0 or high >= 1:
        yield Fault(
            where,
            "ReverseLogarithmic scaling needs the whole range inside 0 <= x < 1",
            f"{found.written['MinValue']} to {found.written['MaxValue']}",
            "Keep the range inside [0, 1), or use Linear or Auto scaling.",
        )


def _names(part: Part) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for found in part.ranges():
        if found.name is not None:
            yield from _name(part, path.member(found.path, "Name"), found.name, seen)
            seen.setdefault(found.name, found.path)
    for name in map(str, part.static):
        if name.startswith("_"):
            yield _reserved(path.entry(part.static_path, name), name)


def _name(part: Part, where: str, name: str, seen: Mapping[str, str]) -> Iterator[Fault]:
    if name in seen:
        problem = f"A hyperparameter may have one range only; {seen[name]} has it already"
        yield Fault(where, problem, name, "Remove one of the two, or rename it.")
    elif name in part.static:
        yield Fault(
            where,
            "A hyperparameter cannot be both static and tuned",
            name,
            f"Remove it from {part.static_path}, or remove its range.",
        )
    elif not name:
        yield Fault(where, "A range must name its hyperparameter", "", "Give it a name.")
    elif name.startswith("_"):
        yield _reserved(where, name)


def _reserved(where: str, name: str) -> Fault:
    """Names with that prefix are the service's (our reading: clients strip them)."""
    problem = "Hyperparameter names that begin with '_' are reserved for the service"
    mend = "Remove it." if name == reading.INJECTED else "Choose another name."
    return Fault(where, problem, name, mend)


def _one_point(part: Part) -> Iterator[Fault]:
    if any(True for _ in part.ranges()) and points(part) == 1:
        yield Fault(
            part.ranges_path,
            "The ranges leave a single configuration, so there is nothing to search",
            None,
            "Widen a range, or run one training job instead.",
        )
