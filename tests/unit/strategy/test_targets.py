from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.strategy.targets import Form, fitted

finite = st.floats(allow_nan=False, allow_infinity=False)
forms = st.sampled_from(Form)


@given(st.lists(finite, min_size=1, max_size=40), st.booleans(), forms)
def test_targets_of_any_values_are_finite_and_keep_their_order(values, maximize, form):
    values = np.array(values)
    targets = fitted(values, form, maximize=maximize).of(values)
    assert np.isfinite(targets).all()
    order = np.argsort(-values if maximize else values, kind="stable")
    assert (np.diff(targets[order]) >= -1e-9).all()


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40), forms)
def test_targets_have_mean_nought_and_deviation_one_or_nought(values, form):
    values = np.array(values)
    targets = fitted(values, form, maximize=False).of(values)
    assert abs(targets.mean()) < 1e-6
    assert targets.std() == pytest.approx(1.0) or targets.std() < 1e-6


@given(st.lists(st.floats(-50.0, 50.0), min_size=5, max_size=40, unique=True), forms)
def test_the_log_slope_is_that_of_differences(values, form):
    values = np.unique(np.round(values, 2))
    targets = fitted(values, form, maximize=False)
    inside = values[values > values.min()]
    near = [targets.of(inside + step) for step in (-1e-6, 1e-6)]
    slopes = (near[1] - near[0]) / 2e-6
    assert targets.log_slope(inside) == pytest.approx(np.log(slopes).sum(), rel=1e-3, abs=1e-2)


@pytest.mark.parametrize("form", Form)
def test_the_log_slope_of_great_values_is_a_number(form):
    values = np.array([-1e300, -1.0, 0.0, 1e-300, 2.0, 1e300])
    assert np.isfinite(fitted(values, form, maximize=True).log_slope(values))


def test_one_diverged_training_does_not_flatten_the_rest():
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1e300])
    targets = fitted(values, maximize=False).of(values)
    assert targets[5] - targets[0] > 0.5


def test_a_heavy_tail_is_drawn_in():
    values = np.exp(np.linspace(0.0, 8.0, 50))
    targets = fitted(values, maximize=False).of(values)
    assert targets.max() < 2.5


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("form", Form)
def test_values_come_back_from_their_targets(form, maximize):
    values = np.array([-40.0, -1.0, 0.0, 0.5, 2.0, 3.0, 9.0, 1e6])
    targets = fitted(values, form, maximize=maximize)
    assert np.allclose(targets.values(targets.of(values)), values)


def test_the_straight_form_keeps_distances():
    targets = fitted(np.array([1.0, 2.0, 4.0, 10.0]), Form.STRAIGHT, maximize=False)
    one, two, three = targets.of(np.array([1.0, 2.0, 4.0]))
    assert three - two == pytest.approx(2 * (two - one))


def test_the_logarithmic_form_gives_each_power_of_ten_its_room():
    values = 10.0 ** np.arange(10.0)
    steps = np.diff(fitted(values, Form.LOGARITHM, maximize=False).of(values))[-3:]
    assert all(one == pytest.approx(other, rel=0.2) for one, other in pairwise(steps))
