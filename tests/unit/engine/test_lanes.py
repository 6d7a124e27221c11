"""Lanes: blocking work beside the loop."""

import logging
import threading

import pytest

from orchestrator.engine.lanes import Lanes

PATIENCE = 10


@pytest.fixture
def new_lanes():
    made = []

    def make(threads):
        made.append(Lanes(threads))
        return made[-1]

    yield make
    for lanes in made:
        lanes.close()


def test_a_lanes_work_runs_in_order_and_never_overlaps(new_lanes):
    lanes, done, ended = new_lanes(4), [], threading.Event()
    for number in range(200):
        lanes.submit("one", lambda number=number: done.append(number))
    lanes.submit("one", ended.set)
    assert ended.wait(PATIENCE)
    assert done == list(range(200))


def test_different_lanes_run_side_by_side_and_more_lanes_than_threads_all_run(new_lanes):
    lanes, meeting = new_lanes(3), threading.Barrier(3)
    counted = threading.Semaphore(0)
    for number in range(3):
        lanes.submit(f"meet {number}", lambda: meeting.wait(PATIENCE))
    for number in range(20):
        lanes.submit(f"lane {number}", counted.release)
    assert all(counted.acquire(timeout=PATIENCE) for _ in range(20))
    assert not meeting.broken


def test_work_that_raises_is_logged_and_its_lane_goes_on(new_lanes, caplog):
    lanes, ended = new_lanes(1), threading.Event()
    with caplog.at_level(logging.ERROR, "amt.engine"):
        lanes.submit("one", lambda: 1 / 0)
        lanes.submit("one", ended.set)
        assert ended.wait(PATIENCE)
    assert "ZeroDivisionError" in caplog.text


def test_after_close_nothing_more_begins_and_nobody_waits_for_what_hangs(new_lanes):
    before = set(threading.enumerate())
    lanes, began, hang, ended = new_lanes(2), threading.Event(), threading.Event(), []

    def work():
        began.set()
        hang.wait(PATIENCE)

    lanes.submit("one", work)
    lanes.submit("one", lambda: ended.append("the rest of the lane"))
    assert began.wait(PATIENCE)
    lanes.close()
    lanes.submit("two", lambda: ended.append("another lane"))
    workers = set(threading.enumerate()) - before
    assert workers
    assert all(thread.daemon for thread in workers), "the interpreter does not wait for them"
    hang.set()
    for thread in workers:
        thread.join(PATIENCE)
    assert ended == []
