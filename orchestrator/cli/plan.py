"""`amt plan`: what a job will do, need and cost, before it does."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli import job_file
from orchestrator.cli.console import (
    COMPLETED,
    FAILED,
    Console,
    options,
    pass_console,
    runtime_option,
)
from orchestrator.cli.definition import name_option, set_option
from orchestrator.cli.money import Money, money_options
from orchestrator.client.errors import explained
from orchestrator.client.preparation import Filler
from orchestrator.client.uploads import Places, addresses
from orchestrator.definition.check import prepare
from orchestrator.definition.defaults import Defaults
from orchestrator.definition.local import resolve
from orchestrator.errors import BadInput, Fault, Unreachable

if TYPE_CHECKING:
    from orchestrator.client.session import Connection
    from orchestrator.definition.document import Loaded
    from orchestrator.planning.lookup import Wishes
    from orchestrator.planning.plan import Known, Plan

CHANGES = 2
"""What ``--detailed-exitcode`` answers when there is something to do, as Terraform's."""


def _one_code(context: click.Context, _: click.Parameter, value: bool) -> bool:  # noqa: FBT001
    """Every error from here on, also of the options themselves, exits with 1."""
    if value:
        context.ensure_object(Console).failure_code = FAILED
    return value


@click.command("plan")
@options
@runtime_option
@name_option
@set_option
@money_options
@click.option(
    "--first",
    "most_first",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many of the first configurations to tell.",
)
@click.option("--against", metavar="NAME", help="Tell the difference from this job.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    is_eager=True,
    callback=_one_code,
    help="0: nothing to do, 1: an error, 2: a job to create.",
)
@click.argument("file")
@pass_console
def plan_command(console: Console, /, file: str, **given: Any) -> int:  # noqa: ANN401  (click's)
    """Say what a job will do, need and cost before it does; nothing is sent or created."""
    loaded = job_file.read(file, given["name"], given["settings"])
    job_file.checked(console, loaded)
    name = job_file.own_name(loaded) or job_file.generated_name(file, console.clock.now())
    money = Money(given["expect"], given["stated_prices"], given["max_usd"])
    wishes = dataclasses.replace(
        money.wishes(),
        against=given["against"],
        first=given["most_first"],
    )
    plan = made(console, loaded, name, wishes)
    _print(console, plan, markdown=given["markdown"])
    held_to(plan, money.max_usd)
    done = plan.difference is not None and plan.difference.nothing_to_do
    return CHANGES if given["detailed_exitcode"] and not done else COMPLETED


def made(console: Console, loaded: Loaded, name: str, wishes: Wishes) -> Plan:
    """The plan of a job file that was found without faults.

    An endpoint that cannot be reached leaves a plan from what is documented, with a note.
    """
    from orchestrator.planning import lookup  # noqa: PLC0415  (as above)
    from orchestrator.planning.plan import planned  # noqa: PLC0415

    try:
        with console.connected() as connection:
            request = _request(loaded, name, connection)
            known = lookup.known(connection, request, wishes)
    except Exception as error:
        ours = explained(error, console.target) or error
        if not isinstance(ours, Unreachable):
            raise
        request = _request(loaded, name, None)
        known = lookup.offline(console.settings.region, console.target, request, wishes)
        known = dataclasses.replace(known, notes=(f"{console.target} was not reached: {ours}",))
    campaign = loaded.partial.campaign if loaded.partial is not None else None
    known = dataclasses.replace(known, campaign=0 if campaign is None else campaign.jobs)
    return planned(request, _set_up(console, known), wishes.first)


def held_to(plan: Plan, max_usd: float | None) -> None:
    """Refuse a job that is expected to cost more.

    Raises:
        BadInput: It is expected to, or no price is known.
    """
    if max_usd is None:
        return
    if plan.money.reckoned is None:
        kinds = ", ".join(plan.money.unpriced)
        mend = f"Give --price {plan.money.unpriced[0]}=USD."
        raise BadInput([Fault("--max-usd", f"no price is known of {kinds}", mend=mend)])
    if plan.money.reckoned > max_usd:
        word = "worst case" if plan.money.expected is None else "expected cost"
        problem = f"the {word} is {plan.money.reckoned:,.2f}, which is more"
        mend = "Raise it, lower limits.jobs, or say what one training job takes with --expect."
        raise BadInput([Fault("--max-usd", problem, f"{max_usd:g}", mend)])


def _request(loaded: Loaded, name: str, connection: Connection | None) -> dict[str, Any]:
    """The request as the endpoint would fill it; local files by the address they would get."""
    if connection is not None:
        prepared = Filler(connection, any_role=job_file.ANY_ROLE).prepared(loaded, name)
        translation, places = prepared.translation, prepared.places
    else:
        defaults = Defaults(name=name, role=job_file.ANY_ROLE, output_uri="s3://amt/amt/output")
        translation, places = prepare(loaded, defaults), Places("amt", "amt")
    return resolve(translation, addresses(translation.files, places))


def _set_up(console: Console, known: Known) -> Known:
    """What this machine's settings make of a run here: in lock-step one without a seed takes 0."""
    settings = console.settings
    if console.target != "local":
        return known
    seed = 0 if settings.lockstep else known.seed
    return dataclasses.replace(known, seed=seed, guided=settings.hyperband_search == "Bayesian")


def _print(console: Console, plan: Plan, *, markdown: bool) -> None:
    from orchestrator.planning.markdown import markdown as as_markdown  # noqa: PLC0415  (as above)
    from orchestrator.planning.plan import as_data  # noqa: PLC0415
    from orchestrator.planning.text import text  # noqa: PLC0415

    console.data(as_data(plan))
    console.show(as_markdown(plan) if markdown else text(plan))
