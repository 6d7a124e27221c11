"""``ranges`` by name, and the four lists of the request's ``ParameterRanges``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.definition.values import SCALES, as_text, from_text

if TYPE_CHECKING:
    from orchestrator.definition.patch import Json
    from orchestrator.definition.paths import Path

LISTS = {
    "continuous": "ContinuousParameterRanges",
    "integer": "IntegerParameterRanges",
    "categorical": "CategoricalParameterRanges",
    "auto": "AutoParameters",
}
RANGE_KEYS = {
    "MinValue": "min",
    "MaxValue": "max",
    "ScalingType": "scale",
    "Values": "values",
    "ValueHint": "hint",
}


def write_ranges(ranges: Json) -> Json:
    """``ParameterRanges``, with only the lists that have a range."""
    request: Json = {}
    for name, given in ranges.items():
        request.setdefault(LISTS[given["type"]], []).append(_write_range(name, given))
    return request


def _write_range(name: str, given: Json) -> Json:
    if given["type"] == "categorical":
        return {"Name": name, "Values": given["values"]}
    if given["type"] == "auto":
        return {"Name": name, "ValueHint": as_text(given["hint"])}
    written = {
        "Name": name,
        "MinValue": as_text(given["min"]),
        "MaxValue": as_text(given["max"]),
    }
    if given.get("scale") is not None:
        written["ScalingType"] = SCALES.write(given["scale"])
    return written


def read_ranges(request: Json) -> Json:
    """``ranges`` with every range that a key can say."""
    return {
        entry["Name"]: _read_range(kind, entry)
        for kind, member in LISTS.items()
        for entry in request.get(member, [])
    }


def _read_range(kind: str, entry: Json) -> Json:
    if kind == "categorical":
        return {"type": kind, "values": entry["Values"]}  # text; the encoding says more
    if kind == "auto":
        return {"type": kind, "hint": from_text(entry["ValueHint"])}
    written = {
        "type": kind,
        "min": from_text(entry["MinValue"]),
        "max": from_text(entry["MaxValue"]),
    }
    if "ScalingType" in entry:
        written["scale"] = SCALES.read(entry["ScalingType"])
    return written


def trace_ranges(rest: Path, request: Any) -> Path:  # noqa: ANN401  (any JSON value)
    """``ContinuousParameterRanges[0].MinValue`` -> ``<name>.min``."""
    match rest:
        case (str(member), int(index), *below):
            name = request[member][index].get("Name", "")
            keys = (RANGE_KEYS.get(str(part), part) for part in below if part != "Name")
            return (name, *keys)
        case _:
            return ()
