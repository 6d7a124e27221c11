"""`amt extend` and `amt campaign`: one search over several tuning jobs, carried on and looked at."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.console import (
    COMPLETED,
    FAILED,
    STOPPED,
    Console,
    options,
    pass_console,
    runtime_option,
)
from orchestrator.cli.definition import set_option
from orchestrator.cli.follow import concluded, exit_code, followed, interrupted, view_for
from orchestrator.cli.money import Money, guard_for, money_options, spent_by
from orchestrator.cli.training import jobs_table, ordered
from orchestrator.cli.tuning import best_text
from orchestrator.cli.view import best_data
from orchestrator.errors import BadInput, Fault, WrongStatus
from orchestrator.report import leaderboard
from orchestrator.report.progress import valued
from orchestrator.report.table import facts, number, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.campaign.first import Beginning
    from orchestrator.campaign.legs import Leg
    from orchestrator.campaign.members import Campaign, Member
    from orchestrator.client.session import Connection

_TOP = 10


@click.command("extend")
@options
@runtime_option
@set_option
@money_options
@click.option("--jobs", type=click.IntRange(min=1), help="So many training jobs more.")
@click.option("--to", "total", type=click.IntRange(min=1), help="So many training jobs in all.")
@click.option("-d", "--detach", is_flag=True, help="Do the next step and leave it to itself.")
@click.argument("name")
@pass_console
def extend_command(console: Console, /, name: str, **given: Any) -> int:  # noqa: ANN401  (click's)
    """Carry on the search of a tuning job, or of a campaign, with another tuning job.

    Without a number an unfinished campaign is finished; so does the same command given again.
    """
    from orchestrator.campaign import drive, members  # noqa: PLC0415  (help must not pay for it)

    if given["jobs"] is not None and given["total"] is not None:
        raise BadInput([Fault("--to", "cannot be given beside --jobs", mend="Give one of them.")])
    money = Money(given["expect"], given["stated_prices"], given["max_usd"])
    with console.connected() as connection:
        if given["detach"]:
            refuse_detach(connection)
        known = members.campaign_of(connection, name)
        if known is None:
            campaign = members.Campaign(name, (members.alone(connection, name),))
        else:
            campaign = members.found(connection, known)
        target = _target(console, campaign, given["jobs"], given["total"])
        definition = _changed(campaign.newest, given["settings"])
        _spent(connection, campaign, money)  # a price that is not known is told before anything
        if known is None:
            if target == campaign.target:
                mend = f"Say how many training jobs {name} is to have more, such as --jobs 100."
                raise BadInput([Fault("--jobs", "is needed to begin a campaign", mend=mend)])
            campaign = drive.begin(connection, campaign.newest)
        campaign = drive.aim(connection, campaign, target)
        return carried_on(console, connection, campaign, Way(money, definition, given["detach"]))


def _target(console: Console, campaign: Campaign, jobs: int | None, total: int | None) -> int:
    """How many training jobs the campaign is to have."""
    from orchestrator.campaign import drive  # noqa: PLC0415  (as above)

    if total is not None:
        return drive.aimed(campaign.launched, total)
    if jobs is None:
        return campaign.target
    if isinstance(drive.step(campaign), drive.Done):
        return campaign.launched + jobs
    if len(campaign.members) == 1 and not campaign.newest.extended:
        return campaign.target + jobs  # the only one runs, and nobody asked for more yet
    console.say(
        f"{campaign.name} has {campaign.launched} of {campaign.target} training jobs, so it goes on "
        f"to {campaign.target}; --to asks for another number."
    )
    return campaign.target


def _changed(newest: Member, settings: tuple[str, ...]) -> dict[str, Any] | None:
    if not settings:
        return None
    from orchestrator.campaign import requests, rules  # noqa: PLC0415  (as above)
    from orchestrator.campaign.changes import changed  # noqa: PLC0415

    before = requests.base(newest)
    after = changed(before, settings)
    if found := rules.faults(before, after):
        raise BadInput(found)
    return after


@dataclass(frozen=True, slots=True)
class Way:
    """How a campaign is carried on.

    Attributes:
        money: A limit of dollars for the whole campaign.
        definition: The request of the next member; None carries on the newest one's.
        detach: Do one step and leave it to itself.
    """

    money: Money
    definition: Mapping[str, Any] | None = None
    detach: bool = False


def refuse_detach(connection: Connection) -> None:
    """On this machine nobody would be left to drive a campaign."""
    if connection.emulator is not None:
        mend = "Leave it out: on this machine a campaign lives in the process that drives it."
        raise BadInput([Fault("--detach", "leaves nobody to carry on a campaign", mend=mend)])


def carried_on(console: Console, connection: Connection, campaign: Campaign, way: Way) -> int:
    """Follow and make members until the campaign has its training jobs; the exit code."""
    from orchestrator.campaign import drive, members  # noqa: PLC0415  (as above)

    definition = way.definition
    while True:
        step = drive.step(campaign)
        if isinstance(step, drive.Done):
            return _concluded(console, campaign, step.ended_by)
        spent = _spent(connection, campaign, way.money)
        if isinstance(step, drive.Create):
            if way.money.max_usd is not None and spent >= way.money.max_usd:
                console.say(
                    f"--max-usd {way.money.max_usd:g} is spent: {campaign.name} stops here."
                )
                console.data(standing(campaign))
                return STOPPED
            name = drive.create(connection, campaign, step.leg, definition)
            definition = None
            _announce(console, connection, campaign, step.leg)
        else:
            name = step.name
        if way.detach:
            console.data(standing(campaign) | {"running": name})
            console.say(f"{console.again(f'watch {name}')} follows {name}.")
            return COMPLETED
        code = _followed(console, connection, name, way.money, spent=spent)
        campaign = members.found(connection, campaign.name)
        if code != COMPLETED:
            console.data(standing(campaign))
            console.say(f"{console.again(f'extend {campaign.name}')} goes on with the campaign.")
            return code


def _spent(connection: Connection, campaign: Campaign, money: Money) -> float:
    """Dollars that the members that ended have cost."""
    ended = [(member.job, member.rows) for member in campaign.members if not member.running]
    return spent_by(connection, ended, money)


def run_on(
    console: Console, connection: Connection, beginning: Beginning, money: Money, *, detach: bool
) -> int:
    """Carry on the campaign whose first member there is; the exit code."""
    from orchestrator.campaign import drive, members  # noqa: PLC0415  (as above)

    campaign = members.found(connection, beginning.name)
    if beginning.jobs > campaign.launched:
        campaign = drive.aim(connection, campaign, beginning.jobs)
    return carried_on(console, connection, campaign, Way(money, detach=detach))


def _followed(
    console: Console, connection: Connection, name: str, money: Money, *, spent: float
) -> int:
    """Follow a member to its end; the exit code."""
    emulator = connection.emulator
    try:
        if emulator is not None and emulator.driver(name) is None:
            with contextlib.suppress(WrongStatus):  # it has ended just now
                emulator.resume(name)
        guard = guard_for(console, connection, name, money, spent=spent)
        last = followed(console, connection, name, view_for(console), guard=guard)
        code = exit_code(last)
        return code if code == COMPLETED else concluded(console, connection, last)
    except KeyboardInterrupt:
        return interrupted(console, connection, name)


def _announce(console: Console, connection: Connection, campaign: Campaign, leg: Leg) -> None:
    from orchestrator.campaign.legs import name_of  # noqa: PLC0415  (as above)

    name = name_of(campaign.name, leg.number)
    learns = f", starting from {', '.join(leg.parents)}" if leg.parents else ""
    console.say(f"Created {name} on {connection.label}: {leg.jobs} training jobs{learns}.")
    if leg.left_out:
        console.say(f"There is no room for the results of {', '.join(leg.left_out)}.")


def _concluded(console: Console, campaign: Campaign, ended_by: str) -> int:
    """Say how the campaign ended, and its best; the exit code."""
    console.data(standing(campaign))
    why = f", ended early: {ended_by}" if ended_by else ""
    console.say(
        f"{campaign.name}: {campaign.launched} training jobs in {len(campaign.members)} tuning "
        f"jobs{why}."
    )
    best = campaign.best
    if best is None:
        console.say("None has a value of the objective metric.")
        return FAILED
    console.show(best_text(best))
    console.say(f"{console.again(f'campaign {campaign.name}')} shows its leaderboard.")
    return COMPLETED


@click.command("campaign")
@options
@click.option("--limit", type=click.IntRange(min=0), default=_TOP, show_default=True)
@click.argument("name")
@pass_console
def campaign_command(console: Console, name: str, limit: int) -> int:
    """Show a campaign: its tuning jobs, its best of all and one leaderboard."""
    from orchestrator.campaign import members  # noqa: PLC0415  (as above)

    with console.connected() as connection:
        campaign = members.named(connection, name)
    rows = ordered(campaign.rows)[:limit]
    console.data(standing(campaign) | {"leaderboard": [best_data(row) for row in rows]})
    console.show(_summary(campaign))
    if rows:
        console.show("")
        console.show(jobs_table(rows, {}))
    return COMPLETED


def standing(campaign: Campaign) -> dict[str, Any]:
    """How a campaign stands, as JSON."""
    best = campaign.best
    return {
        "campaign": campaign.name,
        "jobs": campaign.target,
        "launched": campaign.launched,
        "members": [
            {
                "name": member.name,
                "status": member.status,
                "launched": member.launched,
                "parents": _parents(member),
                "best": _best_value(member),
            }
            for member in campaign.members
        ],
        "best": None if best is None else best_data(best),
    }


def _summary(campaign: Campaign) -> str:
    best = campaign.best
    head = facts(
        [
            ("campaign", campaign.name),
            ("training jobs", f"{campaign.launched} of {campaign.target}"),
            ("best", "" if best is None else f"{best.name} {valued(best)}"),
        ]
    )
    rows = [
        (
            member.name,
            member.status,
            str(member.launched),
            number(_best_value(member)),
            ", ".join(_parents(member)) or "-",
        )
        for member in campaign.members
    ]
    return f"{head}\n\n{table(('TUNING JOB', 'STATUS', 'JOBS', 'BEST', 'STARTS FROM'), rows)}"


def _parents(member: Member) -> list[str]:
    config = member.job.get("WarmStartConfig") or {}
    parents = config.get("ParentHyperParameterTuningJobs") or ()
    return [str(parent["HyperParameterTuningJobName"]) for parent in parents]


def _best_value(member: Member) -> float | None:
    ranked = leaderboard.ranked(member.rows)
    return ranked[0].value if ranked else None
