from dataclasses import replace

import numpy as np
import pytest

from orchestrator.space.lattice import Lattice
from orchestrator.space.ranges import CategoricalRange, ContinuousRange
from orchestrator.strategy import gaussian_process
from orchestrator.strategy.gaussian_process import GaussianProcess, most_probable
from orchestrator.strategy.kernel import Parameters, Shape

SPACE = (
    ContinuousRange("x", 0.0, 1.0),
    ContinuousRange("y", 0.0, 1.0),
    CategoricalRange("kind", ("a", "b", "c")),
)
LATTICE = Lattice(SPACE)
SHAPE = Shape.of(LATTICE)


def a_sample(count, seed=0):
    points = LATTICE.snapped(np.random.default_rng(seed).random((count, LATTICE.width)))
    values = np.sin(5.0 * points[:, 0]) + points[:, 1] ** 2 + points[:, 3]
    return points, (values - 1.0) / 0.8


def test_columns_of_one_range_share_a_length_and_only_numbers_are_warped():
    assert SHAPE.group.tolist() == [0, 1, 2, 2, 2]
    assert SHAPE.warped.tolist() == [0, 1]
    assert SHAPE.unordered.tolist() == [2]
    assert Shape.of(LATTICE, marks=1).group.tolist() == [0, 1, 2, 2, 2, 3]


def test_the_gradient_of_the_posterior_is_that_of_differences():
    problem = gaussian_process._Posterior(SHAPE, *a_sample(20))
    theta = np.random.default_rng(1).normal(size=SHAPE.size) * 0.3
    _, gradient = problem(theta)
    differences = [
        (problem(theta + 1e-6 * step)[0] - problem(theta - 1e-6 * step)[0]) / 2e-6
        for step in np.eye(SHAPE.size)
    ]
    assert gradient == pytest.approx(differences, rel=1e-5, abs=1e-5)


def test_a_smooth_function_is_learned_from_few_points():
    points, values = a_sample(40)
    process = GaussianProcess(most_probable(SHAPE, points, values), points, values)
    others, truth = a_sample(100, seed=9)
    mean, deviation = process.predict(others)
    assert np.abs(mean - truth).mean() < 0.1
    assert np.abs(process.means(process.points) - values).max() < 0.1
    assert (np.abs(mean - truth) < 4.0 * deviation + 0.02).mean() > 0.9


def test_a_scale_is_learned_by_warping():
    """What happens in a small corner of the range is seen as large."""
    points = np.random.default_rng(0).random((60, 1)) ** 4
    values = np.log(points[:, 0] + 1e-4)
    values = (values - values.mean()) / values.std()
    shape = Shape.of(Lattice(SPACE[:1]))
    learned = most_probable(shape, points, values)
    features = learned.features(np.array([[0.0], [0.05], [1.0]]))[:, 0]
    assert (features[1] - features[0]) / (features[2] - features[0]) > 0.15


def test_equal_points_with_unequal_values_are_noise_and_no_error():
    points = np.repeat(a_sample(5)[0], 4, axis=0)
    values = np.tile([-1.0, 1.0, -1.0, 1.0], 5)
    process = GaussianProcess(most_probable(SHAPE, points, values), points, values)
    assert process.parameters.noise > 0.3


def test_points_are_foreseen_alike_however_many_there_are():
    points, values = a_sample(600)
    process = GaussianProcess(most_probable(SHAPE, points[:40], values[:40]), points, values)
    others = a_sample(500, seed=5)[0]
    mean, deviation = process.predict(others)
    assert process.means(others) == pytest.approx(mean)
    for some in (slice(0, 1), slice(0, 250), slice(217, 219), slice(490, 500)):
        assert process.predict(others[some])[0] == pytest.approx(mean[some], abs=1e-6)
        assert process.predict(others[some])[1] ** 2 == pytest.approx(
            deviation[some] ** 2, abs=1e-4
        )
    assert process.inverse == pytest.approx(process.inverse.T)
    assert process.predict(others[:0])[0].shape == (0,)


def test_what_is_expected_changes_no_mean_and_makes_surer():
    points, values = a_sample(15)
    process = GaussianProcess(most_probable(SHAPE, points, values), points, values)
    running, elsewhere = a_sample(3, seed=4)[0], a_sample(200, seed=5)[0]
    after = process.expecting(running)
    assert len(after.points) == 18
    assert after.means(elsewhere) == pytest.approx(process.means(elsewhere), abs=1e-6)
    assert (after.predict(elsewhere)[1] < process.predict(elsewhere)[1] + 1e-9).all()
    assert (after.predict(running)[1] < 0.7 * process.predict(running)[1]).all()


def test_what_rounding_leaves_without_an_inverse_is_held_by_jitter():
    """At lengths so short the distances between near points are lost in rounding."""
    points, values = (np.repeat(each[:12], 5, axis=0) for each in a_sample(12))
    points[:, :2] += 1e-9 * np.random.default_rng(0).normal(size=(60, 2))
    plain = Parameters.of(SHAPE, np.zeros(SHAPE.size))
    lengths = np.array([1e-9, 1e-9, 1.0, 1.0, 1.0])
    short = replace(plain, lengths=lengths, main=1e-3, noise=1e-6)
    process = GaussianProcess(short, points, values)
    assert np.isfinite(process.predict(points)[0]).all()
