import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange, Scaling
from orchestrator.space.scaling import place, share, value_at

LOG, REVERSE, LINEAR, AUTO = (
    Scaling.LOGARITHMIC,
    Scaling.REVERSE_LOGARITHMIC,
    Scaling.LINEAR,
    Scaling.AUTO,
)

places = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("parameter", "middle"),
    [
        (ContinuousRange("x", 1.0, 3.0, LINEAR), 2.0),
        (ContinuousRange("x", 1.0, 3.0, AUTO), 2.0),
        (ContinuousRange("x", 1e-4, 1.0, LOG), 1e-2),
        (ContinuousRange("x", 0.0, 0.9999, REVERSE), 0.99),
    ],
)
def test_the_middle_of_a_scale_is_where_the_transform_puts_it(parameter, middle):
    assert value_at(parameter, 0.5) == pytest.approx(middle)
    assert place(parameter, middle) == pytest.approx(0.5)


@given(places, st.sampled_from([LINEAR, LOG, REVERSE]))
def test_place_and_value_are_inverse_on_every_scale(where, scaling):
    parameter = ContinuousRange("x", 0.001, 0.999, scaling)
    assert place(parameter, value_at(parameter, where)) == pytest.approx(where, abs=1e-12)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
    places,
)
def test_no_value_leaves_its_range_whatever_the_bounds(one, other, where):
    parameter = ContinuousRange("x", min(one, other), max(one, other))
    value = value_at(parameter, where)
    assert parameter.low <= value <= parameter.high
    assert 0.0 <= place(parameter, value) <= 1.0


@given(st.integers(1, 10**9), st.integers(0, 10**9), places, st.sampled_from([LINEAR, LOG]))
def test_integers_stay_whole_and_inside(low, span, where, scaling):
    parameter = IntegerRange("n", low, low + span, scaling)
    value = value_at(parameter, where)
    assert isinstance(value, int)
    assert parameter.low <= value <= parameter.high


def test_integers_own_equal_parts_of_a_linear_scale_the_ends_too():
    parameter = IntegerRange("n", 3, 7)
    drawn = [value_at(parameter, (index + 0.5) / 1000) for index in range(1000)]
    assert [drawn.count(value) for value in range(3, 8)] == [200] * 5


def test_integers_own_their_cells_of_a_logarithmic_scale_the_ends_too():
    parameter = IntegerRange("n", 1, 4, LOG)
    drawn = [value_at(parameter, (index + 0.5) / 10000) for index in range(10000)]
    whole = math.log(4.5 / 0.5)
    for value in range(1, 5):
        cell = math.log((value + 0.5) / (value - 0.5))
        assert drawn.count(value) == pytest.approx(10000 * cell / whole, abs=1)


@given(st.integers(1, 2**60), st.integers(0, 10**4), st.sampled_from([LINEAR, LOG]))
def test_shares_of_integers_are_of_the_whole_however_great_they_are(low, span, scaling):
    parameter = IntegerRange("n", low, low + span, scaling)
    shares = [share(parameter, value) for value in range(low, low + span + 1)]
    assert sum(shares) == pytest.approx(1.0)
    assert min(shares) > 0
    assert shares[0] >= shares[-1]


def test_every_integer_comes_back_from_its_place():
    parameter = IntegerRange("n", -5, 20)
    assert [value_at(parameter, place(parameter, n)) for n in range(-5, 21)] == list(range(-5, 21))


def test_categories_own_equal_parts_in_their_order():
    parameter = CategoricalRange("kind", ("a", "b", "c"))
    assert [value_at(parameter, where) for where in (0.0, 0.34, 0.99, 1.0)] == ["a", "b", "c", "c"]
    assert [place(parameter, value) for value in "abc"] == pytest.approx([1 / 6, 0.5, 5 / 6])


def test_what_lies_outside_a_range_is_placed_at_its_edge():
    parameter = ContinuousRange("x", 1.0, 10.0, LOG)
    assert place(parameter, -3.0) == 0.0
    assert place(parameter, 1e300) == 1.0
