"""Money while a job runs: what it has spent, and what those that run will have spent.

Reckoned from the training jobs' own times at the on-demand price of the dearest instances they may
have been given, so that spot and what falls short only cost less. Those that run are taken to run
as long as those that ended did on average (or as expected, while none has), and no longer than
their time-out; when that would pass the limit, the job is to be stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from orchestrator.endpoint.parse import definitions_of
from orchestrator.endpoint.parse_training import DEFAULT_RUNTIME_SECONDS
from orchestrator.errors import BadInput, Fault
from orchestrator.planning import cost
from orchestrator.planning.text import usd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orchestrator.planning.prices import Prices
    from orchestrator.report.leaderboard import Answer, Row

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Bill:
    """Dollars at one moment.

    Attributes:
        spent: By the training jobs that ended and those that run, up to now.
        foreseen: The same once those that run have ended.
    """

    spent: float
    foreseen: float


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit of dollars for one tuning job.

    Attributes:
        most: The limit.
        rates: Dollars per second of a training job, by the name of its definition.
        timeouts: Seconds after which it ends in any case, likewise.
        expect: Seconds that one is expected to take, while none has ended.
    """

    most: float
    rates: Mapping[str, float]
    timeouts: Mapping[str, float]
    expect: float | None = None

    def bill(self, rows: Sequence[Row]) -> Bill:
        """What `rows`, every training job of the tuning job, cost."""
        took = [row.seconds for row in rows if row.ended and row.seconds]
        usual = fmean(took) if took else self.expect or 0.0
        spent = foreseen = 0.0
        for row in rows:
            rate, seconds = _of(self.rates, row), row.seconds or 0.0
            whole = max(seconds, min(usual, _of(self.timeouts, row)))
            spent += seconds * rate
            foreseen += (seconds if row.ended else whole) * rate
        return Bill(spent, foreseen)

    def passed(self, rows: Sequence[Row], before: float = 0.0) -> str:
        """Why the tuning job is to be stopped now; empty while it may go on.

        Args:
            rows: Every training job of the tuning job.
            before: Dollars of the limit that were gone before it.
        """
        bill = self.bill(rows)
        if before + bill.foreseen <= self.most:
            return ""
        running = sum(not row.ended for row in rows)
        return (
            f"--max-usd {self.most:g}: {usd(before + bill.spent)} are spent, and the {running} training "
            f"job{'s' * (running != 1)} that run would make it {usd(before + bill.foreseen)}"
        )


def _of(values: Mapping[str, float], row: Row) -> float:
    """A definition's value; for a training job that does not name its own, the greatest."""
    return values.get(row.definition, max(values.values()))


def budget(job: Answer, prices: Prices, most: float, expect: float | None = None) -> Budget:
    """The limit `most` for a tuning job: a request, or Describe's answer.

    Raises:
        BadInput: A price is not known.
    """
    rates, timeouts = {}, {}
    for definition in definitions_of(job):
        name = str(definition.get("DefinitionName", ""))
        per_hour = [each.usd_per_hour(prices) for each in cost.machines(definition)]
        known = [each for each in per_hour if each is not None]
        if not known or len(known) < len(per_hour):
            kinds = {kind for each in cost.machines(definition) for kind, _ in each.groups}
            unknown = sorted(kinds - set(prices.usd_per_hour))
            mend = f"Give --price {unknown[0] if unknown else 'TYPE'}=USD."
            problem = f"no price is known of {', '.join(unknown) or 'its instances'}"
            raise BadInput([Fault("--max-usd", problem, mend=mend)])
        rates[name] = max(known) / _HOUR
        condition = definition.get("StoppingCondition") or {}
        timeouts[name] = float(condition.get("MaxRuntimeInSeconds") or DEFAULT_RUNTIME_SECONDS)
    return Budget(most, rates, timeouts, expect)
