"""A SageMaker pipeline with one tuning step: the request without its name.

The service names the job anew in every execution. A mapping that is ``{"Get": …}`` refers to a
parameter of the pipeline; read, such a reference becomes the parameter's default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.formats.members import tuning_shape, walked
from orchestrator.formats.protocol import (
    NAME,
    Format,
    Json,
    Reading,
    Remark,
    Source,
    Weight,
    as_json,
    is_request,
    ordered,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION = "2020-12-01"
_FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")
_PARAMETER = "Parameters."


def render(request: Json) -> str:
    """The pipeline's definition."""
    arguments = {key: value for key, value in request.items() if key != NAME}
    step = {"Name": "Tune", "Type": "Tuning", "Arguments": arguments}
    return as_json({"Version": _VERSION, "Parameters": [], "Steps": [step]})


def remarks(request: Json) -> Iterator[Remark]:
    """The step has no name, and a map may look like a reference."""
    yield Remark(NAME, "the pipeline names the job anew in every execution")
    for path, _, value in walked(request, tuning_shape()):
        if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _FUNCTIONS:
            yield Remark(path, "a pipeline takes it for a reference", Weight.IMPOSSIBLE)


def recognises(source: Source) -> bool:
    """A definition with a tuning step, or such a step."""
    return any(True for _ in _steps(source.data))


def read(source: Source) -> Reading:
    """The request of the one tuning step; it has no name."""
    steps = list(_steps(source.data))
    if len(steps) != 1:
        many = f"{len(steps)} tuning steps" if steps else "no tuning step"
        raise source.refused(f"has {many}", "Give a pipeline, or a step, with one.")
    defaults = {
        str(one.get("Name")): one.get("DefaultValue")
        for one in _list(source.data, "Parameters")
        if isinstance(one, dict)
    }
    told: list[Remark] = []
    request = _resolved(steps[0].get("Arguments"), defaults, source, told)
    if not is_request(request):
        raise source.refused("has a step without a request", "Its Arguments must be one.")
    return Reading(ordered(request), (*unknown(request), *told))


def _steps(data: object) -> Iterator[Json]:
    inside = _list(data, "Steps") or (data if isinstance(data, list) else [data])
    for step in inside:
        if isinstance(step, dict) and step.get("Type") == "Tuning":
            yield step


def _list(data: object, key: str) -> list[Any]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, list) else []


def _resolved(value: Any, defaults: Json, source: Source, told: list[Remark]) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_resolved(item, defaults, source, told) for item in value]
    if not isinstance(value, dict):
        return value
    function = next((key for key in _FUNCTIONS if list(value) == [key]), None)
    if function is None:
        return {key: _resolved(inner, defaults, source, told) for key, inner in value.items()}
    reference = value[function]
    name = str(reference).removeprefix(_PARAMETER)
    if function != "Get" or defaults.get(name) is None:
        mend = "Only parameters with a default can be read."
        raise source.refused(f"refers to {reference}", mend)
    told.append(Remark("", f"{reference} was read as its default, {defaults[name]}"))
    return defaults[name]


FORMAT = Format("sagemaker-pipeline", "a SageMaker pipeline", recognises, read, render, remarks)
