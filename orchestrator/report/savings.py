"""What early stopping saved of the training time, made from API answers alone.

A training job that was stopped early would have taken, we say, as long as one that completed
took on average. Whoever ran when the tuning job ended was stopped for that and not for
falling behind: only the last ones to be stopped can be such, and only of these must somebody
ask why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.report import leaderboard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orchestrator.report.leaderboard import Answer

_RULE = "Early stopping: "  # begins what the rule gives as its reason


@dataclass(frozen=True, slots=True)
class Saving:
    """What early stopping came to.

    Attributes:
        stopped: Training jobs that it stopped.
        launched: All training jobs.
        seconds: Training time that these would have taken beyond what they took, about.
        share: That of the training time without it, from 0 to 1.
    """

    stopped: int
    launched: int
    seconds: float
    share: float


def doubtful(job: Answer, children: Sequence[Answer]) -> list[str]:
    """Names of stopped training jobs that the end of the tuning job may have stopped."""
    if not _on(job) or job.get("HyperParameterTuningEndTime") is None:
        return []
    limits = job["HyperParameterTuningJobConfig"].get("ResourceLimits", {})
    stopped = sorted(_stopped(children), key=lambda child: child["TrainingEndTime"])
    return [
        str(child["TrainingJobName"])
        for child in stopped[-int(limits.get("MaxParallelTrainingJobs", 1)) :]
    ]


def saving(job: Answer, children: Sequence[Answer], reasons: Mapping[str, str]) -> Saving | None:
    """What early stopping saved; None where it is off, or nothing completed to measure by.

    Args:
        job: DescribeHyperParameterTuningJob's answer.
        children: Summaries of its training jobs.
        reasons: Why the doubtful ones were stopped; one without a reason counts as not early.
    """
    rows = leaderboard.rows(job, children)
    completed = [row.seconds for row in rows if row.status == "Completed" and row.seconds]
    if not _on(job) or not completed:
        return None
    unsure = set(doubtful(job, children))
    early = {
        str(child["TrainingJobName"])
        for child in _stopped(children)
        if child["TrainingJobName"] not in unsure
        or reasons.get(child["TrainingJobName"], "").startswith(_RULE)
    }
    whole = sum(completed) / len(completed)
    spent = sum(row.seconds or 0.0 for row in rows)
    saved = sum(max(0.0, whole - (row.seconds or 0.0)) for row in rows if row.name in early)
    return Saving(len(early), len(rows), saved, saved / (spent + saved))


def _on(job: Answer) -> bool:
    config = job["HyperParameterTuningJobConfig"]
    return bool(config.get("TrainingJobEarlyStoppingType") == "Auto")


def _stopped(children: Sequence[Answer]) -> list[Answer]:
    return [
        child
        for child in children
        if child["TrainingJobStatus"] == "Stopped" and child.get("TrainingEndTime") is not None
    ]
