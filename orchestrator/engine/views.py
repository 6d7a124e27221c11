"""The `state` of a row: what Describe and List need of a job, as plain JSON values.

The keys are the contract between the engine and `endpoint.render`; times are epoch seconds.
"""

from __future__ import annotations

from typing import TypedDict


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
