"""What a training job wants done. Each is safe to perform twice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """Bring inputs and configuration into place; answered by Staged or Failed."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Start:
    """Start the containers or processes; answered by Started or Failed."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Signal:
    """Ask it to end (SIGTERM); answered by Exited."""


@dataclass(frozen=True, slots=True)
class Kill:
    """End it now (SIGKILL): the grace is over; answered by Exited."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Send the artefacts to the output path; answered by Uploaded or Failed."""


@dataclass(frozen=True, slots=True)
class Discard:
    """Remove what is left of an attempt but its log; answered by Discarded."""

    attempt: int


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Send Woke at this moment."""

    at: float


@dataclass(frozen=True, slots=True)
class Tell:
    """The status changed: whoever launched it should know."""


TrainingDecision = Stage | Start | Signal | Kill | Upload | Discard | WakeAt | Tell
