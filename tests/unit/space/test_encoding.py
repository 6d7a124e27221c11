import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.space.encoding import decode, dimension, encode
from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange, Scaling

RATE = ContinuousRange("rate", 1e-4, 1.0, Scaling.LOGARITHMIC)
DEPTH = IntegerRange("depth", 1, 4)
PAIR = CategoricalRange("pair", ("no", "yes"))
KIND = CategoricalRange("kind", ("a", "b", "c"))
ALONE = CategoricalRange("alone", ("only",))
FIXED = IntegerRange("fixed", 7, 7)
SPACE = (RATE, DEPTH, PAIR, KIND, ALONE, FIXED)


def test_one_coordinate_per_number_and_pair_one_per_category_none_for_a_single_value():
    assert dimension(SPACE) == 1 + 1 + 1 + 3 + 0 + 0


def test_a_configuration_is_encoded_by_scale_cell_and_one_hot():
    configuration = (
        ("rate", "0.01"),
        ("depth", "2"),
        ("pair", "yes"),
        ("kind", "b"),
        ("alone", "only"),
        ("fixed", "7"),
    )
    point = encode(SPACE, configuration)
    assert point == pytest.approx([0.5, 0.375, 1.0, 0.0, 1.0, 0.0])
    assert decode(SPACE, encode(SPACE, configuration))[1:] == configuration[1:]


@given(st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6))
def test_any_point_of_the_cube_stands_for_a_configuration_that_encoding_keeps(point):
    configuration = decode(SPACE, point)
    again = decode(SPACE, encode(SPACE, configuration))
    assert again[1:] == configuration[1:]
    assert float(again[0][1]) == pytest.approx(float(configuration[0][1]))


def test_the_largest_coordinate_decides_a_category():
    assert decode((KIND,), [0.2, 0.1, 0.3]) == (("kind", "c"),)


def test_a_category_that_the_range_does_not_have_is_an_error():
    with pytest.raises(ValueError, match="tuple"):
        encode((KIND,), (("kind", "d"),))
