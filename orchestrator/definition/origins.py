"""From a member of a request back to the words of the job file it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from orchestrator.definition.job_members import JOB
from orchestrator.definition.members import origin
from orchestrator.definition.parameter_ranges import LISTS, RANGE_KEYS
from orchestrator.definition.paths import lookup
from orchestrator.definition.training_members import DEFINITION, TRAINING

if TYPE_CHECKING:
    from orchestrator.definition.members import Member
    from orchestrator.definition.patch import Json
    from orchestrator.definition.paths import Path


def trace(path: Path, document: Json, request: Json) -> Path:
    """Where the member at `path` of `request` stands in `document`, the job file behind it.

    What a ``request`` block of the file says is found there; so is what no key can say.
    """
    written = _patched(document.get("request"), path)
    if written:
        return ("request", *path)
    match path:
        case ("TrainingJobDefinition", *rest):
            raw = request.get("TrainingJobDefinition")
            return _Part(TRAINING, (), raw).trace(tuple(rest), document)
        case ("TrainingJobDefinitions", int(index), *rest):
            raw = lookup(request, path[:2])
            return _Part(DEFINITION, ("definitions", index), raw).trace(tuple(rest), document)
        case ("TrainingJobDefinitions", *_):
            return ("definitions",)
        case _:
            found = origin(JOB, path, request)
            return ("request", *path) if found is None else found


def in_file_words(advice: str, path: Path) -> str:
    """`advice` about the key at `path`, with the file's keys for the request's members."""
    if "request" in path:
        return advice  # there the file itself speaks the request's language
    inside = not {"training", "definitions"}.isdisjoint(path[:1])
    words = _words(inside=inside)
    return _COMPOUND.sub(lambda found: words.get(found.group(), found.group()), advice)


_COMPOUND = re.compile(r"\b[A-Z][a-z0-9]*[A-Z]\w*")
"""A member's name of more than one word; ``Type`` or ``Mode`` alone are words of any sentence."""


@cache
def _words(*, inside: bool) -> dict[str, str]:
    """Member -> key; where a training and the job share a name, `inside` takes the training's."""
    words = {name: f"type: {kind}" for kind, name in LISTS.items()} | RANGE_KEYS
    words |= {"TrainingJobDefinition": "training", "TrainingJobDefinitions": "definitions"}
    for members in (JOB, TRAINING) if inside else (TRAINING, JOB):
        for member in members:
            for size in range(1, len(member.member) + 1):
                key = origin(members, member.member[:size], {})
                if key:
                    words[member.member[size - 1]] = ".".join(map(str, key))
    return words


@dataclass(frozen=True, slots=True)
class _Part:
    """One training job definition: its dictionary, where it stands in the file, its members."""

    members: tuple[Member, ...]
    above: Path
    raw: Any

    def trace(self, rest: Path, document: Json) -> Path:
        training = (*self.above, "training")
        patch = (*training, "request")
        if _patched(lookup(document, patch), rest):
            return (*patch, *rest)
        if not rest:
            return training
        found = origin(self.members, rest, self.raw or {})
        if found is None:
            return (*patch, *rest)
        return (*self.above, *found) if found else training


def _patched(patch: object, path: Path) -> bool:
    """Whether `patch` itself says what stands at `path`, rather than something below or beside."""
    for part in path:
        if not isinstance(patch, dict) or part not in patch:
            return False
        patch = patch[part]
        if not isinstance(patch, dict):
            return True
    return False
