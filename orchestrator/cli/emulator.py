"""Commands about this machine: going on with a local job, and looking at what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.console import (
    COMPLETED,
    UNREACHABLE,
    Console,
    json_option,
    on_option,
    options,
    pass_console,
    runtime_option,
)
from orchestrator.cli.follow import concluded, followed, interrupted, view_for
from orchestrator.cli.machine import Finding, docker, endpoint, python, state_folder
from orchestrator.cli.view import standing
from orchestrator.client import tuning_jobs
from orchestrator.errors import BadInput, Fault, WrongStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.client.protocol import Emulator
    from orchestrator.client.session import Connection

_MARKS = {True: "ok", False: "missing", None: "-"}


@click.command("resume")
@options
@runtime_option
@click.argument("name")
@pass_console
def resume_command(console: Console, name: str) -> int:
    """Go on with a local tuning job whose driver is gone, and follow it to its end."""
    with console.connected() as connection:
        emulator = connection.emulator
        if emulator is None:
            mend = f"A job there needs no driver; {console.again(f'watch {name}')} follows it."
            raise BadInput([Fault("--on", "is not this machine", console.target, mend)])
        ended = _only_remains(connection, emulator, name)
        try:
            emulator.resume(name)
            console.say(f"{'Cleaning up after' if ended else 'Going on with'} {name}.")
            last = followed(console, connection, name, view_for(console))
            code = concluded(console, connection, last)
        except KeyboardInterrupt:
            return interrupted(console, connection, name)
        console.data(standing(last))
        return code


def _only_remains(connection: Connection, emulator: Emulator, name: str) -> bool:
    """Whether the job has ended and is to be cleaned up after; raises where nothing is to do."""
    status = tuning_jobs.describe(connection, name)["HyperParameterTuningJobStatus"]
    if driver := emulator.driver(name):
        raise WrongStatus(f"Process {driver} drives {name}. `amt watch {name}` follows it.")
    ended = status in tuning_jobs.TERMINAL
    if ended and not emulator.left_over(name):
        raise WrongStatus(f"{name} has ended ({status}). `amt describe {name}` shows it.")
    return ended


@click.command("doctor")
@json_option
@on_option
@runtime_option
@pass_console
def doctor_command(console: Console) -> int:
    """Look at what this machine has, what is missing and how to mend it."""
    findings = []
    for finding in _looked(console):
        findings.append(finding)
        console.show(f"{_MARKS[finding.ok]:8}{finding.what}: {finding.says}")
        if finding.mend:
            console.show(f"{'':8}{finding.mend}")
    broken = [finding for finding in findings if finding.needed and finding.ok is False]
    console.data(
        {
            "ok": not broken,
            "target": console.target,
            "findings": [finding.as_data() for finding in findings],
        }
    )
    if broken:
        console.say(f"{len(broken)} thing{'s' * (len(broken) > 1)} to mend.")
        return UNREACHABLE
    return COMPLETED


def _looked(console: Console) -> Iterator[Finding]:
    """One finding after the other, as each is made."""
    local = console.target == "local"
    runtime = console.runtime or console.settings.runtime
    yield python()
    if local:
        yield state_folder(console.settings.home)
        yield docker(console.settings.docker_host, needed=runtime == "docker")
    yield from endpoint(console)
