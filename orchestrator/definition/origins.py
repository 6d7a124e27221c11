"""From a member of a request back to the words of the job file it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.definition.job_members import JOB
from orchestrator.definition.members import origin
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
