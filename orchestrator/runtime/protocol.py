"""Where training runs, seen from the engine.

Rules that every runtime keeps, and `tests/contracts/runtime_contract.py` checks:

* The key of everything is (training job ARN, attempt). Starting twice is starting once.
* What runs outlives the engine: nothing of a training job depends on the engine's process
  being alive, and `adopt` picks it up again after a crash, with its true exit code.
* A log is one file a host (`Workspace.log`), appended to and kept whole, whatever the
  runtime; new lines are told by `poll` as Printed. stdout and stderr are one stream.
* Sightings of one training job come in order: Began where the runtime queues, Printed…,
  then one Exited or Gone. When any host fails the others are ended, and Exited carries the
  first code that was not 0.
* `signal` and `kill` return at once and may be called at any time, also when nothing runs.
* After `discard` nothing is left but the log: no container, network, process, FIFO, volume
  or temporary folder; no file that the user cannot delete.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from orchestrator.runtime.workspace import Workspace
    from orchestrator.training.spec import TrainingSpec


@dataclass(frozen=True, slots=True)
class Launch:
    """One attempt at one training job.

    `request` is what the job was made from, for a runtime that passes it on; nobody else
    opens it.
    """

    spec: TrainingSpec
    attempt: int = 1
    request: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """The training job's ARN: the name by which it is polled, signalled and killed."""
        return self.spec.arn


@dataclass(frozen=True, slots=True)
class Printed:
    """Whole lines that a host printed; `offset` is the log's length in bytes after them."""

    key: str
    attempt: int
    host: str
    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Began:
    """The attempt runs: told only by runtimes that queue."""

    key: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Exited:
    """Every host of the attempt has ended, and all they printed has been told.

    Attributes:
        code: 0, or the first exit code that was not.
        failure: Text of the failure file.
        out_of_memory: True when the kernel killed a process of it for its memory.
        last_lines: The end of the log, where the code is not 0.
        stopped_for: Why somebody else stopped it; empty when it ended by itself or was told to.
        model_uri: The model, where the runtime itself has brought it to S3.
    """

    key: str
    attempt: int
    code: int
    failure: str = ""
    out_of_memory: bool = False
    last_lines: str = ""
    stopped_for: str = ""
    model_uri: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """The platform ended the attempt, and no exit code is known.

    `reason` begins with AWS's class of errors (``CapacityError: …``).
    """

    key: str
    attempt: int
    reason: str
    retryable: bool


Sighting = Began | Printed | Exited | Gone


class Runtime(Protocol):
    """Starts training, watches it, ends it.

    Attributes:
        queues: False when an attempt runs as soon as `start` returns; True when it may wait for
            machines first, so that `poll` tells Began.
    """

    queues: bool

    def check(self, spec: TrainingSpec) -> None:
        """Say before anything is launched whether this runtime can train `spec`.

        Raises:
            LaunchRefused: With what is missing and the mend (image, engine, entry point).
        """
        ...

    def workspace(self, launch: Launch) -> Workspace | None:
        """The folder to stage into and upload from; None where there are no real files."""
        ...

    def start(self, launch: Launch) -> None:
        """Start every host. Blocks until they run (or stand in the queue); called from a worker.

        Raises:
            LaunchRefused: Nothing was left running.
        """
        ...

    def adopt(self, launch: Launch, offsets: Mapping[str, int]) -> bool:
        """After a restart of the engine: watch again what runs or has ended unseen.

        `offsets` says how much of each host's log was already told. False when the runtime
        knows nothing of this attempt (it was never started, or the machine was restarted).
        """
        ...

    def poll(self) -> Sequence[Sighting]:
        """What happened since the last call; never blocks."""
        ...

    def due(self) -> float | None:
        """When `poll` should be called next, in epoch seconds; None when nothing is watched."""
        ...

    def on_wake(self, wake: Callable[[], None]) -> None:
        """Call `wake` (from any thread) whenever `poll` should be called before `due`."""
        ...

    def signal(self, key: str) -> None:
        """Ask every host to end (SIGTERM)."""
        ...

    def kill(self, key: str) -> None:
        """End every host now (SIGKILL)."""
        ...

    def discard(self, launch: Launch) -> None:
        """Remove whatever is left of it but the log. Blocks; repeating it does no harm."""
        ...

    def close(self) -> None:
        """Let go of watching threads and connections; what runs goes on running."""
        ...
