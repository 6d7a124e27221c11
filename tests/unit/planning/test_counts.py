"""How many training jobs, in how many rounds, and how far Hyperband lets them come."""

import random
from dataclasses import replace
from types import SimpleNamespace

import pytest

from orchestrator.planning import rungs
from orchestrator.planning.counts import trainings
from orchestrator.planning.rounds import in_words, rounds
from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange
from orchestrator.strategy.hyperband import HyperbandStopper
from orchestrator.strategy.protocol import (
    Direction,
    Search,
    SearchDefinition,
    Suggestion,
    Trial,
    TrialState,
)
from orchestrator.tuning.spec import CompletionCriteria
from tests.builders import SPACE, a_definition, a_tuning

FINITE = (IntegerRange("depth", 2, 5), CategoricalRange("kind", ("a", "b", "c")))


def test_a_finite_space_is_counted_and_an_endless_one_is_not():
    assert trainings(a_tuning(definition=a_definition(space=FINITE))).combinations == 12
    mixed = (*FINITE, ContinuousRange("x", 0.0, 1.0))
    assert trainings(a_tuning(definition=a_definition(space=mixed))).combinations is None


def test_no_more_training_jobs_are_counted_than_there_are_combinations():
    count = trainings(a_tuning(jobs=750, definition=a_definition(space=FINITE)), stated=False)
    assert count.most == 12
    assert count.ends == ()


def test_a_category_of_three_has_three_dimensions_and_of_two_has_one():
    space = (CategoricalRange("a", ("x", "y")), CategoricalRange("b", ("x", "y", "z")), *SPACE)
    count = trainings(a_tuning(definition=a_definition(space=space)))
    assert (count.hyperparameters, count.dimensions) == (3, 5)


@pytest.mark.parametrize(
    ("criteria", "least"),
    [
        (CompletionCriteria(target=0.9), 1),
        (CompletionCriteria(not_improving=7), 8),
        (CompletionCriteria(on_convergence=True), 10),
        (CompletionCriteria(not_improving=700), 40),
        (CompletionCriteria(), 40),
    ],
)
def test_a_completion_criterion_may_end_the_job_after_so_few(criteria, least):
    count = trainings(a_tuning(jobs=40, completion=criteria))
    assert (count.least, count.most) == (least, 40)
    assert len(count.ends) == (criteria != CompletionCriteria())


def test_a_job_without_a_number_says_that_its_number_is_the_quota():
    count = trainings(a_tuning(jobs=750, runtime_seconds=3600), stated=False)
    assert count.ends == (
        "the quota of 750 training jobs, for the file gives no number",
        "a runtime of 1 h 0 min",
    )


def test_twelve_parallel_of_48_are_four_rounds_of_which_three_begin_with_results():
    found = rounds("Bayesian", 48, 12)
    assert (found.count, found.learning, found.few) == (4, 3, True)
    assert in_words(found, 48).startswith("12 parallel of 48 = 4 rounds: ")
    assert "11 results are still out; 3 of 4 rounds" in in_words(found, 48)


def test_a_search_that_learns_nothing_loses_nothing_by_parallelism():
    for strategy in ("Random", "Grid", "Hyperband"):
        found = rounds(strategy, 50, 12)
        assert (found.count, found.learning, found.few) == (5, None, False)
        assert "costs nothing" in in_words(found, 50)


@pytest.mark.parametrize(("most", "parallel", "count"), [(1, 10, 1), (10, 10, 1), (11, 10, 2)])
def test_the_last_round_need_not_be_full(most, parallel, count):
    assert rounds("Bayesian", most, parallel).count == count


# ---------------------------------------------------------------------- Hyperband


def hyperband(jobs=60, least=1, most=27):
    options = (("min_resource", least), ("max_resource", most))
    return a_tuning(jobs=jobs, strategy="Hyperband", options=options)


def reached(spec, jobs, stays, chance):
    """How many of `jobs` come to each rung under the real stopper, one after the other."""
    definition = SearchDefinition(SPACE, Direction.MINIMIZE)
    stopper = HyperbandStopper(Search((definition,), 1, options=spec.options))
    history, counts = SimpleNamespace(trials=[], parents=()), {1: 0, 3: 0, 9: 0, 27: 0}
    for number in range(1, jobs + 1):
        trial = Trial(number, Suggestion((("x", str(number)),)))
        history.trials.append(trial)
        rank = chance.random()
        for epoch in range(1, 28):
            value = rank if stays else chance.random()
            trial = replace(trial, values=(*trial.values, value))
            history.trials[-1] = trial
            counts[epoch] = counts.get(epoch, 0) + 1
            if stopper.reason_to_stop(history, trial):
                break
        history.trials[-1] = replace(trial, state=TrialState.STOPPED, value=trial.values[-1])
    return counts


@pytest.mark.parametrize("stays", [True, False])
def test_the_rungs_are_reached_as_often_as_under_the_real_stopper(stays):
    spec, chance = hyperband(), random.Random(5)
    runs = [reached(spec, 60, stays, chance) for _ in range(80)]
    found = rungs.expected(spec, 60)
    assert [rung.resource for rung in found] == [1, 3, 9, 27]
    for rung in found:
        seen = sum(run[rung.resource] for run in runs) / len(runs)
        assert (rung.most if stays else rung.fewest) == pytest.approx(seen, rel=0.2, abs=0.3)


def test_of_three_jobs_at_a_rung_eleven_sixths_go_on():
    # by hand: the first always, the second one time in two, the third one time in three
    assert rungs.expected(hyperband(jobs=3), 3)[1].fewest == pytest.approx(1 + 1 / 2 + 1 / 3)


def test_the_share_of_the_resource_is_what_the_rungs_leave():
    found = (rungs.Rung(1, 10, 10), rungs.Rung(3, 4, 5), rungs.Rung(9, 1, 2))
    # 10 jobs x 1 epoch, 4 x 2 more, 1 x 6 more, of 10 x 9
    assert rungs.shares(found) == pytest.approx(((10 + 8 + 6) / 90, (10 + 10 + 12) / 90))
    assert rungs.shares(()) == (1.0, 1.0)


def test_only_hyperband_has_rungs():
    assert rungs.expected(a_tuning(), 10) == ()
