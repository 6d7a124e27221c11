import numpy as np
import pytest

from orchestrator.space.lattice import Lattice
from orchestrator.space.ranges import ContinuousRange
from orchestrator.strategy.failures import Failures
from orchestrator.strategy.kernel import Shape

SHAPE = Shape.of(Lattice(tuple(ContinuousRange(f"x{index}", 0.0, 1.0) for index in range(6))))
POINTS = np.random.default_rng(4).random((60, 6))


def count(failing, points=POINTS):
    return Failures(0, "test").count(SHAPE, points[~failing], points[failing])


@pytest.mark.parametrize("number", [15, 25, 60])
def test_failures_of_a_region_count(number):
    points = POINTS[:number]
    failing = points[:, 0] + points[:, 3] > 1.15
    assert 4 < failing.sum() < number
    assert count(failing, points)


@pytest.mark.parametrize("seed", range(6))
def test_accidents_do_not_count(seed):
    failing = np.random.default_rng(seed).random(60) < 0.3
    assert not count(failing)


def test_too_few_to_be_judged_count():
    assert count(np.arange(60) % 20 == 7)
    assert count(np.zeros(60, dtype=bool))


def test_one_who_followed_the_job_judges_like_a_new_one():
    chance = np.random.default_rng(1)
    for failing in (POINTS[:, 0] > 0.7, chance.random(60) < 0.3):
        old = Failures(0, "test")
        for number in (20, 40, 57):
            some = np.arange(60) < number
            old.count(SHAPE, POINTS[some & ~failing], POINTS[some & failing])
        followed = old.count(SHAPE, POINTS[~failing], POINTS[failing])
        assert followed == count(failing)
