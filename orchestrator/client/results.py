"""Everything that an endpoint knows of a tuning job that has ended, fetched once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.client import training_jobs, tuning_jobs
from orchestrator.errors import JobNotFound, WrongStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestrator.client.session import Connection
    from orchestrator.client.training_jobs import LogLine
    from orchestrator.client.tuning_jobs import Answer


@dataclass(frozen=True, slots=True)
class ChildResult:
    """One training job: its summary, its description (empty if it was deleted), its log."""

    summary: Answer
    described: Answer
    log: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """A tuning job's description and tags, and its training jobs in launch order."""

    job: Answer
    tags: tuple[Answer, ...]
    children: tuple[ChildResult, ...]


def fetch(connection: Connection, name: str, tell: Callable[[str], None]) -> Results:
    """The results of a tuning job that has ended; `tell` hears how far it is.

    Raises:
        JobNotFound: There is no such job.
        WrongStatus: It has not ended.
    """
    job = tuning_jobs.describe(connection, name)
    status = job["HyperParameterTuningJobStatus"]
    if status not in training_jobs.ENDED:  # a tuning job ends as a training job does
        raise WrongStatus(f"{name} is {status}: only a job that has ended can be imported.")
    tags = tuning_jobs.tags(connection, job["HyperParameterTuningJobArn"])
    summaries = [one for page in tuning_jobs.children(connection, name) for one in page]
    summaries.sort(key=lambda one: (one["CreationTime"], one["TrainingJobName"]))
    children = []
    for count, summary in enumerate(summaries, start=1):
        tell(f"{summary['TrainingJobName']} ({count} of {len(summaries)})")
        children.append(_child(connection, summary))
    return Results(job, tuple(tags), tuple(children))


def _child(connection: Connection, summary: Answer) -> ChildResult:
    name = summary["TrainingJobName"]
    try:
        described = training_jobs.describe(connection, name)
    except JobNotFound:
        described = {}  # a training job may be deleted before its tuning job
    log = sorted(training_jobs.LogReader(connection, name).read(), key=lambda line: line.at)
    return ChildResult(summary, described, tuple(log))
