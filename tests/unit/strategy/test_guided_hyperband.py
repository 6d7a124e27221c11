"""Hyperband whose configurations come from the Bayesian search."""

import math
import warnings
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.space.ranges import CategoricalRange, ContinuousRange
from orchestrator.strategy.bayesian import BayesianSearch
from orchestrator.strategy.guided_hyperband import GuidedHyperband, line_through
from orchestrator.strategy.hyperband import HyperbandStopper
from orchestrator.strategy.protocol import (
    Direction,
    Search,
    SearchDefinition,
    Suggestion,
    Trial,
    TrialState,
)
from orchestrator.strategy.random_search import RandomSearch
from tests.unit.strategy.curves import Ledger

SPACE = (ContinuousRange("x", 0.0, 1.0), ContinuousRange("y", 0.0, 1.0))
STOPPED, COMPLETED = TrialState.STOPPED, TrialState.COMPLETED


def a_search(*, most=9, space=SPACE, direction=Direction.MINIMIZE, parallel=1):
    options = (("min_resource", 1), ("max_resource", most))
    definition = SearchDefinition(space, direction)
    return Search((definition,), 1, parallel=parallel, options=options, guided=True)


class History:
    parents = ()

    def __init__(self, *trials):
        self.trials = list(trials)


def a_trial(number, suggestion, *values, state=COMPLETED):
    return Trial(number, suggestion, state, tuple(values), values[-1] if values else None)


def a_curve(suggestion, epochs=9, sign=1):
    x, y = (float(text) for _, text in suggestion.configuration)
    floor = (x - 0.7) ** 2 + (y - 0.2) ** 2
    return [sign * (floor + 1 / epoch) for epoch in range(1, epochs + 1)]


def carried_out(search, jobs, *, curve=a_curve):
    """A whole job, one training at a time; its history."""
    strategy, stopper, history = GuidedHyperband(search), HyperbandStopper(search), History()
    for number in range(1, jobs + 1):
        (suggestion,) = strategy.ask(history, 1).suggestions
        history.trials.append(Trial(number, suggestion))
        values = []
        for value in curve(suggestion):
            values.append(value)
            history.trials[-1] = Trial(number, suggestion, values=tuple(values))
            if stopper.reason_to_stop(history, history.trials[-1]):
                break
        history.trials[-1] = a_trial(number, suggestion, *values, state=STOPPED)
    return history


# ---------------------------------------------------------------------- what is suggested


def test_it_begins_as_the_bayesian_search_does():
    asked = [kind(a_search()).ask(History(), 8) for kind in (GuidedHyperband, BayesianSearch)]
    assert asked[0].suggestions == asked[1].suggestions


def test_every_third_configuration_after_the_beginning_is_drawn_at_random():
    search = a_search()
    history = carried_out(search, 21)
    for number in range(8, 21):
        known = History(*history.trials[:number])
        drawn = RandomSearch(search).ask(known, 1).suggestions[0]
        assert (history.trials[number].suggestion == drawn) is (number % 3 == 0)


def test_it_finds_more_than_random_configurations_do():
    best = {}
    for guided in (True, False):
        found = []
        for seed in range(3):
            search = Search(a_search().definitions, seed, options=a_search().options)
            strategy = (GuidedHyperband if guided else RandomSearch)(search)
            history = History()
            for number in range(1, 31):
                (suggestion,) = strategy.ask(history, 1).suggestions
                values = a_curve(suggestion)[: 9 if number % 3 else 1]
                history.trials.append(a_trial(number, suggestion, *values, state=STOPPED))
            found.append(min(trial.values[0] for trial in history.trials) - 1)
        best[guided] = sum(found)
    assert best[True] < best[False] / 3


def test_a_maximised_objective_is_searched_as_its_negative_is_minimised():
    jobs = 20
    down = carried_out(a_search(), jobs)
    up = carried_out(
        a_search(direction=Direction.MAXIMIZE), jobs, curve=lambda each: a_curve(each, sign=-1)
    )
    assert [trial.suggestion for trial in up.trials] == [trial.suggestion for trial in down.trials]


def test_an_answer_is_the_same_without_what_was_asked_before():
    search = a_search()
    history = carried_out(search, 24)
    for number in (9, 14, 23):
        known = History(*history.trials[:number])
        assert GuidedHyperband(search).ask(known, 1).suggestions == (
            history.trials[number].suggestion,
        )


