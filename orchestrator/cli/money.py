"""Options about durations, prices and a limit of dollars, and the guard that keeps the limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from orchestrator.client import training_jobs, tuning_jobs
from orchestrator.definition.values import parse_duration
from orchestrator.errors import BadInput, Fault
from orchestrator.report import leaderboard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orchestrator.cli.console import Command, Console
    from orchestrator.client.session import Connection
    from orchestrator.client.tuning_jobs import Answer
    from orchestrator.client.watch import Snapshot
    from orchestrator.planning.lookup import Wishes
    from orchestrator.report.leaderboard import Row

    Guard = Callable[[Snapshot], str]
    """Why a job is to be stopped as it stands; empty while it may go on."""

expect_option = click.option(
    "--expect", metavar="DURATION", help="How long one training job takes, such as 10m."
)
price_option = click.option(
    "--price",
    "stated_prices",
    multiple=True,
    metavar="TYPE=USD",
    help="Dollars an hour of an instance type, such as ml.m5.large=0.115; may be repeated.",
)
budget_option = click.option(
    "--max-usd",
    type=click.FloatRange(min=0, min_open=True),
    metavar="USD",
    help="Refuse what is expected to cost more; stop what would come to more.",
)


def money_options(command: Command) -> Command:
    """The options of a command that keeps a limit of dollars."""
    return expect_option(price_option(budget_option(command)))


@dataclass(frozen=True, slots=True)
class Money:
    """The values of `money_options`.

    Attributes:
        expect: How long one training job takes, as written.
        stated_prices: ``TYPE=USD`` pairs, as written.
        max_usd: The limit; None for none.
    """

    expect: str | None = None
    stated_prices: tuple[str, ...] = ()
    max_usd: float | None = None

    def wishes(self) -> Wishes:
        """What is said of durations and prices.

        Raises:
            BadInput: One cannot be used.
        """
        from orchestrator.planning import lookup, prices  # noqa: PLC0415  (help need not pay)

        seconds = None
        if self.expect is not None:
            try:
                seconds = float(parse_duration(self.expect))
            except ValueError as error:
                mend = "Write seconds, or 90s, 15m, 2h, 3d, 1h 30m."
                raise BadInput([Fault("--expect", str(error), self.expect, mend)]) from None
        return lookup.Wishes(seconds, prices.stated(self.stated_prices))

    def words(self) -> list[str]:
        """The same as words of a command line."""
        words = ["--expect", self.expect] if self.expect else []
        words += ["--max-usd", str(self.max_usd)] if self.max_usd else []
        return words + [word for price in self.stated_prices for word in ("--price", price)]


def guard_for(
    console: Console, connection: Connection, name: str, money: Money, *, spent: float = 0.0
) -> Guard | None:
    """What says when a running job would pass the limit; None without a limit.

    Args:
        console: Where notes are told.
        connection: The endpoint.
        name: The tuning job.
        money: The limit.
        spent: Dollars of the limit that are gone already.

    Raises:
        BadInput: An option cannot be used, or a price is not known.
    """
    if money.max_usd is None:
        return None
    from orchestrator.planning import lookup  # noqa: PLC0415  (as above)
    from orchestrator.planning.budget import budget  # noqa: PLC0415

    wishes = money.wishes()
    job = tuning_jobs.describe(connection, name)
    prices, notes = lookup.prices_for(connection, job, wishes)
    for note in notes:
        console.say(note)
    limit = budget(job, prices, money.max_usd, wishes.expect)

    def passed(snapshot: Snapshot) -> str:
        children = [_begun(child) for child in snapshot.children]
        rows = leaderboard.rows(snapshot.job, children, now=snapshot.at)
        return limit.passed(rows, spent)

    return passed


def spent_by(
    connection: Connection, jobs: Sequence[tuple[Answer, Sequence[Row]]], money: Money
) -> float:
    """Dollars that tuning jobs, each with its training jobs, have cost; 0 without a limit."""
    if money.max_usd is None:
        return 0.0
    from orchestrator.planning import lookup  # noqa: PLC0415  (as above)
    from orchestrator.planning.budget import budget  # noqa: PLC0415

    total = 0.0
    for job, rows in jobs:
        prices, _ = lookup.prices_for(connection, job, money.wishes())
        total += budget(job, prices, money.max_usd).bill(rows).spent
    return total


def _begun(child: Answer) -> Answer:
    """A training job whose start was not read yet counts from its creation, which is not less."""
    if "TrainingStartTime" in child or child["TrainingJobStatus"] in training_jobs.ENDED:
        return child
    return {**child, "TrainingStartTime": child["CreationTime"]}
