"""Hyperband whose configurations come from the Bayesian search: an extension, AWS draws them.

The stopping is Hyperband's own (`orchestrator.strategy.hyperband`). Two of three configurations
are the Bayesian search's; every third is drawn at random, so that whatever the values of short
trainings suggest, a third of Hyperband's own search remains (as in BOHB: Falkner et al. 2018).

A training job that was stopped at a rung has no value that can be held against one that went
to the end. BOHB leaves such values out of its model; then nothing is known of the bad regions,
which are never trained to the end. Here each counts with what it would have come to: from rung
to rung along a line through the training jobs that reached both, by medians (Sen 1968), that
has slope 1 where none of these has been. Lines are drawn anew when the number of ended
training jobs has grown by a fifth: values that change at every ask would have the Bayesian
search begin its fits anew each time. A job that ended by itself counts with its last value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from orchestrator.strategy.bayesian import BayesianSearch
from orchestrator.strategy.hyperband import CEILING, rungs
from orchestrator.strategy.landmarks import last_landmark
from orchestrator.strategy.protocol import Proposal, Suggestion, Trial, TrialState
from orchestrator.strategy.random_search import RandomSearch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.strategy.protocol import History, Search

_BEGINNING = 8  # configurations; at least, and those of the Bayesian search alone
_EVERY = 3  # of the later ones is drawn
_FEWEST = 4  # training jobs that tell a slope
_MOST = 150  # of them; each pair of these has a say
_SLOPES = 0.2, 1.0
_LARGEST = 1e300


@dataclass(frozen=True, slots=True)
class _Known:
    trials: tuple[Trial, ...]
    parents: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """From the value at one rung to that at the next; of slope 1 below `low` and above `high`."""

    low: float
    high: float
    slope: float
    shift: float

    def __call__(self, value: float) -> float:
        """What a training job with this value is expected to have at the next rung."""
        inside = min(max(value, self.low), self.high)
        return max(-_LARGEST, min(self.slope * inside + self.shift + (value - inside), _LARGEST))


class GuidedHyperband:
    """Suggests for Hyperband; see the module."""

    def __init__(self, search: Search) -> None:
        options = dict(search.options)
        most = options.get("max_resource", CEILING)
        self._rungs = [*rungs(options.get("min_resource", 1), most), most]
        self._beginning = max(_BEGINNING, search.parallel)
        self._bayesian, self._random = BayesianSearch(search), RandomSearch(search)

    def ask(self, history: History, count: int) -> Proposal:
        """Up to `count` new configurations; fewer when every space is used up."""
        trials = self.foreseen(history.trials)
        parents = tuple(history.parents)
        fresh: list[Suggestion] = []
        while len(fresh) < count:
            number = len(trials)
            drawn = number >= self._beginning and number % _EVERY == 0
            searcher = self._random if drawn else self._bayesian
            found = searcher.ask(_Known(tuple(trials), parents), 1).suggestions
            if not found:
                break
            fresh += found
            trials.append(Trial(number + 1, found[0]))
        return Proposal(tuple(fresh))

    def foreseen(self, trials: Sequence[Trial]) -> list[Trial]:
        """The trials, those that were stopped with what they would have come to."""
        ended = [each for each in trials if each.state is not TrialState.RUNNING]
        judges = ended[: last_landmark(len(ended), _BEGINNING)]
        lines: dict[int, list[Line | None]] = {}
        found = []
        for trial in trials:
            definition = trial.suggestion.definition
            if definition not in lines:
                own = [each for each in judges if each.suggestion.definition == definition]
                lines[definition] = [
                    line_through(_values_at(own, first, second))
                    for first, second in zip(self._rungs, self._rungs[1:], strict=False)
                ]
            found.append(self._foreseen(trial, lines[definition]))
        return found

    def _foreseen(self, trial: Trial, lines: Sequence[Line | None]) -> Trial:
        passed = sum(rung <= len(trial.values) for rung in self._rungs)
        if trial.state is not TrialState.STOPPED or trial.value is None or not passed:
            return trial
        value = trial.values[self._rungs[passed - 1] - 1]
        for line in lines[passed - 1 :]:
            value = value if line is None else line(value)
        return replace(trial, value=value)


def _values_at(trials: Sequence[Trial], first: int, second: int) -> list[tuple[float, float]]:
    """The values at two rungs of those that reached the second."""
    return [
        (each.values[first - 1], each.values[second - 1])
        for each in trials
        if len(each.values) >= second
    ][-_MOST:]


def line_through(pairs: Sequence[tuple[float, float]]) -> Line | None:
    """The line from one rung's values to the next one's; None where nobody reached both."""
    if not pairs:
        return None
    before, after = np.clip(np.array(pairs, dtype=float).T, -_LARGEST, _LARGEST)
    slope = _slope(before, after) if len(pairs) >= _FEWEST else 1.0
    shift = float(np.median(after - slope * before))
    return Line(float(before.min()), float(before.max()), slope, shift)


def _slope(before: np.ndarray, after: np.ndarray) -> float:
    """The median slope of all pairs, within bounds."""
    first, second = np.triu_indices(len(before), 1)
    across, up = before[second] - before[first], after[second] - after[first]
    apart = np.abs(across) > np.finfo(float).tiny
    if not apart.any():
        return 1.0
    with np.errstate(over="ignore"):
        return float(np.median(np.clip(up[apart] / across[apart], *_SLOPES)))
