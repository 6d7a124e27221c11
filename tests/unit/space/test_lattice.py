import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.space.encoding import decode, dimension, encode
from orchestrator.space.lattice import Lattice
from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange, Scaling

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
    """Except in long integer ranges, where a step is too small to matter."""
    snapped = LATTICE.snapped(np.array([point]))[0]
    again = encode(SPACE, decode(SPACE, snapped.tolist()))
    assert np.allclose(snapped, again, atol=1e-6)
    assert np.allclose(LATTICE.snapped(snapped[None])[0], snapped)


def test_points_outside_the_cube_are_moved_to_its_edge_and_extra_columns_stay():
    snapped = LATTICE.snapped(np.array([[-1.0, 9.0, 0.7, 0.1, 0.3, 0.2, 2.0, 0.5]]))
    assert snapped[0, 0] == 0.0
    assert snapped[0, 6] == 1.0
    assert snapped[0, 7] == 0.5
