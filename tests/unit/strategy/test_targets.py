import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.strategy.targets import fitted

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=1, max_size=40), st.booleans())
def test_targets_of_any_values_are_finite_and_keep_their_order(values, maximize):
    values = np.array(values)
    targets = fitted(values, maximize=maximize).of(values)
    assert np.isfinite(targets).all()
    order = np.argsort(-values if maximize else values, kind="stable")
    assert (np.diff(targets[order]) >= -1e-9).all()


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40))
def test_targets_have_mean_nought_and_deviation_one_or_nought(values):
    values = np.array(values)
    targets = fitted(values, maximize=False).of(values)
    assert abs(targets.mean()) < 1e-6
    assert targets.std() == pytest.approx(1.0) or targets.std() < 1e-6


def test_one_diverged_training_does_not_flatten_the_rest():
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1e300])
    targets = fitted(values, maximize=False).of(values)
    assert targets[5] - targets[0] > 0.5


def test_a_heavy_tail_is_drawn_in():
    values = np.exp(np.linspace(0.0, 8.0, 50))
    targets = fitted(values, maximize=False).of(values)
    assert targets.max() < 2.5


@pytest.mark.parametrize("maximize", [False, True])
def test_values_come_back_from_their_targets(maximize):
    values = np.array([-40.0, -1.0, 0.0, 0.5, 2.0, 3.0, 9.0, 1e6])
    targets = fitted(values, maximize=maximize)
    assert np.allclose(targets.values(targets.of(values)), values)
