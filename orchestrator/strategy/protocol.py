"""What a strategy is given, and what it gives back.

A strategy is a function of the history: "telling" it a result means the next history has
that result. So nothing needs restoring after a crash, and a warm start is more history.
A strategy may cache, but its answer must be the same without the cache; its chance comes
from `orchestrator.strategy.seeds` with the ask's number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

# Imported for real, not only for type checking: the store's records read these annotations.
from orchestrator.space.ranges import Configuration, Space  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Sequence


class Direction(StrEnum):
    """Which way an objective metric is better (SageMaker's objective ``Type``)."""

    MAXIMIZE = "Maximize"
    MINIMIZE = "Minimize"

    def better(self, value: float, other: float) -> bool:
        """True when `value` is strictly better than `other`."""
        return value > other if self is Direction.MAXIMIZE else value < other


class TrialState(StrEnum):
    """Where a trial stands, as far as a search cares."""

    RUNNING = "Running"
    COMPLETED = "Completed"
    STOPPED = "Stopped"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One configuration to train, for the training-job definition with that index."""

    configuration: Configuration
    definition: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """One training job as the search sees it.

    Attributes:
        number: Launch order in its tuning job, from 1.
        suggestion: What it trains.
        state: Where it stands.
        values: The objective's emissions so far, in order.
        value: The final objective; None while it runs and where it has none.
        parent: Of a parent's trial, which parent (from 1) of the warm start; 0 for this job's.
    """

    number: int
    suggestion: Suggestion
    state: TrialState = TrialState.RUNNING
    values: tuple[float, ...] = ()
    value: float | None = None
    parent: int = 0


class History(Protocol):
    """Everything known when a question is asked. Live: look, never keep or change it."""

    @property
    def trials(self) -> Sequence[Trial]:
        """This job's trials in launch order; ``trials[i].number == i + 1``."""
        ...

    @property
    def parents(self) -> Sequence[Trial]:
        """Finished trials of the parents of a warm start."""
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """The answer to an ask.

    Attributes:
        suggestions: What to train next; fewer than asked means the space is used up.
        converged: True when the strategy's model sees no more gain worth having.
    """

    suggestions: tuple[Suggestion, ...]
    converged: bool = False


@dataclass(frozen=True, slots=True)
class SearchDefinition:
    """What of one training-job definition concerns the search."""

    space: Space
    direction: Direction


@dataclass(frozen=True, slots=True)
class Search:
    """What a strategy is made from.

    Attributes:
        definitions: One per training-job definition; almost always one.
        seed: Root of every random choice.
        parallel: How many training jobs run at once.
        training_jobs: How many there will be at most; None when nothing bounds them.
        options: The strategy's own settings (Hyperband: ``min_resource``, ``max_resource``).
        transfer: The warm start is of the kind TransferLearning: the parents' data or algorithm
            differ from this job's, so their values may be of another size.
        guided: Hyperband's configurations come from the Bayesian search, not from chance.
    """

    definitions: tuple[SearchDefinition, ...]
    seed: int
    parallel: int = 1
    training_jobs: int | None = None
    options: tuple[tuple[str, int], ...] = field(default=())
    transfer: bool = False
    guided: bool = False


class Strategy(Protocol):
    """Where to look next."""

    def ask(self, history: History, count: int) -> Proposal:
        """Up to `count` suggestions that no trial of the history has; fewer: used up."""
        ...


class Stopper(Protocol):
    """When to give up on a training job that runs. Plain arithmetic: no chance, no clock."""

    def reason_to_stop(self, history: History, trial: Trial) -> str | None:
        """Why `trial` should end now, in one sentence; None lets it go on."""
        ...
