"""Commands about what people write: `init`, `validate`. Neither of them runs anything."""

from __future__ import annotations

from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli import job_file
from orchestrator.cli.console import (
    BAD_INPUT,
    COMPLETED,
    Console,
    json_option,
    on_option,
    pass_console,
)
from orchestrator.cli.sample import try_on_file
from orchestrator.definition.check import prepare
from orchestrator.definition.defaults import Defaults
from orchestrator.definition.document import in_words
from orchestrator.definition.origins import trace
from orchestrator.errors import BadInput, Fault
from orchestrator.formats.parity import parity
from orchestrator.wire import path as spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestrator.definition.document import Loaded
    from orchestrator.formats.parity import Parity

TEMPLATES = ("python", "sklearn")
_SUFFIX = ".template"  # what is a program for the user is data here

set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="Override one value of the file, such as limits.jobs=20; may be repeated.",
)
name_option = click.option("--name", help="The tuning job's name, instead of the file's.")


@click.command("init")
@json_option
@click.option("--template", type=click.Choice(TEMPLATES), default="python", show_default=True)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@pass_console
def init_command(console: Console, folder: Path, template: str) -> int:
    """Write a commented job file and a training script that run as they are."""
    written = {folder / name: text for name, text in _template(template)}
    there = sorted(str(path) for path in written if path.exists())
    if there:
        mend = "Name another folder; nothing is overwritten."
        raise BadInput([Fault("DIR", "holds this file already", path, mend) for path in there])
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    console.data({"written": sorted(str(path) for path in written)})
    console.say("Wrote " + ", ".join(sorted(str(path) for path in written)) + ".")
    console.say(f"`amt run {folder / 'job.yaml'}` runs it.")
    return COMPLETED


def _template(name: str) -> Iterator[tuple[str, str]]:
    """Each file's name inside the folder, and what it holds."""
    root = Path(str(resources.files("orchestrator.cli"))) / "templates" / name
    for file in sorted(root.rglob(f"*{_SUFFIX}")):
        inside = file.relative_to(root).as_posix().removesuffix(_SUFFIX)
        yield inside, file.read_text(encoding="utf-8")


@click.command("validate")
@json_option
@on_option
@set_option
@click.option("--log", type=click.Path(), metavar="SAMPLE", help="Try the metrics on this log.")
@click.argument("file")
@pass_console
def validate_command(
    console: Console, file: str, settings: tuple[str, ...], log: str | None
) -> int:
    """Check a job file or a raw request: all faults at once, each with its mend.

    Of a valid one it is also told what the endpoint makes of each member: taken as it is,
    emulated differently, or not emulated.
    """
    loaded = job_file.read(file, None, settings)
    found = job_file.faults(console, loaded)
    request = {} if found else _request(loaded)
    report = [] if log is None or found else try_on_file(request, log)
    fates = parity(request, console.target)
    faults = [asdict(fault) for fault in found]
    metrics = [asdict(metric) for metric in report]
    console.data(
        {"valid": not found, "faults": faults, "metrics": metrics, "parity": asdict(fates)}
    )
    for fault in found:
        console.say(str(fault))
    for metric in report:
        console.show(str(metric))
    if found:
        console.say(f"{len(found)} fault{'s' * (len(found) > 1)}.")
        return BAD_INPUT
    console.say(f"{file} is valid for {console.target}.")
    _show_parity(console, fates, _spelling(loaded, request))
    return COMPLETED


def _show_parity(console: Console, fates: Parity, spell: Callable[[str], str]) -> None:
    console.show(f"Taken as it is: {len(fates.as_is)} members.")
    for heading, told in (
        ("Emulated differently:", fates.different),
        ("Not emulated:", fates.without),
    ):
        if told:
            console.show(heading)
            for path, text in told.items():
                console.show(f"  {spell(path)}: {text}")


def _spelling(loaded: Loaded, request: dict[str, Any]) -> Callable[[str], str]:
    """A member's path in the words of the file."""
    if loaded.raw or loaded.partial is None:
        return str
    written = loaded.partial.model_dump(exclude_unset=True)
    return lambda path: in_words(trace(tuple(spelled.elements(path)), written, request))


def _request(loaded: Loaded) -> dict[str, Any]:
    defaults = Defaults(
        name="any", role="arn:aws:iam::000000000000:role/amt", output_uri="s3://any"
    )
    return prepare(loaded, defaults).request
