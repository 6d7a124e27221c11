"""What is there already: a job of that name, and earlier ones that trained the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.client import tuning_jobs
from orchestrator.definition.difference import compared
from orchestrator.endpoint.parse import definitions_of
from orchestrator.errors import JobNotFound
from orchestrator.planning import cost, durations
from orchestrator.report import leaderboard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.client.session import Connection
    from orchestrator.client.tuning_jobs import Answer
    from orchestrator.definition.difference import Change

_LOOKED_AT = 20  # jobs of like name, newest first
_LEARNED_FROM = 3  # of these
_STAMP = re.compile(r"-\d{6}-\d{6}(-\w+)?$")  # of a generated name
_ADDED = "_"  # begins the hyperparameters that AMT adds (observed)
_CODE = "sagemaker_submit_directory"
_STOPPED_EARLY = ("Hyperband",)


@dataclass(frozen=True, slots=True)
class Difference:
    """A definition held against a job that exists.

    Attributes:
        job: The job's name.
        same_name: The definition has that very name, so the job is its own.
        changes: Place by place, in a job file's words.
        forces_new: Whether a change cannot be made to the job as it is: every one but of tags
            (documented: there is no update of a tuning job).
    """

    job: str
    same_name: bool
    changes: tuple[str, ...]
    forces_new: bool

    @property
    def nothing_to_do(self) -> bool:
        """True when the job is just what the definition asks for."""
        return self.same_name and not self.changes


def difference(job: Answer, request: Mapping[str, Any]) -> Difference:
    """What of `job` (Describe's answer) `request` would have otherwise."""
    changes: tuple[Change, ...] = compared(dict(job), dict(request))
    name = str(job["HyperParameterTuningJobName"])
    return Difference(
        job=name,
        same_name=name.lower() == str(request["HyperParameterTuningJobName"]).lower(),
        changes=tuple(map(str, changes)),
        forces_new=any(change.forces_new for change in changes),
    )


def described(connection: Connection, name: str) -> Answer | None:
    """The tuning job of that name, or None."""
    try:
        return tuning_jobs.describe(connection, name)
    except JobNotFound:
        return None


@dataclass(frozen=True, slots=True)
class Earlier:
    """Jobs that trained the same, newest first, and how long their training jobs took."""

    newest: Answer | None
    durations: durations.Durations | None


def earlier(connection: Connection, request: Mapping[str, Any], timeout: float) -> Earlier:
    """Look for jobs whose name begins like this one's and that trained the same."""
    stem = _STAMP.sub("", str(request["HyperParameterTuningJobName"]))
    newest: Answer | None = None
    names, seconds, stopping = [], [], False
    for listed in tuning_jobs.listed(connection, contains=stem, limit=_LOOKED_AT):
        job = described(connection, str(listed["HyperParameterTuningJobName"]))
        if job is None or not str(job["HyperParameterTuningJobName"]).startswith(stem):
            continue
        newest = newest or job
        took = _took(connection, job) if _work(job) == _work(request) else []
        if took:
            names.append(str(job["HyperParameterTuningJobName"]))
            seconds += took
            stopping = stopping or _stops(job)
        if len(names) == _LEARNED_FROM:
            break
    if not seconds:
        return Earlier(newest, None)
    found = durations.measured(seconds, names, timeout, stops_included=stopping)
    return Earlier(newest, found)


def children(connection: Connection, name: str) -> list[Answer]:
    """Every training job of a tuning job, in launch order."""
    found = [child for page in tuning_jobs.children(connection, name) for child in page]
    return found[::-1]


def _took(connection: Connection, job: Answer) -> list[float]:
    name = str(job["HyperParameterTuningJobName"])
    rows = leaderboard.rows(job, children(connection, name))
    return [
        row.seconds
        for row in rows
        if row.seconds is not None and row.status in {"Completed", "Stopped"}
    ]


def _stops(job: Answer) -> bool:
    config = job["HyperParameterTuningJobConfig"]
    early = config.get("TrainingJobEarlyStoppingType") == "Auto"
    return early or config.get("Strategy") in _STOPPED_EARLY


def _work(job: Mapping[str, Any]) -> object:
    """What decides how long a training job takes: image, program, statics, machines."""
    parts = []
    for definition in definitions_of(job):
        algorithm = definition.get("AlgorithmSpecification") or {}
        static = definition.get("StaticHyperParameters") or {}
        kept = {k: v for k, v in static.items() if k != _CODE and not k.startswith(_ADDED)}
        image = algorithm.get("TrainingImage") or algorithm.get("AlgorithmName")
        parts.append((image, kept, cost.machines(definition)))
    return parts
