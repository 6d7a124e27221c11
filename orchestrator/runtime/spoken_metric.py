"""The log line in which a job's own metric expression finds a given value.

A simulation knows a number; the engine reads log lines. ``<name>=<value>`` is tried first,
then what the expression itself spells out with the value in its group. A line counts only if
the job's own reader finds the value in it, so guessing wrong does no harm.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from orchestrator.training.metrics import MetricReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.training.spec import MetricDefinition, TrainingSpec

PROBE = 1.0
_USUAL = (
    "{name}={value}",
    "{name}={value};",
    "{name}: {value}",
    "{name}: {value};",
    "{name} {value}",
)
_STEP = re.compile(r"\\.|[^\\]", re.DOTALL)
_LOOSE = (
    (re.compile(r"\\s[+*]?\??"), " "),
    (re.compile(r"\.\*\??"), ""),
    (re.compile(r"(?:\\[Sw]|\.|\[\^[^\]]*\])[+*]\??"), "x"),
    (re.compile(r"\\d[+*]?\??"), "1"),
    (re.compile(r"(?<!\\)\[([^\]\\^])[^\]]*\][+*]?\??"), r"\1"),
    (re.compile(r"[\^$]"), ""),
    (re.compile(r"\\(\W)"), r"\1"),
)
"""What matches many texts, and one of those texts."""


def line(spec: TrainingSpec, value: float) -> str:
    """A line from which the job's objective is read as `value`, where one can be made up."""
    name = spec.objective_metric or "objective"
    definition = next((each for each in spec.metrics if each.name == name), None)
    form = "{name}={value}" if definition is None else _form(definition)
    return form.replace("{name}", name).replace("{value}", repr(value))


@lru_cache(maxsize=64)
def _form(definition: MetricDefinition) -> str:
    reader = MetricReader((definition,))
    for form in (*_USUAL, *_spelled(definition.regex)):
        text = form.replace("{name}", definition.name).replace("{value}", repr(PROBE))
        if [seen.value for seen in reader.read(text)] == [PROBE]:
            return form
    return _USUAL[0]


def _spelled(expression: str) -> Iterator[str]:
    """The expression with the value in its group, and the rest as plain as it can be made."""
    depth, level, start = 0, 0, None
    for step in _STEP.finditer(expression):
        if step[0] == "(":
            depth += 1
            if start is None and expression[step.end() : step.end() + 1] != "?":
                start, level = step.start(), depth
        elif step[0] == ")":
            if start is not None and depth == level:
                yield _plain(expression[:start]) + "{value}" + _plain(expression[step.end() :])
                return
            depth -= 1


def _plain(expression: str) -> str:
    for loose, text in _LOOSE:
        expression = loose.sub(text, expression)
    return expression
