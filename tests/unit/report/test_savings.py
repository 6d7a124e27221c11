"""What early stopping saved, from API answers."""

from datetime import UTC, datetime

import pytest

from orchestrator.report.savings import doubtful, saving


def at(seconds):
    return datetime.fromtimestamp(1_750_000_000 + seconds, UTC)


def a_job(kind="Auto", *, parallel=2, end=1000):
    return {
        "HyperParameterTuningJobConfig": {
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxParallelTrainingJobs": parallel},
            "TrainingJobEarlyStoppingType": kind,
        },
        "HyperParameterTuningEndTime": None if end is None else at(end),
    }


def a_child(name, begin, took, status="Completed"):
    return {
        "TrainingJobName": name,
        "TrainingJobStatus": status,
        "TrainingStartTime": at(begin),
        "TrainingEndTime": at(begin + took),
    }


CHILDREN = [
    a_child("a", 0, 90),
    a_child("b", 0, 110),
    a_child("c", 100, 20, "Stopped"),
    a_child("d", 100, 60, "Stopped"),
    a_child("e", 900, 10, "Stopped"),
    a_child("f", 900, 10, "Failed"),
]
RULE = "Early stopping: at epoch 2 the objective is 1, worse than 0, the median of …"


def test_a_stopped_training_job_would_have_taken_as_long_as_a_completed_one_on_average():
    found = saving(a_job(), CHILDREN, {"d": RULE, "e": RULE})
    assert (found.stopped, found.launched) == (3, 6)
    assert found.seconds == pytest.approx(80 + 40 + 90)
    assert found.share == pytest.approx(210 / (300 + 210))


def test_what_the_end_of_the_tuning_job_stopped_was_not_saved_by_early_stopping():
    assert doubtful(a_job(), CHILDREN) == ["d", "e"]
    told = {"d": RULE, "e": "the tuning job met MAX_RUNTIME"}
    assert saving(a_job(), CHILDREN, told).stopped == 2


def test_a_doubtful_stop_without_a_reason_is_not_counted():
    assert saving(a_job(), CHILDREN, {}).stopped == 1


def test_while_a_tuning_job_runs_nothing_is_doubtful():
    assert doubtful(a_job(end=None), CHILDREN) == []
    assert saving(a_job(end=None), CHILDREN, {}).stopped == 3


def test_a_stopped_job_that_took_longer_than_the_completed_ones_saved_nothing():
    children = [a_child("a", 0, 10), a_child("b", 0, 50, "Stopped")]
    found = saving(a_job(end=None), children, {})
    assert (found.stopped, found.seconds, found.share) == (1, 0.0, 0.0)


def test_there_is_no_saving_without_early_stopping_or_anything_completed():
    assert saving(a_job("Off"), CHILDREN, {}) is None
    assert doubtful(a_job("Off"), CHILDREN) == []
    assert saving(a_job(), CHILDREN[2:], {}) is None
    assert saving(a_job(), [], {}) is None


def test_a_training_job_that_was_stopped_before_it_began_is_left_out():
    waiting = {"TrainingJobName": "g", "TrainingJobStatus": "Stopped"}
    assert saving(a_job(end=None), [*CHILDREN, waiting], {}).stopped == 3
