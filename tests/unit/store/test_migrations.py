"""A state that an older version wrote opens in this one."""

import sqlite3

import pytest

from orchestrator.store.migrations import MIGRATIONS
from orchestrator.store.protocol import Change
from orchestrator.store.sqlite import SqliteStore
from orchestrator.tuning import events as tuning
from tests.contracts.store_contract import ROOT, a_query
from tests.unit.store.keep_schema import ROWS, SCHEMAS, TRAINING_EVENTS, TUNING_EVENTS


def test_every_schema_has_a_kept_file():
    """After a new migration, run keep_schema.py."""
    kept = {file.name for file in SCHEMAS.glob("v*.sql")}
    assert kept == {f"v{number}.sql" for number in range(1, len(MIGRATIONS) + 1)}


def test_migrations_have_different_names():
    names = [migration.name for migration in MIGRATIONS]
    assert len(set(names)) == len(names)


@pytest.fixture(params=sorted(SCHEMAS.glob("v*.sql")), ids=lambda file: file.stem)
def old(request, tmp_path):
    """A store on a state of a released schema."""
    connection = sqlite3.connect(tmp_path / "state.sqlite")
    connection.executescript(request.param.read_text(encoding="utf-8"))
    connection.close()
    store = SqliteStore(tmp_path)
    yield store
    store.close()


def test_an_old_state_keeps_every_row_event_and_command(old):
    assert [old.row(row.arn) for row in ROWS] == list(ROWS)
    assert list(old.journal(ROOT)) == list(TUNING_EVENTS)
    assert list(old.journal(ROWS[1].arn)) == list(TRAINING_EVENTS)
    (command,) = old.commands([ROOT])
    assert (command.arn, command.verb) == (ROWS[1].arn, "stop")
    assert [row.name for row in old.find(a_query(root=ROOT, descending=True))] == ["b", "a"]


def test_the_tags_of_a_create_request_become_the_jobs_and_its_childrens(tmp_path):
    """The first schema kept tags in the request of the root alone."""
    connection = sqlite3.connect(tmp_path / "state.sqlite")
    connection.executescript((SCHEMAS / "v1.sql").read_text(encoding="utf-8"))
    tags = '{"Tags": [{"Key": "team", "Value": "ml"}, {"Key": "ü", "Value": ""}]}'
    connection.execute("UPDATE job SET request = ? WHERE arn = ?", (tags.encode(), ROOT))
    connection.commit()
    connection.close()
    store = SqliteStore(tmp_path)
    expected = (("team", "ml"), ("ü", ""))
    assert [store.row(row.arn).tags for row in ROWS] == [expected] * len(ROWS)
    store.close()


def test_an_old_state_can_be_written(old):
    old.commit(Change(events=((ROOT, tuning.Woke(400.0)),), delete=(ROWS[2].arn,)))
    assert list(old.journal(ROOT))[-1] == tuning.Woke(400.0)
    assert old.row(ROWS[2].arn) is None


def test_an_interrupted_migration_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    """The steps of one migration and its number are one transaction."""
    SqliteStore(tmp_path).close()
    broken = MIGRATIONS[0].__class__("broken", ("CREATE TABLE half (x)", "CREATE NONSENSE"))
    monkeypatch.setattr("orchestrator.store.migrations.MIGRATIONS", (*MIGRATIONS, broken))
    with pytest.raises(sqlite3.OperationalError, match="NONSENSE"):
        SqliteStore(tmp_path)
    monkeypatch.undo()
    store = SqliteStore(tmp_path)
    with store._connections.reading() as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'half'")
        assert tables.fetchall() == []
    store.close()
