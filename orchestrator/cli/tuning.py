"""Commands that look at tuning jobs or end them; none of them follows one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli.console import COMPLETED, Console, moment, options, pass_console
from orchestrator.cli.savings import saved
from orchestrator.cli.view import best_data
from orchestrator.client import training_jobs, tuning_jobs
from orchestrator.errors import JobNotFound, WrongStatus
from orchestrator.report import leaderboard
from orchestrator.report.progress import headline, progress, valued
from orchestrator.report.reasons import ended_by
from orchestrator.report.table import duration, facts, short, table

if TYPE_CHECKING:
    from orchestrator.client.session import Connection
    from orchestrator.client.tuning_jobs import Answer

STATUSES = ("Completed", "InProgress", "Failed", "Stopped", "Stopping")


@click.command("list")
@options
@click.option("--status", type=click.Choice(STATUSES), help="Only those in this status.")
@click.option("--contains", default="", help="Only those whose name contains this.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@pass_console
def list_command(console: Console, status: str | None, contains: str, limit: int) -> int:
    """List tuning jobs, newest first."""
    with console.connected() as connection:
        found = list(
            tuning_jobs.listed(connection, contains=contains, status=status or "", limit=limit)
        )
        console.data(found)
        if not found:
            console.say(f"No tuning jobs on {connection.label}. `amt init` writes one to try.")
            return COMPLETED
    rows = [_listed(job, console.clock.now()) for job in found]
    console.show(table(("NAME", "STATUS", "STRATEGY", "ENDED", "CREATED", "TOOK"), rows))
    return COMPLETED


def _listed(job: Answer, now: float) -> tuple[str, ...]:
    counters = job.get("TrainingJobStatusCounters", {})
    ended = sum(count for name, count in counters.items() if name != "InProgress")
    total = job.get("ResourceLimits", {}).get("MaxNumberOfTrainingJobs")
    end = job.get("HyperParameterTuningEndTime")
    until = end.timestamp() if end is not None else now
    return (
        str(job["HyperParameterTuningJobName"]),
        str(job["HyperParameterTuningJobStatus"]),
        str(job.get("Strategy", "")),
        f"{ended}/{total}" if total else str(ended),
        moment(job["CreationTime"]),
        duration(until - job["CreationTime"].timestamp()),
    )


@click.command("describe")
@options
@click.argument("name")
@pass_console
def describe_command(console: Console, name: str) -> int:
    """Show one tuning job; under --json the API's whole answer."""
    with console.connected() as connection:
        job = tuning_jobs.describe(connection, name)
        stopping = _early_stopping(connection, job)
    console.data(job)
    console.show(description(job, console.clock.now(), stopping))
    return COMPLETED


def _early_stopping(connection: Connection, job: Answer) -> str:
    """Whether it is on, and what it saved so far: that is in the training jobs."""
    kind = str(job["HyperParameterTuningJobConfig"].get("TrainingJobEarlyStoppingType", ""))
    if kind != "Auto":
        return kind
    pages = tuning_jobs.children(connection, str(job["HyperParameterTuningJobName"]))
    found = saved(connection, job, [child for page in pages for child in page])
    return f"{kind}: {found}" if found else kind


def description(job: Answer, now: float, early_stopping: str) -> str:
    """A tuning job in a dozen lines."""
    at = progress(job, (), now)
    config = job["HyperParameterTuningJobConfig"]
    goals = {
        f"{'maximize' if objective.maximize else 'minimize'} {objective.metric}"
        for objective in leaderboard.objectives(job).values()
    }
    limits = config.get("ResourceLimits", {})
    detail = job.get("TuningJobCompletionDetails", {})
    return facts(
        [
            ("name", at.name),
            ("arn", str(job.get("HyperParameterTuningJobArn", ""))),
            ("state", headline(at)),
            ("failure", at.reason),
            ("ended by", ended_by(job)),
            ("strategy", at.strategy),
            ("objective", ", ".join(sorted(goals))),
            ("limits", ", ".join(f"{key} {value}" for key, value in limits.items())),
            ("early stopping", early_stopping),
            ("created", moment(job["CreationTime"])),
            ("ended", moment(job.get("HyperParameterTuningEndTime"))),
            ("converged", moment(detail.get("ConvergenceDetectedTime"))),
            ("best", f"{at.best.name} {valued(at.best)}" if at.best else ""),
            *[
                (f"  {name}", text)
                for name, text in sorted(at.best.tuned.items() if at.best else [])
            ],
        ]
    )


