"""What the API tells of a job that ended elsewhere, booked here: ways to end, gaps in what is told."""

from __future__ import annotations

import pytest

from orchestrator.endpoint.parse import tuning_spec
from orchestrator.endpoint.parse_results import past_training, past_tuning
from orchestrator.errors import NameTaken
from orchestrator.training.spec import Scope
from tests.wire.conftest import ACCOUNT, REGION

SCOPE = Scope(ACCOUNT, REGION)
TUNED = {"learning-rate": "0.01", "optimizer": "sgd", "layers": "2"}


def summary(name, status="Completed", value=None, **more):
    told = {"MetricName": "validation:loss", "Value": value}
    return {
        "TrainingJobName": name,
        "TrainingJobStatus": status,
        "CreationTime": 100.0,
        "TrainingStartTime": 110.0,
        "TrainingEndTime": 130.0,
        "TunedHyperParameters": TUNED | {"layers": name[-1]},
        **({} if value is None else {"FinalHyperParameterTuningJobObjectiveMetric": told}),
        **more,
    }


@pytest.fixture
def book(bench, tuning):
    """Books a job of these (summary, description, lines) and gives a client to ask with."""

    def book(*children, status="Completed", **job):
        spec = tuning_spec(tuning, SCOPE)
        trainings = [past_training(spec, *child) for child in children]
        answer = {"HyperParameterTuningJobStatus": status, "CreationTime": 90.0} | job
        bench.engine.import_tuning_job(past_tuning(tuning, answer, trainings, SCOPE))
        return bench.client()

    return book


def training(client, name):
    return client.describe_training_job(TrainingJobName=name)


def test_the_last_value_that_the_api_tells_stands_in_for_a_log_that_is_gone(book):
    metrics = [{"MetricName": "train:loss", "Value": 0.5, "Timestamp": 125.0}]
    client = book((summary("t-1", value=0.25), {"FinalMetricDataList": metrics}, ()))
    told = {
        one["MetricName"]: one["Value"] for one in training(client, "t-1")["FinalMetricDataList"]
    }
    assert told["validation:loss"] == 0.25
    assert told["train:loss"] == 0.5


def test_a_value_in_the_log_is_not_counted_twice(book, bench):
    lines = [(120.0, "algo-1", "validation-loss=0.5;"), (121.0, "algo-1", "validation-loss=0.1;")]
    book((summary("t-1", value=0.1), {}, lines))
    arn = SCOPE.arn("training-job", "t-1")
    seen = [
        (event.at, each.value)
        for event in bench.store.journal(arn)
        for each in getattr(event, "observations", ())
        if each.metric == "validation:loss"
    ]
    assert [at for at, _ in seen] == [120.0, 121.0]


@pytest.mark.parametrize(
    ("status", "reason", "counter"),
    [
        ("Stopped", None, "Stopped"),
        ("Failed", "AlgorithmError: no, exit code: 3", "NonRetryableError"),
        ("Failed", "InternalServerError: gone", "RetryableError"),
        ("Failed", None, "NonRetryableError"),
    ],
)
@pytest.mark.parametrize("started", [True, False])
def test_every_way_to_end_is_kept(book, status, reason, counter, started):
    child = summary("t-1", status, FailureReason=reason)
    if not started:
        del child["TrainingStartTime"]
    client = book((child, {}, ()), status="Stopped", FailureReason=None)
    found = training(client, "t-1")
    assert found["TrainingJobStatus"] == status
    assert reason is None or found["FailureReason"] == reason
    assert ("TrainingStartTime" in found) is started
    job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert job["TrainingJobStatusCounters"][counter] == 1
    assert job["ObjectiveStatusCounters"]["Failed"] == 1


def test_a_job_without_any_training_job_is_kept_too(book):
    client = book(status="Failed", FailureReason="ClientError: no capacity")
    job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    assert job["FailureReason"] == "ClientError: no capacity"


def test_a_training_job_of_that_name_refuses_the_whole(book, bench, tuning):
    book((summary("t-1", value=1.0), {}, ()))
    tuning["HyperParameterTuningJobName"] = "Other"
    with pytest.raises(NameTaken):
        book((summary("t-2", value=1.0), {}, ()), (summary("t-1", value=1.0), {}, ()))
    assert bench.store.row(SCOPE.arn("hyper-parameter-tuning-job", "Other")) is None
    assert bench.store.row(SCOPE.arn("training-job", "t-2")) is None
