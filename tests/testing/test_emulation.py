"""`emulated`: the emulator for boto3 in this process."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from orchestrator.testing import emulated
from tests.serve.jobs import tuning_request, upload


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    """Credentials that open nothing, and a place to be."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "amt")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def client():
    made = []

    def client(service):
        made.append(boto3.client(service))
        return made[-1]

    yield client
    for each in made:
        each.close()


def objective(values):
    return [float(values["x"]) + 1, float(values["x"])]


def test_a_tuning_job_is_simulated_to_its_best(client):
    with emulated(objective) as amt:
        upload(client("s3"), "bkt")
        sagemaker = client("sagemaker")
        sagemaker.create_hyper_parameter_tuning_job(**tuning_request("tune", "bkt", jobs=20))
        job = amt.wait("tune")
    best = job["BestTrainingJob"]
    value = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert job["TrainingJobStatusCounters"]["Completed"] == 20
    assert value == pytest.approx(float(best["TunedHyperParameters"]["x"]), rel=1e-6)
    assert not amt.home.exists()


def test_a_script_runs_as_a_process(client):
    with emulated() as amt:
        s3 = client("s3")
        upload(s3, "bkt")
        client("sagemaker").create_hyper_parameter_tuning_job(
            **tuning_request("tune", "bkt", jobs=1)
        )
        best = amt.wait("tune")["BestTrainingJob"]["TrainingJobName"]
        model = s3.head_object(Bucket="bkt", Key=f"out/{best}/output/model.tar.gz")
    assert model["ContentLength"] > 0


def test_beside_moto_all_else_is_motos_and_s3_if_that_is_asked(client):
    with mock_aws():
        client("s3").create_bucket(Bucket="before")
        client("s3").put_object(Bucket="before", Key="code/source.tar.gz", Body=b"")
        with emulated(objective, s3="moto") as amt:
            assert [each["Name"] for each in client("s3").list_buckets()["Buckets"]] == ["before"]
            topic = client("sns").create_topic(Name="t")["TopicArn"]
            assert topic.split(":")[4] == "123456789012"
            assert client("sagemaker").list_models()["Models"] == []
            request = tuning_request("tune", "before", jobs=3)
            arn = client("sagemaker").create_hyper_parameter_tuning_job(**request)
            assert ":123456789012:" in arn["HyperParameterTuningJobArn"]
            assert amt.wait("tune")["HyperParameterTuningJobStatus"] == "Completed"
        jobs = client("sagemaker").list_hyper_parameter_tuning_jobs()
        assert jobs["HyperParameterTuningJobSummaries"] == []


def test_the_inner_of_two_blocks_answers(client):
    with emulated(objective), emulated(objective, region="eu-west-1"):
        names = [each["Name"] for each in client("s3").list_buckets()["Buckets"]]
    assert names == ["sagemaker-eu-west-1-123456789012"]
