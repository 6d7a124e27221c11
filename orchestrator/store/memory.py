"""The books in memory: for simulations and tests. Nothing outlives the process.

It keeps events and rows as they are, no JSON; what was handed in must not be changed after.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator.errors import JobNotFound, NameTaken
from orchestrator.store.protocol import Command, Order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from orchestrator.store.protocol import Change, JobRow, Query, Tags
    from orchestrator.training.events import TrainingEvent
    from orchestrator.tuning.events import TuningEvent


class MemoryLease:
    """The right to drive one job of a MemoryStore."""

    def __init__(self, drivers: dict[str, MemoryLease], abandoned: set[str], root: str) -> None:
        self._drivers = drivers
        self._abandoned = abandoned
        self._root = root
        drivers[root] = self
        abandoned.discard(root)

    def release(self) -> None:
        """Let others drive it; again does no harm."""
        if self._drivers.get(self._root) is self:
            del self._drivers[self._root]

    def abandon(self) -> None:
        """Let others drive it and leave a trace."""
        if self._drivers.get(self._root) is self:
            self._abandoned.add(self._root)
        self.release()


class MemoryStore:
    """A Store of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, JobRow] = {}
        self._requests: dict[str, Mapping[str, Any]] = {}
        self._tags: dict[str, Tags] = {}
        self._journals: defaultdict[str, list[TrainingEvent | TuningEvent]] = defaultdict(list)
        self._commands: dict[int, Command] = {}
        self._sent = 0
        self._version = 0
        self._drivers: dict[str, MemoryLease] = {}
        self._abandoned: set[str] = set()

    def commit(self, change: Change) -> None:
        """Keep all of `change`, or nothing of it.

        Raises:
            NameTaken: A created ARN exists.
            JobNotFound: An event or update is of an ARN that does not exist.
        """
        with self._lock:
            self._check(change)
            for row in change.create:
                self._rows[row.arn] = row
                self._tags[row.arn] = self._tags.get(row.root, row.tags)
                if row.request:
                    self._requests[row.arn] = row.request
            for arn, event in change.events:
                self._journals[arn].append(event)
            for row in change.update:
                self._rows[row.arn] = row
            for arn in change.delete:
                self._forget(arn)
            for number in change.done:
                self._commands.pop(number, None)
            self._version += 1

    def _check(self, change: Change) -> None:
        rows = self._rows
        created = set()
        for row in change.create:
            if row.arn in rows or row.arn in created:
                raise NameTaken(f"a job named {row.name} exists already")
            created.add(row.arn)
        for arn, _ in change.events:
            if arn not in rows and arn not in created:
                raise JobNotFound(f"there is no job {arn}")
        for row in change.update:
            if row.arn not in rows and row.arn not in created:
                raise JobNotFound(f"there is no job {row.arn}")

    def _forget(self, arn: str) -> None:
        self._rows.pop(arn, None)
        self._requests.pop(arn, None)
        self._tags.pop(arn, None)
        self._journals.pop(arn, None)
        gone = [each.id for each in self._commands.values() if arn in {each.arn, each.root}]
        for number in gone:
            del self._commands[number]

    def row(self, arn: str) -> JobRow | None:
        """One job, or None."""
        with self._lock:
            row = self._rows.get(arn)
            return None if row is None else self._whole(row)

    def _whole(self, row: JobRow) -> JobRow:
        request, tags = self._requests.get(row.arn, {}), self._tags[row.arn]
        same = row.request == request and row.tags == tags
        return row if same else replace(row, request=request, tags=tags)

    def find(self, query: Query) -> Sequence[JobRow]:
        """At most `query.limit` rows."""
        with self._lock:
            found = [row for row in self._rows.values() if _wanted(row, query)]
            after = query.after
            if after is not None and query.descending:
                found = [row for row in found if _position(row, query.order) < after]
            elif after is not None:
                found = [row for row in found if _position(row, query.order) > after]
            found.sort(key=lambda row: _position(row, query.order), reverse=query.descending)
            return [self._whole(row) for row in found[: max(0, query.limit)]]

    def count(self, query: Query) -> int:
        """How many rows there are in all, whatever `limit` and `after`."""
        with self._lock:
            return sum(_wanted(row, query) for row in self._rows.values())

    def retag(self, arn: str, change: Callable[[Tags], Tags]) -> None:
        """Replace a job's tags by what `change` makes of them.

        Raises:
            JobNotFound: There is no such job.
        """
        with self._lock:
            if arn not in self._rows:
                raise JobNotFound(f"there is no job {arn}")
            self._tags[arn] = change(self._tags[arn])
            self._version += 1

    def journal(self, arn: str) -> Iterator[TuningEvent | TrainingEvent]:
        """The events of one job in the order they were committed."""
        with self._lock:
            return iter(tuple(self._journals.get(arn, ())))

    def lease(self, root: str) -> MemoryLease | None:
        """Take the right to drive `root`; None while another engine has it."""
        with self._lock:
            return (
                None if root in self._drivers else MemoryLease(self._drivers, self._abandoned, root)
            )

    def abandoned(self) -> Sequence[str]:
        """Roots whose engine went with work left to do."""
        return sorted(self._abandoned)

    def driver(self, root: str) -> int | None:
        """This process's id while one of its engines drives `root`."""
        return os.getpid() if root in self._drivers else None

    def send(self, root: str, arn: str, verb: str) -> None:
        """Leave a command for the driver of `root`.

        Raises:
            JobNotFound: There is no such job (any more).
        """
        with self._lock:
            if arn not in self._rows:
                raise JobNotFound(f"there is no job {arn}")
            self._sent += 1
            self._commands[self._sent] = Command(self._sent, root, arn, verb)
            self._version += 1

    def commands(self, roots: Sequence[str]) -> Sequence[Command]:
        """Commands waiting for these roots, oldest first."""
        with self._lock:
            return [each for each in self._commands.values() if each.root in roots]

    def version(self) -> int:
        """A number that changes whenever something is committed or sent."""
        return self._version

    def close(self) -> None:
        """Release the leases."""
        self._drivers.clear()


def _wanted(row: JobRow, query: Query) -> bool:
    return (
        row.kind is query.kind
        and row.account == query.account
        and row.region == query.region
        and (query.root is None or row.root == query.root)
        and not (query.children_only and row.root == row.arn)
        and (query.status is None or row.status == query.status)
        and (query.name_contains is None or query.name_contains.lower() in row.name.lower())
        and _within(row.created, query.created_after, query.created_before)
        and _within(row.modified, query.modified_after, query.modified_before)
        and not (query.order is Order.OBJECTIVE and row.objective is None)
    )


def _within(moment: float, after: float | None, before: float | None) -> bool:
    return (after is None or moment > after) and (before is None or moment < before)


def _position(row: JobRow, order: Order) -> tuple[Any, str]:
    """Where `row` stands in `order`: what `Query.after` names."""
    match order:
        case Order.NAME:
            return row.name, row.name
        case Order.CREATED:
            return row.created, row.name
        case Order.STATUS:
            return row.status, row.name
        case Order.OBJECTIVE:
            return row.objective, row.name
