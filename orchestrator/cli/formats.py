"""Commands between a job file and what other tools write: `render`, `import`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli import job_file
from orchestrator.cli.console import COMPLETED, Console, json_option, on_option, pass_console
from orchestrator.cli.definition import name_option, set_option
from orchestrator.client import tuning_jobs
from orchestrator.client.images import Catalogue
from orchestrator.client.preparation import Filler
from orchestrator.client.uploads import addresses
from orchestrator.definition.check import check, prepare
from orchestrator.definition.defaults import Defaults
from orchestrator.definition.document import Document, Loaded
from orchestrator.definition.load import dump, source_text
from orchestrator.definition.local import resolve
from orchestrator.definition.request import from_request
from orchestrator.definition.schema import JobFile
from orchestrator.errors import BadInput, Fault
from orchestrator.formats import registry
from orchestrator.formats.described import request_of
from orchestrator.formats.protocol import NAME, Reading, Remark, Source

if TYPE_CHECKING:
    from collections.abc import Sequence


_LOCAL = "local"
_NAMELESS = "any"
_ANY_ROLE = "arn:aws:iam::000000000000:role/amt"


@click.command("render")
@json_option
@on_option
@set_option
@name_option
@click.option(
    "--as",
    "target",
    type=click.Choice(registry.NAMES),
    default="request",
    show_default=True,
    help="The format; `request` is the request as JSON.",
)
@click.option(
    "--drop",
    multiple=True,
    metavar="MEMBER",
    help="Give up a member that the format has no place for; may be repeated.",
)
@click.argument("file")
@pass_console
def render_command(
    console: Console,
    *,
    file: str,
    settings: tuple[str, ...],
    name: str | None,
    target: str,
    drop: tuple[str, ...],
) -> int:
    """Print the exact CreateHyperParameterTuningJob request, or the job as another tool has it.

    Nothing is sent or uploaded. What the format says differently is told; a job that it cannot
    say whole is refused.
    """
    loaded = job_file.read(file, name, settings)
    job_file.checked(console, loaded)
    made = job_file.generated_name(file, console.clock.now())
    request, local = _rendered(console, loaded, made)
    rendering = registry.render(target, request, drop)
    told = [*rendering.remarks, *local]
    _tell(console, told)
    if console.as_json and target != "request":
        remarks = [asdict(remark) for remark in told]
        console.data({"format": target, "text": rendering.text, "remarks": remarks})
    else:
        click.echo(rendering.text.rstrip("\n"))
    return COMPLETED


def _rendered(console: Console, loaded: Loaded, name: str) -> tuple[dict[str, Any], list[Remark]]:
    """The request, and which local files it expects in S3.

    A file that leaves nothing to the endpoint is rendered without reaching it.
    """
    region = console.settings.aws_region
    catalogue = Catalogue(region) if console.in_cloud and region else None
    try:
        image_for = catalogue.image_for if catalogue else None
        whole = prepare(loaded, Defaults(name=name, image_for=image_for))
    except BadInput:
        whole = None
    if whole is not None and not whole.files:
        return whole.request, []
    with console.connected() as connection:
        prepared = Filler(connection).prepared(loaded, name)
    translation = prepared.translation
    uris = addresses(translation.files, prepared.places)
    told = [
        Remark("", f"{local.path} is not uploaded; {uri} must be it") for local, uri in uris.items()
    ]
    return resolve(translation, uris), told


@click.command("import")
@json_option
@on_option
@name_option
@click.option(
    "--from",
    "origin",
    type=click.Choice(registry.READABLE),
    help="What SOURCE is written in; without it, it is recognised.",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Write the job file there, not to stdout."
)
@click.option(
    "--results",
    is_flag=True,
    help="Bring a job that has ended on the endpoint into the state folder of this machine.",
)
@click.argument("source")
@pass_console
def import_command(
    console: Console,
    *,
    source: str,
    name: str | None,
    origin: str | None,
    output: Path | None,
    results: bool,
) -> int:
    """Make a job file of SOURCE: a file in another tool's format, or an existing tuning job.

    SOURCE is a file, - for standard input, or the name or ARN of a tuning job on the endpoint.
    With --results no job file is made: the job itself comes, with its training jobs, metrics and
    logs, and can then be listed, described and built upon here.
    """
    if results:
        return _import_results(console, source, name)
    if output is not None and output.exists():
        mend = "Name another file; nothing is overwritten."
        raise BadInput([Fault("--output", "is there already", str(output), mend)])
    if source == "-" or origin is not None or Path(source).exists():
        found, reading = registry.read(Source(*source_text(source)), origin)
        form = found.name
    else:
        form, reading = "describe", _existing(console, source)
    request = reading.request if name is None else {**reading.request, NAME: name}
    job = _job_file(source, request)
    _tell(console, reading.remarks)
    text = dump(job)
    remarks = [asdict(remark) for remark in reading.remarks]
    document = job.model_dump(mode="json", exclude_unset=True)
    console.data({"format": form, "job": document, "request": request, "remarks": remarks})
    if output is None:
        console.show(text.rstrip("\n"))
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
        console.say(f"Wrote {output}.")
    return COMPLETED


def _import_results(console: Console, source: str, name: str | None) -> int:
    from orchestrator import importing  # noqa: PLC0415  (only this needs the emulator)
    from orchestrator.assembly import Embedded  # noqa: PLC0415
    from orchestrator.client.results import fetch  # noqa: PLC0415

    if console.target == _LOCAL:
        mend = "Name the endpoint that has the job: --on aws, or a URL."
        raise BadInput([Fault("--results", "brings jobs from elsewhere", console.target, mend)])
    with console.connected() as connection:
        _refuse_other_region(source, connection.region)
        found = fetch(connection, _name(source), console.say)
    local = console.connect(console.settings, _LOCAL, console.settings.runtime)
    try:
        assert isinstance(local.emulator, Embedded)
        done = importing.import_results(local.emulator, console.settings, found, name)
    finally:
        local.close()
    console.data(asdict(done))
    console.say(
        f"Imported {done.name}: {done.training_jobs} training jobs, {done.values} values of "
        f"metrics, {done.lines} lines of logs. `amt describe {done.name} --on local` shows it.\n"
        f"What it read from S3 stays there: `AMT_S3={console.target} amt extend {done.name} "
        "--on local --jobs N` goes on with it here."
    )
    return COMPLETED


def _name(source: str) -> str:
    return source.rsplit("/", 1)[-1]


def _refuse_other_region(source: str, region: str) -> None:
    if source.startswith("arn:") and f":{region}:" not in source:
        mend = "Set AWS_REGION to the region in the ARN."
        raise BadInput([Fault("SOURCE", "is in another region", source, mend)])


def _existing(console: Console, source: str) -> Reading:
    """The request of a tuning job that the endpoint has, with its tags."""
    with console.connected() as connection:
        _refuse_other_region(source, connection.region)
        answer = tuning_jobs.describe(connection, _name(source))
        tags = tuning_jobs.tags(connection, answer["HyperParameterTuningJobArn"])
    request = request_of(answer)
    return Reading({**request, "Tags": tags} if tags else request)


def _job_file(source: str, request: dict[str, Any]) -> JobFile:
    """The job file of a request; a name, a role or an output that is missing is filled in later.

    Raises:
        BadInput: With every fault, in the request's words.
    """
    named = {NAME: _NAMELESS, **request}
    defaults = Defaults(name=_NAMELESS, role=_ANY_ROLE, output_uri="s3://any")
    try:
        job = from_request(named)
    except (AttributeError, LookupError, TypeError, ValueError):
        faults = _faults(source, named, defaults)
        raise BadInput(faults or [Fault(source, "holds no request that can be used")]) from None
    data = job.model_dump(mode="json", exclude_unset=True)
    if NAME not in request:
        del data["name"]
    faults = _faults(source, data, defaults)
    if faults:
        raise BadInput(_faults(source, named, defaults) or faults)
    return JobFile.model_validate(data)


def _faults(source: str, data: dict[str, Any], defaults: Defaults) -> list[Fault]:
    return check(Loaded.of(Document(source, Path(), data, {})), defaults)


def _tell(console: Console, remarks: Sequence[Remark]) -> None:
    for remark in remarks:
        console.say(f"{remark}.")
