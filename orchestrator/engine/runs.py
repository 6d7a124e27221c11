"""What the engine holds of the jobs it drives: a machine, and what belongs beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from orchestrator.runtime.protocol import Launch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from orchestrator.aws.protocol import Objects
    from orchestrator.clock import Clock
    from orchestrator.engine.lanes import Workers
    from orchestrator.runtime.protocol import Runtime
    from orchestrator.store.protocol import JobRow, Lease, Store
    from orchestrator.strategy.protocol import Strategy, Trial
    from orchestrator.training.machine import TrainingMachine
    from orchestrator.training.metrics import MetricReader
    from orchestrator.training.spec import Scope, TrainingSpec
    from orchestrator.tuning.machine import TuningMachine
    from orchestrator.tuning.spec import TuningSpec


class Specs(Protocol):
    """How a stored request becomes a specification: the engine itself never opens a request."""

    def tuning(self, request: Mapping[str, Any], scope: Scope) -> TuningSpec:
        """The tuning job that `request` asks for."""
        ...

    def training(self, request: Mapping[str, Any], scope: Scope) -> TrainingSpec:
        """The training job that `request` asks for."""
        ...

    def child_request(self, request: Mapping[str, Any], definition: int) -> Mapping[str, Any]:
        """The part of a tuning request that its children by that definition are made from."""
        ...


class Announcer(Protocol):
    """Who is told of status changes, once they are in the books."""

    def wanted(self) -> bool:
        """False while nobody can hear; nothing is put together then. Any thread may ask."""
        ...

    def announce(self, row: JobRow) -> None:
        """Tell of a job as it stood when its status changed; returns at once."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the machines, handed to the engine once.

    Attributes:
        store: The books.
        runtimes: By name.
        choose: The runtime's name for a training job; raises LaunchRefused when none can.
        objects: S3.
        clock: Time.
        workers: Threads for blocking work, or none (virtual time).
        specs: How requests are read.
        entropy: A seed for a tuning job that gives none.
        lockstep: Tuning jobs run in waves, the same from run to run.
        guided: Hyperband's configurations come from the Bayesian search.
        announcer: Is told of every status change; None when nobody is.
    """

    store: Store
    runtimes: Mapping[str, Runtime]
    choose: Callable[[TrainingSpec], str]
    objects: Objects
    clock: Clock
    workers: Workers
    specs: Specs
    entropy: Callable[[], int]
    lockstep: bool = False
    guided: bool = False
    announcer: Announcer | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A history that stands still while a strategy thinks beside the loop."""

    trials: tuple[Trial, ...]
    parents: tuple[Trial, ...]


@dataclass(slots=True)
class TuningRun:
    """A tuning job that this engine drives. `children`: those not yet discarded, by number."""

    machine: TuningMachine
    strategy: Strategy
    request: Mapping[str, Any]
    children: dict[int, TrainingRun] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Identity."""
        return self.machine.spec.arn

    def known(self) -> Known:
        """The history as it stands."""
        return Known(tuple(self.machine.trials), tuple(self.machine.parents))


@dataclass(slots=True)
class TrainingRun:
    """A training job that this engine drives. `number`: in its tuning job, else 0."""

    machine: TrainingMachine
    reader: MetricReader
    request: Mapping[str, Any]
    number: int = 0
    definition: int = 0
    parent: TuningRun | None = None

    @property
    def arn(self) -> str:
        """Identity."""
        return self.machine.spec.arn

    @property
    def root(self) -> str:
        """ARN of the job whose lease covers this one."""
        return self.parent.arn if self.parent else self.arn

    @property
    def launch(self) -> Launch:
        """The present attempt."""
        return Launch(self.machine.spec, self.machine.state.attempt, self.request)

    def finite_emissions(self, since: int) -> Iterator[tuple[int, float]]:
        """(ordinal, value) of the finite objective emissions from index `since` on.

        Ordinals count finite emissions only: a value that is not a number was not emitted.
        """
        emissions = self.machine.state.emissions
        ordinal = sum(math.isfinite(value) for value in emissions[:since])
        for value in emissions[since:]:
            if math.isfinite(value):
                ordinal += 1
                yield ordinal, value


@dataclass(slots=True)
class Driven:
    """One root job and the lease that entitles this engine to drive it."""

    run: TuningRun | TrainingRun
    lease: Lease
