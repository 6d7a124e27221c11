"""What a strategy and a stopper are made from, read off a tuning job's specification."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.strategy.protocol import Search, SearchDefinition
from orchestrator.tuning.spec import WarmStartType

if TYPE_CHECKING:
    from orchestrator.tuning.spec import TuningSpec


def search_of(spec: TuningSpec, seed: int, *, guided: bool = False) -> Search:
    """The search that `spec` asks for, with the seed that its run has.

    `guided`: Hyperband's configurations come from the Bayesian search.
    """
    warm_start = spec.warm_start
    return Search(
        tuple(SearchDefinition(each.space, each.objective.direction) for each in spec.definitions),
        seed,
        spec.limits.parallel,
        spec.limits.training_jobs,
        spec.options,
        transfer=warm_start is not None and warm_start.type is WarmStartType.TRANSFER,
        guided=guided,
    )
