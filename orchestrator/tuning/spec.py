"""What was asked of one tuning job: plain values, no SageMaker shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.space.ranges import Space
    from orchestrator.strategy.protocol import Direction
    from orchestrator.training.spec import Pairs, Scope, TrainingSpec


@dataclass(frozen=True, slots=True)
class Objective:
    """The metric to make better, and which way better is."""

    metric: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Definition:
    """One training-job definition: what is trained, over which space, for which objective.

    `training` is the template of the children: its hyperparameters are the static ones and
    ``_tuning_objective_metric``.
    """

    objective: Objective
    space: Space
    training: TrainingSpec
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """How many training jobs, how many at once, and how long in all.

    `training_jobs` None: only another limit or the exhausted space ends the job.
    """

    parallel: int
    training_jobs: int | None = None
    runtime_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class CompletionCriteria:
    """What else ends the job; all are judged on final values as children end."""

    target: float | None = None
    not_improving: int | None = None
    on_convergence: bool = False


class WarmStartType(StrEnum):
    """SageMaker's ``WarmStartType``."""

    IDENTICAL = "IdenticalDataAndAlgorithm"
    TRANSFER = "TransferLearning"


@dataclass(frozen=True, slots=True)
class WarmStart:
    """The tuning jobs (by ARN) whose results this one starts from."""

    parents: tuple[str, ...]
    type: WarmStartType


@dataclass(frozen=True, slots=True)
class TuningSpec:
    """One tuning job as asked for, defaults filled in."""

    name: str
    scope: Scope
    strategy: str
    definitions: tuple[Definition, ...]
    limits: ResourceLimits
    completion: CompletionCriteria = CompletionCriteria()
    early_stopping: bool = False
    seed: int | None = None
    options: tuple[tuple[str, int], ...] = ()
    warm_start: WarmStart | None = None
    tags: Pairs = field(default=())

    @property
    def arn(self) -> str:
        """The tuning job's ARN, its identity everywhere inside."""
        return self.scope.arn("hyper-parameter-tuning-job", self.name)
