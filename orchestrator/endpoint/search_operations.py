"""Search over tuning and training jobs, as Describe shows them with their tags.

Every job is looked at, so what a question does not need of a job is not read: its row's columns
answer for status and times, its state for hyperparameters and metrics, and only jobs of the page
that is shown, or of a question about anything else, are rendered whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint import (
    render_training,
    render_tuning,
    tag_operations,
    tuning_operations,
)
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
    """One kind of resource: its jobs, its record's shape and how a row becomes one.

    `steps` render ever more members of a row; the last one all but the tags.
    """

    kind: JobKind
    shape: str
    steps: tuple[Callable[[Call, JobRow], Answer], ...]

    @property
    def record(self) -> Shape:
        """The shape of its entities."""
        return model.sagemaker().shape(self.shape)


_RESOURCES = {
    "HyperParameterTuningJob": _Searched(
        JobKind.TUNING,
        "HyperParameterTuningJobSearchEntity",
        (lambda _, row: render_tuning.identity(row), tuning_operations.described),
    ),
    "TrainingJob": _Searched(
        JobKind.TRAINING,
        "TrainingJob",
        (
            lambda _, row: render_training.identity(row),
            lambda _, row: render_training.progress(row),
            lambda _, row: render_training.described(row),
        ),
    ),
}


class _Entity(Mapping[str, Any]):
    """A job's record, rendered only as far as it is asked for."""

    def __init__(self, call: Call, row: JobRow, searched: _Searched) -> None:
        self._call, self.row = call, row
        self._steps = list(searched.steps)
        self._members: Answer = {"Tags": tag_operations.written(row.tags)}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  (any JSON value)
        while name not in self._members and self._steps:
            self._members.update(self._steps.pop(0)(self._call, self.row))
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    def __len__(self) -> int:
        return len(self.whole)

    @property
    def whole(self) -> Answer:
        """All of it."""
        if self._steps:
            self._members.update(self._steps[-1](self._call, self.row))
            self._steps.clear()
        return self._members


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
        way.key(entity, entity.row.name): entity
        for entity in _entities(call, request, searched)
        if passes(entity)
    }
    after = None if place is None else order.key_at(place)
    keys = way.sorted([key for key in found if after is None or way.follows(key, after)])
    limit = request.get("MaxResults") or DEFAULT_RESULTS
    answer: Answer = {
        "Results": [{resource: found[key].whole} for key in keys[:limit]],
        "TotalHits": {"Value": len(found), "Relation": "EqualTo"},
    }
    if len(keys) > limit:
        last = order.position(keys[limit - 1])
        answer["NextToken"] = paging.token(call.operation, request, last)
    return answer


def _entities(call: Call, request: Request, searched: _Searched) -> Iterator[_Entity]:
    """Every job of that kind that the caller may see."""
    if request.get("CrossAccountFilterOption") == "CrossAccount":
        return  # nobody shares anything here
    for row in _rows(call, searched.kind):
        if _visible(request, row):
            yield _Entity(call, row, searched)


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
