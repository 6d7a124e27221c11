"""Writes ``schemas/v<N>.sql``, a small state of the newest schema; run by hand, once a schema.

``python tests/unit/store/keep_schema.py`` before the schema is released. A file that exists is
never written again: it stands for the states that users have.
"""

import math
import sqlite3
import sys
import tempfile
from pathlib import Path

from orchestrator.store.migrations import APPLICATION_ID, MIGRATIONS
from orchestrator.store.protocol import Change
from orchestrator.store.sqlite import SqliteStore
from orchestrator.strategy.protocol import Suggestion
from orchestrator.training import events as training
from orchestrator.training.job import ObjectiveStatus, TrainingStatus
from orchestrator.tuning import events as tuning
from tests.contracts.store_contract import ROOT, a_row

SCHEMAS = Path(__file__).parent / "schemas"

ROWS = (
    a_row(request={"HyperParameterTuningJobName": "tune", "Tags": []}),
    a_row("a", number=1, status="Completed", objective=0.5, modified=300.0),
    a_row("b", number=2),
)
TUNING_EVENTS = (
    tuning.Created(100.0, 42, "process"),
    tuning.Proposed(101.0, 2, (Suggestion((("x", "0.5"), ("kind", "ü")), 0),), converged=True),
    tuning.ChildEnded(300.0, 1, TrainingStatus.COMPLETED, ObjectiveStatus.SUCCEEDED, 0.5),
    tuning.ChildEnded(301.0, 2, TrainingStatus.FAILED, ObjectiveStatus.FAILED, retryable=True),
)
TRAINING_EVENTS = (
    training.Created(102.0, "process"),
    training.Started(103.0, 1),
    training.Observed(104.0, 1, "algo-1", 80, (training.Observation("loss", -math.inf),)),
    training.Exited(105.0, 1, 1, failure="no", last_lines="null\n"),
)


def fill(store: SqliteStore) -> None:
    """The state that is kept."""
    child = ROWS[1].arn
    events = [(ROOT, event) for event in TUNING_EVENTS]
    events += [(child, event) for event in TRAINING_EVENTS]
    store.commit(Change(create=ROWS, events=tuple(events)))
    store.send(ROOT, child, "stop")


def keep() -> None:
    """Write the file of the newest schema."""
    target = SCHEMAS / f"v{len(MIGRATIONS)}.sql"
    if target.exists():
        sys.exit(f"{target} is kept as it is")
    with tempfile.TemporaryDirectory() as home:
        store = SqliteStore(Path(home))
        fill(store)
        store.close()
        connection = sqlite3.connect(Path(home) / "state.sqlite")
        lines = [f"PRAGMA application_id = {APPLICATION_ID};"]
        lines += [f"PRAGMA user_version = {len(MIGRATIONS)};", *connection.iterdump()]
        connection.close()
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    keep()
