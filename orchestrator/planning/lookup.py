"""What a plan needs beside the request, asked of the endpoint, AWS's Price List and Service Quotas.

What cannot be reached is replaced by what is documented, and a note says so: a plan is never
refused for want of an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from orchestrator.client import price_list, service_quotas, tuning_jobs
from orchestrator.endpoint.parse import definitions_of
from orchestrator.endpoint.parse_training import DEFAULT_RUNTIME_SECONDS
from orchestrator.errors import AmtError, BadInput, Fault
from orchestrator.planning import cost, durations, existing, prices
from orchestrator.planning.plan import AWS, Known
from orchestrator.training.spec import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from orchestrator.client.session import Connection
    from orchestrator.planning.durations import Durations
    from orchestrator.planning.existing import Difference
    from orchestrator.planning.prices import Prices


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says beside the file.

    Attributes:
        expect: Seconds that one training job is expected to take.
        prices: Dollars per hour by instance type.
        against: The job to tell the difference from.
        first: How many of the first configurations to tell.
    """

    expect: float | None = None
    prices: Mapping[str, float] = field(default_factory=dict)
    against: str | None = None
    first: int = 0


def offline(region: str, endpoint: str, request: Mapping[str, Any], wishes: Wishes) -> Known:
    """What is known without asking anybody."""
    return Known(
        endpoint=endpoint,
        scope=Scope("0" * 12, region),
        prices=prices.tabled(region).with_stated(wishes.prices),
        durations=_expected(request, wishes),
        in_cloud=endpoint == AWS,
    )


def known(connection: Connection, request: Mapping[str, Any], wishes: Wishes) -> Known:
    """What the endpoint, the Price List and Service Quotas tell.

    Raises:
        JobNotFound: There is no job `wishes.against`.
        BadInput: A parent of the warm start does not exist.
    """
    found = offline(connection.region, connection.label, request, wishes)
    earlier = existing.earlier(connection, request, _timeout(request))
    told, notes = prices_for(connection, request, wishes)
    return replace(
        found,
        scope=Scope(connection.account, connection.region),
        prices=told,
        durations=found.durations or earlier.durations,
        quotas=None if connection.cloud is None else _quotas(connection, notes),
        inherited=_inherited(connection, request),
        difference=_difference(connection, request, wishes, earlier),
        in_cloud=connection.cloud is not None,
        notes=tuple(notes),
    )


def prices_for(
    connection: Connection, request: Mapping[str, Any], wishes: Wishes
) -> tuple[Prices, list[str]]:
    """Dollars an hour of the instances of a request, and notes on what could not be looked up."""
    notes: list[str] = []
    if connection.cloud is None:
        return prices.tabled(connection.region).with_stated(wishes.prices), notes
    kinds = {kind for kind, _ in _instances(request)}
    return _prices(connection, kinds, wishes, notes), notes


def _timeout(request: Mapping[str, Any]) -> float:
    """The longest time-out of any definition."""
    conditions = [each.get("StoppingCondition") or {} for each in definitions_of(request)]
    given = [each.get("MaxRuntimeInSeconds") or DEFAULT_RUNTIME_SECONDS for each in conditions]
    return float(max(given))


def _expected(request: Mapping[str, Any], wishes: Wishes) -> Durations | None:
    return None if wishes.expect is None else durations.stated(wishes.expect, _timeout(request))


def _instances(request: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    for definition in definitions_of(request):
        for machines in cost.machines(definition):
            yield from machines.groups


def _prices(connection: Connection, kinds: set[str], wishes: Wishes, notes: list[str]) -> Prices:
    wanted = kinds - set(wishes.prices)
    try:
        told = price_list.training_prices(connection, wanted)
    except AmtError as error:
        told = {}
        notes.append(f"AWS's Price List was not reached, so the table stands: {error}")
    else:
        if missing := wanted - set(told):
            notes.append(f"AWS's Price List has no training price of {', '.join(sorted(missing))}.")
    whole = told and wanted <= set(told)
    found = prices.listed(told, connection.region) if whole else prices.tabled(connection.region)
    return found.with_stated(wishes.prices)


def _quotas(connection: Connection, notes: list[str]) -> Mapping[str, float] | None:
    try:
        return service_quotas.sagemaker(connection)
    except AmtError as error:
        notes.append(f"Service Quotas was not reached, so documented defaults stand: {error}")
        return None


def _inherited(connection: Connection, request: Mapping[str, Any]) -> int:
    """Training jobs of the parents, which count against the quota (documented)."""
    config = request.get("WarmStartConfig") or {}
    total = 0
    for parent in config.get("ParentHyperParameterTuningJobs") or ():
        name = parent["HyperParameterTuningJobName"]
        job = existing.described(connection, name)
        if job is None:
            mend = "Name a tuning job that has ended; `amt list` shows them."
            raise BadInput([Fault("warm_start.parents", "does not exist", name, mend)])
        total += sum(job.get("TrainingJobStatusCounters", {}).values())
    return total


def _difference(
    connection: Connection,
    request: Mapping[str, Any],
    wishes: Wishes,
    earlier: existing.Earlier,
) -> Difference | None:
    """From the job that is asked for, the one of this name, or the newest of like name."""
    if wishes.against is not None:
        job = tuning_jobs.describe(connection, wishes.against)
    else:
        name = str(request["HyperParameterTuningJobName"])
        job = existing.described(connection, name) or earlier.newest or {}
    return existing.difference(job, request) if job else None
