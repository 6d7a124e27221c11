"""Who listens hears of every status change once, and after a crash at least once."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.builders import a_tuning
from tests.simulation.world import Simulation

SHARDS = 4


def simulation(jobs=3):
    return Simulation(a_tuning(jobs=jobs, parallel=2))


def whole():
    """Everything that a run without a crash tells, and the points at which it may die."""
    told = simulation()
    told.store.countdown = 10**9
    told.create()
    told.run()
    return told.heard.changes, 10**9 - told.store.countdown, told


def test_every_change_is_told_once_and_in_its_order():
    changes, _, told = whole()
    assert set(Counter(changes).values()) == {1}
    name = told.spec.name
    assert [change for change in changes if change[0] == name] == [
        (name, "InProgress", None),
        (name, "Completed", None),
    ]
    assert changes[0][0] == changes[-1][0] == name
    for child in {change[0] for change in changes} - {name}:
        told_of = [change[1:] for change in changes if change[0] == child]
        assert told_of == [
            ("InProgress", "Starting"),
            ("InProgress", "Training"),
            ("InProgress", "Uploading"),
            ("Completed", "Completed"),
        ]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_crash_at_any_point_loses_no_end_of_a_job(shard):
    changes, steps, _ = whole()
    ends = {change for change in changes if change[1] == "Completed"}
    for point in range(shard, steps, SHARDS):
        crashed = simulation()
        crashed.run_through_crashes([point])
        assert crashed.crashes == 1
        assert set(crashed.heard.changes) >= ends, point


def test_a_stop_that_takes_effect_at_once_is_two_changes():
    stopped = simulation()
    stopped.create()
    loop = stopped.engine.loop
    loop.call(lambda: loop.stop(stopped.spec.arn))
    stopped.run()
    statuses = [status for name, status, _ in stopped.heard.changes if name == stopped.spec.name]
    assert statuses == ["InProgress", "Stopping", "Stopped"]