@click.command("best")
@options
@click.option(
    "--write-definition",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a CreateTrainingJob request that trains this configuration again.",
)
@click.argument("name")
@pass_console
def best_command(console: Console, name: str, target: Path | None) -> int:
    """Show the best training job of a tuning job, or of a campaign: values, metric, model."""
    with console.connected() as connection:
        try:
            job = tuning_jobs.describe(connection, name)
        except JobNotFound:
            row, status = _campaigns_best(connection, name), "a campaign"
        else:
            row, status = leaderboard.best(job), job["HyperParameterTuningJobStatus"]
        if row is None:
            raise WrongStatus(
                f"{name} ({status}) has no best training job: none has ended with the objective "
                f"metric. `amt jobs {name}` shows them."
            )
        trained = _described(connection, row.name, needed=target is not None)
    console.data(best_data(row) | {"model": leaderboard.model(trained)})
    console.show(best_text(row, leaderboard.model(trained)))
    if target is not None:
        request = training_jobs.again(trained)
        target.write_text(json.dumps(request, indent=2) + "\n", encoding="utf-8")
        console.say(f"Wrote {target}: a CreateTrainingJob request of {request['TrainingJobName']}.")
    return COMPLETED


def _campaigns_best(connection: Connection, name: str) -> leaderboard.Row | None:
    from orchestrator.campaign import members  # noqa: PLC0415  (rarely wanted)

    return members.named(connection, name).best


def _described(connection: Connection, name: str, *, needed: bool) -> Answer:
    """All that is told of a training job; nothing of one that was deleted since, if it may."""
    try:
        return training_jobs.describe(connection, name)
    except JobNotFound:
        if needed:
            raise
        return {}


def best_text(row: leaderboard.Row, model: str | None = None) -> str:
    """The best training job for people."""
    values = [(name, short(text)) for name, text in sorted(row.tuned.items())]
    head = [("best", row.name), (row.objective.metric, f"{row.value:.6g}")]
    return facts([*head, *values, ("model", model or "")])


@click.command("stop")
@options
@click.argument("name")
@pass_console
def stop_command(console: Console, name: str) -> int:
    """Stop a tuning job: nothing more is launched, what runs is stopped, the best is kept."""
    with console.connected() as connection:
        if not _left_stopping(connection, name):
            tuning_jobs.stop(connection, name)
        if connection.emulator is not None:
            connection.emulator.idle()  # with nobody else driving it, it stops in this process
        job = tuning_jobs.describe(connection, name)
    status = job["HyperParameterTuningJobStatus"]
    console.data({"name": name, "status": status})
    after = f" {console.again(f'wait {name}')} waits for its end." if status == "Stopping" else ""
    console.say(f"{name} is {status}.{after}")
    return COMPLETED


def _left_stopping(connection: Connection, name: str) -> bool:
    """Take up a job whose driver died while it was stopping; False when there is no such job."""
    emulator = connection.emulator
    if emulator is None or emulator.driver(name) is not None:
        return False
    if tuning_jobs.describe(connection, name)["HyperParameterTuningJobStatus"] != "Stopping":
        return False
    emulator.resume(name)
    return True


@click.command("delete")
@options
@click.argument("name")
@pass_console
def delete_command(console: Console, name: str) -> int:
    """Delete a tuning job that has ended, and what is kept of it."""
    with console.connected() as connection:
        tuning_jobs.delete(connection, name)
        if connection.emulator is not None:
            connection.emulator.idle()
    console.data({"name": name, "status": "Deleted"})
    console.say(f"{name} is deleted.")
    return COMPLETED
