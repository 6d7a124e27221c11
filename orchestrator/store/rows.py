"""A JobRow as a row of SQLite, and a Query as SQL. Text only: `sqlite` runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.store.protocol import JobKind, JobRow, Order
from orchestrator.store.records import decode_mapping, decode_tags, encode_mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.store.protocol import Query

COLUMNS = (
    "arn, kind, name, account, region, root, number, status, created, modified, objective,"
    " request, state, tags"
)

# The last value: a child's tags are its root's (parameter 6) at this moment.
INSERT = (
    f"INSERT INTO job ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"  # noqa: S608  (a constant)
    " coalesce((SELECT tags FROM job WHERE arn = ?6), ?14)) ON CONFLICT (arn) DO NOTHING"
)

TAGS = "SELECT tags FROM job WHERE arn = ?"

RETAG = "UPDATE job SET tags = ? WHERE arn = ?"

UPDATE = (
    "UPDATE job SET status = ?, created = ?, modified = ?, objective = ?, state = ? WHERE arn = ?"
)

SELECT = f"SELECT {COLUMNS} FROM job WHERE arn = ?"  # noqa: S608  (a constant)

SORTED_BY = {
    Order.NAME: "name",
    Order.CREATED: "created",
    Order.STATUS: "status",
    Order.OBJECTIVE: "objective",
}


def inserted(row: JobRow) -> tuple[Any, ...]:
    """The parameters of INSERT."""
    return (
        row.arn,
        row.kind.value,
        row.name,
        row.account,
        row.region,
        row.root,
        row.number,
        row.status,
        row.created,
        row.modified,
        row.objective,
        encode_mapping(row.request),
        encode_mapping(row.state),
        encode_mapping(row.tags),
    )


def updated(row: JobRow) -> tuple[Any, ...]:
    """The parameters of UPDATE."""
    state = encode_mapping(row.state)
    return (row.status, row.created, row.modified, row.objective, state, row.arn)


def row_of(values: Sequence[Any]) -> JobRow:
    """The JobRow that `values`, one per column, were made from."""
    arn, kind, *plain, request, state, tags = values
    mappings = decode_mapping(request), decode_mapping(state), decode_tags(tags)
    fields: list[Any] = [arn, JobKind(kind), *plain, *mappings]
    return JobRow(*fields)


def finding(query: Query) -> tuple[str, list[Any]]:
    """The SQL and its parameters for one page of rows."""
    terms, values = _terms(query)
    column = SORTED_BY[query.order]
    if query.after is not None:
        terms.append(f"({column}, name) {'<' if query.descending else '>'} (?, ?)")
        values += query.after
    way = "DESC" if query.descending else "ASC"
    sql = (
        f"SELECT {COLUMNS} FROM job WHERE {' AND '.join(terms)}"  # noqa: S608  (values are bound)
        f" ORDER BY {column} {way}, name {way} LIMIT ?"
    )
    return sql, [*values, max(0, query.limit)]


def counting(query: Query) -> tuple[str, list[Any]]:
    """The SQL and its parameters for how many rows there are on all pages."""
    terms, values = _terms(query)
    return f"SELECT count(*) FROM job WHERE {' AND '.join(terms)}", values  # noqa: S608  (values are bound)


def _terms(query: Query) -> tuple[list[str], list[Any]]:
    """What a row must fulfil. A plus keeps a column from choosing the index: a root is rarer."""
    plus = "" if query.root is None else "+"
    name_part = None if query.name_contains is None else query.name_contains.lower()
    possible: list[tuple[str, Any]] = [
        ("kind = ?", query.kind.value),
        (f"{plus}account = ?", query.account),
        (f"{plus}region = ?", query.region),
        ("root = ?", query.root),
        ("status = ?", query.status),
        ("instr(lower(name), ?) > 0", name_part),
        ("created > ?", query.created_after),
        ("created < ?", query.created_before),
        ("modified > ?", query.modified_after),
        ("modified < ?", query.modified_before),
    ]
    wanted = [(term, value) for term, value in possible if value is not None]
    terms = [term for term, _ in wanted]
    if query.children_only:
        terms.append("root <> arn")
    if query.order is Order.OBJECTIVE:
        terms.append("objective IS NOT NULL")
    return terms, [value for _, value in wanted]
