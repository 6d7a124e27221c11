"""`amt run`: from a job file to the end of its tuning job."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from orchestrator.campaign.first import beginning
from orchestrator.cli import dry_run, job_file
from orchestrator.cli.campaign import refuse_detach, run_on
from orchestrator.cli.console import (
    BAD_INPUT,
    COMPLETED,
    Console,
    options,
    pass_console,
    runtime_option,
)
from orchestrator.cli.definition import name_option, set_option
from orchestrator.cli.follow import concluded, followed, interrupted, view_for
from orchestrator.cli.money import Money, guard_for, money_options
from orchestrator.cli.view import meter_for, standing
from orchestrator.client import tuning_jobs
from orchestrator.client.launch import Naming, console_link, launch
from orchestrator.client.preparation import Choices
from orchestrator.errors import JobNotFound, Unreachable

if TYPE_CHECKING:
    from pathlib import Path

    from orchestrator.client.launch import Created
    from orchestrator.client.session import Connection
    from orchestrator.definition.document import Loaded

_BIRTH_SECONDS = 120.0
_LOOK_SECONDS = 0.1


@click.command("run")
@options
@runtime_option
@name_option
@set_option
@money_options
@click.option("-d", "--detach", is_flag=True, help="Leave the job to itself once it is created.")
@click.option("--dry-run", is_flag=True, help="Show what would be done; send and make nothing.")
@click.option(
    "--stack",
    metavar="DIR|NAME",
    help="Take role, buckets and image from a Terraform directory or a CloudFormation stack.",
)
@click.option("--bucket", help="Where local files and models go, instead of the default bucket.")
@click.option("--create-bucket", is_flag=True, help="Make that bucket if it is missing, closed.")
@click.argument("file")
@pass_console
def run_command(console: Console, /, file: str, **given: Any) -> int:  # noqa: ANN401  (click's own)
    """Run a tuning job: check it, upload what is local, create it, follow it to its end.

    The same command given again goes on where it was interrupted: what was uploaded is not sent
    again, and the job is followed if it is there already.
    """
    wanted = _Wanted(file, **given)
    loaded = job_file.read(file, wanted.name, wanted.settings)
    job_file.checked(console, loaded, wanted.choices)
    _held_to(console, loaded, wanted)
    begun = beginning(loaded)
    loaded = loaded if begun is None else begun.first
    if wanted.dry_run:
        return _shown(console, loaded, wanted)
    if wanted.detach and console.target == "local" and begun is None:
        return _detached(console, loaded, wanted)
    with console.connected() as connection:
        if wanted.detach and begun is not None:
            refuse_detach(connection)
        with launch(connection, loaded, _naming(console, loaded, wanted), wanted.choices) as ready:
            created = ready.go(meter_for(console))
        name = created.name
        _announce(console, connection, created)
        if begun is not None:
            return run_on(console, connection, begun, wanted.money, detach=wanted.detach)
        if wanted.detach:
            console.data({"name": name, "status": created.adopted or "InProgress"})
            console.say(f"{console.again(f'watch {name}')} follows it.")
            return COMPLETED
        try:
            guard = guard_for(console, connection, name, wanted.money)
            last = followed(console, connection, name, view_for(console), guard=guard)
            code = concluded(console, connection, last)
        except KeyboardInterrupt:
            return interrupted(console, connection, name)
    console.data(standing(last))
    return code


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The command line."""

    file: str
    name: str | None
    settings: tuple[str, ...]
    detach: bool
    dry_run: bool
    stack: str | None
    bucket: str | None
    create_bucket: bool
    expect: str | None
    stated_prices: tuple[str, ...]
    max_usd: float | None

    @property
    def money(self) -> Money:
        """The values of `money_options`."""
        return Money(self.expect, self.stated_prices, self.max_usd)

    @property
    def choices(self) -> Choices:
        return Choices(self.stack, self.bucket, self.create_bucket)


def _held_to(console: Console, loaded: Loaded, wanted: _Wanted) -> None:
    """Refuse what is expected to cost more than --max-usd, before anything is made."""
    if wanted.max_usd is None:
        return
    from orchestrator.cli.plan import held_to, made  # noqa: PLC0415  (only for a limit)

    name = _naming(console, loaded, wanted).name
    held_to(made(console, loaded, name, wanted.money.wishes()), wanted.max_usd)


def _naming(console: Console, loaded: Loaded, wanted: _Wanted) -> Naming:
    def again() -> str:
        return job_file.generated_name(wanted.file, console.clock.now())

    own = job_file.own_name(loaded)
    return Naming(own) if own else Naming(again(), again)


def _announce(console: Console, connection: Connection, created: Created) -> None:
    name = created.name
    if created.adopted:
        console.say(
            f"{name} is on {connection.label} already, with this very definition "
            f"({created.adopted}); --name makes another."
        )
    else:
        console.say(f"Created {name} on {connection.label}.")
    if link := console_link(connection, name):
        console.say(link)


def _shown(console: Console, loaded: Loaded, wanted: _Wanted) -> int:
    """What a launch would do."""
    with (
        console.connected() as connection,
        launch(connection, loaded, _naming(console, loaded, wanted), wanted.choices) as ready,
    ):
        found = dry_run.outlook(ready)
    console.data(found)
    console.show(dry_run.told(found))
    refused = dry_run.refusals(found, wanted.choices)
    for fault in refused:
        console.say(str(fault))
    return BAD_INPUT if refused else COMPLETED


def _detached(console: Console, loaded: Loaded, wanted: _Wanted) -> int:
    """Another process creates and drives the job; this one leaves when the job is there."""
    file, naming = wanted.file, _naming(console, loaded, wanted)
    name = naming.name
    log = console.settings.home / "drivers" / f"{name}.log"
    words = [sys.executable, "-m", "orchestrator", "run", file, "--on", "local", "--name", name]
    words += ["--runtime", console.runtime] if console.runtime else []
    words += ["--bucket", wanted.bucket] if wanted.bucket else []
    words += ["--stack", wanted.stack] if wanted.stack else []
    words += wanted.money.words()
    for setting in wanted.settings:
        words += ["--set", setting]
    with console.connected() as connection:
        # Without this, a job of that name would look like the one that is to come.
        with launch(connection, loaded, naming, wanted.choices) as ready:
            found = ready.standing()
        if found is not None:
            _announce(console, connection, found)
            console.data({"name": name, "status": found.adopted})
            return COMPLETED
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
