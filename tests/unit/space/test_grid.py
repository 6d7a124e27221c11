import math
from itertools import product

import pytest

from orchestrator.space.grid import configuration_at, shares, size
from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange, Scaling

SPACE = (CategoricalRange("a", ("x", "y")), IntegerRange("n", 3, 5), CategoricalRange("b", ("z",)))


def test_a_finite_space_is_counted():
    assert size(SPACE) == 6


def test_a_continuous_range_makes_a_space_endless_unless_it_is_one_point():
    assert size((*SPACE, ContinuousRange("c", 0.0, 1.0))) is None
    assert size((*SPACE, ContinuousRange("c", 0.5, 0.5))) == 6


def test_the_order_is_lexicographic_with_the_last_range_fastest():
    listed = [configuration_at(SPACE, index) for index in range(6)]
    expected = [
        (("a", a), ("n", n), ("b", b)) for a, n, b in product("xy", ("3", "4", "5"), ("z",))
    ]
    assert listed == expected


def test_a_huge_grid_is_read_at_any_index_without_being_listed():
    space = tuple(IntegerRange(f"n{i}", 0, 2**63) for i in range(30))
    last = configuration_at(space, size(space) - 1)
    assert all(text == str(2**63) for _, text in last)


def test_shares_follow_the_cells_of_the_scales_and_add_up_to_one():
    space = (IntegerRange("n", 1, 3, Scaling.LOGARITHMIC), CategoricalRange("a", ("x", "y")))
    found = list(shares(space))
    cells = [math.log((n + 0.5) / (n - 0.5)) / math.log(3.5 / 0.5) / 2 for n in (1, 1, 2, 2, 3, 3)]
    assert found == pytest.approx(cells)
    assert sum(found) == pytest.approx(1.0)
