"""Books that cannot be used, jobs that cannot be loaded, callers that gave up."""

import itertools
import threading
from contextlib import contextmanager

import pytest

from orchestrator.clock import SystemClock
from orchestrator.engine import loop as engine_loop
from orchestrator.errors import LaunchRefused, NameTaken, StateError, WrongStatus
from orchestrator.training import events as ev
from orchestrator.training.job import TrainingStatus
from orchestrator.training.machine import TrainingMachine
from tests.builders import a_training, a_tuning
from tests.simulation.world import Simulation


def turned(simulation, until):
    """Turn until the condition holds."""
    loop, clock, never = simulation.engine.loop, simulation.clock, threading.Event()
    while not until():
        if not (loop.turn() or loop.pending()):
            clock.wait_until(loop.next_turn(), never)


def test_books_that_refuse_for_a_while_are_written_later_and_not_at_once_again():
    simulation = Simulation(a_tuning(jobs=3, parallel=2))
    simulation.create()
    commit, tries = simulation.store.commit, []

    def full(change):
        tries.append(simulation.clock.now())
        if len(tries) < 5:
            raise StateError("the disk is full")
        commit(change)

    simulation.store.commit = full
    loop = simulation.engine.loop
    turned(simulation, lambda: tries)
    assert loop.trouble == "the disk is full"
    turned(simulation, lambda: not loop.trouble)
    pauses = [after - before for before, after in itertools.pairwise(tries)][:4]
    assert pauses == [engine_loop.RETRY_SECONDS] * 4
    assert simulation.run().status == "Completed"
    assert set(simulation.runtime.starts.values()) == {1}


def test_commands_that_cannot_be_read_are_read_later():
    simulation = Simulation(a_tuning(jobs=3, parallel=2))
    simulation.create()
    loop, commands, refusals = simulation.engine.loop, simulation.store.commands, []
    loop._shared = True

    def refused(roots):
        if len(refusals) < 3:
            refusals.append(roots)
            raise StateError("the disk is failing")
        return commands(roots)

    simulation.store.commands = refused
    simulation.store.send(simulation.spec.arn, simulation.spec.arn, "stop")
    assert simulation.run().status == "Stopped"
    assert loop.trouble == ""


def test_a_job_that_cannot_be_loaded_leaves_nothing_in_hand_and_its_lease_free():
    simulation = Simulation(a_tuning(jobs=3, parallel=2))
    simulation.create()
    turned(simulation, lambda: simulation.runtime._jobs)
    simulation.crash_and_come_back()
    for lease in tuple(simulation.store._drivers.values()):
        lease.abandon()
    simulation.engine = simulation.new_engine()
    loop, journal, read = simulation.engine.loop, simulation.store.journal, []

    def broken(arn):
        read.append(arn)
        if len(read) == 3:
            raise StateError("the disk is failing")
        return journal(arn)

    simulation.store.journal = broken
    with pytest.raises(StateError, match="failing"):
        simulation.engine.resume(simulation.spec.arn)
    assert loop.driving() == ()
    assert loop._cascade.tunings == {}
    assert loop._cascade.trainings == {}
    assert loop._cascade.turn == type(loop._cascade.turn)()
    simulation.engine.resume(simulation.spec.arn)
    assert simulation.run().status == "Completed"
    assert set(simulation.runtime.starts.values()) == {1}


@contextmanager
def refused_by_a_new_engine(simulation):
    """A new engine that has not the job's runtime refuses the job; it has it afterwards."""
    simulation.engine = simulation.new_engine()
    runtimes = simulation.engine._world.runtimes
    runtimes["process"] = runtimes.pop("simulated")
    with pytest.raises(LaunchRefused, match="simulated runtime"):
        simulation.engine.resume(simulation.spec.arn)
    yield
    runtimes["simulated"] = runtimes.pop("process")


