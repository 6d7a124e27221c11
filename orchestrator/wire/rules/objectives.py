"""The objective metric and the expressions that read metrics from a log."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

from orchestrator.errors import Fault
from orchestrator.wire import path
from orchestrator.wire.algorithms import built_in
from orchestrator.wire.rules import reading
from orchestrator.wire.rules.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.wire.rules.reading import Part, TuningRequest

METRIC_REQUIRED = (
    "A metric is required for this hyperparameter tuning job objective. Provide a metric in the "
    "metric definitions."
)
"""AWS's literal text (observed)."""
MIRROR = "ObjectiveMetric"
"""The extra metric that AMT adds as a copy of the objective (observed)."""


def objective_faults(job: TuningRequest) -> Iterator[Fault]:
    """Faults of every definition's objective and metric definitions."""
    directions: set[str] = set()
    for part in job.parts():
        yield from metric_faults(part.written, part.path)
        if part.objective:
            directions.add(str(part.objective.get("Type")))
            yield from _defined(part)
        elif not job.autotune:
            yield Fault(
                part.objective_path,
                "An objective is required: the metric to make better, and which way better is",
                None,
                "Give Type (Maximize or Minimize) and MetricName.",
            )
    if len(directions) > 1:
        yield Fault(
            reading.MANY,
            "The objectives of all definitions must have the same Type, because their values are "
            "compared",
            ", ".join(sorted(directions)),
            "Negate the metric in one of the scripts, or run two tuning jobs.",
        )


def metric_faults(definition: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """Faults of the MetricDefinitions of one definition or training job."""
    place = path.member(path.member(where, "AlgorithmSpecification"), "MetricDefinitions")
    given = reading.sequence(
        reading.inside(definition, "AlgorithmSpecification", "MetricDefinitions")
    )
    names = Counter(reading.text(reading.inside(metric, "Name")) for metric in given)
    for index, metric in enumerate(given):
        at = path.item(place, index)
        name = reading.text(reading.inside(metric, "Name"))
        yield from _expression(at, reading.text(reading.inside(metric, "Regex")))
        if name is not None and names[name] > 1:
            names[name] = 0  # told once
            problem = "Metric names must be distinct"
            yield Fault(path.member(at, "Name"), problem, name, "Define each metric once.")


def _expression(where: str, expression: str | None) -> Iterator[Fault]:
    """Must compile and have a group for the value (our reading; every example has one).

    The dialect is Python's ``re`` (our reading: all of AWS's examples are Python).
    """
    if not expression:
        return
    place = path.member(where, "Regex")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what a later Python may read differently
            groups = re.compile(expression).groups
    except (re.error, OverflowError, RecursionError) as wrong:
        problem = f"The regular expression does not compile: {wrong}"
        yield Fault(place, problem, expression, "Correct it, and try it on a line of the log.")
        return
    if groups == 0:
        yield Fault(
            place,
            "The regular expression has no group to capture the value",
            expression,
            "Put parentheses around the number, such as loss=([-+0-9.eE]+).",
        )


def _defined(part: Part) -> Iterator[Fault]:
    metric = reading.text(part.objective.get("MetricName"))
    if metric is None or _known(part, metric):
        return
    names = [str(name) for name in _defined_names(part)]
    mend = (
        f"The metrics defined there are: {', '.join(names)}."
        if names
        else f"Define {metric} in {part.path}.AlgorithmSpecification.MetricDefinitions."
    )
    yield Recorded(path.member(part.objective_path, "MetricName"), METRIC_REQUIRED, metric, mend)


def _known(part: Part, metric: str) -> bool:
    """Defined, the built-in algorithm's own, or an algorithm resource's that we cannot see."""
    algorithm = reading.mapping(part.written.get("AlgorithmSpecification"))
    name = reading.text(algorithm.get("AlgorithmName"))
    own = built_in(reading.text(algorithm.get("TrainingImage")), name)
    if metric in _defined_names(part):
        return True
    return name is not None if own is None else own.regex(metric) is not None


def _defined_names(part: Part) -> list[object]:
    metrics = reading.inside(part.written, "AlgorithmSpecification", "MetricDefinitions")
    return [reading.inside(metric, "Name") for metric in reading.sequence(metrics)]
