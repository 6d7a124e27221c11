import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.strategy.ask_tell import AskTell
from orchestrator.strategy.plateau import Plateau

SQUARE = np.array([[0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9], [0.5, 0.5]])
CORNERS = SQUARE[:4]


def plateau(points, values, failed=(), *, maximize=False):
    return Plateau.of(
        np.array(points),
        np.array(values, dtype=float),
        np.array(failed).reshape(-1, 2),
        maximize=maximize,
    )


@pytest.mark.parametrize("maximize", [False, True])
def test_between_trials_of_the_very_same_best_value_nothing_is_expected(maximize):
    worse = -1.0 if maximize else 1.0
    found = plateau([*CORNERS, [1.0, 1.0]], [0.0] * 4 + [worse], maximize=maximize)
    assert found.seen
    assert found.covers(np.array([[0.3, 0.7], [0.9, 0.1], [0.02, 0.5]])).tolist() == [
        True,
        True,
        False,
    ]


def test_where_another_value_was_told_in_between_there_is_no_plateau():
    found = plateau(SQUARE, [0.0, 0.0, 0.0, 0.0, 1.0])
    assert found.covers(np.array([[0.3, 0.7], [0.5, 0.1]])).tolist() == [False, True]


def test_where_a_training_in_between_failed_there_is_no_plateau():
    found = plateau(CORNERS, [0.0] * 4, failed=SQUARE[4:])
    assert found.covers(np.array([[0.3, 0.7], [0.5, 0.1]])).tolist() == [False, True]


def test_a_range_in_which_equals_do_not_differ_is_not_flat():
    found = plateau([[0.5, 0.1], [0.5, 0.5], [0.5, 0.9]], [0.0] * 3)
    assert found.covers(np.array([[0.5, 0.3], [0.51, 0.3]])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("points", "values"),
    [
        (np.empty((0, 2)), []),
        (CORNERS[:2], [0.0, 0.0]),
        (CORNERS, [0.0, 1.0, 2.0, 3.0]),
        (CORNERS[[0, 0, 0, 1]], [0.0, 0.0, 0.0, 1.0]),
    ],
    ids=["nothing", "two", "no ties", "one point told thrice"],
)
def test_a_plateau_takes_three_points_of_one_value(points, values):
    found = plateau(points, values)
    assert not found.seen
    assert not found.covers(CORNERS).any()


@given(st.data())
def test_no_trial_of_another_value_is_ever_covered_but_at_the_rim(data):
    count = data.draw(st.integers(3, 25))
    unit = st.floats(0.0, 1.0)
    points = np.array(data.draw(st.lists(st.tuples(unit, unit), min_size=count, max_size=count)))
    values = np.array(
        data.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=count, max_size=count))
    )
    found = plateau(points, values)
    inner = Plateau(found.low + 0.0501, found.high - 0.0501)
    assert not inner.covers(points[values != values.min()]).any()


def test_a_search_leaves_flat_ground_for_what_it_has_hardly_seen():
    ranges = {
        "CategoricalParameterRanges": [{"Name": "kernel", "Values": ["flat", "deep"]}],
        "ContinuousParameterRanges": [
            {"Name": name, "MinValue": "0", "MaxValue": "1"} for name in ("x", "y", "z")
        ],
    }
    search = AskTell(ranges, "Minimize", seed=1)
    told = []
    for _ in range(60):
        asked = search.ask()
        away = sum((asked[name] - 0.4) ** 2 for name in ("x", "y", "z"))
        value = 0.5 if asked["kernel"] == "flat" else min(8.0 * away, 1.0)
        search.tell(asked, value)
        told.append(value)
    assert min(told) < 0.2
    assert told.count(0.5) < 25
