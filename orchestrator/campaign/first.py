"""A campaign's first tuning job, from the job file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.campaign.legs import name_of
from orchestrator.campaign.members import marks
from orchestrator.definition.defaults import member_size
from orchestrator.definition.document import Loaded
from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from orchestrator.definition.schema import JobFile


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a job file asks of a campaign, and the job file of its first member."""

    name: str
    jobs: int
    first: Loaded


def beginning(loaded: Loaded) -> Beginning | None:
    """The campaign that a job file without faults begins; None when it begins none.

    Raises:
        BadInput: It has no name.
    """
    job = loaded.partial
    if job is None or job.campaign is None:
        return None
    if not job.name:
        mend = "Write name, or give --name: the same command finds its campaign by it."
        raise BadInput([Fault("name", "is missing for a campaign", mend=mend)])
    jobs, size = job.campaign.jobs, _size(job)
    document = loaded.document.with_setting(("campaign",), None)
    document = document.with_setting(("name",), name_of(job.name, 1))
    document = document.with_setting(("limits", "jobs"), min(size, jobs))
    for key, value in marks(job.name, 1, jobs, size).items():
        document = document.with_setting(("tags", key), value)
    return Beginning(job.name, jobs, Loaded.of(document))


def _size(job: JobFile) -> int:
    own = job.limits.jobs if job.limits is not None else None
    return own or member_size(job.strategy or "Bayesian")
