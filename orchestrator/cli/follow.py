"""Following a tuning job to its end, and what is said there.

`watch` and `wait`, and the road that `run` and `resume` take once their job exists.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.console import (
    COMPLETED,
    FAILED,
    INTERRUPTED,
    STOPPED,
    TIMED_OUT,
    Console,
    options,
    pass_console,
)
from orchestrator.cli.money import Money, guard_for, money_options
from orchestrator.cli.savings import saved
from orchestrator.cli.tuning import best_text
from orchestrator.cli.view import JsonView, PlainView, View, standing
from orchestrator.client import training_jobs, tuning_jobs, watch
from orchestrator.errors import AmtError, WrongStatus
from orchestrator.report import leaderboard
from orchestrator.report.progress import failures, headline, progress

if TYPE_CHECKING:
    from orchestrator.cli.money import Guard
    from orchestrator.client.session import Connection
    from orchestrator.client.watch import Snapshot
    from orchestrator.report.leaderboard import Row

_CODES = {"Completed": COMPLETED, "Failed": FAILED, "Stopped": STOPPED}
_REASONS = 3
_LOG_LINES = 10
_TIDY_SECONDS = 60.0
_SEARCHED_LINES = 5000


@click.command("watch")
@options
@money_options
@click.argument("name")
@pass_console
def watch_command(console: Console, /, name: str, **money: Any) -> int:  # noqa: ANN401  (click's)
    """Follow a tuning job to its end; under --json one object a line for every change."""
    with console.connected() as connection:
        view = JsonView(console) if console.as_json else view_for(console)
        guard = guard_for(console, connection, name, Money(**money))
        try:
            last = followed(console, connection, name, view, guard=guard)
            return concluded(console, connection, last)
        except KeyboardInterrupt:
            return interrupted(console, connection, name)


@click.command("wait")
@options
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Give up after.")
@click.argument("name")
@pass_console
def wait_command(console: Console, name: str, timeout: float | None) -> int:
    """Wait until a tuning job has ended; the exit code says how, 124 that it has not."""
    with console.connected() as connection:
        try:
            job = watch.wait(connection, name, clock=console.clock, timeout=timeout)
        except watch.WaitTimedOut as error:
            console.data({"name": name, "error": "WaitTimedOut", "message": str(error)})
            console.say(str(error))
            return TIMED_OUT
    snapshot = watch.Snapshot(console.clock.now(), job, ())
    console.data(standing(snapshot))
    console.say(f"{name}: {headline(progress(job, (), snapshot.at))}.")
    return exit_code(snapshot)


def view_for(console: Console) -> View:
    """The moving picture on a terminal, lines elsewhere."""
    if console.live:
        from orchestrator.cli.live import LiveView  # noqa: PLC0415  (rich, only where it shows)

        return LiveView()
    return PlainView(console)


def followed(
    console: Console, connection: Connection, name: str, view: View, *, guard: Guard | None = None
) -> Snapshot:
    """Show a job until it has ended; its last snapshot. It is stopped when `guard` says why."""
    last: Snapshot | None = None
    warned, trouble = False, ""
    with view:
        for last in watch.follow(connection, name, clock=console.clock, metrics=console.live):
            view.show(last)
            if last.trouble != trouble:
                trouble = last.trouble
                view.note(trouble or "Going on.")
            if not warned and (silent := _without_metric(last)) is not None:
                warned = True
                view.note(_missing_metric(connection, last, silent))
            if guard is not None and not last.ended and (passed := guard(last)):
                view.note(f"{passed}. The job is stopped.")
                guard = None
                with contextlib.suppress(WrongStatus):  # it ends by itself just now
                    tuning_jobs.stop(connection, name)
    if connection.emulator is not None:
        connection.emulator.idle(_TIDY_SECONDS)  # what the last ones left is being removed
    assert last is not None  # follow yields at least once or raises
    return last


def concluded(console: Console, connection: Connection, last: Snapshot) -> int:
    """Say how a job ended, its failures and its best; the exit code."""
    rows = leaderboard.rows(last.job, last.children, now=last.at)
    at = progress(last.job, rows, last.at)
    console.say(f"{at.name}: {headline(at)}.")
    if at.reason:
        console.say(at.reason)
    found = failures(rows)
    for reason, failed in found[:_REASONS]:
        console.say(_failure(connection, reason, failed))
    if len(found) > _REASONS:
        console.say(f"{len(found) - _REASONS} other reasons.")
    if stopping := saved(connection, last.job, last.children):
        console.say(f"Early stopping: {stopping}.")
    if at.best is not None:
        console.show(best_text(at.best))
    console.say(f"{console.again(f'jobs {at.name}')} lists its training jobs.")
    return exit_code(last)


def exit_code(last: Snapshot) -> int:
    """What a script learns of the end."""
    return _CODES.get(str(last.job["HyperParameterTuningJobStatus"]), FAILED)


def interrupted(console: Console, connection: Connection, name: str) -> int:
    """Ctrl-C: leave the view; where the job lives in this process, end what runs first."""
    emulator = connection.emulator
    if emulator is None or not emulator.driving():
        console.say(f"\n{name} goes on. {console.again(f'watch {name}')} comes back to it.")
        return INTERRUPTED
    try:
        emulator.interrupt()
        console.say(f"\nStopping what runs. {console.again(f'resume {name}')} goes on with {name}.")
        console.say("Ctrl-C again leaves at once.")
        emulator.idle()
    except KeyboardInterrupt:
        emulator.abandon()
        console.say(f"\nLeft. {console.again(f'resume {name}')} picks up what still runs.")
    return INTERRUPTED


def _without_metric(snapshot: Snapshot) -> Row | None:
    """The first training job that ended well and never showed the objective metric."""
    for row in leaderboard.rows(snapshot.job, snapshot.children):
        if row.status == "Completed" and row.value is None and row.objective_status == "Failed":
            return row
    return None


def _missing_metric(connection: Connection, snapshot: Snapshot, row: Row) -> str:
    """What to say of a training job without its metric, with the lines that almost matched."""
    from orchestrator.cli.sample import definitions  # noqa: PLC0415  (rarely wanted, and heavy)
    from orchestrator.report.metric_sample import near_misses  # noqa: PLC0415

    metric = row.objective.metric
    lines = [f"{row.name} completed and printed nothing that matches the metric {metric}."]
    found = [item for item in definitions(snapshot.job) if item.name == metric]
    log = [line.text for line in training_jobs.last_lines(connection, row.name, _SEARCHED_LINES)]
    for definition in found[:1]:
        lines.append(f"Its regex is {definition.regex}")
        lines += [f"  almost: {line}" for line in near_misses(definition, log)]
    lines.append(f"`amt logs {row.name}` shows what it printed.")
    return "\n".join(lines)


def _failure(connection: Connection, reason: str, failed: list[Row]) -> str:
    """A reason, how many failed for it, and the end of one's log."""
    lines = [
        f"{len(failed)} failed: {reason}"
        if len(failed) > 1
        else f"{failed[0].name} failed: {reason}"
    ]
    try:
        tail = training_jobs.last_lines(connection, failed[0].name, _LOG_LINES)
    except AmtError:
        tail = []  # the reason stands without the log
    if tail:
        lines.append(f"The end of what {failed[0].name} printed:")
        lines += [f"  {line.text}" for line in tail]
    return "\n".join(lines)
