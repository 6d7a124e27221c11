"""Several processes on one state folder: one drives a job, the others look, order and drive."""

import json
import logging

from orchestrator.clock import SystemClock
from tests.road import SCOPE, finished, until

log = logging.getLogger(__name__)


def driven(road, *words, name="job"):
    """A driver of `name`, once a training job of it is training."""
    driver = road.spawn("run", f"{name}.yaml", "--name", name, *words)
    until(lambda: road.tuning(name) and road.training_now(name), f"{name} trains")
    return driver


def test_others_look_while_one_drives_and_a_stop_is_obeyed(road):
    road.job(jobs=40, seconds=0.5)
    driver = driven(road)
    watcher = road.spawn("watch", "job")
    until(lambda: any(row.status == "Completed" for row in road.children("job")), "one ends")
    looks = [
        road.spawn("describe", "job", "--json"),
        road.spawn("list", "--json"),
        road.spawn("jobs", "job", "--json"),
        road.spawn("best", "job", "--json"),
        road.spawn("logs", road.children("job")[0].name),
    ]
    for look in looks:
        result = finished(look)
        assert result.returncode == 0, result.stderr
        assert result.stdout
    clock = SystemClock()
    began = clock.now()
    with road.books() as store:
        arn = SCOPE.arn("hyper-parameter-tuning-job", "job")
        store.send(arn, arn, "stop")
        until(lambda: store.row(arn).status != "InProgress", "the stop is obeyed")
        obeyed = clock.now() - began
        until(lambda: store.row(arn).status == "Stopped", "the job is stopped")
    log.info(
        "a stop was obeyed after %.3f s, all had stopped after %.3f s", obeyed, clock.now() - began
    )
    assert finished(driver).returncode == 3
    assert finished(watcher).returncode == 3
    road.check_journal("job")
    road.check_nothing_left()


def test_the_stop_command_stops_another_processs_job(road):
    road.job(jobs=40, seconds=20)
    driver = driven(road)
    result = road.amt("stop", "job")
    assert result.returncode == 0, result.stderr
    assert "job is Stop" in result.stderr
    assert finished(driver).returncode == 3
    assert {row.status for row in road.children("job")} == {"Stopped"}
    road.check_nothing_left()


def test_the_stop_command_stops_a_job_that_nobody_drives(road):
    road.job(jobs=40, seconds=20)
    driver = driven(road)
    driver.kill()
    driver.communicate()
    assert road.running()
    result = road.amt("stop", "job")
    assert result.returncode == 0, result.stderr
    assert road.status("job") == "Stopped"
    road.check_nothing_left()


def test_two_runs_at_once_both_end_exactly(road):
    road.job(jobs=5, seconds=0.3)
    road.job(name="other", jobs=5, seconds=0.3, seed=2)
    one, two = driven(road), driven(road, name="other")
    assert finished(one).returncode == 0
    assert finished(two).returncode == 0
    for name in ("job", "other"):
        assert len(road.children(name)) == 5
        road.check_journal(name)
    assert set(road.notes().values()) == {1}
    road.check_nothing_left()


def test_a_name_is_given_once(road):
    road.job(jobs=1, seconds=0.1)
    assert road.amt("run", "job.yaml", "--name", "job").returncode == 0
    for more in ((), ("--detach",)):
        result = road.amt("run", "job.yaml", "--name", "job", *more)
        assert result.returncode == 0
        assert "job is on local already, with this very definition (Completed)" in result.stderr
        result = road.amt("run", "job.yaml", "--name", "job", "--set", "limits.jobs=2", *more)
        assert result.returncode == 2
        assert "The name job is taken: " in result.stderr
        assert "~ limits.jobs: 1 -> 2" in result.stderr
    assert len(road.children("job")) == 1


def test_a_job_that_somebody_drives_is_not_driven_twice_nor_deleted(road):
    road.job(jobs=40, seconds=20)
    driver = driven(road)
    result = road.amt("resume", "job")
    assert result.returncode == 2
    assert f"Process {driver.pid} drives job" in result.stderr
    result = road.amt("delete", "job")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) <= 2
    road.amt("stop", "job")
    assert finished(driver).returncode == 3
    assert road.amt("delete", "job").returncode == 0
    assert json.loads(road.amt("list", "--json").stdout) == []
    assert road.amt("describe", "job").returncode == 2


def test_a_detached_job_goes_on_without_its_terminal(road):
    road.job(jobs=3, seconds=0.4)
    began = road.amt("run", "job.yaml", "--name", "job", "--detach", "--json")
    assert began.returncode == 0, began.stderr
    assert road.driver("job") == json.loads(began.stdout)["driver"]
    assert road.amt("wait", "job").returncode == 0
    until(lambda: road.driver("job") is None, "the driver leaves")
    road.check_exact("job", 3)
