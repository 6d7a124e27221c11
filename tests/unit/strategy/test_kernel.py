from dataclasses import replace

import numpy as np
import pytest

from orchestrator.space.lattice import Lattice
from orchestrator.space.ranges import CategoricalRange, ContinuousRange
from orchestrator.strategy import kernel
from orchestrator.strategy.gaussian_process import GaussianProcess, most_probable
from orchestrator.strategy.kernel import Correlation, Parameters, Shape, correlations

SPACE = (
    ContinuousRange("x", 0.0, 1.0),
    ContinuousRange("y", 0.0, 1.0),
    CategoricalRange("kind", ("a", "b", "c")),
)
LATTICE = Lattice(SPACE)
SHAPE = Shape.of(LATTICE)
THETA = np.linspace(-1.0, 0.5, SHAPE.size)
PARAMETERS = Parameters.of(SHAPE, THETA)


def some_features(count, seed=0):
    chance = np.random.default_rng(seed)
    return PARAMETERS.features(LATTICE.snapped(chance.random((count, LATTICE.width))))


def test_parameters_are_what_their_logarithms_say():
    assert PARAMETERS.logarithms == pytest.approx(THETA)
    assert PARAMETERS.noise == pytest.approx(np.exp(THETA[-2]))


def test_a_point_has_the_whole_variance_in_common_with_itself():
    features = some_features(5)
    whole = PARAMETERS.signal * np.diag(correlations(PARAMETERS, features, features))
    assert whole == pytest.approx(PARAMETERS.variance)


def test_blocks_are_the_rows_of_the_whole(monkeypatch):
    one, other = some_features(11), some_features(4, seed=1)
    whole = Correlation(PARAMETERS, one, other).values
    monkeypatch.setattr(kernel, "_BLOCK", 9)
    assert correlations(PARAMETERS, one, other) == pytest.approx(whole, abs=1e-12)
    assert correlations(PARAMETERS, one[:0], other).shape == (0, 4)


def test_a_main_effect_is_the_mean_over_ranges_of_what_they_have_in_common():
    """Of numbers 1 / (1 + r^2), of a category and another 1 / (1 + 2 / length^2)."""
    points = np.array([[0.2, 0.1, 1.0, 0.0, 0.0], [0.2, 0.9, 0.0, 1.0, 0.0]])
    one, other = PARAMETERS.features(points)
    effects = [*1 / (1 + (one[:2] - other[:2]) ** 2), 1 / (1 + 2 / PARAMETERS.lengths[2] ** 2)]
    found = Correlation(PARAMETERS, one[None], other[None]).mains[0, 0]
    assert found == pytest.approx(PARAMETERS.main * np.mean(effects))


def test_with_parents_there_are_no_main_effects():
    shape = Shape.of(LATTICE, marks=1)
    parameters = Parameters.of(shape, np.zeros(shape.size))
    assert parameters.variance == parameters.signal == 1.0
    assert not Correlation(parameters, np.zeros((2, 6)), np.zeros((2, 6))).mains.ndim


def test_categories_stretch_numbers_about_their_middle():
    plain = Parameters.of(SHAPE, np.zeros(SHAPE.size))
    stretch = np.array([[0.0, 0.0], [np.log(1.5), 0.0], [0.0, -9.0]])
    parameters = replace(plain, stretch=stretch)
    points = np.array([[0.7, 0.1, 1.0, 0, 0], [0.7, 0.1, 0, 1.0, 0], [0.7, 0.1, 0, 0, 1.0]])
    found = parameters.features(points)[:, :2]
    assert found == pytest.approx(
        np.array([[0.2, -0.4], [0.3, -0.4], [0.2, 0.0]]), rel=0.01, abs=1e-3
    )


def test_one_of_two_categories_stretches_as_the_other_shrinks():
    shape = Shape.of(Lattice((SPACE[0], CategoricalRange("pair", ("no", "yes")))))
    plain = Parameters.of(shape, np.zeros(shape.size))
    parameters = replace(plain, stretch=np.array([[-np.log(4.0)]]))
    found = parameters.features(np.array([[0.9, 0.0], [0.9, 1.0]]))[:, 0]
    assert found == pytest.approx([0.8, 0.2], rel=0.05)


def test_however_many_categories_stretch_a_number_it_is_bounded():
    pairs = tuple(CategoricalRange(f"pair{index}", ("no", "yes")) for index in range(9))
    shape = Shape.of(Lattice((SPACE[0], *pairs)))
    parameters = replace(
        Parameters.of(shape, np.zeros(shape.size)), stretch=np.full((9, 1), np.log(100.0))
    )
    found = parameters.features(np.array([[1.0, *[1.0] * 9], [1.0, *[0.0] * 9]]))[:, 0]
    assert found == pytest.approx([15.0, 0.0], abs=0.1)


def test_without_numbers_or_without_categories_nothing_is_stretched():
    for space in (SPACE[:2], SPACE[2:]):
        shape = Shape.of(Lattice(space))
        assert not Parameters.of(shape, np.zeros(shape.size)).stretch.size


def test_numbers_that_matter_with_one_category_only_are_learned():
    """Each of three categories has a number of its own, as models to choose from have."""
    numbers = tuple(ContinuousRange(f"x{index}", 0.0, 1.0) for index in range(3))
    lattice = Lattice((*numbers, CategoricalRange("model", ("a", "b", "c"))))
    chance = np.random.default_rng(0)
    points, others = (lattice.snapped(chance.random((count, 6))) for count in (60, 300))
    values = np.sin(6.0 * points[:, :3] * points[:, 3:]).sum(1)
    whole = Shape.of(lattice)
    missed = []
    for shape in (whole, replace(whole, categories=whole.categories[:0], pairs=whole.pairs[:0])):
        parameters = most_probable(shape, points, values)
        found = GaussianProcess(parameters, points, values).means(others)
        missed.append(np.std(found - np.sin(6.0 * others[:, :3] * others[:, 3:]).sum(1)))
    assert missed[0] < 0.7 * missed[1]


def test_what_each_of_many_ranges_does_alone_is_learned_from_few_points():
    """Of a sum of eight waves, eighty points tell far more where main effects are known of."""
    lattice = Lattice(tuple(ContinuousRange(f"x{index}", 0.0, 1.0) for index in range(8)))
    chance = np.random.default_rng(0)
    points, others = chance.random((80, 8)), chance.random((200, 8))
    missed = []
    for parents in (0, 1):  # a parent that gave nothing: the same without main effects
        shape = Shape.of(lattice, marks=parents)
        known, asked = (np.pad(each, ((0, 0), (0, parents))) for each in (points, others))
        values = np.sin(5.0 * points).sum(1) / 2.0
        process = GaussianProcess(most_probable(shape, known, values), known, values)
        missed.append(np.std(process.means(asked) - np.sin(5.0 * others).sum(1) / 2.0))
    assert missed[0] < 0.8 * missed[1]
