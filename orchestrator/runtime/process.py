"""Script-mode training with this machine's own Python: no container, no image.

What differs from a container, and why:

* Only script mode (an entry point and a source archive) runs here; an image needs Docker.
* ``/opt/ml`` stands in the state folder. ``SAGEMAKER_BASE_DIR`` and every ``SM_*`` path say
  where; a script that spells ``/opt/ml`` out does not find it.
* The script sees the user's environment, because it needs PATH, proxies, caches and the like
  and runs as the user anyway. Left out: ``AMT_*`` and stale ``SM_*``/``SAGEMAKER_*``, and under
  network isolation every ``AWS_*``. The request's environment comes last.
* Network isolation, CPU and memory limits are not enforced, and hosts do not resolve each
  other's names; ``requirements.txt`` is not installed, since that would change the user's
  environment. The log says so.
* The exit code is the script's own (AWS's toolkit makes it 1 and says the script's in the
  failure text, which is the same here).
* SIGTERM reaches the script and its children (in AWS's images it reaches nobody).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestrator.errors import LaunchRefused
from orchestrator.runtime import held, log_tail, pipes
from orchestrator.runtime.exit_watch import ExitWatch
from orchestrator.runtime.process_host import ProcessHost, end_all
from orchestrator.runtime.process_program import program_of, script_of
from orchestrator.runtime.protocol import Exited, Launch, Printed, Sighting
from orchestrator.runtime.workspace import Workspace
from orchestrator.training import container, script_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from orchestrator.clock import Clock
    from orchestrator.training.spec import TrainingSpec

INTERVAL_SECONDS = 0.1
"""How often logs are looked at; exits are noticed at once."""

LAST_LINES = 20


@dataclass(slots=True)
class _Job:
    launch: Launch
    workspace: Workspace
    hosts: list[ProcessHost] = field(default_factory=list)


class ProcessRuntime:
    """Runs each host as a process in a session of its own, under a small launcher."""

    queues = False

    def __init__(
        self,
        home: Path,
        clock: Clock,
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
        *,
        extra_environment: Mapping[str, str] | None = None,
    ) -> None:
        self._home = home
        self._clock = clock
        self._python = python
        own = os.environ if environment is None else environment  # noqa: TID251  (handed on)
        self._environment = {**own, **(extra_environment or {})}
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.Lock()
        self._wake: Callable[[], None] = _nobody
        self._watch = ExitWatch(self._on_exit)
        self._due = 0.0

    def check(self, spec: TrainingSpec) -> None:
        """Only script mode runs without a container.

        Raises:
            LaunchRefused: It is not script mode, or there is no Python.
        """
        if not script_mode.is_script_mode(dict(spec.hyperparameters), dict(spec.environment)):
            what = spec.image or spec.algorithm or "this training"
            raise LaunchRefused(
                f"{what} has no entry point (sagemaker_program), so only a container can run it; "
                "start Docker and use the docker runtime, or give an entry point"
            )
        if not os.access(self._python, os.X_OK):
            raise LaunchRefused(f"there is no Python at {self._python}; name another one")

    def workspace(self, launch: Launch) -> Workspace:
        """The job's folder below the state folder."""
        return Workspace.under(self._home, launch.spec, relocated=True)

    def start(self, launch: Launch) -> None:
        """Start every host that this attempt has not started yet.

        Raises:
            LaunchRefused: Nothing was left running.
        """
        if self._known(launch):
            return
        self.check(launch.spec)
        job = _Job(launch, self.workspace(launch))
        try:
            job.workspace.prepare()
            for host in launch.spec.hosts:
                job.hosts.append(self._start_host(job, host))
        except (LaunchRefused, OSError) as error:
            _end(job.workspace)
            if isinstance(error, LaunchRefused):
                raise
            raise LaunchRefused(f"the training cannot be started: {error}") from error
        self._follow(job)

    def _start_host(self, job: _Job, host: str) -> ProcessHost:
        found = ProcessHost.find(job.workspace, host, job.launch.attempt)
        if found is not None:
            return found
        program = program_of(job.workspace, host, self._python, self._environment)
        for channel in container.piped(job.launch.spec, host):
            pipes.start(job.workspace, host, channel, self._python)
        return ProcessHost.spawn(job.workspace, host, job.launch.attempt, program)

    def adopt(self, launch: Launch, offsets: Mapping[str, int]) -> bool:
        """Watch again what an earlier engine started; False when not every host was."""
        if self._known(launch):
            return True
        workspace = self.workspace(launch)
        found = [
            ProcessHost.find(workspace, host, launch.attempt, offsets.get(host))
            for host in launch.spec.hosts
        ]
        hosts = [host for host in found if host is not None]
        if len(hosts) < len(found):
            return False
        self._follow(_Job(launch, workspace, hosts))
        return True

    def _known(self, launch: Launch) -> bool:
        with self._lock:
            job = self._jobs.get(launch.key)
            return job is not None and job.launch.attempt == launch.attempt

    def _follow(self, job: _Job) -> None:
        with self._lock:
            self._jobs[job.launch.key] = job
            self._due = 0.0
        for host in job.hosts:
            if host.process:
                self._watch.add(host.process)
        self._wake()

    def poll(self) -> Sequence[Sighting]:
        """New lines and ends of everything that is followed."""
        now = self._clock.now()
        with self._lock:
            jobs = list(self._jobs.values())
            self._due = now + INTERVAL_SECONDS
        sightings: list[Sighting] = []
        for job in jobs:
            sightings += self._news(job, now)
        return sightings

    def _news(self, job: _Job, now: float) -> list[Sighting]:
        told: list[Sighting] = []
        for host in job.hosts:
            told += self._printed(job, host, now)
        if all(host.drained for host in job.hosts):
            told.append(_exited(job))
            with self._lock:
                self._jobs.pop(job.launch.key, None)
        return told

    def _printed(self, job: _Job, host: ProcessHost, now: float) -> list[Sighting]:
        if host.drained:
            return []
        ended = host.ended()  # asked before reading, so nothing printed is missed
        batch = host.tail.read(now, ended=ended)
        if batch is None:
            if ended:
                host.drained = True
                _fail_together(job, host)
            return []
        self._due = 0.0 if ended else self._due
        key, attempt = job.launch.key, job.launch.attempt
        return [Printed(key, attempt, host.name, batch.offset, batch.text)]

    def due(self) -> float | None:
        """When the logs should be looked at again."""
        with self._lock:
            return self._due if self._jobs else None

    def on_wake(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever a host ends."""
        self._wake = wake

    def _on_exit(self) -> None:
        self._wake()

    def signal(self, key: str) -> None:
        """SIGTERM to every host's processes."""
        self._send(key, signal.SIGTERM)

    def kill(self, key: str) -> None:
        """SIGKILL to every host's processes."""
        self._send(key, signal.SIGUSR1)

    def _send(self, key: str, number: int) -> None:
        with self._lock:
            job = self._jobs.get(key)
        for host in job.hosts if job else ():
            host.send(number)

    def discard(self, launch: Launch) -> None:
        """End whatever still runs and remove everything but the logs."""
        with self._lock:
            job = self._jobs.pop(launch.key, None)
        workspace = self.workspace(launch)
        _end(workspace)
        for host in job.hosts if job else ():
            held.reap(host.process)
        workspace.clear()

    def close(self) -> None:
        """Let go of the watching thread; what runs goes on running."""
        self._watch.close()


def _nobody() -> None:
    """Nobody wants to be woken yet."""


def _end(workspace: Workspace) -> None:
    end_all(workspace)
    pipes.stop(workspace)


def _fail_together(job: _Job, host: ProcessHost) -> None:
    """When a host has failed the others have no reason to go on."""
    if host.exit().code == 0:
        return
    for other in job.hosts:
        other.send(signal.SIGUSR1)


def _exited(job: _Job) -> Exited:
    """The end of the attempt: the first host that failed speaks for all."""
    pipes.stop(job.workspace)
    records = [(host.exit(), host) for host in job.hosts]
    failed = [(record, host) for record, host in records if record.code != 0]
    if not failed:
        return Exited(job.launch.key, job.launch.attempt, 0)
    record, host = min(failed, key=lambda pair: pair[0].ended)
    log = job.workspace.log(host.name)
    return Exited(
        key=job.launch.key,
        attempt=job.launch.attempt,
        code=record.code,
        failure=_failure(job, host, record.code),
        out_of_memory=record.out_of_memory,
        last_lines=log_tail.last_lines(log, LAST_LINES, host.begin),
    )


def _failure(job: _Job, host: ProcessHost, code: int) -> str:
    """The script's own failure file, else what the toolkit would have written."""
    script = script_of(job.workspace, host.name, {})
    files = [entry.name for entry in job.workspace.code(host.name).glob("*")]
    written = job.workspace.failure_text(host.name)
    return written or script_mode.failure_text(code, script.command(files, "python"))
