"""The engine dies at every point a process can die at, and the books stay exact.

A crash point is a step before or after a commit, or before or after an act. What is held
after each: exactly the number asked, each configuration started once, none lost, the same
result as without any crash.
"""

import random

import pytest

from orchestrator.runtime.simulated import Fate
from orchestrator.store.protocol import JobKind, Query
from tests.builders import SCOPE, a_tuning
from tests.simulation.world import Simulation

JOBS = 7
SHARDS = 8
POINTS_PER_SHARD = 200
SEVERAL_CRASHES = 100


def children(simulation):
    query = Query(
        JobKind.TRAINING, SCOPE.account, SCOPE.region, root=simulation.spec.arn, limit=999
    )
    return simulation.store.find(query)


def summary(simulation):
    """What a user can see of the outcome, times aside."""
    rows = [
        (row.number, row.status, row.state["tuned"], row.objective, row.state["metrics"].keys())
        for row in children(simulation)
    ]
    state = simulation.row().state
    return (
        rows,
        state["status"],
        state["training_counters"],
        state["objective_counters"],
        state["best"],
    )


def unharmed(**options):
    simulation = Simulation(a_tuning(jobs=JOBS, parallel=3), **options)
    simulation.create()
    simulation.run()
    return summary(simulation)


def check(simulation, wanted):
    found = summary(simulation)
    names = [(number, tuned, value) for number, _, tuned, value, _ in found[0]]
    assert names == [(number, tuned, value) for number, _, tuned, value, _ in wanted[0]]
    assert found[1:4] == wanted[1:4]
    assert set(simulation.runtime.starts.values()) == {1}, "nothing is run twice"
    assert len(simulation.runtime.starts) == JOBS, "nothing is lost"
    assert not simulation.runtime._jobs, "nothing is left behind"
    assert simulation.engine.loop.driving() == ()


def steps_of_one_run():
    simulation = Simulation(a_tuning(jobs=JOBS, parallel=3))
    simulation.store.countdown = 10**9
    simulation.create()
    simulation.run()
    return 10**9 - simulation.store.countdown


@pytest.mark.parametrize("shard", range(SHARDS))
def test_one_crash_at_every_point_of_a_run_loses_and_repeats_nothing(shard):
    wanted, steps = unharmed(), steps_of_one_run()
    points = list(range(shard, steps, SHARDS))
    assert points
    for point in points:
        simulation = Simulation(a_tuning(jobs=JOBS, parallel=3))
        simulation.run_through_crashes([point])
        assert simulation.crashes == 1
        check(simulation, wanted)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_crash_after_crash_loses_and_repeats_nothing(shard):
    wanted, chance = unharmed(), random.Random(shard)
    for _ in range(POINTS_PER_SHARD // 5):
        countdowns = [chance.randrange(20) for _ in range(5)]
        simulation = Simulation(a_tuning(jobs=JOBS, parallel=3))
        simulation.run_through_crashes(countdowns)
        assert simulation.crashes == len(countdowns)
        check(simulation, wanted)


@pytest.mark.parametrize("shard", range(4))
def test_crashes_among_failing_and_refused_training_jobs_keep_the_books_exact(shard):
    def fate(launch):
        number = int(launch.spec.name.split("-")[1])
        if number % 3 == 0:
            return Fate(code=1, failure="bad luck", emissions=1)
        return Fate(refused="no room") if number % 5 == 0 else Fate()

    wanted, chance = unharmed(fate=fate), random.Random(100 + shard)
    for _ in range(SEVERAL_CRASHES // 4):
        simulation = Simulation(a_tuning(jobs=JOBS, parallel=3), fate=fate)
        simulation.run_through_crashes([chance.randrange(25) for _ in range(3)])
        assert simulation.crashes == 3
        assert summary(simulation)[1:4] == wanted[1:4]
        assert all(count == 1 for count in simulation.runtime.starts.values())
        assert len(children(simulation)) == JOBS


def test_the_crash_points_tried_are_at_least_two_thousand():
    """Each test above holds that all its crashes really happened."""
    crashes = SHARDS * POINTS_PER_SHARD + SEVERAL_CRASHES * 3
    assert crashes + steps_of_one_run() >= 2000
