"""`amt logs`: what training jobs printed, one or many, as it comes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import click

from orchestrator.cli.console import COMPLETED, Console, options, pass_console
from orchestrator.client import training_jobs, tuning_jobs
from orchestrator.client.training_jobs import LogReader
from orchestrator.client.tuning_log import TuningLog
from orchestrator.errors import JobNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orchestrator.client.session import Connection
    from orchestrator.client.training_jobs import LogLine

_PACE, _CLOUD_PACE = 0.5, 3.0


class _Followed(Protocol):
    """A job whose log is read."""

    label: bool

    def status(self) -> tuple[str, bool]:
        """Its status, and whether it has ended."""
        ...

    def read(self) -> Iterator[tuple[str, LogLine]]:
        """(training job, line) of each line since the last call."""
        ...


@dataclass(slots=True)
class _One:
    """A training job."""

    reader: LogReader
    label: bool = False

    def status(self) -> tuple[str, bool]:
        job = training_jobs.describe(self.reader.connection, self.reader.job)
        return str(job["TrainingJobStatus"]), job["TrainingJobStatus"] in training_jobs.ENDED

    def read(self) -> Iterator[tuple[str, LogLine]]:
        for line in self.reader.read():
            yield self.reader.job, line


@dataclass(slots=True)
class _Many:
    """All training jobs of a tuning job."""

    log: TuningLog
    label: bool = True

    def status(self) -> tuple[str, bool]:
        job = tuning_jobs.describe(self.log.connection, self.log.name)
        status = str(job["HyperParameterTuningJobStatus"])
        return status, status in tuning_jobs.TERMINAL

    def read(self) -> Iterator[tuple[str, LogLine]]:
        return self.log.read()


@click.command("logs")
@options
@click.option("-f", "--follow", is_flag=True, help="Go on until the jobs have ended.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@pass_console
def logs_command(console: Console, names: tuple[str, ...], *, follow: bool) -> int:
    """Print what training jobs printed; under --json one object a line.

    NAME is a training job, or a tuning job for all of its training jobs. The lines of several
    are put in the order of time, each behind the name of its training job.
    """
    with console.connected() as connection:
        jobs = [_found(connection, name) for name in names]
        pace = _PACE if connection.cloud is None else _CLOUD_PACE
        printed = 0
        while True:
            # Asked before the logs are read: what an ended job printed is all there.
            standing = [job.status() for job in jobs]
            printed += _print_new(console, jobs)
            if not follow or all(ended for _, ended in standing):
                break
            console.clock.wait_until(console.clock.now() + pace, threading.Event())
    if not printed:
        told = ", ".join(f"{n} ({s})" for n, (s, _) in zip(names, standing, strict=True))
        console.say(f"{told} {'has' if len(names) == 1 else 'have'} printed nothing.")
    return COMPLETED


def _found(connection: Connection, name: str) -> _Followed:
    """The training job of that name, or else the tuning job."""
    try:
        training_jobs.describe(connection, name)
    except JobNotFound as missing:
        try:
            tuning_jobs.describe(connection, name, hint=False)
        except JobNotFound:
            raise missing from None
        return _Many(TuningLog(connection, name))
    return _One(LogReader(connection, name))


def _print_new(console: Console, jobs: Sequence[_Followed]) -> int:
    """Print what is new, in the order of time; how many lines."""
    found = [(name, line) for job in jobs for name, line in job.read()]
    labelled = len(jobs) > 1 or any(job.label for job in jobs)
    if labelled:
        found.sort(key=lambda pair: pair[1].at)
    for name, line in found:
        label = f"{name} " if labelled else ""
        hosts = any(isinstance(job, _One) and len(job.reader.tokens) > 1 for job in jobs)
        host = f"{line.host}| " if hosts else ""
        console.show(f"{label}{host}{line.text}")
        data = {"at": line.at, "host": line.host, "text": line.text}
        console.data(({"training_job": name} if labelled else {}) | data, line=True)
    return len(found)
