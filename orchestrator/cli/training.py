"""Commands about training jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.console import COMPLETED, Console, options, pass_console
from orchestrator.client import training_jobs, tuning_jobs
from orchestrator.client.watch import Children
from orchestrator.errors import JobNotFound
from orchestrator.report import leaderboard
from orchestrator.report.reasons import stopped_for
from orchestrator.report.table import duration, number, short, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.client.session import Connection
    from orchestrator.client.tuning_jobs import Answer
    from orchestrator.report.leaderboard import Row

_MOST_REASONS = 100


@click.command("jobs")
@options
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many.")
@click.argument("name")
@pass_console
def jobs_command(console: Console, name: str, limit: int | None) -> int:
    """List a tuning job's training jobs, best first; under --json the API's summaries.

    A campaign's are those of all its tuning jobs. Of training jobs that were stopped it is told
    why, as far as the endpoint says so.
    """
    with console.connected() as connection:
        try:
            job = tuning_jobs.describe(connection, name)
        except JobNotFound:
            children, rows = _campaigns(connection, name)
        else:
            children = Children(connection, name).refresh()
            rows = leaderboard.rows(job, children, now=console.clock.now())
        order = ordered(rows)[:limit]
        reasons = _reasons(connection, order)
    by_name = {child["TrainingJobName"]: child for child in children}
    console.data(
        [
            by_name[row.name]
            | ({"StatusMessage": reasons[row.name]} if reasons.get(row.name) else {})
            for row in order
        ]
    )
    if order:
        console.show(jobs_table(order, reasons))
    else:
        console.say(f"{name} has launched no training job yet.")
    return COMPLETED


def _campaigns(connection: Connection, name: str) -> tuple[tuple[Answer, ...], list[Row]]:
    """The training jobs of every member of a campaign."""
    from orchestrator.campaign import members  # noqa: PLC0415  (rarely wanted)

    campaign = members.named(connection, name)
    children = tuple(child for member in campaign.members for child in member.children)
    return children, campaign.rows


def ordered(rows: list[Row]) -> list[Row]:
    """Best first, then those without a value in launch order."""
    return [*leaderboard.ranked(rows), *(row for row in rows if row.goodness is None)]


def _reasons(connection: Connection, rows: list[Row]) -> dict[str, str]:
    """Why training jobs were stopped, of the first so many: each costs a request."""
    stopped = [row.name for row in rows if row.status == "Stopped"][:_MOST_REASONS]
    found = {name: stopped_for(training_jobs.describe(connection, name)) for name in stopped}
    return {name: reason for name, reason in found.items() if reason}


def jobs_table(rows: list[Row], reasons: Mapping[str, str]) -> str:
    """One line a training job: its state, its value, its parameters, why it was stopped."""
    names = sorted({name for row in rows for name in row.tuned})
    metrics = {row.objective.metric for row in rows}
    value = metrics.pop().upper() if len(metrics) == 1 else "OBJECTIVE"
    return table(
        ("TRAINING JOB", "STATUS", value, "TOOK", *names, *(["STOPPED FOR"] if reasons else [])),
        [
            (
                row.name,
                row.status,
                number(row.value),
                duration(row.seconds),
                *(short(row.tuned.get(name, "-")) for name in names),
                *([reasons.get(row.name, "")] if reasons else []),
            )
            for row in rows
        ],
    )
