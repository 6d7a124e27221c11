"""The books on disk: ``<home>/state.sqlite``, for any number of processes and threads.

The home is made when the store is opened, by readers too: an empty state answers "no jobs"
like any other. A home that is new or empty gets its own ``.gitignore``; a folder with
something in it is the user's, and a ``.gitignore`` there could hide their work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.errors import JobNotFound, NameTaken, StateError
from orchestrator.store import rows
from orchestrator.store.connections import Connections
from orchestrator.store.leases import Leases
from orchestrator.store.protocol import Command
from orchestrator.store.records import decode, decode_tags, encode, encode_mapping

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from orchestrator.store.leases import FileLease
    from orchestrator.store.protocol import Change, JobRow, Query, Tags
    from orchestrator.training.events import TrainingEvent
    from orchestrator.tuning.events import TuningEvent

PAGE = 1000
"""Events read at once: a transaction left open by a slow reader would keep the log growing."""

APPEND = """
    INSERT INTO event (job, seq, record)
    SELECT id, (SELECT coalesce(max(seq), 0) + 1 FROM event WHERE event.job = job.id), ?
    FROM job WHERE arn = ?
"""
READ = """
    SELECT seq, record FROM event
    WHERE job = (SELECT id FROM job WHERE arn = ?) AND seq > ? ORDER BY seq LIMIT ?
"""
SEND = """
    INSERT INTO command (root, arn, verb)
    SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM job WHERE arn = ?)
"""


class SqliteStore:
    """The Store of a state folder.

    Raises:
        StateError: The folder or its file cannot be used; the message says the mend.
    """

    def __init__(self, home: Path) -> None:
        _make(home)
        self._connections = Connections(home / "state.sqlite")
        self._leases = Leases(home / "leases")

    def commit(self, change: Change) -> None:
        """Write all of `change`, durably against the death of this process.

        Raises:
            NameTaken: A created ARN exists; nothing was written.
            JobNotFound: An event or update is of an ARN that does not exist; nothing was written.
            StateError: The disk is full or read-only; nothing was written.
        """
        created = [rows.inserted(row) for row in change.create]
        events = [(encode(event), arn) for arn, event in change.events]
        updated = [rows.updated(row) for row in change.update]
        with self._connections.writing() as connection:
            for row in created:
                if not connection.execute(rows.INSERT, row).rowcount:
                    raise NameTaken(f"a job named {row[2]} exists already")
            _each(connection, APPEND, events)
            _each(connection, rows.UPDATE, updated)
            for arn in change.delete:
                _delete(connection, arn)
            connection.executemany(
                "DELETE FROM command WHERE id = ?", [(number,) for number in change.done]
            )

    def row(self, arn: str) -> JobRow | None:
        """One job, or None."""
        with self._connections.reading() as connection:
            found = connection.execute(rows.SELECT, (arn,)).fetchone()
        return None if found is None else rows.row_of(found)

    def find(self, query: Query) -> Sequence[JobRow]:
        """At most `query.limit` rows."""
        with self._connections.reading() as connection:
            found = connection.execute(*rows.finding(query)).fetchall()
        return [rows.row_of(values) for values in found]

    def count(self, query: Query) -> int:
        """How many rows there are in all, whatever `limit` and `after`."""
        with self._connections.reading() as connection:
            (number,) = connection.execute(*rows.counting(query)).fetchone()
        return int(number)

    def retag(self, arn: str, change: Callable[[Tags], Tags]) -> None:
        """Replace a job's tags by what `change` makes of them, in one transaction.

        Raises:
            JobNotFound: There is no such job.
            StateError: The disk is full or read-only.
        """
        with self._connections.writing() as connection:
            found = connection.execute(rows.TAGS, (arn,)).fetchone()
            if found is None:
                raise JobNotFound(f"there is no job {arn}")
            tags = change(decode_tags(found[0]))
            connection.execute(rows.RETAG, (encode_mapping(tags), arn))

    def journal(self, arn: str) -> Iterator[TuningEvent | TrainingEvent]:
        """The events of one job in the order they were committed."""
        last = 0
        while True:
            with self._connections.reading() as connection:
                page = connection.execute(READ, (arn, last, PAGE)).fetchall()
            for _, record in page:
                yield decode(record)
            if len(page) < PAGE:
                return
            last = page[-1][0]

    def lease(self, root: str) -> FileLease | None:
        """Take the right to drive `root`; None while another process or engine has it.

        Raises:
            StateError: The folder cannot be written.
        """
        return self._leases.take(root)

    def abandoned(self) -> Sequence[str]:
        """Roots whose driver died or went with work left to do."""
        return self._leases.abandoned()

    def driver(self, root: str) -> int | None:
        """Process id of the driver of `root`; None when nobody drives it."""
        return self._leases.driver(root)

    def send(self, root: str, arn: str, verb: str) -> None:
        """Leave a command for the driver of `root`.

        Raises:
            JobNotFound: There is no such job (any more).
            StateError: The disk is full or read-only.
        """
        with self._connections.writing() as connection:
            if not connection.execute(SEND, (root, arn, verb, arn)).rowcount:
                raise JobNotFound(f"there is no job {arn}")

    def commands(self, roots: Sequence[str]) -> Sequence[Command]:
        """Commands waiting for these roots, oldest first."""
        with self._connections.reading() as connection:
            found = connection.execute(
                "SELECT id, root, arn, verb FROM command ORDER BY id"
            ).fetchall()
        wanted = set(roots)
        return [Command(*values) for values in found if values[1] in wanted]

    def version(self) -> int:
        """A number that changes whenever any process commits or sends; cheap to ask often."""
        return self._connections.data_version()

    def close(self) -> None:
        """Release leases and connections."""
        self._leases.release_all()
        self._connections.close()


def _each(connection: sqlite3.Connection, sql: str, parameters: Sequence[tuple[Any, ...]]) -> None:
    """Run `sql` for each; every run must find the job it is for."""
    if parameters and connection.executemany(sql, parameters).rowcount != len(parameters):
        raise JobNotFound("a change names a job that does not exist")


def _delete(connection: sqlite3.Connection, arn: str) -> None:
    connection.execute("DELETE FROM event WHERE job = (SELECT id FROM job WHERE arn = ?)", (arn,))
    connection.execute("DELETE FROM command WHERE arn = ? OR root = ?", (arn, arn))
    connection.execute("DELETE FROM job WHERE arn = ?", (arn,))


def _make(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not any(home.iterdir()):
            (home / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise StateError(
            f"the state folder {home} cannot be used ({error.strerror}); make it writable, or"
            " choose another with AMT_HOME"
        ) from error
