"""Specifications and histories with good defaults; a test overrides what it is about."""

from __future__ import annotations

from typing import Any

from orchestrator.space.ranges import ContinuousRange, Space
from orchestrator.strategy.protocol import Direction, Suggestion
from orchestrator.training.spec import MetricDefinition, Scope, TrainingSpec
from orchestrator.tuning.spec import (
    CompletionCriteria,
    Definition,
    Objective,
    ResourceLimits,
    TuningSpec,
)

SCOPE = Scope("000000000000", "us-east-1")
SPACE: Space = (ContinuousRange("x", 0.0, 1.0),)


def a_training(**changes: Any) -> TrainingSpec:
    """A training job that reports `loss`."""
    values: dict[str, Any] = {
        "name": "train",
        "scope": SCOPE,
        "image": "trainer:latest",
        "objective_metric": "loss",
        "metrics": (MetricDefinition("loss", r"loss=(\S+)"),),
        "output_uri": "s3://bucket/out",
    }
    return TrainingSpec(**values | changes)


def a_definition(
    *, space: Space = SPACE, goal: Direction = Direction.MINIMIZE, **training: Any
) -> Definition:
    """A training-job definition over one continuous range."""
    return Definition(
        Objective("loss", goal), space, a_training(**{"name": "", "tuning_job": "tune"} | training)
    )


def a_tuning(
    *,
    jobs: int | None = 3,
    parallel: int = 2,
    runtime_seconds: int | None = None,
    completion: CompletionCriteria | None = None,
    definition: Definition | None = None,
    **changes: Any,
) -> TuningSpec:
    """A random search of three training jobs, two at a time."""
    values: dict[str, Any] = {
        "name": "tune",
        "scope": SCOPE,
        "strategy": "Random",
        "definitions": (definition or a_definition(),),
        "limits": ResourceLimits(parallel, jobs, runtime_seconds),
        "completion": completion or CompletionCriteria(),
        "seed": 1,
    }
    return TuningSpec(**values | changes)


def suggestions(*values: str) -> tuple[Suggestion, ...]:
    """One suggestion a value of `x`."""
    return tuple(Suggestion((("x", value),)) for value in values)
