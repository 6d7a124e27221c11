import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.space.ranges import ContinuousRange
from orchestrator.strategy.hyperband import HyperbandStopper
from orchestrator.strategy.protocol import Direction, Search, SearchDefinition, TrialState
from tests.unit.strategy.curves import Counted, Ledger

MAXIMIZE, MINIMIZE = Direction.MAXIMIZE, Direction.MINIMIZE
SPACE = (ContinuousRange("x", 0.0, 1.0),)


def a_stopper(*directions, least=1, most=27):
    options = (("max_resource", most),) + ((("min_resource", least),) if least else ())
    definitions = tuple(SearchDefinition(SPACE, each) for each in directions or (MINIMIZE,))
    return HyperbandStopper(Search(definitions, 1, options=options))


def test_the_first_job_to_reach_a_rung_goes_on():
    history = Ledger()
    assert a_stopper().reason_to_stop(history, history.run(99.0)) is None


def test_a_job_outside_the_best_third_stops_and_says_why():
    history = Ledger()
    for value in (1.0, 2.0, 3.0):
        history.run(value)
    assert a_stopper().reason_to_stop(history, history.run(2.5)) == (
        "Hyperband: at rung 1 the objective is 2.5, worse than 2, "
        "the limit of the best third of 4 jobs."
    )


@pytest.mark.parametrize(
    ("direction", "value", "stops"),
    [
        (MINIMIZE, 1.9, False),
        (MINIMIZE, 3.9, True),
        (MAXIMIZE, 3.9, False),
        (MAXIMIZE, 1.9, True),
    ],
)
def test_the_best_third_follows_the_direction(direction, value, stops):
    history = Ledger()
    for other in (1.0, 2.0, 3.0, 4.0):
        history.run(other)
    reason = a_stopper(direction).reason_to_stop(history, history.run(value))
    assert (reason is not None) is stops


def test_a_job_is_judged_at_its_rungs_and_nowhere_else():
    history, stopper = Ledger(), a_stopper(least=2)
    history.end(*[0.0] * 26)
    judged = []
    trial = history.run()
    for step in range(1, 27):
        trial = history.emit(trial.number, 1.0)
        if stopper.reason_to_stop(history, trial):
            judged.append(step)
    assert judged == [2, 6, 18]


def test_a_job_that_has_used_its_whole_resource_stops():
    history = Ledger()
    reason = a_stopper(most=5).reason_to_stop(history, history.run(*[0.0] * 5))
    assert reason == "Hyperband: the job has used its whole resource of 5."


def test_the_least_resource_is_one_unless_given():
    history = Ledger()
    history.run(0.0)
    assert a_stopper(least=None).reason_to_stop(history, history.run(1.0)) is not None


def test_jobs_that_ended_still_count_at_the_rungs_they_reached():
    history = Ledger()
    history.end(0.0, state=TrialState.FAILED)
    history.end(0.5, state=TrialState.STOPPED)
    assert a_stopper().reason_to_stop(history, history.run(0.4)) is not None


def test_each_definition_has_its_own_rungs_and_direction():
    history, stopper = Ledger(), a_stopper(MINIMIZE, MAXIMIZE)
    history.run(5.0, definition=0)
    assert stopper.reason_to_stop(history, history.run(9.0, definition=1)) is None
    assert stopper.reason_to_stop(history, history.run(10.0, definition=1)) is None
    assert stopper.reason_to_stop(history, history.run(10.0, definition=0)) is not None


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-5, 5)), max_size=100))
def test_a_stopper_that_followed_the_job_judges_like_a_new_one(emissions):
    history, old = Ledger(), a_stopper(most=9)
    running = [history.run().number for _ in range(4)]
    for slot, value in emissions:
        trial = history.emit(running[slot], value)
        reason = old.reason_to_stop(history, trial)
        assert reason == a_stopper(most=9).reason_to_stop(history, trial)
        if reason:
            history.finish(trial.number, TrialState.STOPPED)
            running[slot] = history.run().number


def test_the_cost_of_a_judgement_does_not_grow_with_the_job():
    history, stopper = Ledger(), a_stopper()
    for value in range(500):
        history.end(float(value))
    trial = history.run(1.0)
    stopper.reason_to_stop(history, trial)
    history.trials = Counted(history.trials)
    for value in range(10):
        stopper.reason_to_stop(history, history.emit(trial.number, value))
    assert history.trials.reads < 60


def test_most_of_the_cost_of_a_random_search_is_saved():
    """Twenty-seven jobs of twenty-seven epochs whose order shows from the start."""
    history, stopper, epochs = Ledger(), a_stopper(), 0
    for quality in range(27):
        trial = history.run()
        for _ in range(27):
            trial, epochs = history.emit(trial.number, quality * 7 % 27), epochs + 1
            if stopper.reason_to_stop(history, trial):
                break
        history.finish(trial.number, TrialState.STOPPED)
    assert epochs < 27 * 27 / 3
    assert max(history.trials, key=lambda each: len(each.values)).value == 0
