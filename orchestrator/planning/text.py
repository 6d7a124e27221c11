"""A plan for people: a dozen facts, then what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.planning import rounds
from orchestrator.report.table import configuration, duration, facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.planning.cost import Money, Time
    from orchestrator.planning.existing import Difference
    from orchestrator.planning.plan import Plan, Series
    from orchestrator.planning.quotas import Check
    from orchestrator.planning.rungs import Rung

LEFT_OUT = "without storage, transfer and logs"

Facts = list[tuple[str, str]]


def text(plan: Plan) -> str:
    """The whole plan."""
    return facts(sections(plan))


def sections(plan: Plan) -> Facts:
    """Each fact and its name; a name of blanks goes on with the fact above."""
    return [
        ("plan", f"{plan.name} on {plan.endpoint}: {plan.strategy}"),
        *_counted(plan),
        *_first(plan),
        *_rungs(plan),
        ("time", _time(plan.time)),
        ("money", _money(plan.money, in_cloud=plan.in_cloud)),
        *_listed("prices", plan.money.sources),
        *_listed("quotas", [quota(each) for each in plan.quotas]),
        *_listed("difference", list(difference(plan.difference))),
        *_listed("advice", [f"{each.path}: {each.text}. {each.mend}" for each in plan.advice]),
        *_listed("note", plan.notes),
    ]


def usd(value: float) -> str:
    """``$0.31``; under a cent, enough digits to say something."""
    return f"${value:,.2f}" if value >= 0.01 or value == 0 else f"${value:.2g}"  # noqa: PLR2004


def span(money: Money) -> tuple[str, str, str]:
    """Low, expected (an interval for spot) and worst; a dash for what nothing tells."""
    low, worst = ("-" if value is None else usd(value) for value in (money.low, money.worst))
    expected = "-" if money.expected is None else usd(money.expected)
    if money.expected_spot is not None:
        expected = f"{usd(money.expected_spot)} to {expected} (spot)"
    return low, expected, worst


def quota(check: Check) -> str:
    """One quota and whether it is kept."""
    if check.allowed is None:
        return f"{check.name}: needs {check.needed}; what the account has is not known"
    verdict = "ok" if check.fits else "TOO MUCH"
    return f"{check.name}: {check.needed} of {check.allowed} ({check.source}): {verdict}"


def difference(found: Difference | None) -> Iterator[str]:
    """The changes, and what follows from them."""
    if found is None:
        return
    if found.nothing_to_do:
        yield f"none: {found.job} is just this definition; nothing is to be done"
        return
    kind = "" if found.same_name else ", the newest of like name"
    yield f"from {found.job}{kind}:" + ("" if found.changes else " none")
    yield from found.changes
    if found.same_name and found.forces_new:
        yield "a tuning job cannot be changed: this takes a new one, with another name"


def _counted(plan: Plan) -> Facts:
    count = plan.trainings
    least = f", at least {count.least}" if count.least < count.most else ""
    return [
        ("training jobs", f"{count.most}{least}"),
        *_listed("ended earlier by", count.ends),
        ("campaign", _campaign(plan.campaign)),
        ("space", _space(plan)),
        ("rounds", rounds.in_words(plan.rounds, count.most)),
    ]


def _campaign(series: Series | None) -> str:
    if series is None:
        return ""
    return (
        f"{series.trainings} training jobs in {series.tuning_jobs} tuning jobs like this one, one "
        "after the other; time and money are those of all"
    )


def _space(plan: Plan) -> str:
    count = plan.trainings
    of = "endless" if count.combinations is None else f"{count.combinations:,}"
    ranges = f"{count.hyperparameters} hyperparameter{'s' * (count.hyperparameters > 1)}"
    if count.most == count.combinations:
        return f"{of} configurations of {ranges}: each is trained once"
    each = count.most / max(1, count.dimensions)
    return (
        f"{of} configurations of {ranges} in {count.dimensions} "
        f"dimension{'s' * (count.dimensions > 1)}: {each:.3g} training jobs for each dimension"
    )


def _first(plan: Plan) -> Facts:
    first = plan.first
    seed = "" if first.seed is None else f"with seed {first.seed}, "
    lines = [
        f"{number}. {configuration(each)}" for number, each in enumerate(first.configurations, 1)
    ]
    if lines:
        lines = [f"{seed}whatever comes out:", *lines]
    if first.why_not:
        lines.append(first.why_not if not first.configurations else f"   {first.why_not}")
    return _listed("first", lines)


def _rungs(plan: Plan) -> Facts:
    return _listed("rungs", rungs(plan))


def rungs(plan: Plan) -> list[str]:
    """How many training jobs come how far; empty without rungs."""
    lines = [f"about {_between(one)} reach epoch {one.resource}" for one in plan.rungs]
    if lines:
        lines[0] = lines[0].replace("about", "all", 1)
        lines[-1] += ", the last"
    return lines


def _between(rung: Rung) -> str:
    fewest, most = f"{rung.fewest:.1f}", f"{rung.most:.1f}"
    return fewest.removesuffix(".0") if fewest == most else f"{fewest} to {most}"


def _time(time: Time) -> str:
    each = time.durations
    worst = f"at worst {duration(time.worst)} ({duration(each.worst)} a training job)"
    if time.expected is None or each.expected is None:
        return f"{worst}; {each.source}"
    usual = (
        f"about {duration(time.expected)} ({duration(each.expected)} a training job, {each.source})"
    )
    return f"{usual}, {worst}"


def _money(money: Money, *, in_cloud: bool) -> str:
    if money.unpriced:
        unknown = ", ".join(money.unpriced)
        return f"no price is known of {unknown}; give --price {money.unpriced[0]}=USD"
    low, expected, worst = span(money)
    said = f"low {low}, expected {expected}, worst {worst}, {LEFT_OUT}"
    return said if in_cloud else f"nothing here; on AWS {said}"


def _listed(name: str, lines: list[str] | tuple[str, ...]) -> Facts:
    return [(name if number == 0 else "", line) for number, line in enumerate(lines)]
