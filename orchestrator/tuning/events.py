"""What can happen to a tuning job. Every event is journalled and carries its moment."""

from __future__ import annotations

from dataclasses import dataclass

# Imported for real, not only for type checking: the store's records read these annotations.
from orchestrator.strategy.protocol import Suggestion  # noqa: TC001
from orchestrator.training.job import ObjectiveStatus, TrainingStatus  # noqa: TC001
from orchestrator.tuning.statuses import CompletionReason, TuningStatus  # noqa: TC001


@dataclass(frozen=True, slots=True)
class Created:
    """The tuning job was accepted, with the seed it keeps and the runtime it runs on.

    `lockstep`: it runs in waves, so that what is decided does not depend on who is faster.
    `guided`: Hyperband's configurations come from the Bayesian search.
    """

    at: float
    seed: int
    runtime: str
    lockstep: bool = False
    guided: bool = False


@dataclass(frozen=True, slots=True)
class StopRequested:
    """The user wants it to end."""

    at: float


@dataclass(frozen=True, slots=True)
class Proposed:
    """The strategy's answer to an Ask of `asked` suggestions; fewer: the space is used up."""

    at: float
    asked: int
    suggestions: tuple[Suggestion, ...]
    converged: bool = False


@dataclass(frozen=True, slots=True)
class Faulted:
    """The strategy could not answer; `reason` begins with AWS's class of errors."""

    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Observed:
    """Child `number` emitted a finite value of its objective, its `ordinal`-th (from 1)."""

    at: float
    number: int
    ordinal: int
    value: float


@dataclass(frozen=True, slots=True)
class ChildChanged:
    """Child `number` moved to `status`, not a terminal one."""

    at: float
    number: int
    status: TrainingStatus


@dataclass(frozen=True, slots=True)
class ChildEnded:
    """Child `number` reached a terminal status.

    Attributes:
        value: Its final objective; None unless `objective` is Succeeded.
        retryable: For a failed one: the platform was at fault, not the request.
    """

    at: float
    number: int
    status: TrainingStatus
    objective: ObjectiveStatus
    value: float | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Woke:
    """A moment that the machine asked to be woken at has come."""

    at: float


@dataclass(frozen=True, slots=True)
class ImportedChild:
    """What a job that ran elsewhere tells of one of its training jobs.

    Attributes:
        name: As it was called there.
        values: The finite values of its objective, in order.
        value: Its final objective; None unless `objective` is Succeeded.
        retryable: Of a failed one: the platform was at fault.
    """

    name: str
    suggestion: Suggestion
    status: TrainingStatus
    objective: ObjectiveStatus
    ended: float
    values: tuple[float, ...] = ()
    value: float | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """The job ran and ended elsewhere, at `ended`; all of it is known at once.

    `at` is when the books learned of it. Nothing is decided: there is nothing left to do.
    """

    at: float
    ended: float
    status: TuningStatus
    children: tuple[ImportedChild, ...]
    failure_reason: str = ""
    completion: CompletionReason | None = None
    converged_at: float | None = None


TuningEvent = (
    Created
    | StopRequested
    | Proposed
    | Faulted
    | Observed
    | ChildChanged
    | ChildEnded
    | Imported
    | Woke
)
