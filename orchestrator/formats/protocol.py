"""What every format has: a name, a text made from a request, and a request read from a text.

A request is rendered *whole* or not at all. What a target has no place for is a `Remark`: it is
told, and where the job would be another one without it, rendering is refused. The user may
accept the loss of a member by naming it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orchestrator.definition.load import parsed
from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Json = dict[str, Any]

NAME = "HyperParameterTuningJobName"
TUNING_MEMBERS = (
    NAME,
    "HyperParameterTuningJobConfig",
    "TrainingJobDefinition",
    "TrainingJobDefinitions",
    "WarmStartConfig",
    "Tags",
    "Autotune",
)
"""The members of the request, in the model's order (a test compares)."""


class Weight(StrEnum):
    """What a remark means for the job.

    DIFFERS: it is said in another way; the job is the same. EMPTY: the target has no place for
    the member, which says nothing. LOST: the same of one that says something; refused unless
    the user drops it. IMPOSSIBLE: no text would mean this job.
    """

    DIFFERS = "differs"
    EMPTY = "empty"
    LOST = "lost"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a target says differently or cannot say.

    Attributes:
        path: The member in the request's spelling; empty for the job as a whole.
        text: What is so, one sentence.
        weight: See `Weight`.
    """

    path: str
    text: str
    weight: Weight = Weight.DIFFERS

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


@dataclass(frozen=True, slots=True)
class Rendering:
    """A text, and what was to be said about it."""

    text: str
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Source:
    """A text that is to be read.

    Attributes:
        name: As the user named it, for messages; its suffix tells JSON, YAML and others apart.
    """

    name: str
    text: str

    @cached_property
    def data(self) -> Any:  # noqa: ANN401  (any JSON value)
        """Its value as JSON or YAML; None where it is neither."""
        begins = self.text.lstrip()[:1]
        try:
            if begins in {"{", "["}:
                return json.loads(self.text)
            return parsed(self.text, self.name)
        except (BadInput, ValueError, RecursionError):
            return None

    def refused(self, problem: str, mend: str, line: int | None = None) -> BadInput:
        """That the text cannot be read."""
        return BadInput([Fault(self.name, problem, None, mend, self.name if line else None, line)])


@dataclass(frozen=True, slots=True)
class Reading:
    """A request that was read, and what in the text it does not say."""

    request: Json
    remarks: tuple[Remark, ...] = ()


def no_remarks(request: Json) -> Iterable[Remark]:
    """For a target that can say everything."""
    del request
    return ()


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        name: As ``amt render --as`` and ``amt import --from`` spell it.
        title: What it is, for messages.
        recognises: Whether a text is of this format.
        read: The request a text says. Raises BadInput, naming the place.
        render: The text of a request that has no member that is lost; None for what only
            others write.
        remarks: What the target says differently or not at all of a request.
    """

    name: str
    title: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Reading]
    render: Callable[[Json], str] | None = None
    remarks: Callable[[Json], Iterable[Remark]] = no_remarks


def is_request(value: object) -> bool:
    """Whether `value` is a mapping in the request's own spelling."""
    return isinstance(value, dict) and "HyperParameterTuningJobConfig" in value


def ordered(request: Mapping[str, Any]) -> Json:
    """The request's members in the model's order, and nothing else."""
    return {member: request[member] for member in TUNING_MEMBERS if member in request}


def unknown(request: Mapping[str, Any]) -> list[Remark]:
    """What of a mapping is no member of a request, and was therefore left out."""
    problem = "is no member of the request and was left out"
    return [Remark(str(key), problem) for key in request if key not in TUNING_MEMBERS]


def as_json(value: object) -> str:
    """JSON of ASCII alone, so that no locale and no terminal changes it."""
    return json.dumps(value, indent=2, allow_nan=False)
