"""The tuning jobs of a campaign, found again by their tags: an endpoint is all that is needed.

Every member carries these tags (a job that was extended gets them then):

=========================  ==========================================================
``amt:campaign``           the campaign's name
``amt:campaign-member``    which member it is, from 1
``amt:campaign-jobs``      how many training jobs the campaign was to have when it was made
``amt:campaign-size``      how many training jobs a member has by itself
``amt:campaign-extended``  of the newest member: how many the campaign is to have now
=========================  ==========================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestrator.client import tags, tuning_jobs
from orchestrator.definition.defaults import LONGEST_CAMPAIGN, member_size
from orchestrator.errors import JobNotFound, WrongStatus
from orchestrator.report import leaderboard
from orchestrator.report.reasons import USED_UP, criterion, ended_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.client.session import Connection
    from orchestrator.client.tuning_jobs import Answer
    from orchestrator.report.leaderboard import Row

CAMPAIGN = "amt:campaign"
MEMBER = "amt:campaign-member"
JOBS = "amt:campaign-jobs"
SIZE = "amt:campaign-size"
EXTENDED = "amt:campaign-extended"


@dataclass(frozen=True, slots=True)
class Member:
    """One tuning job of a campaign.

    Attributes:
        job: Describe's answer.
        number: Which member it is, from 1.
        target: Training jobs of the whole campaign when this member was made.
        extended: The same since; 0 when nobody asked for more.
        size: Training jobs of a member by itself.
        rows: Its training jobs, in launch order.
    """

    job: Answer
    number: int
    target: int
    size: int
    rows: tuple[Row, ...] = ()
    children: tuple[Answer, ...] = ()
    extended: int = 0

    @property
    def name(self) -> str:
        """The tuning job's name."""
        return str(self.job["HyperParameterTuningJobName"])

    @property
    def status(self) -> str:
        """The tuning job's status."""
        return str(self.job["HyperParameterTuningJobStatus"])

    @property
    def running(self) -> bool:
        """True while it can still change."""
        return self.status not in tuning_jobs.TERMINAL

    @property
    def launched(self) -> int:
        """Training jobs that it has launched."""
        return sum(self.job.get("TrainingJobStatusCounters", {}).values())

    @property
    def ended_by(self) -> str:
        """What ends the search and not only this member; empty when nothing does.

        The member's own number and time are no end of the search.
        """
        if self.status != "Completed":
            return ""
        met = criterion(self.job)
        return met or (USED_UP if ended_by(self.job) == USED_UP else "")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign and its members, oldest first."""

    name: str
    members: tuple[Member, ...]

    @property
    def newest(self) -> Member:
        """The member that was made last."""
        return self.members[-1]

    @property
    def target(self) -> int:
        """Training jobs that the campaign is to have."""
        return self.newest.extended or self.newest.target

    @property
    def size(self) -> int:
        """Training jobs of a member by itself."""
        return self.newest.size

    @property
    def launched(self) -> int:
        """Training jobs of all members."""
        return sum(member.launched for member in self.members)

    @property
    def rows(self) -> list[Row]:
        """The training jobs of all members, in launch order."""
        return [row for member in self.members for row in member.rows]

    @property
    def best(self) -> Row | None:
        """The best training job of all; of two equals the earlier one."""
        ranked = leaderboard.ranked(self.rows)
        return ranked[0] if ranked else None

    @property
    def ended_by(self) -> str:
        """The criterion that ended the newest member, unless more was asked for since."""
        return "" if self.newest.extended else self.newest.ended_by


def marks(name: str, number: int, target: int, size: int) -> dict[str, str]:
    """The tags of a member."""
    return {CAMPAIGN: name, MEMBER: str(number), JOBS: str(target), SIZE: str(size)}


def named(connection: Connection, name: str) -> Campaign:
    """The campaign that a name means, its own or a member's.

    Raises:
        JobNotFound: There is no such campaign and no such tuning job.
        WrongStatus: There is such a tuning job, and it is in no campaign.
    """
    known = campaign_of(connection, name)
    if known is None:
        raise WrongStatus(f"{name} is in no campaign. `amt extend {name} --jobs N` begins one.")
    return found(connection, known)


def alone(connection: Connection, name: str) -> Member:
    """A tuning job that is in no campaign, as the first member of one to come."""
    job = tuning_jobs.describe(connection, name)
    config = job["HyperParameterTuningJobConfig"]
    member = Member(job, 1, 0, member_size(str(config["Strategy"])))
    whole = config["ResourceLimits"].get("MaxNumberOfTrainingJobs", 0)
    return replace(member, target=whole if member.running else member.launched)


def campaign_of(connection: Connection, name: str) -> str | None:
    """The campaign that a name means: a campaign's own, or that of the tuning job `name`.

    None when there is a tuning job of that name that belongs to none.

    Raises:
        JobNotFound: There is neither.
    """
    try:
        job = tuning_jobs.describe(connection, name)
    except JobNotFound:
        if any(found == name for found, _ in _tagged(connection, name)):
            return name
        raise
    return tags.of(connection, str(job["HyperParameterTuningJobArn"])).get(CAMPAIGN)


def found(connection: Connection, name: str) -> Campaign:
    """The campaign as the endpoint has it.

    Raises:
        JobNotFound: No tuning job belongs to a campaign of that name.
    """
    members = []
    for marked, (job_name, carried) in _tagged(connection, name):
        if marked == name:
            job = tuning_jobs.describe(connection, job_name)
            members.append(_member(connection, job, carried))
    if not members:
        raise JobNotFound(
            f"There is no campaign called {name} on {connection.label}. `amt extend JOB --jobs N` "
            "makes one of a tuning job."
        )
    return Campaign(name, tuple(sorted(members, key=lambda member: member.number)))


def _tagged(
    connection: Connection, name: str
) -> list[tuple[str | None, tuple[str, Mapping[str, str]]]]:
    """(campaign, (tuning job, its tags)) of every tuning job of like name.

    Every member's name begins with the campaign's.
    """
    pairs = [
        (str(job["HyperParameterTuningJobName"]), tags.of(connection, str(job[_ARN])))
        for job in tuning_jobs.listed(connection, contains=name)
        if _may_be_member(str(job["HyperParameterTuningJobName"]), name)
    ]
    return [(carried.get(CAMPAIGN), (job, carried)) for job, carried in pairs]


_ARN = "HyperParameterTuningJobArn"


def _may_be_member(job: str, campaign: str) -> bool:
    """A member is called after its number; one that was extended, as the campaign or longer."""
    begins, rest = job.startswith(campaign), job[len(campaign) :]
    return begins and (len(job) > LONGEST_CAMPAIGN or re.fullmatch(r"(-\d+)?", rest) is not None)


def _member(connection: Connection, job: Answer, carried: Mapping[str, str]) -> Member:
    name = str(job["HyperParameterTuningJobName"])
    pages = tuning_jobs.children(connection, name)
    children = tuple([child for page in pages for child in page][::-1])
    return Member(
        job=job,
        number=int(carried[MEMBER]),
        target=int(carried[JOBS]),
        size=int(carried[SIZE]),
        rows=tuple(leaderboard.rows(job, children)),
        children=children,
        extended=int(carried.get(EXTENDED, 0)),
    )
