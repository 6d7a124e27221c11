"""Ranges as the API gives them, as most libraries take them: floats, integers and choices.

No library here knows a reverse-logarithmic scale: such a range is declared as the logarithm
of what is missing to one, and turned back on the way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter. `values` is empty but for a choice; `kind`: float, int or choice."""

    name: str
    kind: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    values: tuple[str, ...] = ()
    reverse: bool = False


def parameters_of(ranges: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Parameter]:
    """The parameters of ``ParameterRanges``."""
    return [_parameter(kind, entry) for kind in sorted(ranges) for entry in ranges[kind] if entry]


def _parameter(kind: str, entry: Mapping[str, Any]) -> Parameter:
    if kind.startswith("Categorical"):
        return Parameter(entry["Name"], "choice", values=tuple(entry["Values"]))
    scale = entry.get("ScalingType", "Auto")
    low, high = float(entry["MinValue"]), float(entry["MaxValue"])
    if kind.startswith("Integer"):
        return Parameter(entry["Name"], "int", int(low), int(high), log=scale == "Logarithmic")
    if scale == "ReverseLogarithmic":
        return Parameter(entry["Name"], "float", 1 - high, 1 - low, log=True, reverse=True)
    return Parameter(entry["Name"], "float", low, high, log=scale == "Logarithmic")


def outward(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """What a library proposed, as the objective takes it: within bounds and of plain types."""
    found: dict[str, Any] = {}
    for each in parameters:
        value = values[each.name]
        if each.kind == "choice":
            found[each.name] = str(value)
            continue
        value = min(max(float(value), each.low), each.high)
        found[each.name] = (
            round(value) if each.kind == "int" else 1 - value if each.reverse else value
        )
    return found


def least_resource(epochs: int) -> int:
    """The first rung of every scheduler, ours and theirs: three rungs below the last epoch."""
    return max(epochs // 27, 1)


def inward(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as the library would have proposed it."""
    return {
        each.name: 1 - values[each.name] if each.reverse else values[each.name]
        for each in parameters
    }
