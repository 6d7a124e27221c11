"""Hyperband as AMT runs it: random configurations, stopped by asynchronous halving.

AMT's Hyperband is ASHA of the stopping kind (documented by AWS's announcement; Li et al.
2020, "A System for Massively Parallel Hyperparameter Tuning"): the resource is the number
of emissions of the objective. A job that reaches a rung stops unless its value is in the
best third of all jobs that have reached that rung, itself included; the first to reach a
rung always goes on; a job that emits its last resource stops, done. Rungs are
``min_resource`` times powers of 3, below ``max_resource``. The third and the single
bracket are our reading: AWS documents neither. Each definition has rungs of its own.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

from orchestrator.strategy.progress import Progress
from orchestrator.strategy.protocol import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.strategy.protocol import History, Search, Trial

ETA = 3
"""One in so many goes on at a rung."""
CEILING = 20_000
"""The most that MaxResource may be (documented)."""


class HyperbandStopper:
    """Stops at every rung what is not in the best third there.

    The search's options are ``min_resource`` (default 1) and ``max_resource`` (default: no
    end but the job's own).
    """

    def __init__(self, search: Search) -> None:
        options = dict(search.options)
        self._max = options.get("max_resource", CEILING)
        self._rungs = rungs(options.get("min_resource", 1), self._max)
        self._directions = [definition.direction for definition in search.definitions]
        self._forget()

    def reason_to_stop(self, history: History, trial: Trial) -> str | None:
        """Why `trial` should end at its present emission."""
        self._follow(history)
        step = len(trial.values)
        if step >= self._max:
            return f"Hyperband: the job has used its whole resource of {self._max}."
        if step not in self._rungs:
            return None
        definition = trial.suggestion.definition
        reached, value = self._reached.get((definition, step), []), trial.values[-1]
        if self._passed.get(trial.number, 0) <= self._rungs.index(step):
            reached = sorted([*reached, value])  # the history does not have it yet
        direction = self._directions[definition]
        limit = _limit(reached, direction)
        if len(reached) == 1 or not direction.better(limit, value):
            return None
        return (
            f"Hyperband: at rung {step} the objective is {value:.6g}, worse than {limit:.6g}, "
            f"the limit of the best third of {len(reached)} jobs."
        )

    def _follow(self, history: History) -> None:
        if not self._progress.continues(history):
            self._forget()
        for trial in self._progress.changes(history):
            passed = self._passed.get(trial.number, 0)
            while passed < len(self._rungs) and self._rungs[passed] <= len(trial.values):
                rung = self._rungs[passed]
                key = trial.suggestion.definition, rung
                insort(self._reached.setdefault(key, []), trial.values[rung - 1])
                passed += 1
            self._passed[trial.number] = passed

    def _forget(self) -> None:
        self._progress = Progress()
        self._passed: dict[int, int] = {}
        self._reached: dict[tuple[int, int], list[float]] = {}


def rungs(least: int, most: int) -> list[int]:
    """The emissions at which a job is judged."""
    steps = []
    while least < most:
        steps.append(least)
        least *= ETA
    return steps


def _limit(ordered: Sequence[float], direction: Direction) -> float:
    """The value that the best third reaches, between neighbours by straight line."""
    part = 1 / ETA if direction is Direction.MINIMIZE else 1 - 1 / ETA
    where = part * (len(ordered) - 1)
    index = min(int(where), len(ordered) - 1)
    following = min(index + 1, len(ordered) - 1)
    return ordered[index] + (where - index) * (ordered[following] - ordered[index])
