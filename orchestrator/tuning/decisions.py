"""What a tuning job wants done. Each is safe to perform twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.strategy.protocol import Suggestion
    from orchestrator.tuning.job import TuningStatus


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the strategy for `count` suggestions; answered by Proposed."""

    count: int


@dataclass(frozen=True, slots=True)
class Launch:
    """Create child `number`, called `name`; answered by ChildChanged and ChildEnded."""

    number: int
    name: str
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Halt:
    """Stop child `number`, for `reason` (empty: because the tuning job was stopped)."""

    number: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Send Woke at this moment."""

    at: float


@dataclass(frozen=True, slots=True)
class Announce:
    """The status changed."""

    status: TuningStatus


TuningDecision = Ask | Launch | Halt | WakeAt | Announce
