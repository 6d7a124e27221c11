import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.space.encoding import decode, dimension, encode
from orchestrator.space.lattice import Lattice
from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange, Scaling
from orchestrator.space.scaling import place, value_at

SPACE = (
    ContinuousRange("rate", 1e-4, 1.0, Scaling.LOGARITHMIC),
    IntegerRange("depth", 1, 6, Scaling.LOGARITHMIC),
    CategoricalRange("pair", ("no", "yes")),
    CategoricalRange("alone", ("only",)),
    CategoricalRange("kind", ("a", "b", "c")),
    IntegerRange("many", 0, 10**6),
)
LATTICE = Lattice(SPACE)

cubes = st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7)


def test_the_columns_are_those_of_the_encoding():
    assert LATTICE.width == dimension(SPACE) == 7
    assert [axis.columns.start for axis in LATTICE.axes] == [0, 1, 2, 3, 6]
    assert LATTICE.numeric == [0, 1, 6]


@given(cubes)
def test_snapping_goes_where_decoding_and_encoding_go(point):
    snapped = LATTICE.snapped(np.array([point]))[0]
    assert np.allclose(snapped, encode(SPACE, decode(SPACE, point)), atol=1e-9)
    assert np.allclose(LATTICE.snapped(snapped[None])[0], snapped)


@given(
    st.integers(1, 10**9),
    st.integers(1024, 10**18),
    st.sampled_from([Scaling.AUTO, Scaling.LINEAR, Scaling.LOGARITHMIC]),
    st.floats(0.0, 1.0),
)
def test_long_ranges_are_snapped_as_they_are_decoded(low, count, scaling, where):
    number = IntegerRange("number", low, low + count, scaling)
    snapped = Lattice((number,)).snapped(np.array([[where]]))[0, 0]
    value = value_at(number, where)
    near = [place(number, value + step) for step in (-1, 0, 1)]  # on a border either is right
    assert min(abs(snapped - each) for each in near) < 1e-12


def test_in_a_long_logarithmic_range_small_numbers_are_steps_too():
    """There the number 1 alone owns an eighth of the scale."""
    rounds = IntegerRange("rounds", 1, 4000, Scaling.LOGARITHMIC)
    snapped = Lattice((rounds,)).snapped(np.array([[0.0], [0.05], [0.17]])).ravel()
    one, two = (place(rounds, value) for value in (1, 2))
    assert snapped.tolist() == [one, one, two]


def others(parameter, configuration):
    (axis,) = Lattice((parameter,)).axes
    near = axis.others(np.array(encode((parameter,), configuration)))
    return [decode((parameter,), row.tolist())[0][1] for row in near]


def test_near_a_number_are_those_two_before_and_after_and_near_a_category_all_others():
    assert others(SPACE[5], (("many", "999999"),)) == ["999997", "999998", "1000000"]
    assert others(SPACE[1], (("depth", "3"),)) == ["1", "2", "4", "5"]
    assert others(SPACE[2], (("pair", "no"),)) == ["yes"]
    assert others(SPACE[4], (("kind", "b"),)) == ["a", "c"]
    assert others(SPACE[0], (("rate", "0.1"),)) == []


def test_points_outside_the_cube_are_moved_to_its_edge_and_extra_columns_stay():
    snapped = LATTICE.snapped(np.array([[-1.0, 9.0, 0.7, 0.1, 0.3, 0.2, 2.0, 0.5]]))
    assert snapped[0, 0] == 0.0
    assert snapped[0, 6] == place(SPACE[5], 10**6)
    assert snapped[0, 7] == 0.5
