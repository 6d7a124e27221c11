import numpy as np
import pytest

from orchestrator.space.lattice import Lattice
from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange
from orchestrator.strategy.candidates import ranked

SMOOTH = (ContinuousRange("x", 0.0, 1.0), ContinuousRange("y", 0.0, 1.0))
STEPPED = (
    IntegerRange("n", 0, 9),
    CategoricalRange("kind", tuple("abcdefgh")),
    CategoricalRange("pair", ("no", "yes")),
    IntegerRange("m", 1, 100),
)


class Bowl:
    """A promise that falls off with the squared distance from a point."""

    def __init__(self, top):
        self.top = np.array(top)

    def __call__(self, points):
        return -((points - self.top) ** 2).sum(1)

    def with_gradient(self, points):
        return self(points), -2.0 * (points - self.top)


@pytest.mark.parametrize("space", [SMOOTH, STEPPED, SMOOTH + STEPPED])
def test_the_best_point_of_any_space_is_found(space):
    lattice = Lattice(space)
    chance = np.random.default_rng(1)
    top = lattice.snapped(chance.random((1, lattice.width)))[0]
    points, scores = ranked(lattice, Bowl(top), lattice.snapped(top[None] * 0.0), chance)
    assert points[0] == pytest.approx(top, abs=1e-4)
    assert scores[0] == pytest.approx(0.0, abs=1e-6)


def test_every_point_stands_for_a_configuration_and_the_best_come_first():
    lattice = Lattice(SMOOTH + STEPPED)
    points, scores = ranked(
        lattice,
        Bowl(np.full(lattice.width, 0.4)),
        np.zeros((3, lattice.width)),
        np.random.default_rng(1),
    )
    assert np.array_equal(points, lattice.snapped(points))
    assert (np.diff(scores) <= 0.0).all()


def test_columns_beyond_the_space_stay_as_the_known_points_have_them():
    lattice = Lattice(SMOOTH)
    known = np.array([[0.5, 0.5, 0.0], [0.2, 0.1, 0.0]])
    points, _ = ranked(lattice, Bowl([0.1, 0.9, 1.0]), known, np.random.default_rng(1))
    assert (points[:, 2] == 0.0).all()
