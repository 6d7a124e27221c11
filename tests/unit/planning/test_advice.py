"""Hints: given where they help, and nowhere else."""

import pytest

from orchestrator.planning.advice import Outlook, advice
from orchestrator.planning.counts import trainings
from orchestrator.planning.rounds import rounds
from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange, Scaling
from orchestrator.training.spec import Checkpoints
from tests.builders import SPACE, a_definition, a_tuning


def hints(*space, jobs=100, parallel=1, strategy="Random", **changes):
    training = changes.pop("training", {"max_runtime_seconds": 600})
    definition = a_definition(space=space or SPACE, **training)
    spec = a_tuning(
        jobs=jobs, parallel=parallel, strategy=strategy, definition=definition, **changes
    )
    beside = rounds(strategy, jobs, parallel)
    return {each.path: each for each in advice(Outlook(spec, trainings(spec), beside))}


def test_a_sound_job_gets_no_advice():
    assert hints() == {}


def test_a_linear_range_over_three_decades_is_told_of_the_log_scale():
    (hint,) = hints(ContinuousRange("width", 0.001, 1.0)).values()
    assert (hint.path, hint.mend) == ("ranges.width", "Write scale: log.")
    assert "3 decades" in hint.text
    assert hints(IntegerRange("units", 1, 1024))
    assert not hints(ContinuousRange("width", 0.002, 1.0))
    assert not hints(ContinuousRange("width", 0.001, 1.0, Scaling.LOGARITHMIC))
    assert not hints(ContinuousRange("width", 0.0, 1.0))


@pytest.mark.parametrize("name", ["learning_rate", "lr", "eta", "adam-lr", "weight_decay", "l2"])
def test_names_of_what_works_by_its_magnitude_are_told_from_one_decade_on(name):
    assert "order of magnitude" in hints(ContinuousRange(name, 0.01, 0.1))[f"ranges.{name}"].text
    assert not hints(ContinuousRange(name, 0.05, 0.1))


@pytest.mark.parametrize("name", ["clarity", "theta", "colr", "momentum"])
def test_names_that_only_contain_such_a_name_are_left_alone(name):
    assert not hints(ContinuousRange(name, 0.01, 0.1))


def test_numbers_listed_as_categories_lose_their_order():
    listed = CategoricalRange("batch", ("16", "32", "64"))
    assert "ranges.batch" in hints(listed, *SPACE)
    assert not hints(CategoricalRange("batch", ("16", "32")), *SPACE)
    assert not hints(CategoricalRange("kind", ("a", "b", "c")), *SPACE)
    assert not hints(listed, strategy="Grid", jobs=3)


def test_a_model_wants_ten_trainings_a_dimension():
    space = tuple(ContinuousRange(name, 0.0, 1.0) for name in "abc")
    hint = hints(*space, jobs=29, strategy="Bayesian")["limits.jobs"]
    assert hint.mend == "Write 30, or search fewer hyperparameters."
    assert not hints(*space, jobs=30, strategy="Bayesian")
    assert not hints(*space, jobs=5)


def test_a_search_that_learns_wants_more_than_four_rounds():
    assert "limits.parallel" in hints(jobs=48, parallel=12, strategy="Bayesian")
    assert not hints(jobs=50, parallel=10, strategy="Bayesian")
    assert not hints(jobs=48, parallel=12)


def test_more_places_than_training_jobs_are_told():
    assert hints(jobs=3, parallel=5)["limits.parallel"].mend == "Write at most 3."


@pytest.mark.parametrize("how", [{"strategy": "Hyperband"}, {"early_stopping": True}])
def test_stopping_early_without_epochs_is_told(how):
    (hint,) = hints(**how).values()
    assert hint.mend == "See to it that the script prints loss after every epoch."
    training = {"max_runtime_seconds": 600, "hyperparameters": (("num_epochs", "9"),)}
    assert not hints(**how, training=training)
    assert not hints(IntegerRange("rounds", 1, 9), *SPACE, **how)


def test_spot_without_checkpoints_is_told():
    spot = {"max_runtime_seconds": 600, "spot": True}
    assert "interrupted" in hints(training=spot)["training.spot"].text
    kept = spot | {"checkpoints": Checkpoints("s3://b/c/", "/opt/ml/checkpoints")}
    assert not hints(training=kept)


def test_a_time_out_of_a_day_is_told():
    assert "training.timeout" in hints(training={})


def test_a_missing_seed_is_told_but_not_of_a_grid():
    assert hints(seed=None)["seed"].mend == "Write seed: 1."
    grid = CategoricalRange("kind", ("a", "b", "c"))
    assert not hints(grid, strategy="Grid", jobs=3, seed=None)
