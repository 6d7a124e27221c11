"""Search over tuning and training jobs, as Describe shows them with their tags."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestrator.endpoint import render_training, tag_operations, tuning_operations
from orchestrator.store.protocol import JobKind, Query
from orchestrator.wire import model, paging
from orchestrator.wire.faults import ValidationException
from orchestrator.wire.search import expression, order, properties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestrator.endpoint.emulator import Answer, Call, Request
    from orchestrator.store.protocol import JobRow
    from orchestrator.wire.model import Shape

DEFAULT_RESULTS = 10
"""MaxResults (our reading: the documentation has none, List's is 10)."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Searched:
    """One kind of resource: its jobs, its record's shape and how a row becomes one."""

    kind: JobKind
    shape: str
    render: Callable[[Call, JobRow], Answer]

    @property
    def record(self) -> Shape:
        """The shape of its entities."""
        return model.sagemaker().shape(self.shape)


_RESOURCES = {
    "HyperParameterTuningJob": _Searched(
        JobKind.TUNING, "HyperParameterTuningJobSearchEntity", tuning_operations.described
    ),
    "TrainingJob": _Searched(
        JobKind.TRAINING, "TrainingJob", lambda _, row: render_training.described(row)
    ),
}


def search(call: Call, request: Request) -> Answer:
    """Search: the newest change first unless asked otherwise (documented)."""
    resource = request["Resource"]
    searched = _RESOURCES.get(resource)
    if searched is None:
        raise ValidationException(f"The emulator does not search for the resource {resource}.")
    passes = expression.read(request.get("SearchExpression"), searched.record)
    way = order.Order(
        properties.resolved(request.get("SortBy") or "LastModifiedTime", searched.record),
        request.get("SortOrder") != "Ascending",
    )
    place = paging.position(call.operation, request)
    found = {
        way.key(entity, row.name): entity
        for row, entity in _entities(call, request, searched)
        if passes(entity)
    }
    after = None if place is None else order.key_at(place)
    keys = way.sorted([key for key in found if after is None or way.follows(key, after)])
    limit = request.get("MaxResults") or DEFAULT_RESULTS
    answer: Answer = {
        "Results": [{resource: found[key]} for key in keys[:limit]],
        "TotalHits": {"Value": len(found), "Relation": "EqualTo"},
    }
    if len(keys) > limit:
        last = order.position(keys[limit - 1])
        answer["NextToken"] = paging.token(call.operation, request, last)
    return answer


def _entities(call: Call, request: Request, searched: _Searched) -> Iterator[tuple[JobRow, Answer]]:
    """Every job of that kind that the caller may see, with its entity."""
    if request.get("CrossAccountFilterOption") == "CrossAccount":
        return  # nobody shares anything here
    for row in _rows(call, searched.kind):
        if _visible(request, row):
            tags = tag_operations.written(row.tags)
            yield row, searched.render(call, row) | {"Tags": tags}


def _rows(call: Call, kind: JobKind) -> Iterator[JobRow]:
    query = Query(kind, call.scope.account, call.scope.region, limit=_AT_ONCE)
    while rows := call.emulator.store.find(query):
        yield from rows
        query = replace(query, after=(rows[-1].name, rows[-1].name))


def _visible(request: Request, row: JobRow) -> bool:
    """A tag that a condition names must have its value, or be absent (documented)."""
    tags = dict(row.tags)
    return all(
        tags.get(condition.get("Key", "").removeprefix("Tags."), condition.get("Value"))
        == condition.get("Value")
        for condition in request.get("VisibilityConditions") or ()
    )
