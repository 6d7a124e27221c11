"""Every constraint that a shape states, all faults at once, in AWS's wording.

boto3 checks only required members, types and minima; AWS checks the rest. So do we, before
anything costs money, and in the emulator. Rules of the wording: `Fault.problem` is AWS's
sentence, `Fault.mend` is ours. Patterns match the whole text (documented: none is anchored),
and a text of the wrong length is not matched at all. ``True`` is not a number.

One deviation: of an enumeration with more than a dozen values only the first are named.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from orchestrator.errors import Fault
from orchestrator.wire import model, path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from orchestrator.wire.model import Shape

_DEEPEST = 40
"""No request of ours nests deeper; Search's expressions could nest without end."""
_VALUE_LENGTH = 100
_LAST_MOMENT = 253_402_300_799
"""The end of the year 9999, in epoch seconds."""
_NAMED_VALUES = 12
_MAP_PROBLEM = "Map "

_NAME_MEND = "Use letters, digits and hyphens, with no hyphen at either end."
_MENDS = {
    "HyperParameterTuningJobName": _NAME_MEND,
    "HyperParameterTrainingJobDefinitionName": _NAME_MEND,
    "TrainingJobName": _NAME_MEND,
    "RoleArn": "Give a role as arn:aws:iam::<12 digits>:role/<name>.",
    "S3Uri": "Give a place as s3://bucket/prefix.",
    "ChannelName": "Use letters, digits, dots, hyphens and underscores.",
    "HyperParameterTrainingJobEnvironmentKey": "Use letters, digits and underscores, no digit first.",
    "TrainingEnvironmentKey": "Use letters, digits and underscores, no digit first.",
}
_TYPE_WORDS = {
    "string": "a string",
    "integer": "an integer",
    "long": "an integer",
    "float": "a number",
    "double": "a number",
    "boolean": "true or false",
    "list": "a list",
    "map": "an object with text keys",
    "structure": "an object",
    "timestamp": "a time in epoch seconds",
    "blob": "base64 text",
}


class _Pattern(Protocol):
    """A compiled expression of either package."""

    def fullmatch(self, string: str, /) -> object | None:
        """Something when all of `string` matches."""
        ...


@dataclass(frozen=True, slots=True)
class WrongType(Fault):
    """A value of the wrong JSON type; AWS answers it with SerializationException."""


def request_faults(
    operation: str, request: object, service: model.ServiceModel | None = None
) -> list[Fault]:
    """Everything wrong with the shape of one operation's request.

    Raises:
        KeyError: We do not own the operation.
    """
    shape = (service or model.sagemaker()).operation(operation).input
    return [] if shape is None else shape_faults(shape, request)


def shape_faults(shape: Shape, value: object, where: str = "") -> list[Fault]:
    """Everything wrong with `value` as a `shape`; `where` is the path it stands at."""
    return list(_check(shape, value, where))


def message(faults: Sequence[Fault]) -> str:
    """AWS's ``N validation error(s) detected: Value '…' at '…' failed to …``."""
    noun = "error" if len(faults) == 1 else "errors"
    return f"{len(faults)} validation {noun} detected: " + "; ".join(map(_sentence, faults))


def _sentence(fault: Fault) -> str:
    place = path.parent(fault.path) if fault.problem.startswith(_MAP_PROBLEM) else fault.path
    value = "null" if fault.value is None else f"'{fault.value}'"
    return (
        f"Value {value} at '{path.in_aws_words(place)}' failed to satisfy constraint: "
        f"{fault.problem}"
    )


