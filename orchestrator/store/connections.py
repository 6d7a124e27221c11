"""Connections to ``state.sqlite``: opening, transactions, and SQLite's errors in our words.

* A connection serves one thread at a time, and lies in a pool between uses, so that the many
  short-lived threads of a server need few.
* Write-ahead log with ``synchronous = NORMAL``: a commit is a write to the operating system and
  no sync. That survives the death of any process, which is what we promise; a power cut may
  take the last commits, never the file's consistency.
* A write transaction is IMMEDIATE: it waits for its turn at its beginning, where waiting is
  always possible (an upgrade from reading to writing is refused without a wait).
* Opening goes through a locked file, for a switch to the write-ahead log is also refused
  without a wait while another process looks at the file.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestrator.errors import StateError
from orchestrator.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS = 60.0
"""How long a transaction waits for the others'; theirs take less than a millisecond."""

MENDS = {
    "SQLITE_FULL": "cannot be written: the disk is full; free some space",
    "SQLITE_IOERR": "cannot be read or written: the disk is full or failing; free some space",
    "SQLITE_READONLY": "cannot be written; make it and its folder writable",
    "SQLITE_PERM": "cannot be opened; make it and its folder readable and writable",
    "SQLITE_CANTOPEN": "cannot be opened; make its folder readable and writable",
    "SQLITE_NOTADB": "is not a state of amt; move it away",
    "SQLITE_CORRUPT": "is damaged; restore it from a copy, or move it away",
    "SQLITE_BUSY": f"has been locked for {BUSY_SECONDS:.0f} seconds; end the process that does",
}


class Connections:
    """The connections of one process to one file.

    Raises:
        StateError: The file cannot be used; the message says the mend.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        self._watch_lock = threading.Lock()
        with self._errors(), self._door():
            self._watcher = self._connect()
            try:
                migrate(self._watcher, path)
            except BaseException:
                self._watcher.close()
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for statements that only read.

        Raises:
            StateError: The file cannot be read.
        """
        connection = self._take()
        try:
            with self._errors():
                yield connection
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction, committed at the end, rolled back on any error.

        Raises:
            StateError: The file cannot be written; nothing was.
        """
        with self.reading() as connection:  # closing it, on an error, rolls back
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def data_version(self) -> int:
        """A number that changes with every commit of anybody, this process included.

        SQLite's own, which leaves out the commits of the connection that asks; so the one
        that asks never writes.
        """
        with self._watch_lock, self._errors():
            if self._closed:
                raise self._fault("is closed")
            (version,) = self._watcher.execute("PRAGMA data_version").fetchone()
            return int(version)

    def close(self) -> None:
        """Close what lies idle; a connection in use closes when it comes back."""
        with self._watch_lock:
            self._closed = True
            self._watcher.close()
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        if self._closed:
            raise self._fault("is closed")
        try:
            return self._idle.pop()
        except IndexError:
            with self._errors():
                return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._closed:
            connection.close()
        else:
            self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    @contextmanager
    def _door(self) -> Iterator[None]:
        """One process at a time, until it is closed."""
        path = self._path.with_suffix(".lock")
        try:
            with path.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise self._fault(f"cannot be opened ({error.strerror}); make it writable") from error

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            name = getattr(error, "sqlite_errorname", "")
            for prefix, mend in MENDS.items():
                if name.startswith(prefix):
                    raise self._fault(mend) from error
            raise

    def _fault(self, problem: str) -> StateError:
        return StateError(f"{self._path} {problem}, or choose another state folder with AMT_HOME")