def test_several_asked_for_at_once_are_different_and_new():
    search = a_search(parallel=4)
    history = carried_out(search, 12)
    found = GuidedHyperband(search).ask(history, 6).suggestions
    before = {trial.suggestion for trial in history.trials}
    assert len({*found} - before) == 6


def test_a_space_is_used_up_once():
    search = a_search(space=(CategoricalRange("a", ("p", "q", "r")),))
    found = GuidedHyperband(search).ask(History(), 5).suggestions
    assert len({*found}) == 3


# ---------------------------------------------------------------------- what stopped ones count


def foreseen(history, most=9):
    return [each.value for each in GuidedHyperband(a_search(most=most)).foreseen(history.trials)]


def test_a_stopped_training_counts_with_what_it_would_have_come_to():
    """Eight trainings halve their loss from rung to rung; the ninth was stopped at the first."""
    history = Ledger()
    for loss in range(1, 9):
        values = [8.0 * loss, *[4.0 * loss] * 2, *[2.0 * loss] * 6]
        history.end(*values, state=STOPPED)
    history.end(40.0, state=STOPPED)
    assert foreseen(history) == pytest.approx([2.0 * loss for loss in range(1, 9)] + [10.0])


def test_beyond_what_went_on_only_the_shift_is_foreseen():
    history = Ledger()
    for loss in range(1, 9):
        history.end(8.0 * loss, *[4.0 * loss] * 8, state=STOPPED)
    history.end(100.0, state=STOPPED)
    assert foreseen(history)[-1] == pytest.approx(32.0 + 36.0)


def test_trainings_that_ended_by_themselves_failed_or_run_are_left_as_they_are():
    history = Ledger()
    for loss in range(1, 9):
        history.end(8.0 * loss, *[4.0 * loss] * 8, state=STOPPED)
    history.end(50.0, state=COMPLETED)
    history.end(state=TrialState.FAILED)
    history.run(7.0)
    assert foreseen(history)[-3:] == [50.0, None, None]


def test_without_anything_that_went_on_the_value_at_the_rung_counts():
    history = Ledger()
    for loss in range(9):
        history.end(float(loss), 99.0, state=STOPPED)
    assert foreseen(history) == [float(loss) for loss in range(9)]


def test_a_training_that_was_stopped_before_any_value_stays_without_one():
    history = Ledger()
    history.end(state=STOPPED)
    assert foreseen(history) == [None]


def test_values_change_only_when_the_job_has_grown_by_a_fifth():
    history, seen = Ledger(), []
    for number in range(40):
        history.end(8.0 + number * 7 % 5, *[4.0] * (8 if number % 3 else 0), state=STOPPED)
        seen.append(foreseen(history))
    changes = sum(now[:-1] != before for before, now in pairwise(seen))
    assert changes <= math.log(40 / 8, 1.2) + 2


def test_each_definition_has_lines_of_its_own():
    history = Ledger()
    for loss in range(1, 9):
        history.end(8.0 * loss, *[4.0 * loss] * 8, state=STOPPED, definition=loss % 2)
    history.end(8.0, state=STOPPED, definition=2)
    definitions = a_search().definitions * 3
    strategy = GuidedHyperband(Search(definitions, 1, options=a_search().options))
    assert strategy.foreseen(history.trials)[-1].value == 8.0


# ---------------------------------------------------------------------- hostile values


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=20), FINITE)
@example([(0.0, 0.0), (1e-300, 1e300), (2e-300, -1e300), (3e-300, 5e299)], 0.5)
def test_a_line_through_any_values_foresees_a_finite_one(pairs, value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        line = line_through(pairs)
        assert math.isfinite(line.slope)
        assert math.isfinite(line(value))
        assert 0.0 < line.slope <= 3.0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(FINITE, min_size=1, max_size=9), min_size=3, max_size=15))
def test_any_finite_values_are_answered(curves):
    history = History()
    for number, values in enumerate(curves, start=1):
        suggestion = Suggestion((("x", str(number / 20)), ("y", "0.5")))
        history.trials.append(a_trial(number, suggestion, *values, state=STOPPED))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(GuidedHyperband(a_search()).ask(history, 1).suggestions) == 1
