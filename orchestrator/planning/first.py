"""The configurations that a run will try first, whatever comes out.

The strategy itself is asked, as the engine asks it: once for as many as run at once, before
there is any result. It then goes on one by one, along three imagined courses (results that
rise, results that fall, no results yet), for as long as all three are given the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.strategy import registry
from orchestrator.strategy.protocol import Suggestion, Trial, TrialState
from orchestrator.tuning.search import search_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orchestrator.tuning.spec import TuningSpec


@dataclass(frozen=True, slots=True)
class Foretold:
    """Configurations in the order of their launch.

    Attributes:
        suggestions: What will be tried.
        complete: False when later ones depend on results.
    """

    suggestions: tuple[Suggestion, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Course:
    trials: tuple[Trial, ...]
    parents: tuple[Trial, ...] = ()


def foretold(spec: TuningSpec, seed: int, most: int, *, guided: bool = False) -> Foretold:
    """Up to `most` configurations that a run of `spec` with `seed` tries first.

    `guided`: Hyperband's configurations come from the Bayesian search.

    Raises:
        LaunchRefused: There is no such strategy.
        BadInput: The strategy cannot search these ranges.
    """
    strategy = registry.make(spec.strategy, search_of(spec, seed, guided=guided))
    beside = min(spec.limits.parallel, spec.limits.training_jobs or most)
    found = list(strategy.ask(_Course(()), beside).suggestions)[:most]
    while beside <= len(found) < most:
        following = {_one(strategy.ask(course(found), 1).suggestions) for course in _COURSES}
        suggestion = following.pop()
        if following or suggestion is None:
            return Foretold(tuple(found), complete=not following)
        found.append(suggestion)
    return Foretold(tuple(found), complete=True)


def _one(suggestions: Sequence[Suggestion]) -> Suggestion | None:
    return suggestions[0] if suggestions else None


def _course(value: Callable[[int], float]) -> Callable[[Sequence[Suggestion]], _Course]:
    def course(tried: Sequence[Suggestion]) -> _Course:
        return _Course(
            tuple(
                Trial(number, each, TrialState.COMPLETED, (value(number),), value(number))
                for number, each in enumerate(tried, start=1)
            )
        )

    return course


def _running(tried: Sequence[Suggestion]) -> _Course:
    return _Course(tuple(Trial(number, each) for number, each in enumerate(tried, start=1)))


_COURSES = (_running, _course(float), _course(lambda number: -float(number)))
