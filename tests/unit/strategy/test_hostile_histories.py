"""What a Bayesian search makes of histories that no decent objective would give."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from orchestrator.errors import BadInput
from orchestrator.space.ranges import ContinuousRange
from orchestrator.strategy.ask_tell import AskTell
from orchestrator.strategy.bayesian import BayesianSearch
from orchestrator.strategy.protocol import (
    Direction,
    Search,
    SearchDefinition,
    Suggestion,
    Trial,
    TrialState,
)

MIXED = {
    "ContinuousParameterRanges": [
        {"Name": "rate", "MinValue": "1e-6", "MaxValue": "1", "ScalingType": "Logarithmic"},
        {"Name": "share", "MinValue": "0", "MaxValue": "1"},
    ],
    "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "9"}],
    "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b", "c"]}],
}
TRIALS = 16


@pytest.fixture(autouse=True)
def _no_silent_arithmetic():
    """Whatever numpy would warn of is an error here."""
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        yield


def fits(configuration, ranges):
    """True when every value is of its range's kind and within it."""
    numbers = {"ContinuousParameterRanges": float, "IntegerParameterRanges": int}
    return all(
        type(configuration[entry["Name"]]) is kind
        and float(entry["MinValue"]) <= configuration[entry["Name"]] <= float(entry["MaxValue"])
        for group, kind in numbers.items()
        for entry in ranges.get(group, ())
    ) and all(
        configuration[entry["Name"]] in entry["Values"]
        for entry in ranges.get("CategoricalParameterRanges", ())
    )


def asked(ranges, objective, trials=TRIALS, direction="Minimize"):
    """The configurations of a search, each checked to be new and to fit."""
    search, found = AskTell(ranges, direction, seed=1), []
    for number in range(trials):
        configuration = search.ask()
        assert fits(configuration, ranges)
        assert configuration not in found
        found.append(configuration)
        search.tell(configuration, objective(number, configuration))
    return found


def noughts_and_giants(number, _):
    return [1e300, 1e-300, -1e300, 0.0, 5e-324, -1.7e308][number % 6]


@pytest.mark.parametrize("direction", ["Minimize", "Maximize"])
@pytest.mark.parametrize(
    "objective",
    [
        lambda number, _: 3.0,
        lambda number, _: 0.0,
        lambda number, _: math.nan,
        lambda number, _: [math.inf, -math.inf, math.nan, float(number)][number % 4],
        lambda number, _: [1e300, 1e-300][number % 2],
        noughts_and_giants,
        lambda number, _: 1e300 if number == 3 else 1e-300 * number,
        lambda number, _: 1.0 + 1e-16 * number,
        lambda number, _: float(number == 9),
        lambda number, values: 1e30 if values["rate"] > 1e-3 else values["rate"],
    ],
    ids=[
        "constant",
        "nought",
        "failed",
        "not finite",
        "giant and dwarf",
        "all sizes",
        "one giant",
        "nearly constant",
        "one differs",
        "diverging",
    ],
)
def test_no_objective_stops_the_search_or_makes_it_repeat_itself(objective, direction):
    asked(MIXED, objective, direction=direction)


def test_a_diverging_region_is_left_for_the_one_that_trains():
    def objective(_, values):
        return 1e30 if values["rate"] > 1e-3 else (math.log10(values["rate"]) + 4.5) ** 2

    late = asked(MIXED, objective, 24)[12:]
    assert sum(values["rate"] <= 1e-3 for values in late) >= 9


@pytest.mark.parametrize("told", [0.0, math.nan])
def test_a_space_of_one_point_is_asked_once_and_then_used_up(told):
    ranges = {
        "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0.3", "MaxValue": "0.3"}],
        "IntegerParameterRanges": [{"Name": "n", "MinValue": "4", "MaxValue": "4"}],
        "CategoricalParameterRanges": [{"Name": "kind", "Values": ["only"]}],
    }
    search = AskTell(ranges, "Minimize")
    configuration = search.ask()
    assert configuration == {"x": 0.3, "n": 4, "kind": "only"}
    search.tell(configuration, told)
    with pytest.raises(BadInput, match="used up"):
        search.ask()


def test_a_finite_space_is_asked_to_its_last_configuration():
    ranges = {
        "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "7"}],
        "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}],
    }
    assert len(asked(ranges, lambda number, values: values["n"] % 3, 14)) == 14


def test_thirty_ranges_are_searched():
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": f"x{index}", "MinValue": "-1", "MaxValue": "1"} for index in range(30)
        ]
    }
    late = asked(ranges, lambda _, values: values["x3"] ** 2 + values["x17"], 30)[-5:]
    assert min(values["x17"] for values in late) < -0.5


def test_of_thirty_categories_the_good_ones_are_asked_for_again_with_other_numbers():
    names = [f"k{index}" for index in range(30)]
    ranges = {
        "CategoricalParameterRanges": [{"Name": "kind", "Values": names}],
        "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}],
    }

    def objective(_, values):
        return (names.index(values["kind"]) - 11) ** 2 + (values["x"] - 0.5) ** 2

    found = asked(ranges, objective, 45)
    assert sum(values["kind"] == "k11" for values in found) >= 4
    assert min(objective(None, values) for values in found) < 0.01


def test_a_hundred_pending_trials_are_told_apart_from_the_next():
    search, rows = AskTell(MIXED, "Minimize"), []
    for _ in range(10):
        configuration = search.ask()
        search.tell(configuration, configuration["share"])
    chance = random.Random(0)
    for _ in range(100):
        kind, depth = chance.choice("abc"), chance.randint(1, 9)
        rows.append(
            {"rate": 10.0 ** -chance.uniform(0, 6), "share": chance.random()}
            | {"depth": depth, "kind": kind}
        )
    configuration = search.ask(pending=rows)
    assert fits(configuration, MIXED)
    assert configuration not in rows


def test_what_was_told_twice_or_never_asked_counts():
    search = AskTell(MIXED, "Minimize")
    for index in range(12):
        told = {"rate": 10.0 ** (-index / 2), "share": 0.25, "depth": 3, "kind": "a"}
        search.tell(told, (index - 6) ** 2)
        search.tell(told, (index - 6) ** 2 + 0.5)
    late = [search.ask() for _ in range(3)]
    assert all(fits(configuration, MIXED) for configuration in late)
    assert any(1e-4 < configuration["rate"] < 1e-2 for configuration in late)


def parent(number, value, **texts):
    suggestion = Suggestion(tuple(texts.items()))
    return Trial(number, suggestion, TrialState.COMPLETED, (), value, 1)


def test_parents_with_other_ranges_are_used_as_far_as_they_fit():
    """Of these parents one lies outside, one has another range, one another kind of value."""
    space = (ContinuousRange("x", 0.0, 1.0),)

    class History:
        trials: tuple[Trial, ...] = ()
        parents = (
            parent(1, 3.0, x="7.5"),
            parent(2, 2.0, y="0.5"),
            parent(3, 1.0, x="adam"),
            *(parent(4 + index, (index - 3) ** 2, x=repr(index / 9)) for index in range(10)),
        )

    search = Search((SearchDefinition(space, Direction.MINIMIZE),), 0)
    strategy, history = BayesianSearch(search), History()
    for number in range(1, 7):
        (suggestion,) = strategy.ask(history, 1).suggestions
        x = float(suggestion.configuration[0][1])
        assert 0.0 <= x <= 1.0
        done = Trial(number, suggestion, TrialState.COMPLETED, (), (9 * x - 3) ** 2)
        history.trials = (*history.trials, done)
    assert abs(x - 1 / 3) < 0.1
