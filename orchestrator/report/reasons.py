"""Why a training job was stopped and what ended a tuning job, made from API answers alone.

The emulator says in the message of the Stopping status why it stops a training job. The API
has no member for the criterion that ended a tuning job; it follows from the others.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from orchestrator.report import leaderboard

if TYPE_CHECKING:
    from orchestrator.report.leaderboard import Answer

USED_UP = "the space is used up"
_TOLERANCE = 1e-6  # of a target: AWS's values have the precision of a float32


def stopped_for(training_job: Answer) -> str:
    """Why DescribeTrainingJob's `training_job` was stopped; empty when nobody said so."""
    for stay in training_job.get("SecondaryStatusTransitions", ()):
        if stay["Status"] == "Stopping":
            return str(stay.get("StatusMessage", "")).partition(": ")[2]
    return ""


def ended_by(job: Answer) -> str:
    """What completed DescribeHyperParameterTuningJob's `job`; empty unless it is Completed."""
    if job["HyperParameterTuningJobStatus"] != "Completed":
        return ""
    return criterion(job) or _limit(job) or USED_UP


def criterion(job: Answer) -> str:
    """The completion criterion that a tuning job has met; empty when it met none."""
    config = job["HyperParameterTuningJobConfig"]
    criteria = config.get("TuningJobCompletionCriteria") or {}
    details = job.get("TuningJobCompletionDetails") or {}
    target, best = criteria.get("TargetObjectiveMetricValue"), leaderboard.best(job)
    if target is not None and best is not None and _reaches(best, float(target)):
        return f"the target {target:g} is reached"
    most = (criteria.get("BestObjectiveNotImproving") or {}).get(
        "MaxNumberOfTrainingJobsNotImproving"
    )
    spent = details.get("NumberOfTrainingJobsObjectiveNotImproving", 0)
    if most is not None and spent >= most:
        return f"no improvement in {most} training jobs"
    enabled = (criteria.get("ConvergenceDetected") or {}).get("CompleteOnConvergence")
    if enabled == "Enabled" and details.get("ConvergenceDetectedTime") is not None:
        return "the search has converged"
    return ""


def _reaches(best: leaderboard.Row, target: float) -> bool:
    if best.value is None:
        return False
    better = best.value > target if best.objective.maximize else best.value < target
    return better or math.isclose(best.value, target, rel_tol=_TOLERANCE)


def _limit(job: Answer) -> str:
    limits = job["HyperParameterTuningJobConfig"].get("ResourceLimits", {})
    launched = sum(job.get("TrainingJobStatusCounters", {}).values())
    if launched == limits.get("MaxNumberOfTrainingJobs"):
        return f"all {launched} training jobs are done"
    seconds, end = limits.get("MaxRuntimeInSeconds"), job.get("HyperParameterTuningEndTime")
    took = 0.0 if end is None else end.timestamp() - job["CreationTime"].timestamp()
    return f"its {seconds} seconds are spent" if seconds is not None and took >= seconds else ""
