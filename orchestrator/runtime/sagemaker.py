"""Runs each training job as a SageMaker training job in the cloud, under our own decisions.

For what AMT does not offer: the search, early stopping and completion are the emulator's, the
machines are SageMaker's. One ``CreateTrainingJob`` an attempt; its name is the key, so that
starting twice is starting once, and a tag says whose it is. What runs is looked at by one
thread, more seldom the longer nothing changes; its logs are read from CloudWatch into the log
file that every runtime keeps. Inputs and models stay in S3: there is no workspace.

While there is no room (a quota, capacity) an attempt stands in the queue, and the instances of
``InstanceConfigs`` are tried in their order (documented for AMT).
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from typing import TYPE_CHECKING

from orchestrator.errors import LaunchRefused
from orchestrator.runtime.sagemaker_job import RemoteJob, Service
from orchestrator.runtime.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from orchestrator.clock import Clock
    from orchestrator.runtime.protocol import Launch, Sighting
    from orchestrator.training.spec import TrainingSpec

log = logging.getLogger("amt.runtime")

FIRST_PACE, LAST_PACE = 1.0, 15.0
"""Seconds between two looks: the first after a change, and the longest."""
SLOWING = 1.3
SECONDS_A_JOB = 0.2
"""A look asks about every job in hand; AWS allows about ten questions a second."""
IDENTITY = "identity"


class SageMakerRuntime:
    """Training jobs of one state folder in one account and region.

    Args:
        home: The state folder, where logs are kept.
        clock: Time.
        service: SageMaker and CloudWatch Logs, and how requests are made.
    """

    queues = True

    def __init__(self, home: Path, clock: Clock, service: Service) -> None:
        self._home = home
        self._clock = clock
        self._service = service
        self._jobs: dict[str, RemoteJob] = {}
        self._lock = threading.Lock()
        self._news: deque[Sighting] = deque()
        self._stir = threading.Event()
        self._wake: Callable[[], None] = _nobody
        self._watcher: threading.Thread | None = None
        self._closed = False

    def check(self, spec: TrainingSpec) -> None:
        """Refuse what SageMaker cannot reach: an image or a role of this machine.

        Raises:
            LaunchRefused: With the mend.
        """
        registry, slash, _ = (spec.image or "").partition("/")
        if spec.image is not None and not (slash and "." in registry):
            raise LaunchRefused(
                f"SageMaker cannot pull {spec.image}, an image of this machine; "
                "write training.image: an image in ECR"
            )
        if spec.role.endswith(":role/amt-local"):
            raise LaunchRefused(
                "the training jobs need a role; write training.role: the ARN of an execution role"
            )

    def workspace(self, launch: Launch) -> None:
        """There are no files here: SageMaker brings inputs and models itself."""

    def start(self, launch: Launch) -> None:
        """Create the training job, or queue it while there is no room.

        Raises:
            LaunchRefused: SageMaker refuses it for good, or a job of its name is not ours.
        """
        with self._lock:
            job = self._jobs.get(launch.key)
            if job is not None and job.launch.attempt == launch.attempt:
                return
        job = self._job(launch, {})
        job.create()
        self._attend(job)

    def adopt(self, launch: Launch, offsets: Mapping[str, int]) -> bool:
        """Watch again what was created; False when SageMaker does not know it."""
        job = self._job(launch, offsets)
        if not job.exists():
            return False
        self._attend(job)
        return True

    def poll(self) -> Sequence[Sighting]:
        """What the watching thread has seen."""
        with self._lock:
            seen, self._news = self._news, deque()
        return tuple(seen)

    def due(self) -> float | None:
        """At once when there is news; else the watching thread wakes the engine before."""
        with self._lock:
            watched = any(not job.told for job in self._jobs.values())
            if not (self._news or watched):
                return None
            return self._clock.now() + (0.0 if self._news else LAST_PACE)

    def on_wake(self, wake: Callable[[], None]) -> None:
        """Call `wake` when there is news."""
        self._wake = wake

    def signal(self, key: str) -> None:
        """StopTrainingJob, from the watching thread: SIGTERM, and SIGKILL after 120 s."""
        with self._lock:
            job = self._jobs.get(key)
        if job is not None:
            job.stop_wanted = True
            self._stir.set()

    def kill(self, key: str) -> None:
        """The same: SageMaker itself ends what does not hear."""
        self.signal(key)

    def discard(self, launch: Launch) -> None:
        """Stop it if it still runs there, and remove everything here but the logs."""
        with self._lock:
            job = self._jobs.pop(launch.key, None)
        if job is None or not job.ended:
            (job or self._job(launch, {})).stop_if_running()
        Workspace.under(self._home, launch.spec).clear()

    def close(self) -> None:
        """Stop looking; what runs goes on running."""
        self._closed = True
        self._stir.set()
        if self._watcher is not None:
            self._watcher.join(5)

    # ------------------------------------------------------------------ the watching thread

    def _job(self, launch: Launch, offsets: Mapping[str, int]) -> RemoteJob:
        workspace = Workspace.under(self._home, launch.spec)
        owner = _identity(self._home)
        return RemoteJob(launch, self._service, workspace, owner=owner, offsets=offsets)

    def _attend(self, job: RemoteJob) -> None:
        with self._lock:
            self._jobs[job.launch.key] = job
            if self._watcher is None:
                self._watcher = threading.Thread(
                    target=self._watch, name="amt-sagemaker", daemon=True
                )
                self._watcher.start()
        self._stir.set()

    def _watch(self) -> None:
        pace = FIRST_PACE
        while not self._closed:
            stirred = self._stir.is_set()
            self._stir.clear()
            with self._lock:
                jobs = [job for job in self._jobs.values() if not job.told]
            changed = sum(self._look(job) for job in jobs)
            pace = FIRST_PACE if changed or stirred else min(pace * SLOWING, LAST_PACE)
            pause = max(pace, SECONDS_A_JOB * len(jobs))
            self._clock.wait_until(self._clock.now() + pause if jobs else None, self._stir)

    def _look(self, job: RemoteJob) -> bool:
        """Look at one job; True when something was seen. Trouble is said once and outlived."""
        try:
            seen = job.look(self._clock.now())
        except Exception as error:  # noqa: BLE001  (whatever the network or the disk came up with)
            if job.trouble != str(error):
                log.warning("%s cannot be looked at, trying again: %s", job.name, error)
            job.trouble = str(error)
            return False
        job.trouble = ""
        if seen:
            with self._lock:
                self._news.extend(seen)
            self._wake()
        return bool(seen)


def _identity(home: Path) -> str:
    """What tells this state folder's training jobs from those of others in the account."""
    file = home / IDENTITY
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = home / f"{IDENTITY}.{secrets.token_hex(4)}"
        draft.write_text(secrets.token_hex(8), encoding="ascii")
        try:
            file.hardlink_to(draft)  # whoever comes first; a reader sees it whole
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii")


def _nobody() -> None:
    """Nobody wants to be woken yet."""
