"""Another process at the same books: ``python store_worker.py HOME VERB [ARGUMENT…]``.

It prints one line per thing done, so that a test can wait for it.
"""

import os
import resource
import sys
from pathlib import Path

from orchestrator.errors import AmtError, NameTaken
from orchestrator.store.protocol import Change
from orchestrator.store.sqlite import SqliteStore
from orchestrator.tuning import events as tuning
from tests.contracts.store_contract import ROOT, a_row


def say(*words):
    print(*words, flush=True)  # noqa: T201  (how it talks to the test)


def commit_many(store, worker, times):
    """`times` commits of one event and one update each."""
    try:
        store.commit(Change(create=(a_row(),)))
    except NameTaken:
        say("there already")
    for number in range(int(times)):
        event = tuning.Observed(1.0, int(worker), number, 0.0)
        store.commit(Change(events=((ROOT, event),), update=(a_row(state={"by": worker}),)))
    say("done")


def commit_for_ever(store):
    """Commits of two events and a row that counts them, each told after it was made."""
    done = sum(1 for _ in store.journal(ROOT)) // 2
    while True:
        done += 1
        event = (ROOT, tuning.Observed(1.0, done, 1, 0.0))
        row = a_row(state={"done": done, "filler": "x" * (done % 7 * 3000)})
        store.commit(Change(events=(event, event), update=(row,)))
        say(done)


def commit_until_full(store, limit):
    """Commits until the file-size limit of `limit` bytes is met; the reason is the last line."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    commit_for_ever(store)


def hold(store):
    """Takes the lease and keeps it."""
    assert store.lease(ROOT) is not None
    say(os.getpid())
    sys.stdin.read()


VERBS = {
    "commit_many": commit_many,
    "commit_for_ever": commit_for_ever,
    "commit_until_full": commit_until_full,
    "hold": hold,
}

if __name__ == "__main__":
    try:
        VERBS[sys.argv[2]](SqliteStore(Path(sys.argv[1])), *sys.argv[3:])
    except AmtError as fault:
        say(type(fault).__name__, fault)
