"""Where a tuning job can stand, and why it can have been completed."""

from __future__ import annotations

from enum import StrEnum


class TuningStatus(StrEnum):
    """SageMaker's ``HyperParameterTuningJobStatus`` (documented)."""

    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


class CompletionReason(StrEnum):
    """Why a tuning job ended. AWS's events have such a member; its values are our reading."""

    MAX_NUMBER_OF_TRAINING_JOBS = "MaxNumberOfTrainingJobs"
    MAX_RUNTIME = "MaxRuntimeInSeconds"
    TARGET_REACHED = "TargetObjectiveMetricValue"
    NOT_IMPROVING = "BestObjectiveNotImproving"
    CONVERGED = "ConvergenceDetected"
    SPACE_EXHAUSTED = "SpaceExhausted"
