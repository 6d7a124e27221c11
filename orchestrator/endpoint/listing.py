"""What the three List operations of jobs share: filters, order, pages.

Filters come first, then pages (for training jobs AWS documents the opposite order for one
filter; ours never returns a short page that is not the last). Bounds of times are strict and
names are matched without regard to case (our reading).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestrator.store.protocol import Order, Query
from orchestrator.wire import paging

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orchestrator.endpoint.emulator import Answer, Call, Request
    from orchestrator.store.protocol import JobKind, JobRow

DEFAULT_RESULTS = 10
"""MaxResults (documented)."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page and the token of the next."""

    rows: Sequence[JobRow]
    token: str | None

    def answer(self, key: str, render: Callable[[JobRow], Answer]) -> Answer:
        """The List operation's answer, summaries under `key`."""
        return {key: [render(row) for row in self.rows], "NextToken": self.token}


def page(call: Call, request: Request, kind: JobKind, order: Order = Order.NAME) -> Page:
    """The page that `request` asks for, in `order` if it names none.

    Raises:
        ValidationException: The token belongs to another question.
    """
    return answered(call, request, query(call, request, kind, order))


def query(call: Call, request: Request, kind: JobKind, order: Order) -> Query:
    """The request's filters and order."""
    return Query(
        kind=kind,
        account=call.scope.account,
        region=call.scope.region,
        status=request.get("StatusEquals"),
        name_contains=request.get("NameContains"),
        created_after=request.get("CreationTimeAfter"),
        created_before=request.get("CreationTimeBefore"),
        modified_after=request.get("LastModifiedTimeAfter"),
        modified_before=request.get("LastModifiedTimeBefore"),
        order=Order(request.get("SortBy") or order),
        descending=request.get("SortOrder") == "Descending",
    )


def answered(call: Call, request: Request, asked: Query) -> Page:
    """The page of `asked` at which the request's token points."""
    limit = request.get("MaxResults") or DEFAULT_RESULTS
    after = paging.position(call.operation, request)
    # One more than wanted tells whether there is a next page.
    rows = call.emulator.store.find(replace(asked, after=after, limit=limit + 1))
    if len(rows) <= limit:
        return Page(rows, None)
    kept = rows[:limit]
    return Page(kept, paging.token(call.operation, request, _place(kept[-1], asked.order)))


def _place(row: JobRow, order: Order) -> paging.Position:
    values: dict[Order, str | float] = {
        Order.NAME: row.name,
        Order.CREATED: row.created,
        Order.STATUS: row.status,
        Order.OBJECTIVE: row.objective or 0.0,
    }
    return values[order], row.name
