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


def test_what_was_told_does_not_run_again_because_it_is_still_listed():
    once, twice = (AskTell(SIX, "Minimize", seed=1) for _ in range(2))
    for search in (once, twice):
        configuration = search.ask()
        search.tell(configuration, 1.0)
    assert once.ask() == twice.ask(pending=[configuration])


def test_a_refused_list_of_pending_configurations_leaves_nothing_behind():
    search, other = (AskTell(SIX, "Minimize", seed=1) for _ in range(2))
    with pytest.raises(BadInput, match="kind: has no value"):
        search.ask(pending=[{"n": 2, "kind": "b"}, {"n": 1}])
    assert [search.ask() for _ in range(3)] == [other.ask() for _ in range(3)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_that_is_no_number_says_that_the_trial_failed(value):
    search = AskTell(SIX, "Minimize", strategy="Random")
    configuration = search.ask()
    search.tell(configuration, value)
    assert search.ask() != configuration


@pytest.mark.parametrize("value", [None, "worse", [0.5], 1j, 10**400])
def test_what_is_no_number_at_all_is_refused(value):
    search = AskTell(SIX, "Minimize", strategy="Random")
    with pytest.raises(BadInput, match="value: is not a number"):
        search.tell(search.ask(), value)


@pytest.mark.parametrize("x", [None, [1.0], 10**400])
def test_a_configuration_of_no_numbers_is_refused_by_name(x):
    ranges = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]}
    with pytest.raises(BadInput, match="x: is not a number"):
        AskTell(ranges, "Minimize").tell({"x": x}, 1.0)


def test_a_configuration_outside_the_ranges_teaches_nothing():
    ranges = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]}
    search = AskTell(ranges, "Minimize", seed=1)
    for x in (-1.0, 7.5, float("nan"), float("inf")):
        search.tell({"x": x}, -100.0)
    missed = []
    for _ in range(15):
        asked = search.ask()
        missed.append(abs(asked["x"] - 0.3))
        search.tell(asked, missed[-1] ** 2)
    assert min(missed) < 0.01


def test_zero_and_its_negative_are_one_value():
    ranges = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "-0.0", "MaxValue": "0.0"}]}
    search = AskTell(ranges, "Minimize", strategy="Random")
    assert repr(search.ask()["x"]) == "0.0"
    with pytest.raises(BadInput, match="used up"):
        search.ask()


def test_great_numbers_on_a_logarithmic_scale_are_all_drawn():
    entry = {"Name": "n", "MinValue": str(10**15), "MaxValue": str(10**15 + 9)}
    ranges = {"IntegerParameterRanges": [entry | {"ScalingType": "Logarithmic"}]}
    search = AskTell(ranges, "Minimize", strategy="Random")
    assert {search.ask()["n"] for _ in range(10)} == set(range(10**15, 10**15 + 10))


@pytest.mark.parametrize(
    ("low", "high"), [(-(2**63), 2**63 - 1), (0, 2**64), (-(10**308), 10**308)]
)
def test_any_whole_numbers_that_have_a_floating_point_number_are_searched(low, high):
    entry = {"Name": "n", "MinValue": str(low), "MaxValue": str(high)}
    search = AskTell({"IntegerParameterRanges": [entry]}, "Minimize", seed=1)
    for _ in range(12):
        asked = search.ask()
        assert isinstance(asked["n"], int)
        assert low <= asked["n"] <= high
        search.tell(asked, abs(asked["n"] / 2 - high / 4))


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
        ({"MinValue": "0", "MaxValue": "1" + 400 * "0"}, "no room"),
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


@pytest.mark.parametrize("name", [None, "", 5])
def test_a_range_has_a_name(name):
    ranges = {"IntegerParameterRanges": [{"Name": name, "MinValue": "0", "MaxValue": "1"}]}
    with pytest.raises(BadInput, match="a range without a name"):
        AskTell(ranges, "Minimize", strategy="Random")


def test_a_whole_number_beyond_every_float_is_no_bound():
    ranges = {"IntegerParameterRanges": [{"Name": "n", "MinValue": "0", "MaxValue": str(10**400)}]}
    with pytest.raises(BadInput, match="no room"):
        AskTell(ranges, "Minimize", strategy="Random")


@pytest.mark.parametrize("values", [[], ["a", "a"], [1, "1"], None])
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
    with pytest.raises(LaunchRefused, match="not supported"):
        AskTell(SIX, "Minimize", strategy=["Random"])


@pytest.mark.parametrize("ranges", [None, [], "x", 5])
def test_ranges_that_are_no_mapping_are_refused(ranges):
    with pytest.raises(BadInput, match="parameter_ranges: is not a mapping"):
        AskTell(ranges, "Minimize")


@pytest.mark.parametrize("entries", ["abc", ["x"], [None], {"Name": "x"}, 5])
def test_a_group_that_is_no_list_of_ranges_is_refused_by_name(entries):
    with pytest.raises(BadInput, match="ContinuousParameterRanges: is not a list of ranges"):
        AskTell({"ContinuousParameterRanges": entries}, "Minimize")


@pytest.mark.parametrize("group", ["AutoParameters", "FloatParameterRanges"])
def test_a_group_that_nothing_searches_is_refused_unless_it_is_empty(group):
    AskTell(SIX | {group: []}, "Minimize", strategy="Random")
    with pytest.raises(BadInput, match=f"{group}: cannot be searched here"):
        AskTell(SIX | {group: [{"Name": "x"}]}, "Minimize", strategy="Random")


def test_a_misspelt_member_of_a_range_is_refused_by_name():
    numeric = {"Name": "x", "MinValue": "0", "MaxValue": "1", "Scaling": "Linear"}
    with pytest.raises(BadInput, match=r"x\.Scaling: is unknown"):
        AskTell({"ContinuousParameterRanges": [numeric]}, "Minimize")
    categorical = {"Name": "kind", "Values": ["a"], "Value": "a"}
    with pytest.raises(BadInput, match=r"kind\.Value: is unknown"):
        AskTell({"CategoricalParameterRanges": [categorical]}, "Minimize")


@pytest.mark.parametrize("configuration", [None, [], "x", 5])
def test_a_configuration_that_is_no_mapping_is_refused(configuration):
    search = AskTell(SIX, "Minimize", strategy="Random")
    with pytest.raises(BadInput, match="configuration: is not a mapping"):
        search.tell(configuration, 1.0)
    with pytest.raises(BadInput, match="configuration: is not a mapping"):
        search.ask(pending=[configuration])


@pytest.mark.parametrize("pending", [None, 5])
def test_what_is_no_list_of_pending_configurations_is_refused(pending):
    with pytest.raises(BadInput, match="pending: is not a list"):
        AskTell(SIX, "Minimize", strategy="Random").ask(pending)


def test_repeats_are_not_counted_among_what_used_a_space_up():
    search = AskTell(SIX, "Minimize", strategy="Random")
    for _ in range(6):
        configuration = search.ask()
        search.tell(configuration, 1.0)
        search.tell(configuration, 2.0)
    with pytest.raises(BadInput, match="got 6 configurations"):
        search.ask()
