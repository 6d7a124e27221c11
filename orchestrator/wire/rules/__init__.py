"""Every rule that a create request must keep and no shape states.

`tuning_faults` and `training_faults` never raise, whatever they are given: a request may have
shape faults as well, and all are told at once. Faults come in the order in which the rules are
listed here; AWS answers with the first only. Where AWS's text is on record it is used literally;
where it is not, the text and sometimes the strictness are our reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.wire.quotas import DEFAULT, Quotas
from orchestrator.wire.rules.channels import channel_faults
from orchestrator.wire.rules.definitions import definition_faults
from orchestrator.wire.rules.limits import limit_faults
from orchestrator.wire.rules.objectives import metric_faults, objective_faults
from orchestrator.wire.rules.ranges import range_faults
from orchestrator.wire.rules.reading import TuningRequest, mapping
from orchestrator.wire.rules.recorded import QuotaExceeded as QuotaExceeded
from orchestrator.wire.rules.recorded import Recorded as Recorded
from orchestrator.wire.rules.strategies import strategy_faults
from orchestrator.wire.rules.tags import tag_faults
from orchestrator.wire.rules.training import (
    algorithm_faults,
    place_faults,
    resource_faults,
    time_faults,
)
from orchestrator.wire.rules.warm_start import warm_start_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from orchestrator.errors import Fault


def tuning_faults(request: object, quotas: Quotas = DEFAULT) -> list[Fault]:
    """Semantic faults of a CreateHyperParameterTuningJob request."""
    return list(_tuning(TuningRequest(mapping(request)), quotas))


def training_faults(request: object, quotas: Quotas = DEFAULT) -> list[Fault]:
    """Semantic faults of a CreateTrainingJob request."""
    written = mapping(request)
    return [
        *_training(written, "", quotas, tuning=False),
        *metric_faults(written, ""),
        *tag_faults(written),
    ]


def _tuning(job: TuningRequest, quotas: Quotas) -> Iterator[Fault]:
    yield from definition_faults(job)
    yield from range_faults(job)
    yield from objective_faults(job)
    yield from strategy_faults(job, quotas)
    for part in job.parts():
        yield from _training(part.written, part.path, quotas, tuning=True)
    yield from warm_start_faults(job)
    yield from tag_faults(job.written)
    yield from limit_faults(job, quotas)


def _training(
    definition: Mapping[str, Any], where: str, quotas: Quotas, *, tuning: bool
) -> Iterator[Fault]:
    yield from algorithm_faults(definition, where)
    yield from resource_faults(definition, where, tuning=tuning)
    yield from time_faults(definition, where, quotas)
    yield from place_faults(definition, where)
    yield from channel_faults(definition, where)
