"""`kill -9` of the server at chance moments, and clients that notice no more than retries."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import subprocess
import sys
import threading

import docker
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.road import pause, until
from tests.serve.conftest import Clients
from tests.serve.jobs import SCRIPT, tuning_request, upload
from tests.serve.server import Command, ended

pytestmark = pytest.mark.slow

GROUP = "/aws/sagemaker/TrainingJobs"
JOBS, KILLS, CREATES = 12, 6, 10
STEPS = 5

POLLING = """
import boto3, json, sys, time
from botocore.config import Config
retries = {"mode": "standard", "total_max_attempts": 12}
client = boto3.client("sagemaker", config=Config(retries=retries))
name, seen, retried = {"HyperParameterTuningJobName": sys.argv[1]}, 0, 0
while True:
    job = client.describe_hyper_parameter_tuning_job(**name)
    listed = client.list_training_jobs_for_hyper_parameter_tuning_job(MaxResults=100, **name)
    now = len(listed["TrainingJobSummaries"])
    assert now >= seen, (now, seen)
    retried += sum(x["ResponseMetadata"]["RetryAttempts"] for x in (job, listed))
    seen = now
    if job["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"):
        print(json.dumps([job["HyperParameterTuningJobStatus"], seen, retried]))
        break
    time.sleep(0.05)
"""


@pytest.fixture
def command(tmp_path):
    command = Command(tmp_path / "state")
    yield command
    command.close()


@pytest.fixture
def clients_of():
    made = []

    def clients(url):
        made.append(Clients(url))
        return made[-1]

    yield clients
    for each in made:
        each.close()


def killed_and_started(command, chance, between=(0.2, 2.0)):
    pause(chance.uniform(*between))
    command.end(signal.SIGKILL)
    return command.start()


@pytest.mark.timeout(300)
def test_a_client_that_polls_sees_one_job_through_many_kills(command, clients_of, tmp_path):
    record, chance = tmp_path / "record", random.Random(4)
    clients = clients_of(command.start())
    upload(clients("s3"), "bkt")
    tags = [{"Key": "team", "Value": "ml"}]
    request = tuning_request(
        "tune", "bkt", jobs=JOBS, parallel=3, seconds=2.0, environment={"RECORD": str(record)}
    )
    clients("sagemaker").create_hyper_parameter_tuning_job(**request, Tags=tags)
    with subprocess.Popen(
        [sys.executable, "-c", POLLING, "tune"],
        env={"PATH": "", **command.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as client:
        for _ in range(KILLS):
            killed_and_started(command, chance)
        told, said = client.communicate(timeout=200)
    assert client.returncode == 0, said
    status, seen, retried = json.loads(told)
    assert (status, seen) == ("Completed", JOBS)
    assert retried > 0, "no kill was noticed, so nothing was shown"
    assert sorted(record.read_text().split()) == sorted(set(record.read_text().split()))
    check_whole(clients, JOBS, tags)
    killed_and_started(command, chance)
    check_whole(clients, JOBS, tags)


def check_whole(clients, jobs, tags):
    """Each training job once, with its model, its log, its metrics and its tags."""
    sagemaker, s3, logs = clients("sagemaker"), clients("s3"), clients("logs")
    job = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert job["TrainingJobStatusCounters"]["Completed"] == jobs
    assert job["ObjectiveStatusCounters"]["Succeeded"] == jobs
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune", MaxResults=100
    )["TrainingJobSummaries"]
    assert len(listed) == jobs
    for each in listed:
        name = each["TrainingJobName"]
        training = sagemaker.describe_training_job(TrainingJobName=name)
        bucket, _, key = training["ModelArtifacts"]["S3ModelArtifacts"][5:].partition("/")
        assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
        assert sagemaker.list_tags(ResourceArn=each["TrainingJobArn"])["Tags"] == tags
        events = logs.filter_log_events(logGroupName=GROUP, logStreamNamePrefix=name)["events"]
        losses = [event["message"] for event in events if event["message"].startswith("loss=")]
        assert len(losses) == STEPS
        (metric,) = [m for m in training["FinalMetricDataList"] if m["MetricName"] == "loss"]
        assert losses[-1] == f"loss={losses[-1][5:-1]};"
        assert metric["Value"] == pytest.approx(float(losses[-1][5:-1]), rel=1e-6)


@pytest.mark.timeout(300)
def test_a_create_that_was_answered_is_there_after_a_kill_at_any_moment(command, clients_of):
    chance, answered, unanswered = random.Random(5), [], []
    clients = clients_of(command.start())
    upload(clients("s3", retries={"total_max_attempts": 8}), "bkt")
    for number in range(CREATES):
        # Every other server dies right after its answer, the others at any moment before it.
        moment = None if number % 2 else chance.uniform(0.0, 1.0)
        create_and_kill(command, clients, f"job-{number}", moment, (answered, unanswered))
        command.start()
    assert len(answered) >= CREATES // 2
    sagemaker = clients("sagemaker", retries={"total_max_attempts": 8})
    for name in answered:
        assert ended(sagemaker, name)["TrainingJobStatusCounters"]["Completed"] == 1
    for name in unanswered:  # there whole or not at all, and its name says which
        request = tuning_request(name, "bkt", jobs=1, seconds=0.0)
        with contextlib.suppress(sagemaker.exceptions.ResourceInUse):
            sagemaker.create_hyper_parameter_tuning_job(**request)
        assert ended(sagemaker, name)["TrainingJobStatusCounters"]["Completed"] == 1


def create_and_kill(command, clients, name, moment, told):
    """Create a job and kill the server, then or once it has answered; who was answered is told."""
    answered, unanswered = told
    sagemaker = clients("sagemaker")  # one attempt

    def create():
        try:
            sagemaker.create_hyper_parameter_tuning_job(
                **tuning_request(name, "bkt", jobs=1, seconds=0.0)
            )
        except (BotoCoreError, ClientError):
            unanswered.append(name)
        else:
            answered.append(name)

    thread = threading.Thread(target=create)
    thread.start()
    thread.join(moment)
    command.end(signal.SIGKILL)
    thread.join()


@pytest.fixture
def engine():
    client = docker.APIClient(version="auto")
    yield client
    client.close()


@pytest.mark.docker
@pytest.mark.timeout(300)
def test_containers_go_on_and_are_adopted_by_the_next_server(
    tmp_path, clients_of, engine, script_mode_image
):
    command = Command(tmp_path / "state", "docker")
    try:
        clients = clients_of(command.start())
        upload(clients("s3"), "bkt", SCRIPT)
        request = tuning_request("tune", "bkt", jobs=3, parallel=3, seconds=6.0)
        definition = request["TrainingJobDefinition"]
        definition["AlgorithmSpecification"]["TrainingImage"] = script_mode_image
        sagemaker = clients("sagemaker", retries={"total_max_attempts": 8})
        sagemaker.create_hyper_parameter_tuning_job(**request)

        def running():
            names = {
                each["TrainingJobName"] for each in sagemaker.list_training_jobs()["TrainingJobSummaries"]
            }  # fmt: skip
            found = engine.containers()
            return {c["Id"] for c in found if any(n in name for n in names for name in c["Names"])}

        before = until(lambda: running() if len(running()) == 3 else None, "three containers")
        command.end(signal.SIGKILL)
        assert {each["Id"] for each in engine.containers()} >= before
        command.start()
        assert ended(sagemaker, "tune")["TrainingJobStatusCounters"]["Completed"] == 3
        check_whole(clients, 3, [])
    finally:
        command.close()
