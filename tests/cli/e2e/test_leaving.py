"""Ctrl-C, once and twice, and SIGTERM: the job stays resumable, and resuming ends it exactly."""

import os
import signal

import pytest

from tests.road import TRAIN, finished, until

STUBBORN = TRAIN.replace(
    'note("started")',
    """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
note("started")
while not os.path.exists(record + ".released"):
    time.sleep(0.02)
""",
)
"""Hears no SIGTERM, and trains only once it has been released."""


def to_the_group(driver, number):
    os.killpg(driver.pid, number)


def to_the_process(driver, number):
    os.kill(driver.pid, number)


def begun(road, wanted=2, **settings):
    driver = road.spawn("run", "job.yaml", "--name", "job", environment=settings)
    until(lambda: len([note for note in road.notes() if note[0] == "started"]) >= wanted, "begun")
    return driver


@pytest.mark.parametrize(
    ("send", "number"),
    [
        (to_the_group, signal.SIGINT),
        (to_the_process, signal.SIGINT),
        (to_the_process, signal.SIGTERM),
    ],
    ids=["ctrl-c", "sigint", "sigterm"],
)
def test_one_interrupt_ends_what_trains_and_resume_ends_the_job(road, send, number):
    road.job(jobs=5, seconds=1.0)
    driver = begun(road, wanted=3)
    send(driver, number)
    result = finished(driver)
    assert result.returncode == 130
    assert "amt resume job" in result.stderr
    assert road.status("job") == "InProgress"
    assert road.driver("job") is None
    open_ones = [row for row in road.children("job") if row.status == "InProgress"]
    assert open_ones
    assert {row.state["secondary"] for row in open_ones} == {"Interrupted"}
    assert not road.running()
    ended = {row.name for row in road.children("job")} - {row.name for row in open_ones}
    result = road.amt("resume", "job")
    assert result.returncode == 0, result.stderr
    road.check_exact("job", 5, starts=2)
    assert all(road.notes()["started", name] == 1 for name in ended)


def test_a_second_interrupt_leaves_at_once_and_resume_adopts_what_runs(road):
    road.job(STUBBORN, jobs=3)
    driver = begun(road, AMT_GRACE_SECONDS="60")
    said = ""
    driver.send_signal(signal.SIGINT)
    while "Ctrl-C again" not in said:
        line = driver.stderr.readline()
        assert line, said
        said += line
    driver.send_signal(signal.SIGINT)
    result = finished(driver)
    assert result.returncode == 130
    assert "picks up what still runs" in result.stderr
    assert road.driver("job") is None
    assert road.running()
    driver = road.spawn("resume", "job", environment={"AMT_GRACE_SECONDS": "60"})
    until(lambda: road.driver("job") is not None, "resumed")
    road.record.with_name(f"{road.record.name}.released").touch()
    result = finished(driver)
    assert result.returncode == 0, result.stderr
    road.check_exact("job", 3, starts=2)


def test_an_interrupted_job_can_be_stopped_instead(road):
    road.job(jobs=5, seconds=20)
    driver = begun(road)
    driver.send_signal(signal.SIGINT)
    assert finished(driver).returncode == 130
    result = road.amt("stop", "job")
    assert result.returncode == 0, result.stderr
    assert road.status("job") == "Stopped"
    assert {row.status for row in road.children("job")} == {"Stopped"}
    road.check_nothing_left()


def test_resume_finishes_for_a_driver_that_died_after_the_end(road):
    road.job(jobs=2)
    assert road.amt("run", "job.yaml", "--name", "job").returncode == 0
    with road.books() as store:
        store.lease(road.tuning("job").arn).abandon()  # what its death leaves
    result = road.amt("resume", "job")
    assert result.returncode == 0, result.stderr
    assert "Cleaning up after job." in result.stderr
    road.check_exact("job", 2)
    result = road.amt("resume", "job")
    assert result.returncode == 2
    assert "job has ended (Completed)" in result.stderr
