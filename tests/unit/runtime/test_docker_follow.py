"""Copying a container's output, against an engine that misbehaves on command."""

import threading

import pytest

from orchestrator.runtime.docker_engine import EngineDown, EngineRefused
from orchestrator.runtime.docker_follow import Ended, Follower, moment

OUTPUT = [b"line 0\n", b"line 1\n", b"cut off"]
PATIENCE_SECONDS = 20


class Engine:
    """Plays one script a connection; each entry is a chunk to send or an error to raise."""

    def __init__(self, *connections, state=None):
        self.connections = list(connections)
        self.state = {
            "Running": False,
            "Status": "exited",
            "ExitCode": 3,
            "OOMKilled": False,
            "FinishedAt": "2026-01-02T03:04:05.5Z",
            "Error": "",
        } | (state or {})

    def output(self, _container, opened, *, follow):
        opened(None)
        for part in self.connections.pop(0) if follow else OUTPUT:
            if isinstance(part, Exception):
                raise part
            yield part

    def last_output(self, _container, _lines):
        return b"".join(OUTPUT)

    def inspect(self, _container):
        if self.connections:
            return {"State": self.state | {"Running": True, "Status": "running"}}
        return {"State": self.state}


class News:
    def __init__(self):
        self.done = threading.Event()

    def printed(self):
        pass

    def ended(self, _follower):
        self.done.set()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "algo-1.log"


def followed(engine, log, start=0):
    news = News()
    follower = Follower(engine, "name", log, log_start=start, news=news)
    follower.begin()
    assert news.done.wait(PATIENCE_SECONDS)
    follower.close()
    return follower


def test_everything_is_copied_and_the_end_told(log):
    follower = followed(Engine(OUTPUT), log)
    assert log.read_bytes() == b"".join(OUTPUT)
    assert follower.ended == Ended(3, False, ("2026-01-02T03:04:05", "500000000"))


def test_a_stream_that_breaks_is_taken_up_where_it_broke(log):
    followed(Engine([b"line 0\nli", EngineDown("gone")], [EngineDown("gone")], OUTPUT), log)
    assert log.read_bytes() == b"".join(OUTPUT)


def test_what_the_log_has_already_is_skipped_behind_an_earlier_attempt(log):
    log.write_bytes(b"earlier\nline 0\nline")
    followed(Engine(OUTPUT), log, start=8)
    assert log.read_bytes() == b"earlier\n" + b"".join(OUTPUT)


def test_a_last_line_that_the_stream_left_out_is_fetched(log):
    followed(Engine(OUTPUT[:2]), log)
    assert log.read_bytes() == b"".join(OUTPUT)


def test_a_container_that_is_gone_was_killed(log):
    assert followed(Engine([EngineRefused(404, "no such container")]), log).ended == Ended(137)


def test_a_container_that_could_not_be_started_says_why(log):
    state = {"Status": "created", "ExitCode": 127, "Error": "train: not found"}
    engine = Engine([], state=state)
    engine.last_output = lambda *_: b""
    follower = followed(engine, log)
    assert follower.ended == Ended(127)
    assert log.read_text() == "train: not found\n"


def test_a_log_that_cannot_be_written_does_not_hide_the_end(tmp_path):
    follower = followed(Engine(), tmp_path / "no" / "folder" / "log")
    assert follower.ended is not None
    assert follower.ended.code == 3


def test_closing_stops_to_watch_what_still_runs(log):
    engine = Engine(*[[EngineDown("gone")]] * 10_000)
    follower = Follower(engine, "name", log, log_start=0, news=News())
    follower.begin()
    follower.close()
    assert follower.ended is None


def test_moments_compare_although_their_zeros_are_trimmed():
    assert moment("2026-01-02T03:04:05Z") < moment("2026-01-02T03:04:05.09Z")
    assert moment("2026-01-02T03:04:05.09Z") < moment("2026-01-02T03:04:05.1Z")
