import pytest

from orchestrator.errors import BadInput, LaunchRefused
from orchestrator.strategy.ask_tell import AskTell

RANGES = {
    "ContinuousParameterRanges": [
        {"Name": "rate", "MinValue": "1e-4", "MaxValue": "1", "ScalingType": "Logarithmic"}
    ],
    "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "8"}],
    "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}],
}
SIX = {
    "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "3"}],
    "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}],
}


def test_a_configuration_holds_a_float_an_int_and_a_str():
    configuration = AskTell(RANGES, "Minimize", strategy="Random").ask()
    assert [(name, type(value)) for name, value in sorted(configuration.items())] == [
        ("depth", int),
        ("kind", str),
        ("rate", float),
    ]


def test_the_same_seed_and_answers_give_the_same_questions():
    one, two = (AskTell(RANGES, "Maximize", "Random", seed=5) for _ in range(2))
    for value in range(5):
        configuration = one.ask()
        assert two.ask() == configuration
        one.tell(configuration, value)
        two.tell(configuration, value)


def test_what_is_pending_told_or_asked_is_not_asked_again():
    search = AskTell(SIX, "Minimize", strategy="Random")
    search.tell({"n": 1, "kind": "a"}, 3.0)
    asked = [search.ask(pending=[{"n": 2, "kind": "b"}]) for _ in range(4)]
    known = [*asked, {"n": 1, "kind": "a"}, {"n": 2, "kind": "b"}]
    assert len({tuple(sorted(each.items())) for each in known}) == 6
    with pytest.raises(BadInput, match="used up"):
        search.ask()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_that_is_no_number_says_that_the_trial_failed(value):
    search = AskTell(SIX, "Minimize", strategy="Random")
    configuration = search.ask()
    search.tell(configuration, value)
    assert search.ask() != configuration


def test_one_configuration_may_be_told_twice():
    search = AskTell(SIX, "Minimize", strategy="Random")
    configuration = search.ask()
    search.tell(configuration, 1.0)
    search.tell(configuration, 2.0)
    assert search.ask() != configuration


def test_a_value_that_does_not_fit_its_range_is_refused_by_name():
    search = AskTell(SIX, "Minimize", strategy="Random")
    with pytest.raises(BadInput, match="n: is not a whole number"):
        search.tell({"n": 1.5, "kind": "a"}, 3.0)
    with pytest.raises(BadInput, match="kind: has no value"):
        search.tell({"n": 1}, 3.0)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"MinValue": "2", "MaxValue": "1"}, "no room"),
        ({"MinValue": "-inf", "MaxValue": "1"}, "no room"),
        ({"MinValue": "low", "MaxValue": "1"}, "is not a number"),
        ({"MaxValue": "1"}, "is not a number"),
        ({"MinValue": "0", "MaxValue": "1", "ScalingType": "Logarithmic"}, "Logarithmic scale"),
        ({"MinValue": "0", "MaxValue": "1", "ScalingType": "ReverseLogarithmic"}, "scale"),
        ({"MinValue": "0", "MaxValue": "1", "ScalingType": "Cubic"}, "ScalingType: is unknown"),
    ],
)
def test_a_range_that_cannot_be_searched_is_refused(entry, words):
    ranges = {"ContinuousParameterRanges": [{"Name": "x", **entry}]}
    with pytest.raises(BadInput, match=words):
        AskTell(ranges, "Minimize", strategy="Random")


@pytest.mark.parametrize("values", [[], ["a", "a"], None])
def test_categories_are_at_least_one_and_distinct(values):
    ranges = {"CategoricalParameterRanges": [{"Name": "kind", "Values": values}]}
    with pytest.raises(BadInput, match=r"kind\.Values"):
        AskTell(ranges, "Minimize", strategy="Random")


def test_no_ranges_unknown_direction_and_unknown_strategy_are_refused():
    with pytest.raises(BadInput, match="at least one range"):
        AskTell({}, "Minimize", strategy="Random")
    with pytest.raises(BadInput, match="Maximize or Minimize"):
        AskTell(SIX, "Best", strategy="Random")
    with pytest.raises(LaunchRefused, match="Banana"):
        AskTell(SIX, "Minimize", strategy="Banana")
