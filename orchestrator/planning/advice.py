"""What could be better about a tuning job before it runs: hints, never faults.

Rules of thumb are marked as such; nothing here stops a job.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.space.ranges import (
    CategoricalRange,
    ContinuousRange,
    NumericRange,
    Scaling,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestrator.planning.counts import Trainings
    from orchestrator.planning.rounds import Rounds
    from orchestrator.tuning.spec import Definition, TuningSpec

DECADES = 3
"""A range that spans so many powers of ten is rarely meant to be searched linearly."""
PER_DIMENSION = 10
"""Trainings a dimension that a model wants (rule of thumb: Loeppky, Sacks and Welch 2009)."""
_DAY = 86_400

_MULTIPLIED = re.compile(
    r"(^|[-_ ])(lr|eta|alpha|lambda|gamma|tol|l1|l2|reg\w*|"
    r"learning[-_ ]?rate|weight[-_ ]?decay|wd)($|[-_ ])",
    re.IGNORECASE,
)
"""Names of what works by its order of magnitude (our reading)."""
_EPOCHS = re.compile(r"epoch|round|iter|step|n[-_]?estimators|num[-_]?trees", re.IGNORECASE)
_TIMES = 10  # high over low, from which the order of magnitude matters


@dataclass(frozen=True, slots=True)
class Advice:
    """One hint: where, what is to be thought of, and what could be written instead."""

    path: str
    text: str
    mend: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the rules look at."""

    spec: TuningSpec
    count: Trainings
    rounds: Rounds


def advice(outlook: Outlook) -> tuple[Advice, ...]:
    """Every hint, the ones about ranges first."""
    return tuple(hint for rule in _RULES for hint in rule(outlook))


def _ranges(outlook: Outlook) -> Iterator[Advice]:
    for definition in outlook.spec.definitions:
        for each in definition.space:
            if isinstance(each, CategoricalRange):
                yield from _categories(each, outlook.spec.strategy)
            elif each.scaling in {Scaling.AUTO, Scaling.LINEAR}:
                yield from _linear(each)


def _linear(each: NumericRange) -> Iterator[Advice]:
    if each.low <= 0:
        return
    times = each.high / each.low
    mend = "Write scale: log."
    if times >= 10**DECADES * (1 - 1e-9):
        decades = math.log10(times)
        text = f"spans {decades:.2g} decades; linearly, nine draws in ten lie in the last one"
        yield Advice(f"ranges.{each.name}", text, mend)
    elif times >= _TIMES and isinstance(each, ContinuousRange) and _MULTIPLIED.search(each.name):
        text = f"is searched linearly, and works by its order of magnitude ({times:.3g} times)"
        yield Advice(f"ranges.{each.name}", text, mend)


def _categories(each: CategoricalRange, strategy: str) -> Iterator[Advice]:
    if strategy == "Grid" or len(each.values) <= 2:  # noqa: PLR2004  (two have no order to lose)
        return
    try:
        numbers = [float(value) for value in each.values]
    except ValueError:
        return
    if all(map(math.isfinite, numbers)):
        text = "lists numbers, whose order a search cannot see"
        mend = "Write an integer or continuous range if what lies between them can be trained."
        yield Advice(f"ranges.{each.name}", text, mend)


def _sizes(outlook: Outlook) -> Iterator[Advice]:
    spec, count = outlook.spec, outlook.count
    if spec.limits.parallel > count.most:
        text = f"{spec.limits.parallel} at once of {count.most}: the rest of the places stay empty"
        yield Advice("limits.parallel", text, f"Write at most {count.most}.")
    if outlook.rounds.learning is None:
        return
    wanted = PER_DIMENSION * count.dimensions
    room = count.combinations is None or count.combinations > wanted
    if count.most < wanted and room:
        text = (
            f"{count.most} trainings for {count.dimensions} dimensions; a model wants about "
            f"{PER_DIMENSION} for each (a rule of thumb)"
        )
        yield Advice("limits.jobs", text, f"Write {wanted}, or search fewer hyperparameters.")
    if outlook.rounds.few and outlook.rounds.parallel > 1:
        text = f"leaves {outlook.rounds.count} rounds to a search that learns from each"
        yield Advice("limits.parallel", text, "Lower it, or choose Random.")


def _stopping(outlook: Outlook) -> Iterator[Advice]:
    spec = outlook.spec
    if spec.strategy != "Hyperband" and not spec.early_stopping:
        return
    where = "strategy" if spec.strategy == "Hyperband" else "early_stopping"
    if not any(_in_epochs(definition) for definition in spec.definitions):
        metric = spec.definitions[0].objective.metric
        text = (
            "compares training jobs epoch by epoch, and no hyperparameter says that training goes "
            "in epochs"
        )
        mend = f"See to it that the script prints {metric} after every epoch."
        yield Advice(where, text, mend)


def _in_epochs(definition: Definition) -> bool:
    static = [name for name, _ in definition.training.hyperparameters]
    return any(_EPOCHS.search(name) for name in (*static, *(r.name for r in definition.space)))


def _machines(outlook: Outlook) -> Iterator[Advice]:
    for definition in outlook.spec.definitions:
        training = definition.training
        if training.spot and training.checkpoints is None:
            text = "without checkpoints, an interrupted training job starts from nothing"
            yield Advice("training.spot", text, "Write training.checkpoints.")
    if all(each.training.max_runtime_seconds >= _DAY for each in outlook.spec.definitions):
        text = "lets a training job run for 24 hours, which the worst case is reckoned with"
        yield Advice("training.timeout", text, "Write what it may take, such as 1h.")


def _repeating(outlook: Outlook) -> Iterator[Advice]:
    if outlook.spec.seed is None and outlook.spec.strategy != "Grid":
        yield Advice("seed", "is not given: each run tries other configurations", "Write seed: 1.")


_RULES: tuple[Callable[[Outlook], Iterator[Advice]], ...] = (
    _ranges,
    _sizes,
    _stopping,
    _machines,
    _repeating,
)