def as_text(value: object) -> str:
    """A value as a message shows it, cut where it is long."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
    except RecursionError:
        return "…"
    return text if len(text) <= _VALUE_LENGTH else f"{text[:_VALUE_LENGTH]}…"


def nearest(word: str, words: Sequence[str]) -> str:
    """``Did you mean …?``, or all the words where there are few, or one of them."""
    lowered = {candidate.lower(): candidate for candidate in words}
    close = difflib.get_close_matches(word[:_VALUE_LENGTH].lower(), lowered, n=1)
    if close:
        return f"Did you mean {lowered[close[0]]}?"
    if len(words) > _NAMED_VALUES:
        return f"Choose another, such as {words[0]}."
    return f"Choose one of {', '.join(words)}."


def _check(shape: Shape, value: object, where: str) -> Iterator[Fault]:
    if not _TYPES[shape.type](value):
        yield WrongType(
            where or shape.name, f"Member must be {_TYPE_WORDS[shape.type]}", as_text(value)
        )
    elif len(path.elements(where)) > _DEEPEST:
        yield Fault(where, "Member must not be nested this deeply", None, "Nest it less.")
    else:
        yield from _CHECKS.get(shape.type, _nothing)(shape, value, where)


def _structure(shape: Shape, value: Mapping[str, Any], where: str) -> Iterator[Fault]:
    for name in shape.required:
        if value.get(name) is None:
            yield Fault(path.member(where, name), "Member must not be null", None, f"Give {name}.")
    for name, given in value.items():
        if name not in shape.members:
            yield Fault(
                path.entry(where, name),
                f"Member must be one that {shape.name} has",
                as_text(given),
                nearest(name, tuple(shape.members)),
            )
        elif given is not None:
            yield from _check(shape.members[name], given, path.member(where, name))


def _list(shape: Shape, value: Sequence[Any], where: str) -> Iterator[Fault]:
    yield from _length(shape, value, where)
    element = shape.part("member")
    for index, given in enumerate(value):
        if given is None:
            yield Fault(path.item(where, index), "Member must not be null", None, "Leave it out.")
        else:
            yield from _check(element, given, path.item(where, index))


def _map(shape: Shape, value: Mapping[str, Any], where: str) -> Iterator[Fault]:
    yield from _length(shape, value, where)
    for key, given in value.items():
        place = path.entry(where, key)
        for fault in _check(shape.part("key"), key, place):
            yield _of_map("keys", fault)
        for fault in _check(shape.part("value"), given, place):
            # A wrong type is said of the entry itself: that is no constraint of the map.
            yield fault if isinstance(fault, WrongType) else _of_map("value", fault)


def _of_map(part: str, fault: Fault) -> Fault:
    problem = f"{_MAP_PROBLEM}{part} must satisfy constraint: [{fault.problem}]"
    return Fault(fault.path, problem, fault.value, fault.mend)


def _string(shape: Shape, value: str, where: str) -> Iterator[Fault]:
    wrong = list(_length(shape, value, where))
    yield from wrong
    if shape.enum and value not in shape.enum:
        yield Fault(where, _enum_problem(shape), as_text(value), nearest(value, shape.enum))
    elif shape.pattern and not wrong and not _pattern(shape.pattern).fullmatch(value):
        problem = f"Member must satisfy regular expression pattern: {shape.pattern}"
        yield Fault(where, problem, as_text(value), _mend(shape, value))


def _enum_problem(shape: Shape) -> str:
    named = ", ".join(shape.enum[:_NAMED_VALUES])
    more = len(shape.enum) - _NAMED_VALUES
    return (
        f"Member must satisfy enum value set: [{named}{f', and {more} more' if more > 0 else ''}]"
    )


def _mend(shape: Shape, value: str) -> str:
    if "\n" in value and shape.pattern in {".*", ".+"}:
        return "Write it on one line."
    return _MENDS.get(shape.name, "Give text that matches the whole pattern.")


def _length(shape: Shape, value: Sequence[Any] | Mapping[str, Any], where: str) -> Iterator[Fault]:
    yield from _bounds(shape, where, "length", value)


def _number(shape: Shape, value: float, where: str) -> Iterator[Fault]:
    if not math.isfinite(value):
        yield Fault(where, "Member must be a finite number", str(value), "Give a finite number.")
    else:
        yield from _bounds(shape, where, "value", value)


def _bounds(
    shape: Shape, where: str, what: str, value: float | Sequence[Any] | Mapping[str, Any]
) -> Iterator[Fault]:
    size = value if isinstance(value, int | float) else len(value)
    if shape.maximum is not None and size > shape.maximum:
        problem = f"Member must have {what} less than or equal to {shape.maximum}"
        mend = f"It has {size}." if what == "length" else f"Give at most {shape.maximum}."
        yield Fault(where, problem, as_text(value), mend)
    if shape.minimum is not None and size < shape.minimum:
        problem = f"Member must have {what} greater than or equal to {shape.minimum}"
        mend = f"It has {size}." if what == "length" else f"Give at least {shape.minimum}."
        yield Fault(where, problem, as_text(value), mend)


def _nothing(_shape: Shape, _value: Any, _where: str) -> Iterator[Fault]:  # noqa: ANN401  (any)
    return iter(())


@cache
def _pattern(expression: str) -> _Pattern:
    if r"\p{" not in expression:
        return re.compile(expression)
    # Only tags need it, and importing it costs more than all the rest of a Describe.
    import regex  # type: ignore[import-untyped]  # noqa: PLC0415  (see above)

    compiled: _Pattern = regex.compile(expression)
    return compiled


def _is_integer(value: object, bits: int = 32) -> bool:
    """AWS's integers have 32 bits and its longs 64; a larger number is of another type."""
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return -(1 << bits - 1) <= value < 1 << bits - 1


def _is_number(value: object) -> bool:
    """Whatever a float of 64 bits can be."""
    if not isinstance(value, int):
        return isinstance(value, float)
    return not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_moment(value: object) -> bool:
    """A number on the wire, and a datetime before boto3 has written it."""
    if isinstance(value, datetime):
        return True
    return _is_number(value) and -_LAST_MOMENT <= cast("float", value) <= _LAST_MOMENT


def _is_object(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


_TYPES: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "long": lambda value: _is_integer(value, 64),
    "float": _is_number,
    "double": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list | tuple),
    "map": _is_object,
    "structure": _is_object,
    "timestamp": _is_moment,
    "blob": lambda value: isinstance(value, str | bytes),
}
_CHECKS: dict[str, Callable[[Shape, Any, str], Iterator[Fault]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
}
