"""What is remembered, seen from the engine and from the endpoint.

Three kinds of thing: the *journal* (the truth: every event of every job, in order), the
*rows* (one a job, for Describe and List) and *commands* (what another process wants from
the process that drives a job). All three change together in one transaction.

Undone work is not stored: it is what the machine, replayed from its journal, still wants
(`outstanding()`), so there is no second record that could disagree with the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from orchestrator.training.events import TrainingEvent
    from orchestrator.tuning.events import TuningEvent


Tags = tuple[tuple[str, str], ...]
"""(key, value) of a job's tags, in the order in which their keys were first given."""


class JobKind(StrEnum):
    """Which of the two entities a row is; the value is the ARN's resource type."""

    TUNING = "hyper-parameter-tuning-job"
    TRAINING = "training-job"


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job, for reading.

    Attributes:
        arn: Identity.
        root: ARN of the job whose driver drives this one: the tuning job for its children,
            itself otherwise.
        number: Launch order in its tuning job; 0 without one.
        objective: Final objective value, for sorting; None where there is none.
        request: The create request as it came (tuning jobs and training jobs of users);
            empty for children, whose request follows from their tuning job's.
        state: The view that the endpoint renders: JSON-able, made by `engine.views`.
        tags: Its tags now. A created row of a child gets those its root has at that moment,
            whatever stands here (documented: tags reach children launched afterwards).
    """

    arn: str
    kind: JobKind
    name: str
    account: str
    region: str
    root: str
    number: int
    status: str
    created: float
    modified: float
    objective: float | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    tags: Tags = ()


class Order(StrEnum):
    """What List sorts by."""

    NAME = "Name"
    CREATED = "CreationTime"
    STATUS = "Status"
    OBJECTIVE = "FinalObjectiveMetricValue"


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows, in which order. Times are strict bounds.

    Ties sort by name, the same way round as the rest: descending is ascending read backwards.
    `name_contains` has no regard to case. Ordering by OBJECTIVE leaves out rows without one (documented by AWS). `after` is the
    (sort value, name) of the last row of the page before: a page token that survives changes.
    """

    kind: JobKind
    account: str
    region: str
    root: str | None = None
    children_only: bool = False
    status: str | None = None
    name_contains: str | None = None
    created_after: float | None = None
    created_before: float | None = None
    modified_after: float | None = None
    modified_before: float | None = None
    order: Order = Order.NAME
    descending: bool = False
    after: tuple[str | float, str] | None = None
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Command:
    """What another process wants of the process that drives `root`."""

    id: int
    root: str
    arn: str
    verb: str
    """``stop`` or ``delete``."""


@dataclass(frozen=True, slots=True)
class Change:
    """One commit: all of it or nothing.

    Attributes:
        create: New rows; a taken ARN refuses the whole change with NameTaken.
        events: (ARN, event) in order, appended to the journal.
        update: Rows whose status, times, objective and state change (request and tags are
            left alone).
        delete: ARNs whose rows, journal and commands go.
        done: Ids of commands this change answers.
    """

    create: tuple[JobRow, ...] = ()
    events: tuple[tuple[str, TuningEvent | TrainingEvent], ...] = ()
    update: tuple[JobRow, ...] = ()
    delete: tuple[str, ...] = ()
    done: tuple[int, ...] = ()


class Lease(Protocol):
    """The right to drive one job, lost when released or when the process dies."""

    def release(self) -> None:
        """Let others drive it: all is done here."""
        ...

    def abandon(self) -> None:
        """Let others drive it and leave a trace that something is left to do, as a crash does."""
        ...


class Store(Protocol):
    """The books. Any number of processes and threads may use them at once."""

    def commit(self, change: Change) -> None:
        """Write all of `change`, durably against the death of this process.

        Raises:
            NameTaken: A created ARN exists; nothing was written.
            JobNotFound: An event or update is of an ARN that does not exist; nothing was written.
            StateError: The disk is full or read-only; nothing was written.
        """
        ...

    def row(self, arn: str) -> JobRow | None:
        """One job, or None."""
        ...

    def find(self, query: Query) -> Sequence[JobRow]:
        """At most `query.limit` rows."""
        ...

    def count(self, query: Query) -> int:
        """How many rows there are in all, whatever `limit` and `after`."""
        ...

    def retag(self, arn: str, change: Callable[[Tags], Tags]) -> None:
        """Replace a job's tags by what `change` makes of them, in one transaction.

        What `change` raises is passed on, and nothing is written.

        Raises:
            JobNotFound: There is no such job.
            StateError: The disk is full or read-only.
        """
        ...

    def journal(self, arn: str) -> Iterator[TuningEvent | TrainingEvent]:
        """The events of one job in the order they were committed."""
        ...

    def lease(self, root: str) -> Lease | None:
        """Take the right to drive `root`; None while another process or engine has it."""
        ...

    def abandoned(self) -> Sequence[str]:
        """Roots whose driver died or went with work left to do, and that nobody drives."""
        ...

    def driver(self, root: str) -> int | None:
        """Process id of the driver of `root`; None when nobody drives it."""
        ...

    def send(self, root: str, arn: str, verb: str) -> None:
        """Leave a command for the driver of `root`.

        Raises:
            JobNotFound: The job `arn` does not exist (any more).
        """
        ...

    def commands(self, roots: Sequence[str]) -> Sequence[Command]:
        """Commands waiting for these roots, oldest first."""
        ...

    def version(self) -> int:
        """A number that changes whenever any process commits; cheap to ask often."""
        ...

    def close(self) -> None:
        """Release leases and connections."""
        ...
