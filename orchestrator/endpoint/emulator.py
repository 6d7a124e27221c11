"""What stands behind the endpoint, and what one call carries with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from orchestrator.wire import quotas as service_quotas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from orchestrator.clock import Clock
    from orchestrator.store.protocol import JobKind, JobRow, Store
    from orchestrator.training.spec import Scope, TrainingSpec
    from orchestrator.tuning.spec import TuningSpec
    from orchestrator.wire.quotas import Quotas


class Driver(Protocol):
    """Who creates, stops and deletes jobs; each call returns once its effect can be read."""

    def create_tuning_job(self, spec: TuningSpec, request: Mapping[str, Any]) -> None:
        """Begin a tuning job. Raises NameTaken, LaunchRefused, BadInput."""
        ...

    def create_training_job(self, spec: TrainingSpec, request: Mapping[str, Any]) -> None:
        """Begin a training job. Raises NameTaken, LaunchRefused."""
        ...

    def stop(self, arn: str) -> None:
        """Begin to stop a job. Raises JobNotFound, WrongStatus."""
        ...

    def delete(self, arn: str) -> None:
        """Remove a job that has ended. Raises JobNotFound, WrongStatus."""
        ...


class LogLine(Protocol):
    """One line of a log; `offset` is the log's length in bytes after it."""

    @property
    def offset(self) -> int:
        """Bytes of the log up to and including this line."""
        ...

    @property
    def epoch_ms(self) -> int:
        """When it was seen, in epoch milliseconds."""
        ...

    @property
    def text(self) -> str:
        """The line without its newline."""
        ...


class LogReader(Protocol):
    """The logs of training jobs."""

    def lines(self, scope: Scope, training_job: str, host: str, start: int) -> Iterator[LogLine]:
        """The lines that `host` (``algo-1`` …) has printed, from byte `start` of its log on."""
        ...


@dataclass(frozen=True, slots=True)
class Emulator:
    """Everything the operations need.

    Attributes:
        driver: The engine.
        store: The books, for reading, and for tags, which no engine needs.
        clock: The time.
        has_objects: True when S3 has an object whose URI begins with the given text. Raises
            TransferFailed when S3 cannot be asked.
        logs: The logs of training jobs.
        strategies: Names of the strategies there are.
        quotas: What an account may ask for.
    """

    driver: Driver
    store: Store
    clock: Clock
    has_objects: Callable[[str], bool]
    logs: LogReader
    strategies: Callable[[], frozenset[str]]
    quotas: Quotas = service_quotas.DEFAULT


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way: which operation, for which account and region."""

    operation: str
    scope: Scope
    emulator: Emulator

    def arn(self, kind: JobKind, name: str) -> str:
        """The ARN that a job of that name has for this caller."""
        return self.scope.arn(kind.value, name)

    def row(self, kind: JobKind, name: str) -> JobRow | None:
        """The job of that name; None when there is none."""
        return self.emulator.store.row(self.arn(kind, name))


Request = dict[str, Any]
Answer = dict[str, Any]
