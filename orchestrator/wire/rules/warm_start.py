"""What a warm start asks of a request alone; what it asks of the parents needs the parents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.errors import Fault
from orchestrator.wire import path
from orchestrator.wire.rules import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.wire.rules.reading import TuningRequest

_PARENTS = "WarmStartConfig.ParentHyperParameterTuningJobs"
_STRATEGIES = frozenset({"Bayesian", "Random"})
"""Documented for warm start; that the others are refused is our reading."""


def warm_start_faults(job: TuningRequest) -> Iterator[Fault]:
    """Faults of WarmStartConfig."""
    if job.written.get("WarmStartConfig") is None:
        return
    if job.strategy not in _STRATEGIES:
        yield Fault(
            f"{reading.CONFIG}.Strategy",
            "Warm start is only supported with the strategies Bayesian and Random",
            job.strategy,
            "Choose one of them, or remove WarmStartConfig.",
        )
    own = str(job.written.get("HyperParameterTuningJobName")).lower()
    parents = reading.inside(job.written, *_PARENTS.split("."))
    seen: set[str] = set()
    for index, parent in enumerate(reading.sequence(parents)):
        at = path.member(path.item(_PARENTS, index), "HyperParameterTuningJobName")
        name = reading.text(reading.inside(parent, "HyperParameterTuningJobName"))
        if name is None:
            yield Fault(at, "A parent must be named", None, "Give the tuning job's name.")
        elif name.lower() == own:
            yield Fault(at, "A tuning job cannot be its own parent", name, "Name another job.")
        elif name.lower() in seen:
            yield Fault(at, "Parents must be distinct", name, "Name each parent once.")
        seen.add((name or "").lower())
