"""Where one tuning job stands: statuses, the table of legal moves, and its whole state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestrator.training.job import ObjectiveStatus, TrainingStatus
from orchestrator.tuning.statuses import CompletionReason as CompletionReason
from orchestrator.tuning.statuses import TuningStatus as TuningStatus

if TYPE_CHECKING:
    from orchestrator.strategy.protocol import Trial
    from orchestrator.tuning.events import ChildEnded


TERMINAL = frozenset({TuningStatus.COMPLETED, TuningStatus.FAILED, TuningStatus.STOPPED})

MOVES: dict[TuningStatus, frozenset[TuningStatus]] = {
    TuningStatus.IN_PROGRESS: frozenset(
        {TuningStatus.COMPLETED, TuningStatus.FAILED, TuningStatus.STOPPING}
    ),
    TuningStatus.STOPPING: frozenset({TuningStatus.STOPPED}),
    TuningStatus.COMPLETED: frozenset(),
    TuningStatus.FAILED: frozenset(),
    TuningStatus.STOPPED: frozenset(),
}


@dataclass(slots=True)
class Child:
    """What a tuning job knows of one of its training jobs."""

    number: int
    name: str
    status: TrainingStatus = TrainingStatus.IN_PROGRESS
    objective: ObjectiveStatus = ObjectiveStatus.PENDING
    ended: float | None = None
    halted: bool = False
    retryable: bool = False


@dataclass(slots=True)
class TuningState:
    """Everything known of a tuning job. Only its machine changes it.

    Attributes:
        children: Launched training jobs, by launch order; ``children[i].number == i + 1``.
        trials: The same ones as the search sees them.
        asked: Suggestions asked for and not yet answered.
        lockstep: Nothing is launched, and nothing learned, before all that runs has ended.
        held: In lock-step, the trials of the present wave with what they have emitted.
        ends: In lock-step, the ends of the present wave.
        draining: No more launches; the reason that ends the job once all children ended.
        failing: It drains towards Failed, with this reason.
        best: Number of the best child so far.
        improved_at: Number of successful children when the best last improved significantly.
    """

    status: TuningStatus = TuningStatus.IN_PROGRESS
    seed: int = 0
    runtime: str = ""
    created: float = 0.0
    modified: float = 0.0
    ended: float | None = None
    children: list[Child] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    parents: tuple[Trial, ...] = ()
    live: set[int] = field(default_factory=set)
    lockstep: bool = False
    held: dict[int, Trial] = field(default_factory=dict)
    ends: list[ChildEnded] = field(default_factory=list)
    asked: int = 0
    exhausted: bool = False
    draining: CompletionReason | None = None
    failing: str = ""
    failure_reason: str = ""
    completion: CompletionReason | None = None
    best: int | None = None
    best_significant: float | None = None
    not_improving: int = 0
    converged_at: float | None = None
    training_counters: dict[str, int] = field(default_factory=dict)
    objective_counters: dict[str, int] = field(default_factory=dict)
