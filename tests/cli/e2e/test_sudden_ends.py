"""Things that end before their time: drivers while they leave, trainings, containers."""

import os
import signal
from pathlib import Path

import pytest

from tests.road import TRAIN, finished, until

SLOW_TO_LEAVE = TRAIN.replace(
    'note("started")',
    "import signal; signal.signal(signal.SIGTERM, lambda *_: time.sleep(0.7) or sys.exit(1))\n"
    'note("started")',
)


def begun(road, *words, wanted=2, **options):
    driver = road.spawn("run", "job.yaml", "--name", "job", *words, **options)

    def trains():
        assert driver.poll() is None, finished(driver).stderr
        return road.tuning("job") and len(road.training_now("job")) >= wanted

    until(trains, f"{wanted} train")
    return driver


def carriers(road, word):
    """Numbers of the job's processes whose command line has `word`."""
    return [
        number
        for number in road.running()
        if word in Path(f"/proc/{number}/cmdline").read_text(errors="replace")
    ]


@pytest.mark.parametrize("after", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_a_driver_that_dies_while_it_leaves_can_be_resumed(road, after):
    road.job(SLOW_TO_LEAVE, jobs=4, seconds=0.8)
    driver = begun(road)
    driver.send_signal(signal.SIGINT)
    while "Ctrl-C again" not in driver.stderr.readline():
        assert driver.poll() is None
    driver.send_signal(after)
    driver.communicate()
    assert road.status("job") == "InProgress"
    result = road.amt("resume", "job")
    assert result.returncode == 0, result.stderr
    road.check_exact("job", 4, starts=2)


def test_two_resumes_at_once_drive_once(road):
    road.job(jobs=5, seconds=0.6)
    driver = begun(road)
    driver.kill()
    driver.communicate()
    rivals = [road.spawn("resume", "job") for _ in range(3)]
    results = sorted((finished(rival) for rival in rivals), key=lambda result: result.returncode)
    assert [result.returncode for result in results] == [0, 2, 2], results
    for loser in results[1:]:
        assert "drive" in loser.stderr or "ended" in loser.stderr
        assert len(loser.stderr.splitlines()) == 1
    road.check_exact("job", 5)


@pytest.mark.parametrize("victim", ["train.py", "launcher.py"])
def test_a_training_that_is_killed_from_outside_fails_alone(road, victim):
    road.job(jobs=4, seconds=1.0)
    driver = begun(road)
    os.kill(until(lambda: carriers(road, victim), "the victim runs")[0], signal.SIGKILL)
    result = finished(driver)
    assert result.returncode == 0, result.stderr
    statuses = [row.status for row in road.children("job")]
    assert sorted(statuses) == ["Completed"] * 3 + ["Failed"]
    assert "1 failed" in result.stderr
    road.check_journal("job")
    road.check_nothing_left()


def test_a_training_that_is_killed_while_nobody_drives_fails_alone(road):
    road.job(jobs=4, seconds=1.5)
    driver = begun(road)
    driver.kill()
    driver.communicate()
    for number in carriers(road, "launcher.py")[:1]:
        os.kill(number, signal.SIGKILL)
    result = road.amt("resume", "job")
    assert result.returncode == 0, result.stderr
    assert sorted(row.status for row in road.children("job")) == ["Completed"] * 3 + ["Failed"]
    road.check_journal("job")
    road.check_nothing_left()


@pytest.mark.docker
def test_a_container_that_is_removed_by_hand_fails_alone(road, script_mode_image):
    import docker

    road.runtime, road.image = "docker", script_mode_image
    road.job(jobs=3, seconds=1.5)
    driver = begun(road)
    name = road.training_now("job")[0]
    engine = docker.APIClient(version="auto")
    try:
        (victim,) = [
            each["Id"] for each in engine.containers() if any(name in n for n in each["Names"])
        ]
        engine.remove_container(victim, force=True)
    finally:
        engine.close()
    result = finished(driver)
    assert result.returncode == 0, result.stderr
    statuses = {row.name: row.status for row in road.children("job")}
    assert statuses.pop(name) == "Failed"
    assert set(statuses.values()) == {"Completed"}
    road.check_journal("job")
    road.check_nothing_left()
