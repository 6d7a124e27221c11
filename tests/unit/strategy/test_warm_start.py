from dataclasses import replace

import numpy as np
import pytest

from orchestrator.space.lattice import Lattice
from orchestrator.space.ranges import ContinuousRange
from orchestrator.strategy.evidence import Evidence
from orchestrator.strategy.targets import fitted
from orchestrator.strategy.warm_start import WarmStart, agreement

LATTICE = Lattice((ContinuousRange("x", 0.0, 1.0),))


def line(x):
    return x


def evidence(own, *parents):
    """Own outcomes are those of a line; each parent has twelve of a function of its own."""
    own = np.array(own, dtype=float)
    grid = np.linspace(0.0, 1.0, 12)
    xs = np.concatenate([own, *[grid for _ in parents]])
    numbers = np.repeat(np.arange(len(parents) + 1), [len(own)] + [12] * len(parents))
    points = np.zeros((len(xs), 1 + len(parents)))
    points[:, 0] = xs
    points[np.flatnonzero(numbers), numbers[numbers > 0]] = 1.0
    values = np.concatenate([own, *[np.array([f(x) for x in grid]) for f in parents]])
    empty = np.zeros((0, points.shape[1]))
    return Evidence(points, values, numbers, empty, empty, len(parents))


def a_warm_start(*, transfer=False):
    return WarmStart(LATTICE, 0, transfer=transfer, maximize=False)


def test_differences_are_agreed_on_by_their_size():
    outcomes, sure = np.array([0.0, 1.0, 10.0]), np.full(3, 1e-6)
    assert agreement(outcomes, sure, outcomes) == pytest.approx(1.0)
    assert agreement(-outcomes, sure, outcomes) == pytest.approx(-1.0)
    assert agreement(np.array([1.0, 0.0, 2.0]), sure, outcomes) == pytest.approx(0.9)
    assert agreement(outcomes, sure, np.zeros(3)) == 0.0


def test_a_difference_foreseen_with_doubt_is_little_agreement():
    outcomes = np.array([0.0, 1.0, 2.0])
    assert agreement(0.1 * outcomes, np.ones(3), outcomes) == pytest.approx(0.084, abs=0.001)


@pytest.mark.parametrize("order", [1, -1])
def test_a_parent_that_was_never_near_is_not_believed_for_an_order_that_chance_has_right(order):
    """All of it lies in one corner; of what is far away it foresees nearly the same."""
    own, theirs = np.array([0.5, 0.7, 0.9]), np.linspace(0.0, 0.1, 12)
    points = np.column_stack([np.concatenate([own, theirs]), np.repeat([0.0, 1.0], [3, 12])])
    values = np.concatenate([order * own, np.sin(100.0 * theirs)])
    empty = np.zeros((0, 2))
    known = Evidence(points, values, np.repeat([0, 1], [3, 12]), empty, empty, 1)
    assert not a_warm_start(transfer=True).believed(known).parents.any()


def test_a_parent_that_ranks_wrongly_is_left_out_and_one_that_ranks_rightly_is_kept():
    both = evidence([0.1, 0.5, 0.9], lambda x: -x, lambda x: 3.0 * x + 1.0)
    kept = a_warm_start(transfer=True).believed(both)
    assert set(kept.parents) == {0, 2}
    assert kept.marks == 2


def test_what_ran_on_identical_data_is_not_told_apart_from_what_this_job_ran():
    """Neither before the parent can be judged nor after."""
    for own in ([0.1, 0.9], [0.1, 0.5, 0.9]):
        kept = a_warm_start().believed(evidence(own, line))
        assert set(kept.parents) == {0, 1}
        assert kept.points.shape == (len(own) + 12, 1)
        assert kept.marks == 0


def test_when_no_parent_is_believed_nothing_is_left_of_them():
    kept = a_warm_start().believed(evidence([0.1, 0.5, 0.9], lambda x: -x))
    assert kept.points.tolist() == [[0.1], [0.5], [0.9]]
    assert kept.marks == 0


def test_two_outcomes_are_too_few_to_judge_by():
    assert a_warm_start().believed(evidence([0.1, 0.9], lambda x: -x)).parents.any()


def test_a_parent_of_too_few_trials_to_be_judged_is_kept():
    known = evidence([0.1, 0.5, 0.9], line)
    few = np.flatnonzero((known.parents == 0) | (np.arange(len(known.parents)) > 12))
    known = replace(
        known, points=known.points[few], values=known.values[few], parents=known.parents[few]
    )
    assert (known.parents == 1).sum() == 2
    assert (a_warm_start().believed(known).parents == 1).sum() == 2


@pytest.mark.parametrize("order", [1, -1])
def test_a_large_parent_is_judged_alike_whatever_the_order_of_its_trials(order):
    """In the order of their values the last are the worst, far from this job's."""
    own, theirs = np.array([0.29, 0.3, 0.33, 0.36, 0.4]), np.linspace(0.0, 1.0, 400)
    theirs = theirs[np.argsort(order * (theirs - 0.3) ** 2)]
    points = np.column_stack([np.concatenate([own, theirs]), np.repeat([0.0, 1.0], [5, 400])])
    empty = np.zeros((0, 2))
    parents = np.repeat([0, 1], [5, 400])
    known = Evidence(points, (points[:, 0] - 0.3) ** 2, parents, empty, empty, 1)
    assert a_warm_start().believed(known).parents.any()


def test_a_parent_without_differences_is_not_believed():
    kept = a_warm_start().believed(evidence([0.1, 0.5, 0.9], lambda _: 2.0))
    assert not kept.parents.any()


def test_values_count_as_they_are_where_the_data_are_the_same():
    known = evidence([0.1, 0.5, 0.9], line)
    targets = fitted(known.values, maximize=False)
    assert a_warm_start().scaled(known, targets) == pytest.approx(targets.of(known.values))


def test_a_parent_of_other_size_is_measured_as_this_jobs_values_are():
    known = evidence([0.1, 0.5, 0.9], lambda x: 1000.0 * x - 300.0)
    targets = fitted(known.values[:3], maximize=False)
    scaled = a_warm_start(transfer=True).scaled(known, targets)
    assert scaled[:3] == pytest.approx(targets.of(known.values[:3]))
    same = targets.of(np.linspace(0.0, 1.0, 12))
    assert scaled[3:] == pytest.approx(same, abs=0.3)
