"""What comes next in a campaign: how many training jobs, and which members to learn from.

AMT's limits (documented): a warm start has at most five parents, all ended; only their own
training jobs are used, not those of their parents; and theirs and the new job's together are at
most 750. So the room for results is shared out anew for every member:

* The member with the best training job comes first, then those that hold most of the
  campaign's best quarter, the newer one of two alike; members without a result never.
* A parent is taken as long as it leaves room for a useful number of new training jobs.

Strategies that learn nothing from results (Random, Hyperband) are carried on without parents
and with another seed. Which parents are most useful is our reading; AWS says nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.definition.defaults import LEARNING
from orchestrator.report import leaderboard
from orchestrator.wire.quotas import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.campaign.members import Campaign, Member

_LEADERS = 0.25  # of the training jobs with a result
_LEAST = 25  # new training jobs that a member should have room for


@dataclass(frozen=True, slots=True)
class Room:
    """What one tuning job may have.

    Attributes:
        parents: At most (documented).
        training_jobs: Its parents' and its own together (documented; we read 750 of today's
            quota into a page that still says 500).
    """

    parents: int = 5
    training_jobs: int = DEFAULT.training_jobs


AMT = Room()


@dataclass(frozen=True, slots=True)
class Leg:
    """The next member.

    Attributes:
        number: Which member it will be.
        jobs: Its training jobs.
        parents: Names of the members to learn from, the most useful first.
        left_out: Members whose results there is no room for.
    """

    number: int
    jobs: int
    parents: tuple[str, ...]
    left_out: tuple[str, ...]


def following(campaign: Campaign, strategy: str, room: Room = AMT) -> Leg | None:
    """The member to make next; None when the campaign has its training jobs."""
    wanted = campaign.target - campaign.launched
    if wanted <= 0:
        return None
    wanted = min(wanted, campaign.size, room.training_jobs)
    number = campaign.newest.number + 1
    if strategy not in LEARNING:
        return Leg(number, wanted, (), ())
    parents: list[Member] = []
    left = room.training_jobs
    useful = by_use(campaign.members)
    for member in useful:
        if len(parents) < room.parents and left - member.launched >= min(wanted, _LEAST):
            parents.append(member)
            left -= member.launched
    return Leg(
        number=number,
        jobs=min(wanted, left),
        parents=tuple(member.name for member in parents),
        left_out=tuple(member.name for member in useful if member not in parents),
    )


def by_use(members: Sequence[Member]) -> list[Member]:
    """The members that have a result, the most useful parent first."""
    ranked = leaderboard.ranked([row for member in members for row in member.rows])
    leaders = {row.name for row in ranked[: max(1, round(_LEADERS * len(ranked)))]}
    best = {ranked[0].name} if ranked else set()

    def use(member: Member) -> tuple[bool, int, int]:
        names = {row.name for row in member.rows}
        return bool(names & best), len(names & leaders), member.number

    with_results = [m for m in members if any(row.goodness is not None for row in m.rows)]
    return sorted(with_results, key=use, reverse=True)


def name_of(campaign: str, number: int) -> str:
    """A member's name."""
    return f"{campaign}-{number}"
