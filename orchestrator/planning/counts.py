"""How many training jobs there will be, and what may end them before their number is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.report.table import duration
from orchestrator.space import grid
from orchestrator.space.encoding import width
from orchestrator.strategy.convergence import LEAST

if TYPE_CHECKING:
    from orchestrator.tuning.spec import TuningSpec


@dataclass(frozen=True, slots=True)
class Trainings:
    """The training jobs of a tuning job.

    Attributes:
        most: So many, if nothing ends the job earlier.
        least: So few, if what may end it earlier does so at once.
        combinations: Distinct configurations; None where a continuous range makes them endless.
        hyperparameters: Ranges searched (of the largest definition).
        dimensions: Coordinates of the search: a categorical range of k values has k, of two one.
        ends: What may end the job earlier, in words.
    """

    most: int
    least: int
    combinations: int | None
    hyperparameters: int
    dimensions: int
    ends: tuple[str, ...]


def trainings(spec: TuningSpec, *, stated: bool = True) -> Trainings:
    """Count the training jobs of `spec`.

    Args:
        spec: The tuning job.
        stated: Its request gives their number; without one it is the quota's.
    """
    sizes = [grid.size(definition.space) for definition in spec.definitions]
    finite = [size for size in sizes if size is not None]
    combinations = sum(finite) if len(finite) == len(sizes) else None
    most = spec.limits.training_jobs or 0
    most = most if combinations is None else min(most, combinations)
    ends = _ends(spec)
    if not stated and spec.strategy != "Grid" and most != combinations:
        ends = (f"the quota of {most} training jobs, for the file gives no number", *ends)
    return Trainings(
        most=most,
        least=min(most, _least(spec)),
        combinations=combinations,
        hyperparameters=max(len(definition.space) for definition in spec.definitions),
        dimensions=max(sum(map(width, definition.space)) for definition in spec.definitions),
        ends=ends,
    )


def _least(spec: TuningSpec) -> int:
    """The fewest training jobs that can meet a completion criterion."""
    criteria = spec.completion
    least = [spec.limits.training_jobs or 0]
    if criteria.target is not None:
        least.append(1)
    if criteria.not_improving is not None:
        least.append(criteria.not_improving + 1)  # the first one is the best there is
    if criteria.on_convergence:
        least.append(LEAST)
    return min(least)


def _ends(spec: TuningSpec) -> tuple[str, ...]:
    criteria, limits = spec.completion, spec.limits
    ends = []
    if criteria.target is not None:
        ends.append(f"an objective of {criteria.target:g}")
    if criteria.not_improving is not None:
        ends.append(f"{criteria.not_improving} training jobs in a row without a better one")
    if criteria.on_convergence:
        ends.append("a search that expects no more gain")
    if limits.runtime_seconds is not None:
        ends.append(f"a runtime of {duration(limits.runtime_seconds)}")
    return tuple(ends)
