"""Rows become answers that keep to the output's shape, however far a job has come."""

import pytest

from orchestrator.endpoint import render_training, render_tuning
from orchestrator.store.protocol import JobKind, JobRow
from orchestrator.wire import model, validate

ROOT = "arn:aws:sagemaker:eu-west-1:111122223333:hyper-parameter-tuning-job/tune"
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:training-job/tune-001-0123abcd"
ALGORITHM = "arn:aws:sagemaker:eu-west-1:111122223333:algorithm/mine"


def training_row(request, *, root=ARN, **state):
    view = {
        "status": "InProgress",
        "secondary": "Starting",
        "created": 100.0,
        "modified": 100.0,
        "started": None,
        "ended": None,
        "transitions": [
            {"status": "Starting", "started": 100.0, "ended": None, "message": "Starting"}
        ],
        "tuning_job": None,
        "definition": None,
        "hyperparameters": {"epochs": "3"},
        "tuned": {},
        "metrics": {},
        "objective_metric": None,
        "objective_status": None,
        "objective_value": None,
        "seconds_run": 0.0,
        "failure_reason": "",
        "model_uri": "",
        "hosts": ["algo-1"],
    }
    return JobRow(
        ARN, JobKind.TRAINING, "tune-001-0123abcd", "111122223333", "eu-west-1", root, 1,
        "InProgress", 100.0, 100.0, None, request, view | state,
    )  # fmt: skip


def tuning_row(request, **state):
    view = {
        "status": "InProgress",
        "created": 100.0,
        "modified": 100.0,
        "ended": None,
        "training_jobs": 20,
        "training_counters": dict.fromkeys(
            ["Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"], 0
        ),
        "objective_counters": dict.fromkeys(["Succeeded", "Pending", "Failed"], 0),
        "best": None,
        "failure_reason": "",
        "not_improving": 0,
        "converged_at": None,
    }
    return JobRow(
        ROOT, JobKind.TUNING, "tune", "111122223333", "eu-west-1", ROOT, 0,
        "InProgress", 100.0, 100.0, None, request, view | state,
    )  # fmt: skip


ENDED = {"status": "Completed", "secondary": "Completed", "started": 110.0, "ended": 110.2}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting"}),
        ({"started": 110.0}, {"TrainingStartTime": 110.0}),
        (ENDED, {"TrainingTimeInSeconds": 1, "BillableTimeInSeconds": 1}),
        (
            ENDED | {"ended": 200.5, "seconds_run": 30.2},
            {"TrainingTimeInSeconds": 91, "BillableTimeInSeconds": 31},
        ),
        ({"failure_reason": "ClientError: x"}, {"FailureReason": "ClientError: x"}),
        ({"model_uri": "s3://b/m"}, {"ModelArtifacts": {"S3ModelArtifacts": "s3://b/m"}}),
        (
            {"metrics": {"b": [2.0, 7.0], "a": [1.0, 8.0]}},
            {
                "FinalMetricDataList": [
                    {"MetricName": "a", "Value": 1.0, "Timestamp": 8.0},
                    {"MetricName": "b", "Value": 2.0, "Timestamp": 7.0},
                ]
            },
        ),
    ],
)
def test_a_training_jobs_state_is_shown(training, state, expected):
    answer = render_training.described(training_row(training, **state))
    assert {key: answer[key] for key in expected} == expected


@pytest.mark.parametrize("state", [{}, {"started": 110.0}, {"status": "Failed", "ended": 101.0}])
def test_durations_are_told_only_of_what_ran_and_ended(training, state):
    answer = render_training.described(training_row(training, **state))
    assert "TrainingTimeInSeconds" not in answer


def test_only_a_child_names_its_tuning_job(training, tuning):
    assert render_training.described(training_row(training))["TuningJobArn"] is None
    child = training_row(tuning["TrainingJobDefinition"], root=ROOT)
    assert render_training.described(child)["TuningJobArn"] == ROOT


def test_at_most_forty_metrics_are_shown(training):
    metrics = {f"m{number:02}": [1.0, 1.0] for number in range(50)}
    answer = render_training.described(training_row(training, metrics=metrics))
    assert len(answer["FinalMetricDataList"]) == 40


def test_an_algorithms_name_is_shown_as_its_arn(training):
    training["AlgorithmSpecification"] = {"AlgorithmName": "mine", "TrainingInputMode": "File"}
    answer = render_training.described(training_row(training))
    assert answer["AlgorithmSpecification"]["AlgorithmName"] == ALGORITHM


def test_a_child_without_an_objective_has_no_final_metric(tuning):
    row = training_row(tuning["TrainingJobDefinition"], root=ROOT, objective_status="Failed")
    summary = render_training.child_summary(row)
    assert summary["FinalHyperParameterTuningJobObjectiveMetric"] is None
    assert summary["ObjectiveStatus"] == "Failed"


def test_an_objective_of_zero_is_one(tuning):
    row = training_row(
        tuning["TrainingJobDefinition"], root=ROOT, objective_value=0.0, objective_metric="m"
    )
    metric = render_training.child_summary(row)["FinalHyperParameterTuningJobObjectiveMetric"]
    assert metric == {"Type": None, "MetricName": "m", "Value": 0.0}


@pytest.mark.parametrize(
    ("state", "now", "seconds"),
    [({}, 100.0, 0), ({}, 160.9, 60), ({"ended": 130.0}, 999.0, 30), ({}, 50.0, 0)],
)
def test_a_tuning_job_consumes_wall_clock_seconds(tuning, state, now, seconds):
    answer = render_tuning.described(tuning_row(tuning, **state), now)
    assert answer["ConsumedResources"] == {"RuntimeInSeconds": seconds}


def test_the_number_of_training_jobs_is_always_shown(tuning):
    del tuning["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    row = tuning_row(tuning, training_jobs=6)
    config = render_tuning.described(row, 100.0)["HyperParameterTuningJobConfig"]
    assert config["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 6
    assert render_tuning.summary(row)["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 6


def test_criteria_given_stay_beside_the_one_filled_in(tuning):
    criteria = {"TargetObjectiveMetricValue": 0.5}
    tuning["HyperParameterTuningJobConfig"]["TuningJobCompletionCriteria"] = criteria
    config = render_tuning.described(tuning_row(tuning), 100.0)["HyperParameterTuningJobConfig"]
    assert config["TuningJobCompletionCriteria"] == {
        "TargetObjectiveMetricValue": 0.5,
        "ConvergenceDetected": {"CompleteOnConvergence": "Disabled"},
    }


@pytest.mark.parametrize("name", ["v2-tune", "v2-xgboost", "v2-several", "v3-tune"])
def test_every_tuning_answer_keeps_to_its_shape(request_of, name):
    request = request_of(f"{name}-CreateHyperParameterTuningJob")
    answer = render_tuning.described(tuning_row(request), 100.0)
    shape = model.sagemaker().operation("DescribeHyperParameterTuningJob").output
    assert [str(fault) for fault in validate.shape_faults(shape, answer)] == []


def test_a_request_is_not_changed_by_showing_it(several):
    before = repr(several)
    render_tuning.described(tuning_row(several), 100.0)
    assert repr(several) == before
