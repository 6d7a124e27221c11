"""An engine that leaves in good order, and the one that comes after it."""

import threading

from orchestrator.engine.simulate import run_to_end
from orchestrator.store.protocol import JobKind, Query
from tests.builders import SCOPE, a_tuning
from tests.simulation.world import Simulation


def children(simulation):
    query = Query(JobKind.TRAINING, SCOPE.account, SCOPE.region, root=simulation.spec.arn, limit=99)
    return sorted(simulation.store.find(query), key=lambda row: row.number)


def left(simulation, after):
    """Create the job, drive it for `after` seconds, leave in good order."""
    simulation.create()
    loop, clock = simulation.engine.loop, simulation.clock
    end = clock.now() + after
    while clock.now() < end and loop.driving():
        if not (loop.turn() or loop.pending()):
            clock.wait_until(min(loop.next_turn(), end), threading.Event())
    loop.interrupt()
    run_to_end(loop, simulation.clock)
    loop.close()


def test_an_interrupted_job_goes_on_wherever_it_was_left_and_ends_exactly():
    for seconds in range(0, 600, 25):
        simulation = Simulation(a_tuning(jobs=5, parallel=2))
        left(simulation, seconds)
        assert not simulation.runtime._jobs
        if simulation.row().status == "InProgress":
            simulation.engine = simulation.new_engine()
            simulation.engine.resume(simulation.spec.arn)
        assert simulation.run().status == "Completed"
        assert [row.status for row in children(simulation)] == ["Completed"] * 5
        assert set(simulation.runtime.starts.values()) == {1}, "no attempt is started twice"


def test_what_had_ended_before_the_interruption_is_not_trained_again():
    simulation = Simulation(a_tuning(jobs=5, parallel=2))
    left(simulation, 250)
    ended = {row.name: row.objective for row in children(simulation) if row.status == "Completed"}
    assert ended
    simulation.engine = simulation.new_engine()
    simulation.engine.resume(simulation.spec.arn)
    simulation.run()
    attempts = {name for name, attempt in simulation.runtime.starts if attempt > 1}
    assert attempts
    assert not attempts & ended.keys()


def test_an_interrupted_job_can_be_stopped_instead_of_resumed():
    simulation = Simulation(a_tuning(jobs=5, parallel=2))
    left(simulation, 70)
    starts = dict(simulation.runtime.starts)
    simulation.engine = simulation.new_engine()
    simulation.engine.stop(simulation.spec.arn)
    assert simulation.run().status == "Stopped"
    assert {row.status for row in children(simulation)} <= {"Stopped", "Completed"}
    assert simulation.runtime.starts == starts, "nothing is started to be stopped"
