"""Which keys a job file has, read off the models: for suggestions and for the reference."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from orchestrator.definition.schema.job import JobFile

SAME_AS_ABOVE = "As above"


@dataclass(frozen=True, slots=True)
class Key:
    """One key: where it may stand (``ranges.<name>.min``), and what it means."""

    path: str
    meaning: str
    required: bool


def known(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that the mapping at `path` may have; empty where any key may stand."""
    annotations: list[Any] = [JobFile]
    for part in path:
        annotations = [inner for outer in annotations for inner in _inside(outer, part)]
    names = [name for model in _models(annotations) for name in model.model_fields]
    return tuple(dict.fromkeys(names))


def reference() -> Iterator[Key]:
    """Every key once, in the order of the models."""
    return _walk(JobFile, "")


def _walk(model: type[BaseModel], above: str) -> Iterator[Key]:
    for name, info in model.model_fields.items():
        path = f"{above}.{name}" if above else name
        meaning = info.description or ""
        yield Key(path, meaning, info.is_required())
        if meaning.startswith(SAME_AS_ABOVE):
            continue
        inner, suffix = _unwrapped(info.annotation)
        for below in _models(inner):
            yield from _walk(below, path + suffix)


def _unwrapped(annotation: Any) -> tuple[list[Any], str]:  # noqa: ANN401  (a type)
    found = _alternatives(annotation)
    for one in found:
        if get_origin(one) is list:
            return _alternatives(get_args(one)[0]), "[]"
        if get_origin(one) is dict:
            return _alternatives(get_args(one)[1]), ".<name>"
    return found, ""


def _inside(annotation: Any, part: str | int) -> list[Any]:  # noqa: ANN401  (a type)
    found: list[Any] = []
    for one in _alternatives(annotation):
        if get_origin(one) is list and isinstance(part, int):
            found.append(get_args(one)[0])
        elif get_origin(one) is dict and isinstance(part, str):
            found.append(get_args(one)[1])
        elif isinstance(one, type) and issubclass(one, BaseModel) and part in one.model_fields:
            found.append(one.model_fields[str(part)].annotation)
    return found


def _models(annotations: list[Any]) -> list[type[BaseModel]]:
    return [
        one
        for annotation in annotations
        for one in _alternatives(annotation)
        if isinstance(one, type) and issubclass(one, BaseModel)
    ]


def _alternatives(annotation: Any) -> list[Any]:  # noqa: ANN401  (a type)
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return [inner for one in get_args(annotation) for inner in _alternatives(one)]
    return [annotation]
