"""What can happen to a training job. Every event is journalled and carries its moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Created:
    """The training job was accepted. `runtime` names where it runs, for good."""

    at: float
    runtime: str


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Somebody wants it to end: a user, or the tuning job with `reason`."""

    at: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The engine leaves in good order; the job is to start again when it is resumed."""

    at: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """The engine is back: an interrupted job starts again, from its checkpoints."""

    at: float


@dataclass(frozen=True, slots=True)
class Staged:
    """Inputs and configuration stand ready for attempt `attempt`."""

    at: float
    attempt: int


@dataclass(frozen=True, slots=True)
class Started:
    """The container or process of attempt `attempt` runs."""

    at: float
    attempt: int


@dataclass(frozen=True, slots=True)
class Observation:
    """One metric value, already rounded through float32; not finite is allowed."""

    metric: str
    value: float


@dataclass(frozen=True, slots=True)
class Observed:
    """Metrics were read from the log of `host` up to byte `offset` of attempt `attempt`.

    Offset and values are one event, so a value is never counted twice.
    """

    at: float
    attempt: int
    host: str
    offset: int
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Exited:
    """Every host of attempt `attempt` has ended.

    Attributes:
        code: 0, or the first exit code that was not.
        failure: Text of ``/opt/ml/output/failure``, empty where there is none.
        out_of_memory: True when the kernel killed a process of it for its memory.
        last_lines: The end of the log, for the error message; empty on success.
        model_uri: The model, where the runtime itself has brought it to S3.
    """

    at: float
    attempt: int
    code: int
    failure: str = ""
    out_of_memory: bool = False
    last_lines: str = ""
    model_uri: str = ""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The artefacts are where the output path says; `model_uri` is empty if there is no model."""

    at: float
    model_uri: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Something around the container went wrong: staging, starting, uploading, or it vanished.

    `reason` begins with AWS's class (``ClientError:``, ``InternalServerError:`` …).
    """

    at: float
    reason: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Discarded:
    """Nothing of it is left but its log: no container, process or temporary folder."""

    at: float


@dataclass(frozen=True, slots=True)
class Woke:
    """A moment that the machine asked to be woken at has come."""

    at: float


TrainingEvent = (
    Created
    | StopRequested
    | Interrupted
    | Resumed
    | Staged
    | Started
    | Observed
    | Exited
    | Uploaded
    | Failed
    | Discarded
    | Woke
)
