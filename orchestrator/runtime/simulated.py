"""Training that is only told: an objective says what would be printed, and when.

For trying out a tuning job before it costs, and for tests. Nothing runs and nothing is
written; with a virtual clock days pass in seconds. The first host prints, the others are
silent. What was printed is kept until `discard`, so an engine that has crashed can adopt a
job and is told again whatever it had not recorded.
"""

from __future__ import annotations

import heapq
import threading
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestrator.errors import LaunchRefused
from orchestrator.runtime.protocol import Exited, Launch, Printed, Sighting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from orchestrator.clock import Clock
    from orchestrator.training.spec import TrainingSpec

    Objective = Callable[[Mapping[str, str]], Iterable[tuple[float, float]]]
    """From hyperparameters to (seconds after the one before, value of the metric) …"""

SIGNALLED = 143
KILLED = 137
LAST_LINES = 20


@dataclass(frozen=True, slots=True)
class Fate:
    """How a simulated attempt ends, when not simply well.

    Attributes:
        refused: Why it cannot be started at all; empty when it can.
        code: Exit code at the end of its emissions.
        failure: Text of its failure file.
        out_of_memory: Whether the kernel is said to have killed it.
        emissions: How many values it prints before it ends; None means all.
        code_when_signalled: None when it takes no notice of SIGTERM.
    """

    refused: str = ""
    code: int = 0
    failure: str = ""
    out_of_memory: bool = False
    emissions: int | None = None
    code_when_signalled: int | None = SIGNALLED


GOOD = Fate()


@dataclass(slots=True, eq=False)
class _Job:
    launch: Launch
    fate: Fate
    values: Iterator[tuple[float, float]]
    printed: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    told: int = 0
    left: int | None = None
    ended: Exited | None = None
    following: bool = True
    waiting: bool = False  # it stands in the queue of those with news


class SimulatedRuntime:
    """Answers from an objective, in the clock's time. Costs O(log n) an emission, no thread."""

    queues = False

    def __init__(
        self,
        objective: Objective,
        clock: Clock,
        *,
        say: Callable[[TrainingSpec, float], str] | None = None,
        fate: Callable[[Launch], Fate] | None = None,
    ) -> None:
        """Take the objective.

        Args:
            objective: What each configuration would report.
            clock: Whose time it is.
            say: The log line for a value; its metric definitions must find it there.
            fate: What becomes of an attempt; by default it ends well.
        """
        self._objective = objective
        self._clock = clock
        self._say = say or say_objective
        self._fate = fate or _end_well
        self._jobs: dict[str, _Job] = {}
        self._agenda: list[tuple[float, int, _Job, float]] = []
        self._number = 0
        self._news: deque[_Job] = deque()
        self._lock = threading.RLock()  # start is called from a worker thread
        self._wake: Callable[[], None] = _nobody

    def check(self, spec: TrainingSpec) -> None:
        """Anything can be simulated."""

    def workspace(self, launch: Launch) -> None:
        """There are no files."""

    def start(self, launch: Launch) -> None:
        """Begin to tell.

        Raises:
            LaunchRefused: Its fate says so.
        """
        with self._lock:
            if self._known(launch):
                return
            fate = self._fate(launch)
            if fate.refused:
                raise LaunchRefused(fate.refused)
            values = iter(self._objective(dict(launch.spec.hyperparameters)))
            job = _Job(launch, fate, values, left=fate.emissions)
            self._jobs[launch.key] = job
            self._go_on(job, self._clock.now())
        self._wake()

    def adopt(self, launch: Launch, offsets: Mapping[str, int]) -> bool:
        """Tell again from `offsets` on; False when the attempt was never started here."""
        with self._lock:
            if not self._known(launch):
                return False
            job = self._jobs[launch.key]
            job.told = bisect_right(job.offsets, offsets.get(launch.spec.hosts[0], 0))
            job.following = True
            self._has_news(job)
            return True

    def _known(self, launch: Launch) -> bool:
        job = self._jobs.get(launch.key)
        return job is not None and job.launch.attempt == launch.attempt

    def _go_on(self, job: _Job, after: float) -> None:
        """Put the job's next emission on the agenda, or end it."""
        emission = None if job.left == 0 else next(job.values, None)
        if emission is None:
            fate = job.fate
            self._end(job, fate.code, fate.failure, out_of_memory=fate.out_of_memory)
            return
        seconds, value = emission
        self._number += 1
        heapq.heappush(self._agenda, (after + seconds, self._number, job, value))

    def _end(self, job: _Job, code: int, failure: str = "", *, out_of_memory: bool = False) -> None:
        last = "" if code == 0 else "\n".join(job.printed[-LAST_LINES:])
        key, attempt = job.launch.key, job.launch.attempt
        job.ended = Exited(key, attempt, code, failure, out_of_memory, last)
        self._has_news(job)

    def _has_news(self, job: _Job) -> None:
        if not job.waiting:
            job.waiting = True
            self._news.append(job)

    def poll(self) -> Sequence[Sighting]:
        """Everything due by now."""
        with self._lock:
            now = self._clock.now()
            while self._next_at() <= now:
                at, _, job, value = heapq.heappop(self._agenda)
                self._print(job, value)
                self._go_on(job, at)
            jobs, self._news = self._news, deque()
            return [sighting for job in jobs for sighting in self._tell(job)]

    def _next_at(self) -> float:
        """When the next emission is due; those of ended jobs are dropped on the way."""
        while self._agenda and self._agenda[0][2].ended is not None:
            heapq.heappop(self._agenda)
        return self._agenda[0][0] if self._agenda else float("inf")

    def _print(self, job: _Job, value: float) -> None:
        line = self._say(job.launch.spec, value)
        before = job.offsets[-1] if job.offsets else 0
        job.printed.append(line)
        job.offsets.append(before + len(line.encode()) + 1)
        job.left = None if job.left is None else job.left - 1
        self._has_news(job)

    def _tell(self, job: _Job) -> Iterator[Sighting]:
        job.waiting = False
        if not job.following:
            return
        new = job.printed[job.told :]
        job.told = len(job.printed)
        if new:
            text = "".join(f"{line}\n" for line in new)
            host = job.launch.spec.hosts[0]
            yield Printed(job.launch.key, job.launch.attempt, host, job.offsets[-1], text)
        if job.ended is not None:
            job.following = False
            yield job.ended

    def due(self) -> float | None:
        """When the next emission comes; now when there is news already."""
        with self._lock:
            if self._news:
                return self._clock.now()
            at = self._next_at()
            return None if at == float("inf") else at

    def on_wake(self, wake: Callable[[], None]) -> None:
        """Call `wake` when something was started, signalled or killed."""
        self._wake = wake

    def signal(self, key: str) -> None:
        """End it the way its fate has it."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.ended is not None or job.fate.code_when_signalled is None:
                return
            self._end(job, job.fate.code_when_signalled)
        self._wake()

    def kill(self, key: str) -> None:
        """End it now."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.ended is not None:
                return
            self._end(job, KILLED)
        self._wake()

    def discard(self, launch: Launch) -> None:
        """Forget it."""
        with self._lock:
            job = self._jobs.pop(launch.key, None)
            if job is not None:
                job.following = False
                job.ended = job.ended or Exited(launch.key, launch.attempt, KILLED)

    def close(self) -> None:
        """Nothing is held."""


def say_objective(spec: TrainingSpec, value: float) -> str:
    """``<objective metric>=<value>``."""
    return f"{spec.objective_metric or 'objective'}={value!r}"


def _end_well(_launch: Launch) -> Fate:
    return GOOD


def _nobody() -> None:
    """Nobody wants to be woken yet."""
