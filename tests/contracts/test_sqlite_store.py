"""What only a store on disk can keep or lose: processes, kills, full disks, foreign files."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.errors import StateError
from orchestrator.store.migrations import MIGRATIONS
from orchestrator.store.protocol import Change
from orchestrator.store.sqlite import SqliteStore
from orchestrator.tuning import events as tuning
from tests.contracts import store_worker
from tests.contracts.store_contract import ROOT, a_query, a_row

WORKER = Path(store_worker.__file__)


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def opened(home):
    """Opens stores on `home`, all closed at the end."""
    stores = []

    def open_one():
        stores.append(SqliteStore(home))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def start(home):
    """Starts a worker; none outlives the test."""
    started = []

    def start_one(verb, *arguments, before=()):
        command = [*before, sys.executable, str(WORKER), str(home), verb, *map(str, arguments)]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        started.append(worker)
        return worker

    yield start_one
    for worker in started:
        worker.kill()
        worker.communicate()


class TestSeveralProcesses:
    def test_commits_of_all_are_kept_and_none_meets_a_lock(self, opened, start):
        """They start together on a folder that does not exist: making it is a race as well."""
        workers = [start("commit_many", number, 60) for number in range(4)]
        assert [worker.communicate()[0].splitlines()[-1] for worker in workers] == ["done"] * 4
        written = [(event.number, event.ordinal) for event in opened().journal(ROOT)]
        assert len(written) == 240
        for worker in range(4):
            assert [n for who, n in written if who == worker] == list(range(60))

    def test_the_version_tells_of_another_s_commits(self, opened):
        mine, other = opened(), opened()
        before = mine.version()
        other.commit(Change(create=(a_row(),)))
        between = mine.version()
        other.send(ROOT, ROOT, "stop")
        assert len({before, between, mine.version()}) == 3
        assert mine.row(ROOT) == a_row()
        assert [command.verb for command in mine.commands([ROOT])] == ["stop"]

    def test_kill_leaves_whole_commits_and_every_one_that_was_told(self, opened, start):
        store = opened()
        store.commit(Change(create=(a_row(state={"done": 0}),)))
        for _ in range(6):
            worker = start("commit_for_ever")
            told = 0
            for _ in range(random.randint(1, 60)):
                told = int(worker.stdout.readline())
            worker.kill()
            worker.wait()
            events = list(store.journal(ROOT))
            done = store.row(ROOT).state["done"]
            assert len(events) == 2 * done
            assert events[-1].number == done >= told


class TestLease:
    def test_a_killed_driver_loses_it(self, opened, start):
        store = opened()
        worker = start("hold")
        pid = int(worker.stdout.readline())
        assert store.driver(ROOT) == pid == worker.pid
        assert store.lease(ROOT) is None
        os.kill(pid, signal.SIGKILL)
        worker.wait()
        assert store.driver(ROOT) is None
        assert store.lease(ROOT) is not None

    def test_a_child_of_the_driver_does_not_keep_it(self, opened):
        """A training process lives on when its engine dies; the lease must not."""
        store, other = opened(), opened()
        lease = store.lease(ROOT)
        with subprocess.Popen(
            [sys.executable, "-c", "print(flush=True); input()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            close_fds=False,
        ) as child:
            child.stdout.readline()
            lease.release()
            assert other.lease(ROOT) is not None
            child.communicate(b"\n")

    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    def test_a_fork_does_not_keep_it_and_does_not_release_it(self, opened):
        store, other = opened(), opened()
        lease = store.lease(ROOT)
        stay, leave = os.pipe()
        child = os.fork()
        if child == 0:
            lease.release()
            os.close(leave)
            os.read(stay, 1)
            os._exit(0)
        assert other.lease(ROOT) is None
        lease.release()
        assert other.lease(ROOT) is not None
        os.close(leave)
        os.close(stay)
        os.waitpid(child, 0)

    def test_two_stores_of_one_process_exclude_each_other(self, opened):
        one, two = opened(), opened()
        lease = one.lease(ROOT)
        assert two.lease(ROOT) is None
        assert two.driver(ROOT) == os.getpid()
        one.close()
        lease.release()
        assert two.driver(ROOT) is None
        assert two.lease(ROOT) is not None

    def test_a_released_lease_leaves_no_file(self, opened, home):
        store = opened()
        store.lease(ROOT).release()
        assert list((home / "leases").iterdir()) == []


class TestBrokenWorlds:
    def test_a_full_disk_refuses_the_commit_and_keeps_what_was(self, opened):
        """SQLite's page limit stands for the disk's end: the error code is the same."""
        store = opened()
        store.commit(Change(create=(a_row(),)))
        with store._connections.reading() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        big = a_row(state={"filler": "x" * 100_000})
        with pytest.raises(StateError, match="disk is full; free some space"):
            store.commit(Change(events=((ROOT, tuning.Woke(1.0)),), update=(big,)))
        assert store.row(ROOT) == a_row()
        assert list(store.journal(ROOT)) == []
        store.commit(Change(events=((ROOT, tuning.Woke(1.0)),)))

    def test_a_file_that_may_not_grow_is_a_clear_message_and_whole_books(self, opened, start):
        store = opened()
        store.commit(Change(create=(a_row(state={"done": 0}),)))
        worker = start("commit_until_full", 400_000)
        *told, fault = worker.communicate()[0].splitlines()
        assert fault.startswith("StateError")
        assert "free some space" in fault
        events = list(store.journal(ROOT))
        assert len(events) == 2 * store.row(ROOT).state["done"] == 2 * int(told[-1])

    def test_a_read_only_folder_is_a_clear_message(self, opened, home, start):
        store = opened()
        store.commit(Change(create=(a_row(),)))
        before = []
        if os.geteuid() == 0:  # root may write anywhere, unless that right is taken away
            if shutil.which("setpriv") is None:
                pytest.skip("runs as root, and there is no setpriv to give that up")
            rights = "-dac_override,-dac_read_search"
            before = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]
        for file in home.iterdir():
            file.chmod(0o400)
        home.chmod(0o500)
        fault = start("commit_many", 1, 1, before=before).communicate()[0]
        home.chmod(0o700)
        assert fault.startswith("StateError")
        assert "writable" in fault
        assert str(home) in fault
        assert list(store.journal(ROOT)) == []

    def test_a_home_that_is_a_file_is_a_clear_message(self, home):
        home.write_text("not a folder")
        with pytest.raises(StateError, match=r"home cannot be used .*AMT_HOME"):
            SqliteStore(home)

    @pytest.mark.parametrize("content", [b"hello, this is not a database" * 99, b"\0" * 4096])
    def test_a_file_that_is_no_database_is_left_alone(self, home, content):
        home.mkdir()
        file = home / "state.sqlite"
        file.write_bytes(content)
        with pytest.raises(StateError, match="is not a state of amt"):
            SqliteStore(home)
        assert file.read_bytes() == content

    def test_somebody_else_s_database_is_left_alone(self, home):
        home.mkdir()
        with sqlite3.connect(home / "state.sqlite") as foreign:
            foreign.execute("CREATE TABLE theirs (x)")
        foreign.close()
        content = (home / "state.sqlite").read_bytes()
        with pytest.raises(StateError, match=r"is not a state of amt; move it away"):
            SqliteStore(home)
        assert (home / "state.sqlite").read_bytes() == content

    def test_a_state_of_a_newer_version_is_refused_and_left_alone(self, opened, home):
        opened().close()
        with sqlite3.connect(home / "state.sqlite") as newer:
            newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        newer.close()
        with pytest.raises(StateError, match=r"newer version of amt .*upgrade amt"):
            SqliteStore(home)

    def test_a_closed_store_says_so(self, opened):
        store = opened()
        store.close()
        for use in (store.version, lambda: store.row(ROOT)):
            with pytest.raises(StateError, match="is closed"):
                use()


class TestHome:
    def test_a_new_home_hides_itself_from_git(self, opened, home):
        store = opened()
        assert (home / ".gitignore").read_text() == "*\n"
        assert store.find(a_query()) == []

    def test_a_folder_with_the_user_s_files_gets_no_gitignore(self, opened, home):
        home.mkdir()
        (home / "work.py").touch()
        opened()
        assert not (home / ".gitignore").exists()

    def test_everything_is_there_after_closing_and_opening(self, opened):
        store = opened()
        row = a_row(request={"a": 1})
        store.commit(Change(create=(row,), events=((ROOT, tuning.Woke(1.0)),)))
        store.send(ROOT, ROOT, "stop")
        store.close()
        again = opened()
        assert again.row(ROOT) == row
        assert list(again.journal(ROOT)) == [tuning.Woke(1.0)]
        assert len(again.commands([ROOT])) == 1
