"""What is wrong with a state machine's definition: structure, fields, transitions.

The rules of the Amazon States Language (states-language.net), those that need no data: what
the fields of each state are and may hold is left to moto's parser, where it is installed.
Codes are those that ValidateStateMachineDefinition is seen to answer; texts are ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA, TARGET = "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET"
NO_END, INVALID = "MISSING_END_STATE", "INVALID_JSON_DESCRIPTION"
TERMINAL = frozenset({"Succeed", "Fail"})
NEEDED = {
    "Task": ("Resource",),
    "Choice": ("Choices",),
    "Parallel": ("Branches",),
    "Map": (),
    "Wait": (),
    "Pass": (),
    "Succeed": (),
    "Fail": (),
}
"""The kinds of states, and what each cannot be without."""

WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
CATCHERS = frozenset({"Task", "Parallel", "Map"})


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault; `location` is a JSON path in slashes."""

    code: str
    message: str
    location: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location or '/'}"


def faults(definition: str) -> list[Diagnostic]:
    """Everything wrong with a definition, in its order."""
    try:
        machine = json.loads(definition)
    except (ValueError, RecursionError) as error:
        return [Diagnostic(INVALID, f"The definition is no JSON: {error}")]
    if not isinstance(machine, dict):
        return [Diagnostic(INVALID, "The definition is no JSON object")]
    return list(_machine(machine, ""))


def _machine(machine: dict[str, Any], at: str) -> Iterator[Diagnostic]:
    """A state machine, or the branch of a state, which is one."""
    states, start = machine.get("States"), machine.get("StartAt")
    if not isinstance(start, str):
        yield Diagnostic(SCHEMA, "The field 'StartAt' is required, a state's name", at)
    if not isinstance(states, dict) or not states:
        yield Diagnostic(SCHEMA, "The field 'States' is required, with at least one state", at)
        return
    if isinstance(start, str) and start not in states:
        yield Diagnostic(TARGET, f"Missing 'Next' target: {start}", f"{at}/StartAt")
    for name, state in states.items():
        place = f"{at}/States/{name}"
        if not isinstance(state, dict):
            yield Diagnostic(SCHEMA, "A state is an object", place)
            continue
        yield from _state(state, place)
        for field, target in _targets(state):
            if target not in states:
                yield Diagnostic(TARGET, f"Missing 'Next' target: {target}", f"{place}/{field}")
    yield from _reached(states, start, at)


def _reached(states: dict[str, Any], start: object, at: str) -> Iterator[Diagnostic]:
    """States that nothing leads to, and machines without an end."""
    seen: set[str] = set()
    next_ones = [start] if isinstance(start, str) else list(states)
    while next_ones:
        name = next_ones.pop()
        if name in states and name not in seen:
            seen.add(name)
            if isinstance(states[name], dict):
                next_ones += [target for _, target in _targets(states[name])]
    for name in states:
        if name not in seen:
            yield Diagnostic(
                "UNREACHABLE_STATE", f"The state {name} is unreachable", f"{at}/States/{name}"
            )
    if not any(_ends(states[name]) for name in seen):
        yield Diagnostic(NO_END, "No state that ends is reachable", f"{at}/States")


def _ends(state: object) -> bool:
    return isinstance(state, dict) and (state.get("Type") in TERMINAL or state.get("End") is True)


def _state(state: dict[str, Any], at: str) -> Iterator[Diagnostic]:
    kind = state.get("Type")
    if kind not in NEEDED:
        known = ", ".join(NEEDED)
        yield Diagnostic(SCHEMA, f"The field 'Type' is one of {known} (got {kind})", f"{at}/Type")
        return
    for field in NEEDED[kind]:
        if field not in state:
            yield Diagnostic(SCHEMA, f"The field '{field}' is required but was missing", at)
    if kind == "Wait" and sum(field in state for field in WAITS) != 1:
        yield Diagnostic(SCHEMA, f"Exactly one of {', '.join(WAITS)} is required", at)
    if kind not in TERMINAL | {"Choice"} and ("Next" in state) == (state.get("End") is True):
        yield Diagnostic(SCHEMA, "Exactly one of 'Next' and 'End' is required", at)
    for field in ("Retry", "Catch"):
        if field in state and kind not in CATCHERS:
            yield Diagnostic(SCHEMA, f"A {kind} state has no '{field}'", f"{at}/{field}")
        yield from _handlers(state.get(field, []), f"{at}/{field}")
    yield from _inner(kind, state, at)


def _handlers(handlers: object, at: str) -> Iterator[Diagnostic]:
    """What a state does about errors."""
    if not isinstance(handlers, list):
        yield Diagnostic(SCHEMA, "This is a list", at)
        return
    for index, each in enumerate(handlers):
        errors = each.get("ErrorEquals") if isinstance(each, dict) else None
        if not isinstance(errors, list) or not errors:
            yield Diagnostic(
                SCHEMA, "The field 'ErrorEquals' is required, a list", f"{at}[{index}]"
            )
        elif "States.ALL" in errors and (len(errors) > 1 or index < len(handlers) - 1):
            text = "States.ALL stands alone, in the last one"
            yield Diagnostic(SCHEMA, text, f"{at}[{index}]/ErrorEquals")


def _inner(kind: str, state: dict[str, Any], at: str) -> Iterator[Diagnostic]:
    """Choices, and machines inside a state."""
    if kind == "Choice":
        choices = state.get("Choices")
        if "Choices" in state and (not isinstance(choices, list) or not choices):
            yield Diagnostic(SCHEMA, "'Choices' is a list that is not empty", f"{at}/Choices")
        for index, rule in enumerate(choices if isinstance(choices, list) else ()):
            if not isinstance(rule, dict) or not isinstance(rule.get("Next"), str):
                place = f"{at}/Choices[{index}]"
                yield Diagnostic(SCHEMA, "The field 'Next' is required but was missing", place)
    if kind == "Parallel":
        branches = state.get("Branches", [])
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            yield from _branch(branch, f"{at}/Branches[{index}]")
    if kind == "Map":
        field = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
        yield from _branch(state.get(field), f"{at}/{field}")


def _branch(branch: object, at: str) -> Iterator[Diagnostic]:
    if isinstance(branch, dict):
        yield from _machine(branch, at)
    else:
        yield Diagnostic(SCHEMA, "A state machine is required", at)


def _targets(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a state leads, with the field that says so."""
    for field in ("Next", "Default"):
        if isinstance(state.get(field), str):
            yield field, state[field]
    for field in ("Choices", "Catch"):
        rules = state.get(field)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict) and isinstance(rule.get("Next"), str):
                yield f"{field}[{index}]/Next", rule["Next"]
