"""Following a tuning job: snapshots until it has ended, with as few requests as will do.

botocore has waiters for training jobs and none for tuning jobs. Each look is one Describe. Its
counters tell how many training jobs began or ended since the last look, and only then are they
listed, newest first, until as many changes were found; what changed lies on the first page
unless a training job runs on while a hundred newer ones end. Away from this machine the pace is
the job's own: the longer nothing has changed, the longer until the next look. Throttling and
broken lines cost time and nothing else; credentials that expire are read afresh once.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from orchestrator.client import training_jobs, tuning_jobs
from orchestrator.errors import (
    AmtError,
    CredentialsExpired,
    Interrupted,
    JobNotFound,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from orchestrator.client.session import Connection
    from orchestrator.client.tuning_jobs import Answer
    from orchestrator.clock import Clock

EMBEDDED_PACE = (0.25, 0.25)
SERVED_PACE = (0.25, 5.0)
AWS_PACE = (2.0, 30.0)
"""Shortest and longest seconds between two looks, by what kind of endpoint it is."""

_SHARE = 0.1
"""The pause between two looks, as a part of the time in which nothing has changed."""
_PATIENCE = 300.0
"""Seconds for which an endpoint may throttle or be out of reach before it is given up."""
_LONGEST_RETREAT = 30.0
_DESCRIBED = 12
"""Running training jobs that are asked for their last metrics; elsewhere one a look in turn."""
_UNDRIVEN_LOOKS = 8


_Answered = TypeVar("_Answered")


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
    running: dict[str, Answer] = field(default_factory=dict)
    turn: int = 0

    def refresh(self, job: Answer | None = None) -> tuple[Answer, ...]:
        """Read what has changed; all of them, in launch order.

        Args:
            job: Describe's answer, whose counters say whether there is anything to read;
                without it whatever can have changed is read.
        """
        counted = None if job is None else _counted(job)
        if counted is None or counted != _tally(self.rows.values()):
            self._read(counted)
        return tuple(sorted(self.rows.values(), key=_launched))

    def _read(self, counted: Answer | None) -> None:
        """Pages, newest first, until all changes are found or none can be on the others."""
        open_ones = {name for name, row in self.rows.items() if not _settled(row)}
        for page in tuning_jobs.children(self.connection, self.name):
            fresh = [row for row in page if row["TrainingJobName"] not in self.rows]
            self.rows |= {str(row["TrainingJobName"]): row for row in page}
            open_ones -= {str(row["TrainingJobName"]) for row in page}
            if not fresh and not open_ones:
                break
            if counted is not None and counted == _tally(self.rows.values()):
                break

    def ask_running(self) -> Mapping[str, Answer]:
        """Describe running training jobs for their last metrics."""
        live = [
            str(row["TrainingJobName"])
            for row in sorted(self.rows.values(), key=_launched)
            if row["TrainingJobStatus"] not in training_jobs.ENDED
        ][-_DESCRIBED:]
        if self.connection.emulator is None and live:
            self.turn += 1
            asked = [live[self.turn % len(live)]]
        else:
            asked = live
        known = {name: self.running[name] for name in live if name in self.running}
        self.running = known | {k: v for name in asked for k, v in self._described(name).items()}
        return self.running

    def _described(self, name: str) -> dict[str, Answer]:
        try:
            return {name: training_jobs.describe(self.connection, name)}
        except JobNotFound:
            return {}  # deleted between the two calls


@dataclass(slots=True)
class _Pacer:
    """When to look again: soon after something changed, later the longer nothing does."""

    clock: Clock
    pace: tuple[float, float]
    seen: object = None
    since: float = 0.0

    def pause(self, standing: object, most: float | None = None) -> None:
        """Wait until the next look is due, at most so many seconds."""
        now = self.clock.now()
        if standing != self.seen:
            self.seen, self.since = standing, now
        shortest, longest = self.pace
        seconds = min(longest, max(shortest, (now - self.since) * _SHARE))
        _pause(self.clock, seconds if most is None else min(most, seconds))


@dataclass(slots=True)
class _Patience:
    """Asks an endpoint that may throttle, be out of reach or want fresh credentials."""

    connection: Connection
    name: str
    clock: Clock
    answered: bool = False
    fresh: bool = True

    def ask(self, question: Callable[[Connection], _Answered]) -> _Answered:
        """The answer, however long it takes within bounds; the first is not waited for.

        Raises:
            Unreachable: It took too long, or the credentials stay expired.
        """
        began, retreat = self.clock.now(), 1.0
        while True:
            try:
                answer = question(self.connection)
            except CredentialsExpired as error:
                self._renew(error)
            except Interrupted as error:
                if not self.answered or self.clock.now() - began > _PATIENCE:
                    raise self._gone_on(error) from error
                # Jitter, so that not all who were turned away come back together.
                _pause(self.clock, retreat * secrets.SystemRandom().uniform(0.5, 1.0))
                retreat = min(_LONGEST_RETREAT, 2 * retreat)
            else:
                self.answered = self.fresh = True
                return answer

    def _renew(self, error: CredentialsExpired) -> None:
        cloud = self.connection.cloud
        if cloud is None or cloud.renewed is None or not self.fresh:
            raise self._gone_on(error) from error
        self.fresh = False
        try:
            self.connection = cloud.renewed()
        except AmtError as again:
            raise self._gone_on(again) from error

    def _gone_on(self, error: AmtError) -> AmtError:
        if not self.answered:
            return error
        return type(error)(f"{error} {self.name} goes on; `amt watch {self.name}` comes back.")


def follow(
    connection: Connection,
    name: str,
    *,
    clock: Clock,
    pace: tuple[float, float] | None = None,
    metrics: bool = False,
) -> Iterator[Snapshot]:
    """Snapshots until the job has ended; the last one shows the end.

    Args:
        connection: The endpoint.
        name: The tuning job.
        clock: Waits between two looks.
        pace: Shortest and longest seconds between two looks; by default what suits the endpoint.
        metrics: Ask for the last metrics of running training jobs too.

    Raises:
        JobNotFound: There is no such job, or it was deleted meanwhile.
        Unreachable: The job lives in the embedded emulator and nobody drives it; or the
            endpoint was out of reach for long.
    """
    known = Children(connection, name)
    pacer = _Pacer(clock, pace or _pace(connection))
    patience = _Patience(connection, name, clock)

    def question(now: Connection) -> Snapshot:
        known.connection = now
        return look(now, known, clock, metrics=metrics)

    undriven = 0
    while True:
        snapshot = patience.ask(question)
        yield snapshot
        if snapshot.ended:
            return
        undriven = _driven_or_raise(connection, name, undriven)
        pacer.pause(_standing(snapshot.job))


def look(
    connection: Connection, known: Children, clock: Clock, *, metrics: bool = False
) -> Snapshot:
    """The job as it is now."""
    # The job is read first: a job read as ended has no child that still changes.
    job = tuning_jobs.describe(connection, known.name)
    rows = known.refresh(job)
    running = known.ask_running() if metrics else {}
    return Snapshot(clock.now(), job, rows, running, _trouble(connection))


def wait(
    connection: Connection, name: str, *, clock: Clock, timeout: float | None = None
) -> Answer:
    """The job's description once it has ended.

    Raises:
        WaitTimedOut: `timeout` seconds passed first.
    """
    started = clock.now()
    pacer = _Pacer(clock, _pace(connection))
    patience = _Patience(connection, name, clock)
    undriven = 0
    while True:
        job = patience.ask(lambda now: tuning_jobs.describe(now, name))
        if job["HyperParameterTuningJobStatus"] in tuning_jobs.TERMINAL:
            return job
        undriven = _driven_or_raise(connection, name, undriven)
        left = None if timeout is None else started + timeout - clock.now()
        if left is not None and left <= 0:
            raise WaitTimedOut(
                f"{name} is still {job['HyperParameterTuningJobStatus']} after {timeout:g} s. "
                f"`amt watch {name}` shows where it stands."
            )
        pacer.pause(_standing(job), left)


def _pace(connection: Connection) -> tuple[float, float]:
    if connection.emulator is not None:
        return EMBEDDED_PACE
    return AWS_PACE if connection.label == "aws" else SERVED_PACE


def _pause(clock: Clock, seconds: float) -> None:
    clock.wait_until(clock.now() + seconds, threading.Event())


def _standing(job: Answer) -> tuple[object, ...]:
    """What of a job changes when anything does."""
    keys = (
        "HyperParameterTuningJobStatus",
        "TrainingJobStatusCounters",
        "ObjectiveStatusCounters",
    )
    return tuple(job.get(key) for key in keys)


def _counted(job: Answer) -> Answer | None:
    """What Describe counts, in the words of `_tally`; None where it does not."""
    jobs, objectives = job.get("TrainingJobStatusCounters"), job.get("ObjectiveStatusCounters")
    if jobs is None or objectives is None:
        return None
    return {
        "all": sum(jobs.values()),
        "Completed": jobs.get("Completed", 0),
        "Stopped": jobs.get("Stopped", 0),
        "Failed": jobs.get("RetryableError", 0) + jobs.get("NonRetryableError", 0),
        "good": objectives.get("Succeeded", 0),
        "bad": objectives.get("Failed", 0),
    }


def _tally(rows: Iterable[Answer]) -> Answer:
    """The same counted from the training jobs themselves."""
    known = list(rows)
    statuses = Counter(str(row["TrainingJobStatus"]) for row in known)
    objectives = Counter(str(row.get("ObjectiveStatus")) for row in known)
    return {
        "all": len(known),
        **{status: statuses[status] for status in ("Completed", "Stopped", "Failed")},
        "good": objectives["Succeeded"],
        "bad": objectives["Failed"],
    }


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
