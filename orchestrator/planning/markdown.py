"""A plan as Markdown, for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.planning import rounds
from orchestrator.planning.text import LEFT_OUT, difference, quota, rungs, span
from orchestrator.report.table import configuration, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orchestrator.planning.plan import Plan


def markdown(plan: Plan) -> str:
    """The whole plan: one table, then lists of what is to be looked at."""
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    low, expected, worst = span(plan.money)
    yield f"### amt plan: `{plan.name}` on {plan.endpoint}"
    yield from ("", "| | low | expected | worst |", "|---|---|---|---|")
    yield f"| training jobs | {plan.trainings.least} | {plan.trainings.most} | {plan.trainings.most} |"
    yield f"| time | | {duration(plan.time.expected)} | {duration(plan.time.worst)} |"
    yield f"| money on AWS | {low} | {expected} | {worst} |"
    yield ""
    yield f"{plan.strategy}, {rounds.in_words(plan.rounds, plan.trainings.most)}."
    yield f"Money is {LEFT_OUT}. Prices: {' '.join(plan.money.sources)}"
    yield from _list("Difference", list(difference(plan.difference)))
    yield from _list("Quotas", [quota(each) for each in plan.quotas])
    yield from _list("Rungs", rungs(plan))
    yield from _list("First configurations", [configuration(c) for c in plan.first.configurations])
    hints = [f"`{each.path}`: {each.text}. {each.mend}" for each in plan.advice]
    yield from _list("Advice", hints)
    yield from _list("Notes", plan.notes)


def _list(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"**{title}**", "", *(f"- {line}" for line in lines))
