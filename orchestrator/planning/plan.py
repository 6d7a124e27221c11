"""The whole plan of one tuning job, put together from a request and what was looked up."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.parse import definitions_of, tuning_spec
from orchestrator.planning import advice, cost, counts, durations, first, quotas, rungs
from orchestrator.planning.rounds import Rounds, rounds
from orchestrator.wire import autotune
from orchestrator.wire.rules import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.planning.advice import Advice
    from orchestrator.planning.existing import Difference
    from orchestrator.planning.prices import Prices
    from orchestrator.training.spec import Scope
    from orchestrator.tuning.spec import TuningSpec

AWS = "aws"
_GUIDED = (
    "AMT_HYPERBAND_SEARCH=Bayesian: later configurations get better, so more training jobs reach "
    "the later rungs than these counts, which are of configurations drawn at random."
)


@dataclass(frozen=True, slots=True)
class Known:
    """What was found out beside the request.

    Attributes:
        endpoint: ``aws``, ``local`` or a URL.
        scope: Account and region.
        prices: Dollars per hour.
        durations: How long a training job took or is expected to take; None: only its time-out.
        quotas: Service Quotas' values by name; None when it could not be asked.
        inherited: Training jobs of the parents of a warm start.
        seed: What a run of the emulator takes when the request gives no seed; None: chance.
        difference: What differs from a job that exists; None when there is none.
        in_cloud: AWS trains, wherever the tuning job lives, so that money and instances count.
        campaign: Training jobs of the campaign that the job begins; 0 when it begins none.
        notes: What could not be looked up, and why.
        guided: A run of the emulator takes Hyperband's configurations from the Bayesian search.
    """

    endpoint: str
    scope: Scope
    prices: Prices
    durations: durations.Durations | None = None
    quotas: Mapping[str, float] | None = None
    inherited: int = 0
    seed: int | None = None
    difference: Difference | None = None
    in_cloud: bool = False
    campaign: int = 0
    notes: tuple[str, ...] = ()
    guided: bool = False


@dataclass(frozen=True, slots=True)
class First:
    """The first configurations, or why they cannot be told.

    Attributes:
        configurations: Values by name, in the order of their launch.
        seed: What they follow from; None for a strategy without chance.
        why_not: Why there are none, or no more; empty when more follow likewise.
    """

    configurations: tuple[Mapping[str, str], ...]
    seed: int | None
    why_not: str


@dataclass(frozen=True, slots=True)
class Series:
    """A campaign: so many training jobs over so many tuning jobs."""

    trainings: int
    tuning_jobs: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a tuning job will do; dollars and seconds, of a campaign those of all its jobs."""

    name: str
    endpoint: str
    in_cloud: bool
    strategy: str
    trainings: counts.Trainings
    campaign: Series | None
    rounds: Rounds
    first: First
    rungs: tuple[rungs.Rung, ...]
    time: cost.Time
    money: cost.Money
    quotas: tuple[quotas.Check, ...]
    advice: tuple[Advice, ...]
    difference: Difference | None
    notes: tuple[str, ...]


def planned(request: Mapping[str, Any], known: Known, most_first: int = 5) -> Plan:
    """The plan of a request that `wire` found nothing wrong with.

    Args:
        request: CreateHyperParameterTuningJob's.
        known: What was looked up.
        most_first: How many of the first configurations to tell.

    Raises:
        LaunchRefused: There is no such strategy.
    """
    written = autotune.resolved(request)
    spec = tuning_spec(written, known.scope)
    stated = reading.TuningRequest(written).training_jobs is not None
    count = counts.trainings(spec, stated=stated)
    guided = known.guided and spec.strategy == "Hyperband"
    beside = rounds("Bayesian" if guided else spec.strategy, count.most, spec.limits.parallel)
    found = rungs.expected(spec, count.most)
    machines = tuple(tuple(cost.machines(each)) for each in definitions_of(written))
    timeout = float(max(each.training.max_runtime_seconds for each in spec.definitions))
    series = _series(known.campaign, count)
    basis = cost.Basis(
        spec,
        count if series is None else replace(count, most=series.trainings),
        machines,
        known.durations or durations.unknown(timeout),
        rungs.shares(found),
        1 if series is None else series.tuning_jobs,
    )
    demand = quotas.Demand(
        spec.strategy, count.most + known.inherited, spec.limits.parallel, machines
    )
    return Plan(
        name=spec.name,
        endpoint=known.endpoint,
        in_cloud=known.in_cloud,
        strategy=spec.strategy,
        trainings=count,
        campaign=series,
        rounds=beside,
        first=_first(spec, known, min(most_first, count.most)),
        rungs=found,
        time=cost.time(basis),
        money=cost.money(basis, known.prices),
        quotas=_quotas(demand, known),
        advice=advice.advice(advice.Outlook(spec, count, beside)),
        difference=known.difference,
        notes=(*known.notes, _GUIDED) if guided else known.notes,
    )


def as_data(plan: Plan) -> dict[str, Any]:
    """The plan as JSON has it: its values, and what follows from them."""
    data = asdict(plan)
    data["quotas"] = [asdict(check) | {"fits": check.fits} for check in plan.quotas]
    if plan.difference is not None:
        data["difference"]["nothing_to_do"] = plan.difference.nothing_to_do
    return data


def _quotas(demand: quotas.Demand, known: Known) -> tuple[quotas.Check, ...]:
    limits = quotas.of_tuning(demand, known.quotas, on_aws=known.endpoint == AWS)
    more = quotas.of_instances(demand, known.quotas) if known.in_cloud else ()
    return (*limits, *more)


def _series(wanted: int, count: counts.Trainings) -> Series | None:
    return Series(wanted, -(-wanted // max(1, count.most))) if wanted > count.most else None


def _first(spec: TuningSpec, known: Known, most: int) -> First:
    seed = known.seed if spec.seed is None else spec.seed
    if known.endpoint == AWS:
        how = "combines them in an order" if spec.strategy == "Grid" else "draws them in a way"
        return First((), None, f"AWS {how} that it does not document.")
    if spec.warm_start is not None:
        return First((), None, "they follow from the results of the parents.")
    if seed is None and spec.strategy != "Grid":
        return First((), None, "each run draws a seed of its own; write seed: 1 to know them.")
    found = first.foretold(spec, seed or 0, most, guided=known.guided)
    return First(
        tuple(dict(each.configuration) for each in found.suggestions),
        None if spec.strategy == "Grid" else seed,
        "" if found.complete else "what follows depends on results.",
    )
