"""What a target of a rule receives: the event, a part of it, a text of its own, or a template.

Documented: ``Input`` is sent as it is, ``InputPath`` chooses a part, and an input transformer
puts parts of the event into a template, as JSON or, inside quotes, as text. A part that the
event does not have is null, inside quotes nothing (our reading).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEP = re.compile(
    r"\.(?P<name>[\w-]+)|\[(?P<index>\d+)\]|\[(?P<quote>['\"])(?P<key>.*?)(?P=quote)\]"
)
_PLACE = re.compile(r'"(?:[^"\\]|\\.)*"|<(?P<name>[\w.-]+)>')
_INSIDE = re.compile(r"<(?P<name>[\w.-]+)>")

Event = dict[str, Any]


def text(target: Mapping[str, Any], event: Event, rule: Mapping[str, str]) -> str:
    """What this target receives.

    Args:
        target: As PutTargets described it.
        event: As EventBridge sends it.
        rule: ``rule-arn`` and ``rule-name``, for templates.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(part(event, target["InputPath"]))
    if "InputTransformer" in target:
        return _filled(target["InputTransformer"], event, rule)
    return json.dumps(event)


def part(event: Event, path: str) -> Any:  # noqa: ANN401  (any JSON value)
    """What stands at a JSON path such as ``$.detail.status`` or ``$.resources[0]``, or None."""
    found: Any = event
    for step in _STEP.finditer(path.removeprefix("$")):
        try:
            found = found[int(step["index"]) if step["index"] else step["name"] or step["key"]]
        except (KeyError, IndexError, TypeError):
            return None
    return found


def _filled(transformer: Mapping[str, Any], event: Event, rule: Mapping[str, str]) -> str:
    paths = transformer.get("InputPathsMap") or {}
    known = {name: part(event, path) for name, path in paths.items()}
    known |= {
        "aws.events.event": {name: each for name, each in event.items() if name != "detail"},
        "aws.events.event.json": event,
        "aws.events.event.ingestion-time": event.get("time"),
        "aws.events.rule-arn": rule["rule-arn"],
        "aws.events.rule-name": rule["rule-name"],
    }

    def inside(place: re.Match[str]) -> str:
        value = known.get(place["name"])
        if value is None:
            return "" if place["name"] in known else place[0]
        plain = value if isinstance(value, str) else json.dumps(value)
        return json.dumps(plain)[1:-1]

    def put(place: re.Match[str]) -> str:
        if place["name"] is None:  # a text in quotes
            return _INSIDE.sub(inside, place[0])
        return json.dumps(known[place["name"]]) if place["name"] in known else place[0]

    return _PLACE.sub(put, str(transformer.get("InputTemplate", "")))
