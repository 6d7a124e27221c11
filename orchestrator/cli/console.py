"""What every command shares: where it talks, how it prints, which endpoint it talks to.

Data goes to stdout, talk to stderr. Under ``--json`` stdout holds JSON and nothing else.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from orchestrator.clock import Clock, SystemClock
from orchestrator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestrator.client.session import Connection

    Connect = Callable[[Settings, str, str], Connection]

Command = TypeVar("Command", bound="Callable[..., Any]")

COMPLETED, FAILED, BAD_INPUT, STOPPED, UNREACHABLE = 0, 1, 2, 3, 4
OWN_FAULT, TIMED_OUT, INTERRUPTED = 70, 124, 130
"""Exit codes; 70 (EX_SOFTWARE) is a fault of amt itself."""


def _assembled(settings: Settings, on: str, runtime: str) -> Connection:
    from orchestrator import assembly  # noqa: PLC0415  (help and bad input must not pay for it)

    connection: Connection = assembly.connect(settings, on, runtime)
    return connection


@dataclass(slots=True)
class Console:
    """One call of ``amt``.

    Attributes:
        connect: Opens the endpoint; tests give their own.
        as_json: Whether ``--json`` was given.
        failure_code: What every error exits with, where a command promises one code for all.
    """

    settings: Settings = field(default_factory=Settings.from_environment)
    connect: Connect = _assembled
    clock: Clock = field(default_factory=SystemClock)
    as_json: bool = False
    on: str | None = None
    runtime: str | None = None
    failure_code: int | None = None

    @property
    def target(self) -> str:
        """Where commands go: ``local``, ``aws`` or a URL."""
        return self.on or self.settings.target

    @property
    def in_cloud(self) -> bool:
        """Whether AWS trains, whoever drives the tuning job."""
        return self.target == "aws" or (self.runtime or self.settings.runtime) == "sagemaker"

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """The endpoint, let go of at the end."""
        from orchestrator.cli.log_lines import said  # noqa: PLC0415  (help needs no logging)

        runtime = self.runtime or self.settings.runtime
        with said(tracebacks=self.settings.debug):
            connection = self.connect(self.settings, self.target, runtime)
            try:
                yield connection
            finally:
                connection.close()

    def again(self, words: str) -> str:
        """The command line that does `words` at the same endpoint, in backticks."""
        on = "" if self.target == self.settings.target else f" --on {self.on}"
        return f"`amt {words}{on}`"

    def say(self, text: str = "") -> None:
        """Talk: for people, on stderr."""
        click.echo(text, err=True)

    def show(self, text: str) -> None:
        """Data for people, on stdout; nothing under ``--json``."""
        if not self.as_json:
            click.echo(text)

    def data(self, value: object, *, line: bool = False) -> None:
        """Data for machines, on stdout, under ``--json`` alone; on one line if asked."""
        if self.as_json:
            click.echo(json.dumps(value, default=_plain, indent=None if line else 2))

    @property
    def live(self) -> bool:
        """Whether a picture that moves can be shown."""
        return sys.stderr.isatty() and not self.as_json


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


pass_console = click.make_pass_decorator(Console, ensure=True)


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def keep(context: click.Context, _: click.Parameter, value: Any) -> Any:  # noqa: ANN401
        if value is not None and value is not False:
            setattr(context.ensure_object(Console), name, value)
        return value

    return keep


def _target(context: click.Context, _: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    if value not in {"local", "aws"} and not value.startswith(("http://", "https://")):
        raise click.BadParameter(f"{value!r} is not local, aws or a URL (http://…).")
    context.ensure_object(Console).on = value
    return value


json_option = click.option(
    "--json",
    is_flag=True,
    expose_value=False,
    callback=_keep("as_json"),
    help="Print JSON on stdout and nothing else there.",
)
on_option = click.option(
    "--on",
    metavar="local|aws|URL",
    expose_value=False,
    callback=_target,
    help="The endpoint: this machine (default), AWS, or the URL of one. [AMT_ON]",
)
runtime_option = click.option(
    "--runtime",
    type=click.Choice(["auto", "docker", "process", "simulated", "sagemaker"]),
    expose_value=False,
    callback=_keep("runtime"),
    help="What trains: auto takes Docker where it can, else this machine's Python;"
    " sagemaker has SageMaker train each configuration. [AMT_RUNTIME]",
)


def options(command: Command) -> Command:
    """The options that every command has which talks to an endpoint."""
    return on_option(json_option(command))


def moment(value: datetime | None) -> str:
    """A moment in this machine's time zone."""
    return "" if value is None else value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
