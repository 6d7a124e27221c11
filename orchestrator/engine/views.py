"""The `state` of a row: what Describe and List need of a job, as plain JSON values.

The keys are the contract between the engine and `endpoint.render`; times are epoch seconds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from orchestrator.engine.runs import TrainingRun, TuningRun


class TransitionView(TypedDict):
    """One stay in a secondary status."""

    status: str
    started: float
    ended: float | None
    message: str


class TrainingView(TypedDict):
    """The state of a training job's row."""

    status: str
    secondary: str
    runtime: str
    created: float
    modified: float
    started: float | None
    ended: float | None
    transitions: list[TransitionView]
    tuning_job: str | None  # name, not ARN
    definition: str | None  # name of the training-job definition
    definition_index: int
    hyperparameters: dict[str, str]
    tuned: dict[str, str]
    metrics: dict[str, list[float]]  # name -> [value, at]; finite ones only
    objective_metric: str | None
    objective_status: str | None  # None for a training job without a tuning job
    objective_value: float | None
    attempt: int
    seconds_run: float
    exit_code: int | None
    out_of_memory: bool
    failure_reason: str
    last_lines: str
    stopped_for: str
    model_uri: str
    hosts: list[str]
    discarded: bool  # nothing is left of it but its log


class TuningView(TypedDict):
    """The state of a tuning job's row."""

    status: str
    runtime: str
    seed: int
    created: float
    modified: float
    ended: float | None
    training_jobs: int | None  # the effective MaxNumberOfTrainingJobs (a grid's is counted)
    launched: int
    training_counters: dict[str, int]  # AWS's five names, all present
    objective_counters: dict[str, int]  # AWS's three names, all present
    best: str | None  # name of the best training job so far
    best_value: float | None
    failure_reason: str
    completion: str | None  # a CompletionReason
    not_improving: int
    converged_at: float | None


def tuning_view(run: TuningRun) -> TuningView:
    """The state of a tuning job's row."""
    state, spec = run.machine.state, run.machine.spec
    best = None if state.best is None else state.best - 1
    return {
        "status": state.status.value,
        "runtime": state.runtime,
        "seed": state.seed,
        "created": state.created,
        "modified": state.modified,
        "ended": state.ended,
        "training_jobs": spec.limits.training_jobs,
        "launched": len(state.children),
        "training_counters": dict(state.training_counters),
        "objective_counters": dict(state.objective_counters),
        "best": None if best is None else state.children[best].name,
        "best_value": None if best is None else state.trials[best].value,
        "failure_reason": state.failure_reason,
        "completion": state.completion.value if state.completion else None,
        "not_improving": state.not_improving,
        "converged_at": state.converged_at,
    }


def training_view(run: TrainingRun) -> TrainingView:
    """The state of a training job's row."""
    state, spec = run.machine.state, run.machine.spec
    objective, value = run.machine.objective
    return {
        "status": state.status.value,
        "secondary": state.secondary.value,
        "runtime": state.runtime,
        "created": state.created,
        "modified": state.modified,
        "started": state.started,
        "ended": state.ended,
        "transitions": [
            {
                "status": stay.status.value,
                "started": stay.started,
                "ended": stay.ended,
                "message": stay.message,
            }
            for stay in state.transitions
        ],
        "tuning_job": spec.tuning_job,
        "definition": spec.definition_name,
        "definition_index": run.definition,
        "hyperparameters": dict(spec.hyperparameters),
        "tuned": dict(spec.tuned),
        "metrics": {
            name: [metric.value, metric.at]
            for name, metric in state.metrics.items()
            if math.isfinite(metric.value)
        },
        "objective_metric": spec.objective_metric,
        "objective_status": objective.value if run.parent else None,
        "objective_value": value,
        "attempt": state.attempt,
        "seconds_run": state.seconds_run,
        "exit_code": state.exit_code,
        "out_of_memory": state.out_of_memory,
        "failure_reason": state.failure_reason,
        "last_lines": state.last_lines,
        "stopped_for": state.stopped_for,
        "model_uri": state.model_uri,
        "hosts": list(spec.hosts),
        "discarded": state.discarded,
    }
