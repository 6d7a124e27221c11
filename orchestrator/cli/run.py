"""`amt run`: from a job file to the end of its tuning job."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from orchestrator.cli import job_file
from orchestrator.cli.console import COMPLETED, Console, options, pass_console, runtime_option
from orchestrator.cli.definition import name_option, set_option
from orchestrator.cli.follow import concluded, followed, interrupted, view_for
from orchestrator.cli.view import standing
from orchestrator.client import tuning_jobs
from orchestrator.client.uploads import upload
from orchestrator.errors import JobNotFound, Unreachable

if TYPE_CHECKING:
    from pathlib import Path

    from orchestrator.client.session import Connection
    from orchestrator.definition.document import Loaded

_BIRTH_SECONDS = 120.0
_LOOK_SECONDS = 0.1


@click.command("run")
@options
@runtime_option
@name_option
@set_option
@click.option("-d", "--detach", is_flag=True, help="Leave the job to itself once it is created.")
@click.argument("file")
@pass_console
def run_command(
    console: Console, file: str, name: str | None, settings: tuple[str, ...], *, detach: bool
) -> int:
    """Run a tuning job: check it, upload what is local, create it, follow it to its end."""
    loaded = job_file.read(file, name, settings)
    job_file.checked(console, loaded)
    name = job_file.own_name(loaded) or job_file.generated_name(file, console.clock.now())
    if detach and console.target == "local":
        return _detached(console, file, name, settings)
    with console.connected() as connection:
        _create(console, connection, loaded, name)
        if detach:
            console.data({"name": name, "status": "InProgress"})
            console.say(f"{console.again(f'watch {name}')} follows it.")
            return COMPLETED
        try:
            last = followed(console, connection, name, view_for(console))
            code = concluded(console, connection, last)
        except KeyboardInterrupt:
            return interrupted(console, connection, name)
    console.data(standing(last))
    return code


def _create(console: Console, connection: Connection, loaded: Loaded, name: str) -> None:
    translation = job_file.translated(loaded, connection, name)
    request = job_file.resolved(translation, lambda files: upload(connection, files, console.say))
    tuning_jobs.create(connection, request)
    console.say(f"Created {name} on {connection.label}.")


def _detached(console: Console, file: str, name: str, settings: tuple[str, ...]) -> int:
    """Another process creates and drives the job; this one leaves when the job is there."""
    log = console.settings.home / "drivers" / f"{name}.log"
    words = [sys.executable, "-m", "orchestrator", "run", file, "--on", "local", "--name", name]
    words += ["--runtime", console.runtime] if console.runtime else []
    for setting in settings:
        words += ["--set", setting]
    with console.connected() as connection:
        # Without this, a job of that name would look like the one that is to come.
        if _exists(connection, name):
            raise tuning_jobs.taken(name, "such a job exists.")
        driver = _spawn(words, log)
        _await_birth(console, connection, name, driver)
    console.data(
        {"name": name, "status": "InProgress", "driver": driver.process.pid, "log": str(log)}
    )
    console.say(f"Process {driver.process.pid} drives {name}; its log is {log}.")
    console.say(f"{console.again(f'watch {name}')} follows it.")
    return COMPLETED


@dataclass(frozen=True, slots=True)
class _Driver:
    """The process that drives a detached job."""

    process: subprocess.Popen[bytes]
    log: Path


def _spawn(words: list[str], log: Path) -> _Driver:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  (no shell; each word is its own argument)
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return _Driver(process, log)


def _await_birth(console: Console, connection: Connection, name: str, driver: _Driver) -> None:
    end = console.clock.now() + _BIRTH_SECONDS
    while True:
        gone = driver.process.poll() is not None
        if _exists(connection, name):
            # It outlives this process on purpose, of which Popen would otherwise complain.
            driver.process.returncode = 0
            return
        if gone or console.clock.now() > end:
            said = driver.log.read_text(encoding="utf-8", errors="replace").strip()
            raise Unreachable(
                f"The process that was to drive {name} did not create it:\n{said[-2000:]}"
            )
        console.clock.wait_until(console.clock.now() + _LOOK_SECONDS, threading.Event())


def _exists(connection: Connection, name: str) -> bool:
    try:
        tuning_jobs.describe(connection, name)
    except JobNotFound:
        return False
    return True
