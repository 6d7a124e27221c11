import numpy as np
import pytest
from scipy.stats import norm

from orchestrator.space.lattice import Lattice
from orchestrator.space.ranges import ContinuousRange
from orchestrator.strategy import acquisition
from orchestrator.strategy.acquisition import Improvement
from orchestrator.strategy.gaussian_process import GaussianProcess, most_probable
from orchestrator.strategy.kernel import Shape

LATTICE = Lattice((ContinuousRange("x", 0.0, 1.0), ContinuousRange("y", 0.0, 1.0)))


def a_process(running=0):
    chance = np.random.default_rng(0)
    points = chance.random((12, 2))
    values = np.sin(6.0 * points[:, 0]) + points[:, 1] + 0.3 * chance.normal(size=12)
    process = GaussianProcess(most_probable(Shape.of(LATTICE), points, values), points, values)
    return process.expecting(chance.random((running, 2))) if running else process


@pytest.mark.parametrize("standard", [-6.0, -1.001, -0.999, 0.0, 3.0])
def test_the_logarithm_is_that_of_expected_improvement(standard):
    expected = np.log(norm.pdf(standard) + standard * norm.cdf(standard))
    assert acquisition._log_improvement(np.array([standard])) == pytest.approx([expected])


def test_far_below_hope_the_logarithm_still_falls_smoothly():
    standards = -np.logspace(0.0, 8.0, 200)
    logs = acquisition._log_improvement(standards)
    assert np.isfinite(logs).all()
    assert (np.diff(logs) < 0.0).all()


@pytest.mark.parametrize("running", [0, 2])
def test_the_gradient_is_that_of_differences(running):
    process = a_process(running)
    promise = Improvement(process, process.points)
    points = np.random.default_rng(3).uniform(0.1, 0.9, (4, 2))
    value, gradient = promise.with_gradient(points)
    assert value == pytest.approx(promise(points))
    for column, step in enumerate(np.eye(2) * 1e-6):
        difference = (promise(points + step) - promise(points - step)) / 2e-6
        assert gradient[:, column] == pytest.approx(difference, rel=1e-3, abs=1e-3)


def test_a_value_reached_elsewhere_leaves_less_to_improve():
    process = a_process()
    points = np.random.default_rng(3).random((4, 2))
    plain, humbled = (Improvement(process, process.points, each) for each in (np.inf, -5.0))
    assert (humbled(points) < plain(points)).all()


def test_the_promise_is_the_logarithm_of_expected_improvement():
    process = a_process()
    points = np.random.default_rng(3).random((4, 2))
    mean, deviation = process.predict(points)
    standard = (process.means(process.points).min() - mean) / deviation
    expected = np.log(deviation * (norm.pdf(standard) + standard * norm.cdf(standard)))
    assert Improvement(process, process.points)(points) == pytest.approx(expected)
