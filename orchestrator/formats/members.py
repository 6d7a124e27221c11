"""Members of a request and their other spellings, led by the service model.

A target that has members of its own spelling (Terraform's ``role_arn``, Kubernetes' ``roleARN``)
says how each is spelled and which it lacks; keys of maps are the user's and stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.formats.protocol import Json, Remark, Weight
from orchestrator.wire import model
from orchestrator.wire import path as spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from orchestrator.wire.model import Shape

    Spell = Callable[[str, str], str]
    """(general path of the structure, member) -> its spelling."""

_MANY, _ONE = "TrainingJobDefinitions[]", "TrainingJobDefinition"


def tuning_shape() -> Shape:
    """The shape of a CreateHyperParameterTuningJob request."""
    shape = model.sagemaker().operation("CreateHyperParameterTuningJob").input
    assert shape is not None
    return shape


def general(path: str) -> str:
    """A path as the tables of the targets have it: one definition stands for all."""
    return path.replace(_MANY, _ONE)


def walked(
    value: object, shape: Shape, path: str = "", general_path: str = ""
) -> Iterator[tuple[str, str, Any]]:
    """(path, general path, value) of every member of `value` that the model knows."""
    if shape.type == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                inner = spelled.member(path, name), spelled.member(general_path, name)
                yield (*inner, value[name])
                yield from walked(value[name], member, *inner)
    elif shape.type == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            inner = spelled.item(path, index), general(f"{general_path}[]")
            yield from walked(item, shape.part("member"), *inner)


def lost(request: Json, lacks: Collection[str], title: str) -> list[Remark]:
    """The members of `request` that a target lacks; what stands inside them is not told again."""
    found: list[Remark] = []
    for path, general_path, value in walked(request, tuning_shape()):
        within = any(path.startswith((f"{remark.path}.", f"{remark.path}[")) for remark in found)
        if general_path not in lacks or within:
            continue
        if value in ({}, []):
            text = f"is empty, has no place in {title} and is left out"
            found.append(Remark(path, text, Weight.EMPTY))
        else:
            found.append(Remark(path, f"has no place in {title}", Weight.LOST))
    return found


def without(request: Json, paths: Collection[str]) -> Json:
    """The request without the members at `paths`."""
    kept = _without(request, "", frozenset(paths))
    assert isinstance(kept, dict)
    return kept


def _without(value: Any, path: str, paths: frozenset[str]) -> Any:  # noqa: ANN401  (any JSON value)
    if isinstance(value, dict):
        inner = {key: spelled.entry(path, key) for key in value}
        return {
            key: _without(value[key], where, paths)
            for key, where in inner.items()
            if where not in paths
        }
    if isinstance(value, list):
        return [_without(item, spelled.item(path, i), paths) for i, item in enumerate(value)]
    return value


def respelled(value: Any, shape: Shape, spell: Spell, path: str = "") -> Any:  # noqa: ANN401
    """`value` with every member as the target spells it."""
    if shape.type == "structure":
        return {
            spell(path, name): respelled(value[name], member, spell, spelled.member(path, name))
            for name, member in shape.members.items()
            if name in value
        }
    if shape.type == "list":
        part, inner = shape.part("member"), general(f"{path}[]")
        return [respelled(item, part, spell, inner) for item in value]
    return value


def named(value: Json, spell: Spell) -> tuple[Json, list[Remark]]:
    """A request from a target's spelling, and what of `value` is no member of a request."""
    told: list[Remark] = []
    request: Json = _named(value, tuning_shape(), spell, "", told)
    return request, told


def _named(  # noqa: PLR0917  (any JSON value; private, and calls itself)
    value: Any,  # noqa: ANN401
    shape: Shape,
    spell: Spell,
    path: str,
    told: list[Remark],
) -> Any:  # noqa: ANN401
    if shape.type == "list" and isinstance(value, list):
        part, inner = shape.part("member"), general(f"{path}[]")
        return [_named(item, part, spell, inner, told) for item in value]
    if shape.type != "structure" or not isinstance(value, dict):
        return value
    words = {spell(path, name): name for name in shape.members}
    for word in value.keys() - words.keys():
        where = spelled.member(path, word)
        told.append(Remark(where, "is no member of a request and was left out"))
    return {
        name: _named(value[word], shape.members[name], spell, spelled.member(path, name), told)
        for word, name in words.items()
        if word in value
    }
