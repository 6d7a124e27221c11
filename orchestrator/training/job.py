"""Where one training job stands: statuses, the table of legal moves, and its whole state.

Statuses and their pairs are AWS's (``DescribeTrainingJob``, documented).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class TrainingStatus(StrEnum):
    """SageMaker's ``TrainingJobStatus``."""

    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


class SecondaryStatus(StrEnum):
    """SageMaker's ``SecondaryStatus``, without the retired ones."""

    STARTING = "Starting"
    PENDING = "Pending"
    DOWNLOADING = "Downloading"
    TRAINING = "Training"
    INTERRUPTED = "Interrupted"
    UPLOADING = "Uploading"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    MAX_RUNTIME_EXCEEDED = "MaxRuntimeExceeded"
    MAX_WAIT_TIME_EXCEEDED = "MaxWaitTimeExceeded"


class ObjectiveStatus(StrEnum):
    """SageMaker's ``ObjectiveStatus`` of a tuning job's child."""

    SUCCEEDED = "Succeeded"
    PENDING = "Pending"
    FAILED = "Failed"


TERMINAL = frozenset({TrainingStatus.COMPLETED, TrainingStatus.FAILED, TrainingStatus.STOPPED})

MOVES: dict[TrainingStatus, frozenset[TrainingStatus]] = {
    TrainingStatus.IN_PROGRESS: frozenset(
        {TrainingStatus.COMPLETED, TrainingStatus.FAILED, TrainingStatus.STOPPING}
    ),
    TrainingStatus.STOPPING: frozenset({TrainingStatus.STOPPED}),
    TrainingStatus.COMPLETED: frozenset(),
    TrainingStatus.FAILED: frozenset(),
    TrainingStatus.STOPPED: frozenset(),
}
"""Stop is final: from Stopping nothing but Stopped follows, never Failed."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One stay in a secondary status; `ended` is None for the present one."""

    status: SecondaryStatus
    started: float
    message: str
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class FinalMetric:
    """A metric's last value (float32, not finite allowed) and when it was read."""

    value: float
    at: float


@dataclass(slots=True)
class TrainingState:
    """Everything known of a training job. Only its machine changes it.

    Attributes:
        attempt: The present attempt, from 1.
        staged, running: How far the present attempt has come.
        exited: The present attempt has ended and its output waits for the upload.
        offsets: Bytes of each host's log already searched for metrics, present attempt.
        emissions: Every value of the objective metric, in order, present attempt.
        deadline: When MaxRuntime or MaxWait ends it; None while it does not run.
        kill_at: When the grace after the stop signal is over.
        seconds_run: Training time of ended attempts.
        stopped_for: Why it is being stopped, in words; empty for a user's stop.
        discarded: Nothing of it is left in the runtime.
    """

    status: TrainingStatus = TrainingStatus.IN_PROGRESS
    secondary: SecondaryStatus = SecondaryStatus.STARTING
    runtime: str = ""
    created: float = 0.0
    modified: float = 0.0
    started: float | None = None
    ended: float | None = None
    transitions: list[Transition] = field(default_factory=list)
    attempt: int = 1
    staged: bool = False
    running: bool = False
    exited: bool = False
    interrupted: bool = False
    interrupting: bool = False
    stop_as: SecondaryStatus = SecondaryStatus.STOPPED
    stopped_for: str = ""
    offsets: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, FinalMetric] = field(default_factory=dict)
    emissions: list[float] = field(default_factory=list)
    deadline: float | None = None
    kill_at: float | None = None
    attempt_started: float | None = None
    seconds_run: float = 0.0
    exit_code: int | None = None
    out_of_memory: bool = False
    failure_reason: str = ""
    last_lines: str = ""
    model_uri: str = ""
    discarded: bool = False
