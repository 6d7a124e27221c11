import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.strategy.early_stopping import MedianRule
from orchestrator.strategy.protocol import Direction, TrialState
from tests.unit.strategy.curves import Counted, Ledger

MAXIMIZE, MINIMIZE = Direction.MAXIMIZE, Direction.MINIMIZE


def a_history(count=5):
    """Completed jobs whose running averages at epoch 2 are 1, 2, 3 ... `count`."""
    history = Ledger()
    for average in range(1, count + 1):
        history.end(average - 0.5, average + 0.5, 9.0)
    return history


def test_a_value_worse_than_the_median_of_running_averages_stops_the_job_and_says_why():
    history = a_history()
    trial = history.run(0.0, 2.9)
    assert MedianRule(MAXIMIZE).reason_to_stop(history, trial) == (
        "Early stopping: at epoch 2 the objective is 2.9, worse than 3, "
        "the median of the running averages of 5 completed jobs."
    )


@pytest.mark.parametrize(
    ("direction", "value", "stops"),
    [
        (MAXIMIZE, 2.9, True),
        (MAXIMIZE, 3.0, False),
        (MAXIMIZE, 3.1, False),
        (MINIMIZE, 2.9, False),
        (MINIMIZE, 3.0, False),
        (MINIMIZE, 3.1, True),
    ],
)
def test_worse_is_strict_and_follows_the_direction(direction, value, stops):
    history = a_history()
    trial = history.run(0.0, value)
    assert (MedianRule(direction).reason_to_stop(history, trial) is not None) is stops


def test_the_median_of_an_even_number_is_between_the_two_in_the_middle():
    history = a_history(count=6)
    rule = MedianRule(MAXIMIZE)
    assert rule.reason_to_stop(history, history.run(0.0, 3.49)) is not None
    assert rule.reason_to_stop(history, history.run(0.0, 3.51)) is None


def test_nothing_stops_before_four_jobs_have_completed():
    history = a_history(count=3)
    rule = MedianRule(MAXIMIZE)
    assert rule.reason_to_stop(history, history.run(0.0, -99.0)) is None
    history = a_history(count=4)
    assert MedianRule(MAXIMIZE).reason_to_stop(history, history.run(0.0, -99.0)) is not None


@pytest.mark.parametrize("state", [TrialState.RUNNING, TrialState.STOPPED, TrialState.FAILED])
def test_only_completed_jobs_are_compared_with(state):
    history = a_history(count=3)
    history.end(100.0, 100.0, state=state)
    assert MedianRule(MAXIMIZE).reason_to_stop(history, history.run(0.0, -99.0)) is None


def test_nothing_stops_at_the_first_epoch_or_before_any():
    history = a_history()
    rule = MedianRule(MAXIMIZE)
    assert rule.reason_to_stop(history, history.run(-99.0)) is None
    assert rule.reason_to_stop(history, history.run()) is None


def test_nothing_stops_before_a_tenth_of_the_usual_length():
    history = Ledger()
    for _ in range(4):
        history.end(*[1.0] * 40)
    rule = MedianRule(MAXIMIZE)
    assert rule.reason_to_stop(history, history.run(*[0.0] * 3)) is None
    assert rule.reason_to_stop(history, history.run(*[0.0] * 4)) is not None


def test_jobs_too_short_for_the_epoch_are_left_out():
    history = a_history()
    history.end(100.0)
    assert MedianRule(MAXIMIZE).reason_to_stop(history, history.run(0.0, 3.0)) is None
    assert MedianRule(MAXIMIZE).reason_to_stop(history, history.run(0.0, 0.0, 0.0, 0.0)) is None


@given(
    st.lists(st.tuples(st.integers(0, 7), st.floats(-5, 5)), max_size=120),
    st.sampled_from([MAXIMIZE, MINIMIZE]),
)
def test_a_rule_that_followed_the_job_judges_like_a_new_one(emissions, direction):
    """Jobs of four epochs, eight at a time, emitting in any order."""
    history, old = Ledger(), MedianRule(direction)
    running = [history.run().number for _ in range(8)]
    for slot, value in emissions:
        trial = history.emit(running[slot], value)
        reason = old.reason_to_stop(history, trial)
        assert reason == MedianRule(direction).reason_to_stop(history, trial)
        if reason or len(trial.values) == 4:
            state = TrialState.STOPPED if reason else TrialState.COMPLETED
            history.finish(trial.number, state)
            running[slot] = history.run().number


def test_the_cost_of_a_judgement_does_not_grow_with_the_job():
    history, rule = Ledger(), MedianRule(MAXIMIZE)
    for value in range(500):
        history.end(*[float(value)] * 3)
    trial = history.run(1.0)
    rule.reason_to_stop(history, trial)
    history.trials = Counted(history.trials)
    for value in range(10):
        rule.reason_to_stop(history, history.emit(trial.number, value))
    assert history.trials.reads < 60


def test_a_rule_given_another_history_forgets_the_first():
    rule = MedianRule(MAXIMIZE)
    first = a_history()
    assert rule.reason_to_stop(first, first.run(0.0, 0.0)) is not None
    second = Ledger()
    assert rule.reason_to_stop(second, second.run(0.0, 0.0)) is None