def test_a_job_of_another_runtime_is_refused_and_harms_nobody():
    simulation = Simulation(a_tuning(jobs=3, parallel=2))
    simulation.create()
    for lease in tuple(simulation.store._drivers.values()):
        lease.abandon()
    with refused_by_a_new_engine(simulation):
        simulation.engine.sweep()
        assert simulation.engine.loop.driving() == ()
    simulation.engine.resume(simulation.spec.arn)
    assert simulation.run().status == "Completed"


def test_the_remains_of_an_ended_job_are_cleaned_up_once_or_refused_aloud():
    simulation = Simulation(a_tuning(jobs=1))
    simulation.create()
    simulation.run()
    simulation.store.lease(simulation.spec.arn).abandon()
    with refused_by_a_new_engine(simulation):
        assert simulation.store.abandoned() == [simulation.spec.arn]
    simulation.engine.resume(simulation.spec.arn)
    assert simulation.engine.loop.driving() == ()
    assert simulation.store.abandoned() == []
    with pytest.raises(WrongStatus):
        simulation.engine.resume(simulation.spec.arn)


def test_a_damaged_job_does_not_keep_others_from_being_driven():
    simulation = Simulation(a_tuning(jobs=1))
    simulation.create()
    simulation.run()
    simulation.store.lease(simulation.spec.arn).abandon()
    simulation.engine = simulation.new_engine()

    def damaged(_):
        raise ValueError("no event")

    simulation.store.journal = damaged
    simulation.engine.sweep()
    assert simulation.engine.loop.driving() == ()


def test_a_taken_name_is_refused_before_any_runtime_is_asked():
    simulation = Simulation(a_tuning(jobs=1))
    simulation.create()
    simulation.runtime.check = lambda _: pytest.fail("the runtime was asked")
    with pytest.raises(NameTaken):
        simulation.create()


def test_what_a_caller_was_told_has_failed_is_not_done_later(monkeypatch):
    monkeypatch.setattr(engine_loop, "ANSWER_SECONDS", 0.01)
    simulation, done = Simulation(a_tuning(jobs=1)), []
    loop = simulation.engine.loop
    loop._thread = threading.current_thread()  # nobody turns: the loop is busy elsewhere
    with pytest.raises(StateError, match="try again"):
        loop.call(lambda: done.append("late"))
    loop.turn()
    assert done == []


def test_an_engine_that_stopped_by_a_fault_answers_at_once():
    simulation = Simulation(a_tuning(jobs=1))
    loop = simulation.engine.loop
    loop._clock = SystemClock()

    def fault(_):
        raise ZeroDivisionError

    loop._level = fault
    loop.start()
    with pytest.raises(StateError, match="ZeroDivisionError"):
        loop.call(lambda: simulation.engine._loop.recovery.load("arn:nobody", 0.0))
    loop._thread.join(10)
    with pytest.raises(StateError, match="ZeroDivisionError"):
        loop.call(lambda: None)


def test_timers_of_jobs_that_have_gone_do_not_gather():
    simulation = Simulation(a_tuning(jobs=300, parallel=5))
    simulation.create()
    simulation.run()
    assert len(simulation.engine.loop._cascade.timers) < 150


def test_a_failure_that_is_told_after_the_interruption_changes_nothing():
    machine = TrainingMachine(a_training())
    machine.handle(ev.Created(1.0, "process"))
    machine.handle(ev.Interrupted(2.0))
    assert machine.state.interrupted
    assert machine.handle(ev.Failed(3.0, "ClientError: no room", retryable=False)) == []
    assert machine.state.status is TrainingStatus.IN_PROGRESS


def test_an_end_that_is_told_before_the_start_has_a_start_all_the_same():
    machine = TrainingMachine(a_training())
    for event in (ev.Created(1.0, "process"), ev.Staged(2.0, 1)):
        machine.handle(event)
    machine.handle(ev.Exited(3.0, 1, 0))
    assert machine.state.started == 3.0
    assert machine.handle(ev.Started(4.0, 1)) == []
