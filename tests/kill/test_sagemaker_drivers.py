"""`kill -9` of the process that drives training jobs at SageMaker; a server stands in for AWS."""

import random

import boto3
import pytest

from tests.kill.killing import drive_through_kills
from tests.road import EMISSIONS, Road
from tests.serve.server import Command

ACCOUNT, REGION = "123456789012", "us-east-1"
JOBS = 8


@pytest.fixture
def cloud(tmp_path):
    """A server in a process of its own."""
    command = Command(tmp_path / "cloud")
    yield command
    command.close()


@pytest.fixture
def access(cloud, monkeypatch):
    """Credentials and address of the account, for drivers and for us."""
    access = {
        "AWS_ENDPOINT_URL": cloud.start(),
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "amt",
        "AWS_DEFAULT_REGION": REGION,
    }
    for name, value in access.items():
        monkeypatch.setenv(name, value)
    return access


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_kills_of_the_driver_make_no_training_job_twice_and_lose_none(tmp_path, access):
    boto3.client("s3").create_bucket(Bucket=f"sagemaker-{REGION}-{ACCOUNT}")
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/any:1"
    road = Road(tmp_path, runtime="sagemaker", image=image)
    role = f"arn:aws:iam::{ACCOUNT}:role/tuner"
    road.job(jobs=JOBS, parallel=2, seconds=2, changes=[("  timeout: 10m", f"  role: {role}")])
    try:
        kills = drive_through_kills(road, "job", random.Random(3), most=6)
        assert kills.amid_training == 6
        rows = road.children("job")
        road.check_journal("job")
    finally:
        road.close()
    assert {row.status for row in rows} == {"Completed"}
    sagemaker = boto3.client("sagemaker")
    listed = sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
    assert sorted(each["TrainingJobName"] for each in listed) == sorted(row.name for row in rows)
    assert len(rows) == JOBS
    for row in rows:
        there = sagemaker.describe_training_job(TrainingJobName=row.name)
        finals = {each["MetricName"]: each["Value"] for each in there["FinalMetricDataList"]}
        assert row.objective == finals["score"]
        assert row.state["model_uri"] == there["ModelArtifacts"]["S3ModelArtifacts"]
        log = road.home / "training" / row.name / "logs" / "algo-1.log"
        assert log.read_text().count("score=") == EMISSIONS
