"""Following a tuning job: snapshots at a steady pace until it has ended.

botocore has waiters for training jobs and none for tuning jobs. What can have changed is
read and no more: the training jobs come newest first, and reading stops at a page on which
everything had ended the last time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestrator.client import training_jobs, tuning_jobs
from orchestrator.errors import AmtError, JobNotFound, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.client.session import Connection
    from orchestrator.client.tuning_jobs import Answer
    from orchestrator.clock import Clock

LOCAL_PACE = 0.25
"""Seconds between two looks at an endpoint on this machine."""
REMOTE_PACE = 5.0
"""Seconds between two looks at AWS, which throttles."""

_DESCRIBED = 12  # running training jobs asked for their last metrics
_UNDRIVEN_LOOKS = 8


class WaitTimedOut(AmtError):
    """The job had not ended when the time was up."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A tuning job and its training jobs at one moment.

    Attributes:
        at: The moment, in epoch seconds.
        job: DescribeHyperParameterTuningJob's answer.
        children: ListTrainingJobsForHyperParameterTuningJob's summaries, in launch order.
        running: DescribeTrainingJob's answers for (at most twelve) running ones, by name.
        trouble: What keeps the embedded emulator from going on, in words.
    """

    at: float
    job: Answer
    children: tuple[Answer, ...]
    running: Mapping[str, Answer] = field(default_factory=dict)
    trouble: str = ""

    @property
    def ended(self) -> bool:
        """True when nothing more will happen."""
        return self.job["HyperParameterTuningJobStatus"] in tuning_jobs.TERMINAL


@dataclass(slots=True)
class Children:
    """The training jobs of a tuning job as last read."""

    connection: Connection
    name: str
    rows: dict[str, Answer] = field(default_factory=dict)

    def refresh(self) -> tuple[Answer, ...]:
        """Read what can have changed; all of them, in launch order."""
        open_ones = {name for name, row in self.rows.items() if not _settled(row)}
        for page in tuning_jobs.children(self.connection, self.name):
            fresh = [row for row in page if row["TrainingJobName"] not in self.rows]
            self.rows |= {str(row["TrainingJobName"]): row for row in page}
            open_ones -= {str(row["TrainingJobName"]) for row in page}
            if not fresh and not open_ones:
                break
        return tuple(sorted(self.rows.values(), key=_launched))


def follow(
    connection: Connection,
    name: str,
    *,
    clock: Clock,
    pace: float | None = None,
    metrics: bool = False,
) -> Iterator[Snapshot]:
    """Snapshots until the job has ended; the last one shows the end.

    Args:
        connection: The endpoint.
        name: The tuning job.
        clock: Waits between two looks.
        pace: Seconds between two looks; by default what suits the endpoint.
        metrics: Ask for the last metrics of running training jobs too.

    Raises:
        JobNotFound: There is no such job, or it was deleted meanwhile.
        Unreachable: The job lives in the embedded emulator and nobody drives it.
    """
    known = Children(connection, name)
    undriven = 0
    while True:
        snapshot = look(connection, known, clock, metrics=metrics)
        yield snapshot
        if snapshot.ended:
            return
        undriven = _driven_or_raise(connection, name, undriven)
        _pause(clock, pace or _pace(connection))


def look(
    connection: Connection, known: Children, clock: Clock, *, metrics: bool = False
) -> Snapshot:
    """The job as it is now."""
    # The job is read first: a job read as ended has no child that still changes.
    job = tuning_jobs.describe(connection, known.name)
    rows = known.refresh()
    running: dict[str, Answer] = {}
    if metrics:
        live = [row for row in rows if row["TrainingJobStatus"] not in training_jobs.ENDED]
        for row in live[-_DESCRIBED:]:
            running |= _described(connection, str(row["TrainingJobName"]))
    return Snapshot(clock.now(), job, rows, running, _trouble(connection))


def wait(
    connection: Connection, name: str, *, clock: Clock, timeout: float | None = None
) -> Answer:
    """The job's description once it has ended.

    Raises:
        WaitTimedOut: `timeout` seconds passed first.
    """
    started = clock.now()
    undriven = 0
    while True:
        job = tuning_jobs.describe(connection, name)
        if job["HyperParameterTuningJobStatus"] in tuning_jobs.TERMINAL:
            return job
        undriven = _driven_or_raise(connection, name, undriven)
        left = None if timeout is None else started + timeout - clock.now()
        if left is not None and left <= 0:
            raise WaitTimedOut(
                f"{name} is still {job['HyperParameterTuningJobStatus']} after {timeout:g} s. "
                f"`amt watch {name}` shows where it stands."
            )
        _pause(clock, min(_pace(connection), left or _pace(connection)))


def _described(connection: Connection, name: str) -> dict[str, Answer]:
    try:
        return {name: training_jobs.describe(connection, name)}
    except JobNotFound:
        return {}  # deleted between the two calls


def _pace(connection: Connection) -> float:
    return REMOTE_PACE if connection.label == "aws" else LOCAL_PACE


def _pause(clock: Clock, seconds: float) -> None:
    clock.wait_until(clock.now() + seconds, threading.Event())


def _driven_or_raise(connection: Connection, name: str, undriven: int) -> int:
    """How many looks in a row found nobody driving the job."""
    if connection.emulator is None or connection.emulator.driver(name) is not None:
        return 0
    # A driver that has just ended its job lets go of it a moment before it reads as ended.
    if undriven + 1 >= _UNDRIVEN_LOOKS:
        why = _trouble(connection) or "the process that ran it is gone"
        raise Unreachable(f"Nobody drives {name}: {why}. `amt resume {name}` goes on with it.")
    return undriven + 1


def _trouble(connection: Connection) -> str:
    return "" if connection.emulator is None else connection.emulator.trouble()


def _settled(row: Answer) -> bool:
    ended = row["TrainingJobStatus"] in training_jobs.ENDED
    return ended and row.get("ObjectiveStatus") != "Pending"


def _launched(row: Answer) -> tuple[float, str]:
    return row["CreationTime"].timestamp(), str(row["TrainingJobName"])
