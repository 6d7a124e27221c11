"""The schema of ``state.sqlite``, one named step after the other.

``PRAGMA user_version`` counts the steps a file has taken; a step and its count are one
transaction. A released step is never edited: a change is a new step at the end, with a file of
the schema before it kept under ``tests/unit/store/schemas``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.errors import StateError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

APPLICATION_ID = 0x414D5431
"""``AMT1``, in the file's header: it tells our files from anybody else's."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    name: str
    statements: tuple[str, ...]


MIGRATIONS = (
    Migration(
        "jobs, events and commands",
        (
            # AUTOINCREMENT: a number that was deleted is never given again, so that a reader
            # of a deleted job cannot slip into another one's events.
            """CREATE TABLE job (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                arn TEXT NOT NULL UNIQUE,
                kind TEXT NOT NULL,
                name TEXT NOT NULL,
                account TEXT NOT NULL,
                region TEXT NOT NULL,
                root TEXT NOT NULL,
                number INTEGER NOT NULL,
                status TEXT NOT NULL,
                created REAL NOT NULL,
                modified REAL NOT NULL,
                objective REAL,
                request BLOB NOT NULL,
                state BLOB NOT NULL
            )""",
            "CREATE INDEX job_by_name ON job (kind, account, region, name)",
            "CREATE INDEX child_by_name ON job (root, kind, name)",
            "CREATE INDEX child_by_created ON job (root, kind, created, name)",
            "CREATE INDEX child_by_status ON job (root, kind, status, name)",
            "CREATE INDEX child_by_objective ON job (root, kind, objective, name)",
            """CREATE TABLE event (
                job INTEGER NOT NULL,
                seq INTEGER NOT NULL,
                record BLOB NOT NULL,
                PRIMARY KEY (job, seq)
            ) WITHOUT ROWID""",
            """CREATE TABLE command (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                root TEXT NOT NULL,
                arn TEXT NOT NULL,
                verb TEXT NOT NULL
            )""",
        ),
    ),
    Migration(
        "tags that change, and an index for ListTrainingJobs' own order",
        (
            "ALTER TABLE job ADD COLUMN tags BLOB NOT NULL DEFAULT '[]'",
            # Until now a job's tags were those of its root's create request.
            """UPDATE job SET tags = (
                SELECT json_group_array(json_array(
                    json_extract(tag.value, '$.Key'), json_extract(tag.value, '$.Value')))
                FROM job AS owner, json_each(CAST(owner.request AS TEXT), '$.Tags') AS tag
                WHERE owner.arn = job.root
            )""",
            "CREATE INDEX job_by_created ON job (kind, account, region, created, name)",
        ),
    ),
    Migration(
        "List's filters are answered from its indexes",
        (
            # A filter that few rows pass is then tried without reading the rows, which are long.
            "DROP INDEX job_by_name",
            "DROP INDEX job_by_created",
            (
                "CREATE INDEX job_by_name ON job"
                " (kind, account, region, name, status, created, modified)"
            ),
            (
                "CREATE INDEX job_by_created ON job"
                " (kind, account, region, created, name, status, modified)"
            ),
            (
                "CREATE INDEX job_by_status ON job"
                " (kind, account, region, status, name, created, modified)"
            ),
        ),
    ),
)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file to the newest schema. The caller keeps other processes out meanwhile.

    Raises:
        StateError: The file is not one of ours, or of a newer version.
    """
    taken = _taken(connection, path)
    if taken == len(MIGRATIONS):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    for number, migration in enumerate(MIGRATIONS[taken:], start=taken + 1):
        connection.execute("BEGIN IMMEDIATE")
        for statement in migration.statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")


def _taken(connection: sqlite3.Connection, path: Path) -> int:
    """How many steps the file has taken; 0 for a new one."""
    (taken,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    new = taken == 0 and application == 0 and tables == 0
    if application != APPLICATION_ID and not new:
        raise StateError(
            f"{path} is not a state of amt; move it away, or choose another state folder with"
            " AMT_HOME"
        )
    if taken > len(MIGRATIONS):
        raise StateError(
            f"{path} was written by a newer version of amt (schema {taken}, this version knows"
            f" {len(MIGRATIONS)}); upgrade amt, or choose another state folder with AMT_HOME"
        )
    return int(taken)
