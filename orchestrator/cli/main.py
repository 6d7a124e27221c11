"""The command line: its commands, loaded when they are called, and where every error ends.

Exit codes: 0 completed, 1 the tuning job failed, 2 bad input, 3 stopped, 4 the endpoint,
credentials or Docker cannot be reached, 70 a fault of amt itself, 124 wait timed out,
130 interrupted. No traceback reaches a user; AMT_DEBUG=1 shows it.
"""

from __future__ import annotations

import signal
import sys
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from orchestrator import __version__
from orchestrator.cli.console import (
    BAD_INPUT,
    COMPLETED,
    INTERRUPTED,
    OWN_FAULT,
    UNREACHABLE,
    Console,
)
from orchestrator.client.errors import explained
from orchestrator.errors import (
    AmtError,
    BadInput,
    JobNotFound,
    LaunchRefused,
    NameTaken,
    StateError,
    TransferFailed,
    Unreachable,
    WrongStatus,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("orchestrator.cli.definition", "Write a job file and a script that run as they are."),
    "validate": ("orchestrator.cli.definition", "Check a job file: all faults at once."),
    "render": ("orchestrator.cli.formats", "Print the exact request, or another tool's format."),
    "import": ("orchestrator.cli.formats", "Make a job file of a job written elsewhere."),
    "plan": ("orchestrator.cli.plan", "Say what a job will do, need and cost, before it does."),
    "run": ("orchestrator.cli.run", "Run a tuning job and follow it to its end."),
    "list": ("orchestrator.cli.tuning", "List tuning jobs, newest first."),
    "describe": ("orchestrator.cli.tuning", "Show one tuning job."),
    "jobs": ("orchestrator.cli.training", "List a tuning job's training jobs, best first."),
    "logs": ("orchestrator.cli.logs", "Print what training jobs printed."),
    "best": ("orchestrator.cli.tuning", "Show a tuning job's best training job."),
    "watch": ("orchestrator.cli.follow", "Follow a tuning job to its end."),
    "wait": ("orchestrator.cli.follow", "Wait until a tuning job has ended."),
    "stop": ("orchestrator.cli.tuning", "Stop a tuning job."),
    "extend": ("orchestrator.cli.campaign", "Carry on a search with another tuning job."),
    "campaign": ("orchestrator.cli.campaign", "Show a search over several tuning jobs."),
    "resume": ("orchestrator.cli.emulator", "Go on with a local tuning job nobody drives."),
    "delete": ("orchestrator.cli.tuning", "Delete a tuning job that has ended."),
    "serve": ("orchestrator.cli.serve", "Answer AWS's clients: the emulator as an endpoint."),
    "doctor": ("orchestrator.cli.emulator", "Look at what this machine has and what is missing."),
}
"""Each command's module and what it does, known without importing it."""

_EXIT_CODES: Mapping[type[Exception], int] = {
    click.ClickException: BAD_INPUT,
    BadInput: BAD_INPUT,
    NameTaken: BAD_INPUT,
    JobNotFound: BAD_INPUT,
    WrongStatus: BAD_INPUT,
    Unreachable: UNREACHABLE,
    StateError: UNREACHABLE,
    LaunchRefused: UNREACHABLE,
    TransferFailed: UNREACHABLE,
    OSError: UNREACHABLE,
}


class Commands(click.Group):
    """The group, which imports a command when it is called and turns errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of a job's life."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            import_module(COMMANDS[cmd_name][0]), f"{cmd_name}_command"
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def main(self, *args: Any, **extra: Any) -> NoReturn:  # noqa: ANN401  (click's own)
        """Run, and leave with an exit code that says how it went."""
        console = extra.get("obj")
        try:
            console = extra["obj"] = console or Console()
            result = super().main(*args, **(extra | {"standalone_mode": False}))
        except click.exceptions.Exit as left:
            code = left.exit_code
        except (click.Abort, KeyboardInterrupt):
            code = INTERRUPTED
        except Exception as error:  # noqa: BLE001  (the one place where everything ends)
            target = console.target if console is not None else ""
            code = _told(explained(error, target) or error, console)
            code = (console and console.failure_code) or code
        else:
            code = result if isinstance(result, int) else COMPLETED
        sys.exit(code)


def _told(error: Exception, console: Console | None) -> int:
    """One clear message for an error (and under ``--json`` the same as data); its exit code."""
    if console is not None and console.settings.debug:
        import traceback  # noqa: PLC0415  (help must not pay for it)

        traceback.print_exception(error)
    message = _message(error)
    if isinstance(error, click.ClickException):
        error.show()
    else:
        click.echo(message, err=True)
    if console is not None:
        faults = [asdict(fault) for fault in getattr(error, "faults", ())]
        console.data({"error": type(error).__name__, "message": message, "faults": faults})
    return _code(error)


def _message(error: Exception) -> str:
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, BadInput) and len(error.faults) > 1:
        return f"{error}\n{len(error.faults)} faults."
    if isinstance(error, AmtError):
        return str(error)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}."
    return (
        f"amt has a fault of its own: {type(error).__name__}: {error}\n"
        "AMT_DEBUG=1 shows where. The state folder is as the last commit left it."
    )


def _code(error: Exception) -> int:
    for kind, code in _EXIT_CODES.items():
        if isinstance(error, kind):
            return code
    return OWN_FAULT


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="amt", message="%(prog)s %(version)s")
def cli() -> None:
    """Tune hyperparameters the way Amazon SageMaker AMT does, on this machine or on AWS.

    `amt init` writes a job that runs as it is; `amt run job.yaml` runs it.
    """


def main() -> NoReturn:
    """What the command ``amt`` calls. SIGTERM is taken as Ctrl-C: the job stays resumable."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    cli.main(prog_name="amt")
