"""A campaign's next step, and doing it. What was begun is found again at the endpoint.

Whoever drives a campaign may die at any point: a member is created whole with its tags or not
at all, its name follows from its number, and what was asked for stands in a tag before anything
is done about it. So the same command given again goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from orchestrator.campaign import legs, members, requests, rules
from orchestrator.client import tags, tuning_jobs
from orchestrator.definition.defaults import LONGEST_CAMPAIGN
from orchestrator.errors import BadInput, Fault, NameTaken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.campaign.legs import Leg, Room
    from orchestrator.campaign.members import Campaign, Member
    from orchestrator.client.session import Connection

_ARN = "HyperParameterTuningJobArn"


@dataclass(frozen=True, slots=True)
class Follow:
    """A member runs: wait for its end."""

    name: str


@dataclass(frozen=True, slots=True)
class Create:
    """A member is to be made."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do. `ended_by`: what ended it early."""

    ended_by: str


def step(campaign: Campaign, room: Room = legs.AMT) -> Follow | Create | Done:
    """What is to be done next."""
    for member in campaign.members:
        if member.running:
            return Follow(member.name)
    if campaign.ended_by:
        return Done(campaign.ended_by)
    leg = legs.following(campaign, _strategy(campaign), room)
    return Done("") if leg is None else Create(leg)


def begin(connection: Connection, first: Member) -> Campaign:
    """Make a campaign of one tuning job; its tags are set.

    Raises:
        BadInput: Its strategy cannot be carried on.
    """
    definition = requests.base(first)
    if found := rules.faults(definition, definition):
        raise BadInput(found)
    name = first.name[:LONGEST_CAMPAIGN].rstrip("-")
    marks = members.marks(name, 1, first.target, first.size)
    tags.add(connection, str(first.job[_ARN]), marks)
    return members.found(connection, name)


def aimed(launched: int, target: int) -> int:
    """`target`, if no more than that were launched; just as many leave nothing to do.

    Raises:
        BadInput: There are more.
    """
    if target >= launched:
        return target
    problem = f"is less than the {launched} training jobs that there are already"
    raise BadInput([Fault("--to", problem, str(target), "Ask for more.")])


def aim(connection: Connection, campaign: Campaign, target: int) -> Campaign:
    """Have the campaign go on until it has `target` training jobs; kept at the endpoint."""
    if target == campaign.target:
        return campaign
    newest = replace(campaign.newest, extended=target)
    tags.add(connection, str(newest.job[_ARN]), {members.EXTENDED: str(target)})
    return replace(campaign, members=(*campaign.members[:-1], newest))


def create(
    connection: Connection,
    campaign: Campaign,
    leg: Leg,
    definition: Mapping[str, Any] | None = None,
) -> str:
    """Make the next member; its name. One that another driver made meanwhile is taken as it is.

    Args:
        connection: The endpoint.
        campaign: The campaign so far.
        leg: What comes next.
        definition: The request to carry on; None carries on the newest member's.

    Raises:
        BadInput: The definition cannot carry on the campaign, or the endpoint refuses it.
        NameTaken: A job that is no member has the name.
    """
    newest = campaign.newest
    carried = requests.base(newest)
    if definition is not None and (found := rules.faults(carried, definition)):
        raise BadInput(found)
    kept = tags.of(connection, str(newest.job[_ARN]))
    request = requests.request(campaign, leg, definition or carried, kept)
    name = str(request["HyperParameterTuningJobName"])
    try:
        tuning_jobs.create(connection, request)
    except NameTaken:
        now = members.found(connection, campaign.name)
        if name not in {member.name for member in now.members}:
            raise
    return name


def _strategy(campaign: Campaign) -> str:
    return str(campaign.newest.job["HyperParameterTuningJobConfig"]["Strategy"])
