"""`amt serve`: the emulator as an endpoint for any client of AWS."""

from __future__ import annotations

import math
import os
import signal
import threading
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from orchestrator.cli.console import (
    COMPLETED,
    INTERRUPTED,
    Console,
    json_option,
    pass_console,
    runtime_option,
)
from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from orchestrator.serving import Listening, Served

_LOOK_SECONDS = 3600.0


class _Options(TypedDict):
    host: str
    port: int
    allow_remote: bool
    containers: str | None
    allow_reset: bool
    throttle: float | None
    enforce_iam: bool


@click.command("serve")
@json_option
@runtime_option
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; another machine's reach needs --allow-remote.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=4566,
    show_default=True,
    help="The port; 0 takes any free one.",
)
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Listen where others can reach it. Whoever does can run programs as you.",
)
@click.option(
    "--containers",
    "containers",
    metavar="ADDRESS",
    help="Listen there too and send training containers to it, such as the Docker bridge's 172.17.0.1.",
)
@click.option(
    "--allow-reset",
    is_flag=True,
    help="Let POST /_amt/reset delete every job and object of this state folder.",
)
@click.option(
    "--throttle",
    type=click.FloatRange(min=0, min_open=True),
    metavar="RATE",
    help="Requests a second that an account may send to SageMaker; more are refused as AWS does.",
)
@click.option(
    "--enforce-iam",
    is_flag=True,
    help="Let users and roles of the emulator's IAM do only what their policies allow.",
)
@pass_console
def serve_command(console: Console, **options: Unpack[_Options]) -> int:
    """Answer AWS's clients: SageMaker tuning and training jobs, their logs, S3 and the rest.

    SIGTERM and Ctrl-C leave at once, and training goes on: the next `amt serve` on the same
    AMT_HOME takes it up. A second one does not wait for requests in hand.
    """
    from orchestrator.assembly import RUNTIMES  # noqa: PLC0415  (help must not pay for it)
    from orchestrator.cli.log_lines import said  # noqa: PLC0415
    from orchestrator.serving import Served, is_loopback  # noqa: PLC0415

    listening = _listening(options)
    runtime = console.runtime or console.settings.runtime
    if runtime not in RUNTIMES or runtime == "sagemaker":
        mend = f"Choose one of {', '.join(RUNTIMES[:-1])}."
        raise BadInput([Fault("AMT_RUNTIME", "there is no such runtime", runtime, mend)])
    with said(tracebacks=console.settings.debug):
        served = Served(console.settings, runtime, listening, say=console.say)
        served.start()
        return _serve(console, served, remote=not is_loopback(listening.host))


def _listening(options: _Options) -> Listening:
    """Where and how to listen, if that may be."""
    from orchestrator.serving import Listening, is_loopback  # noqa: PLC0415

    host, throttle = options["host"], options["throttle"]
    faults = []
    if not is_loopback(host) and not options["allow_remote"]:
        mend = "Add --allow-remote: whoever reaches it can run programs as you; nobody is asked for a password."
        faults.append(Fault("--host", "can be reached from other machines", host, mend))
    if throttle is not None and not math.isfinite(throttle):
        faults.append(Fault("--throttle", "is no number", str(throttle), "Give requests a second."))
    if faults:
        raise BadInput(faults)
    return Listening(
        host,
        options["port"],
        options["containers"],
        reset=options["allow_reset"],
        throttle=throttle,
        enforced=options["enforce_iam"],
    )


def _announce(console: Console, served: Served, *, remote: bool) -> None:
    """Say where it listens, then how clients are sent there: whoever reads that can begin."""
    if remote:
        console.say(
            "Other machines can reach it. Nobody is asked for a password, and whoever creates a "
            "training job runs a program as you: let only networks you trust through."
        )
    console.say(f"Listening on {served.url}; state in {console.settings.home}. Ctrl-C leaves.")
    console.data({"url": served.url, "environment": served.environment}, line=True)
    for name, value in served.environment.items():
        console.show(f"export {name}={value}")


def _serve(console: Console, served: Served, *, remote: bool) -> int:
    """Announce the server and wait to be told to leave, which may come at once."""
    told = threading.Event()
    numbers: list[int] = []

    def leave(number: int, _: FrameType | None) -> None:
        if numbers:
            os._exit(INTERRUPTED)
        numbers.append(number)
        told.set()

    for number in _signals():
        signal.signal(number, leave)
    _announce(console, served, remote=remote)
    while not told.wait(_LOOK_SECONDS):
        pass
    left = served.driving()
    served.close()
    if left:
        names = ", ".join(arn.rpartition("/")[2] for arn in left)
        console.say(f"Training goes on: {names}. `amt serve` or `amt resume NAME` takes it up.")
    return INTERRUPTED if numbers[0] == signal.SIGINT else COMPLETED


def _signals() -> Iterator[signal.Signals]:
    yield signal.SIGINT
    yield signal.SIGTERM
