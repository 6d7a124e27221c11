"""Why a tuning job ends before its number of training jobs is spent.

All criteria are judged on final values, as children end; any one met ends the job
(documented). That the job then is Completed and that what runs is stopped is our reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.training.job import TrainingStatus
from orchestrator.tuning.best import reaches
from orchestrator.tuning.job import CompletionReason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestrator.tuning.job import Child, TuningState
    from orchestrator.tuning.spec import TuningSpec

ATTEMPTS = 5
"""So many failures without a success fail the tuning job (observed)."""

LONGEST_SECONDS = 30 * 86_400
"""A tuning job's runtime quota: 30 days (documented), although the shape allows 182.5."""


def criterion_met(
    spec: TuningSpec, state: TuningState, value: float | None
) -> CompletionReason | None:
    """The completion criterion that a child with final `value` has just met, if any."""
    criteria = spec.completion
    direction = spec.definitions[0].objective.direction
    if (
        criteria.target is not None
        and value is not None
        and reaches(direction, value, criteria.target)
    ):
        return CompletionReason.TARGET_REACHED
    if criteria.not_improving is not None and state.not_improving >= criteria.not_improving:
        return CompletionReason.NOT_IMPROVING
    return None


def runtime_limit(spec: TuningSpec, state: TuningState) -> float:
    """The moment the whole tuning job has run long enough."""
    return state.created + min(spec.limits.runtime_seconds or LONGEST_SECONDS, LONGEST_SECONDS)


def succeeded(child: Child) -> bool:
    """True for a child that speaks against failing the tuning job.

    Completed ones, with or without a metric (observed), and stopped ones: early stopping and
    Hyperband end good children too.
    """
    return child.status in {TrainingStatus.COMPLETED, TrainingStatus.STOPPED}


def no_success(children: Iterable[Child]) -> int | None:
    """How many children failed when none did anything else; None once one succeeded."""
    failures = 0
    for child in children:
        if succeeded(child):
            return None
        failures += child.status is TrainingStatus.FAILED
    return failures


def no_success_reason(attempts: int) -> str:
    """AWS's literal text (observed 2025)."""
    return (
        f"No training job succeeded after {attempts} attempts. For additional details, please take "
        "a look at the training job failures by listing training jobs for the hyperparameter "
        "tuning job."
    )
