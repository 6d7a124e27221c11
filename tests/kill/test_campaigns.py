"""A campaign whose driver is killed, in real processes."""

import os
import signal

from tests.road import until


def test_a_campaign_whose_driver_was_killed_is_finished_by_the_same_command(road):
    file = road.job(jobs=2, parallel=2)
    assert road.amt("run", file, "--name", "job").returncode == 0
    driver = road.spawn("extend", "job", "--to", "7")
    until(lambda: road.training_now("job-2"), "a training job of the second member")
    os.kill(driver.pid, signal.SIGKILL)
    driver.communicate()
    again = road.amt("extend", "job", "--to", "7")
    assert again.returncode == 0, again.stderr
    assert "job: 7 training jobs in 2 tuning jobs." in again.stderr
    rows = road.children("job-2")
    assert sorted(row.number for row in rows) == [1, 2, 3, 4, 5]
    assert {row.status for row in rows} == {"Completed"}
    assert set(road.notes().values()) == {1}, "what ran on was adopted, not started again"
    road.check_journal("job-2")
    road.check_nothing_left()
