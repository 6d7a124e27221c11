import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import BadInput
from orchestrator.space.ranges import (
    CategoricalRange,
    ContinuousRange,
    IntegerRange,
    configuration_of,
    contains,
    from_text,
    to_text,
    values_of,
)

RATE = ContinuousRange("rate", 1e-9, 1.0)
DEPTH = IntegerRange("depth", 1, 8)
KIND = CategoricalRange("kind", ('"128"', "sgd", "[1, 2]"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00027401056839555956, "0.00027401056839555956"),
        (1.3494417573713629e-08, "1.3494417573713629e-08"),
        (0.1, "0.1"),
        (1, "1.0"),
    ],
)
def test_a_continuous_value_is_printed_as_aws_prints_it(value, text):
    assert to_text(RATE, value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_continuous_value_reads_back_as_itself(value):
    assert from_text(RATE, to_text(RATE, value)) == value


@pytest.mark.parametrize("value", [8, "8", 8.0, "8.0"])
def test_an_integer_is_printed_without_a_point_however_it_is_given(value):
    assert to_text(DEPTH, value) == "8"
    assert from_text(DEPTH, str(value)) == 8


@pytest.mark.parametrize("text", KIND.values)
def test_a_categorical_value_is_handed_on_verbatim(text):
    assert from_text(KIND, to_text(KIND, text)) == text


@pytest.mark.parametrize(
    ("parameter", "text"), [(RATE, "much"), (DEPTH, "8.5"), (DEPTH, "inf"), (DEPTH, "nan")]
)
def test_a_value_of_another_kind_is_refused_by_the_name_of_its_range(parameter, text):
    with pytest.raises(BadInput, match=rf"{parameter.name}: is not a .*number \(got {text}\)"):
        from_text(parameter, text)
    with pytest.raises(BadInput, match=parameter.name):
        to_text(parameter, text)


@pytest.mark.parametrize(
    ("parameter", "value", "inside"),
    [
        (RATE, 1e-9, True),
        (RATE, 1.0, True),
        (RATE, 1.0000000000000002, False),
        (RATE, float("nan"), False),
        (DEPTH, 0, False),
        (DEPTH, 8, True),
        (KIND, "sgd", True),
        (KIND, "adam", False),
    ],
)
def test_bounds_belong_to_the_range(parameter, value, inside):
    assert contains(parameter, value) is inside


def test_values_by_name_become_a_configuration_in_the_order_of_the_space():
    space = (RATE, DEPTH, KIND)
    values = {"kind": "sgd", "rate": 0.5, "depth": 3}
    configuration = configuration_of(space, values)
    assert configuration == (("rate", "0.5"), ("depth", "3"), ("kind", "sgd"))
    assert values_of(space, configuration) == values


def test_missing_and_unknown_names_are_all_told_at_once():
    with pytest.raises(BadInput) as caught:
        configuration_of((RATE, DEPTH), {"rate": 0.5, "dept": 3})
    assert [fault.path for fault in caught.value.faults] == ["depth", "dept"]
