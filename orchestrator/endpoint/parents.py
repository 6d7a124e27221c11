"""Warm start: what the parents of a tuning job must be, and the best over all of them.

Restrictions are documented; the two texts marked are observed. Parents are looked up by name in
the caller's account and region.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.parse import definitions_of
from orchestrator.store.protocol import JobKind
from orchestrator.strategy.protocol import Direction
from orchestrator.tuning.job import TERMINAL
from orchestrator.tuning.spec import WarmStartType
from orchestrator.wire import quotas
from orchestrator.wire.faults import ResourceLimitExceeded, ValidationException
from orchestrator.wire.rules import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.endpoint.emulator import Call
    from orchestrator.store.protocol import JobRow

NAMES_DIFFER = (
    "The set of tunable plus static HyperParameter names is not the same across current and "
    "parent tuning jobs. Please ensure this set is constant when warm starting. Note that "
    "previously static HyperParameters can be tuned in warm start jobs and vice versa."
)
"""AWS's literal text (observed)."""

CHANGEABLE = (
    "algorithmSpecification",
    "inputDataConfig",
    "outputDataConfig",
    "staticHyperParameters",
    "roleArn",
    "resourceConfig",
    "stoppingCondition",
    "vpcConfig",
    "enableManagedSpotTraining",
    "checkpointConfig",
)
"""Members of a definition that may differ from a parent's (observed)."""
FORBIDDEN_CHANGE = (
    "Only the following fields in TrainingJobDefinition are allowed to change: "
    f"[{', '.join(CHANGEABLE)}]."
)
"""AWS's literal text (observed)."""


def check(call: Call, request: Mapping[str, Any]) -> None:
    """Refuse a warm start from parents that do not fit.

    Raises:
        ValidationException: A parent is missing, has not ended, or differs too much.
        ResourceLimitExceeded: Parents and child together have too many training jobs.
    """
    rows = [_parent(call, name) for name in _names(request)]
    for row in rows:
        _fits(request, row)
    own = reading.TuningRequest(request).training_jobs or 0
    inherited = sum(row.state.get("launched") or 0 for row in rows)
    limit = call.emulator.quotas.training_jobs
    if rows and inherited + own > limit:
        quota = "Maximum number of training jobs per hyperparameter tuning job with its parents"
        message = quotas.exceeded(quota, "Training Jobs", limit=limit, current=inherited, delta=own)
        raise ResourceLimitExceeded(message)


def best_child(call: Call, row: JobRow) -> JobRow | None:
    """The best training job of a tuning job so far; None without one, or when it was deleted."""
    best = row.state.get("best")
    return None if best is None else call.row(JobKind.TRAINING, best)


def overall_best(call: Call, row: JobRow, best: JobRow | None) -> JobRow | None:
    """The best over a tuning job and its parents; None unless they are of the identical kind."""
    config = row.request.get("WarmStartConfig") or {}
    if config.get("WarmStartType") != WarmStartType.IDENTICAL:
        return None
    direction = Direction(reading.TuningRequest(row.request).parts()[0].objective["Type"])
    overall = best
    for name in _names(row.request):
        parent = call.row(JobKind.TUNING, name)
        other = None if parent is None else best_child(call, parent)
        if other is not None and (overall is None or _better(direction, other, overall)):
            overall = other
    return overall


def _better(direction: Direction, one: JobRow, other: JobRow) -> bool:
    if one.objective is None or other.objective is None:
        return one.objective is not None
    return direction.better(one.objective, other.objective)


def _names(request: Mapping[str, Any]) -> list[str]:
    config = request.get("WarmStartConfig") or {}
    parents = config.get("ParentHyperParameterTuningJobs") or ()
    return [parent["HyperParameterTuningJobName"] for parent in parents]


def _parent(call: Call, name: str) -> JobRow:
    row = call.row(JobKind.TUNING, name)
    if row is None:
        raise ValidationException(f"The parent hyperparameter tuning job {name} does not exist.")
    if row.status not in TERMINAL:
        raise ValidationException(
            f"The parent hyperparameter tuning job {name} is in status {row.status}; parents must "
            "be Completed, Stopped or Failed."
        )
    return row


def _fits(request: Mapping[str, Any], parent: JobRow) -> None:
    (own, *_), (theirs, *more) = _parts(request), _parts(parent.request)
    if more:
        raise ValidationException(
            f"The parent hyperparameter tuning job {parent.name} has several training job "
            "definitions; a warm start needs parents with a single one."
        )
    if own.objective.get("MetricName") != theirs.objective.get("MetricName"):
        raise ValidationException(
            f"The objective metric must be that of the parent {parent.name}: "
            f"{theirs.objective.get('MetricName')}."
        )
    if _all_names(own) != _all_names(theirs):
        raise ValidationException(NAMES_DIFFER)
    if _fixed(request) != _fixed(parent.request):
        raise ValidationException(FORBIDDEN_CHANGE)


def _parts(request: Mapping[str, Any]) -> list[reading.Part]:
    return reading.TuningRequest(request).parts()


def _all_names(part: reading.Part) -> set[str]:
    return part.names() | {str(name) for name in part.static}


def _fixed(request: Mapping[str, Any]) -> dict[str, Any]:
    definition = definitions_of(request)[0]
    may_change = {field[0].upper() + field[1:] for field in CHANGEABLE}
    return {
        key: value
        for key, value in definition.items()
        if key not in may_change and value not in (None, False, {}, [])
    }
