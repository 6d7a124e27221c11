"""`amt serve` as a process: what its clients see when it starts, leaves, dies and comes back."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import tarfile
import urllib.request

import pytest

from tests.road import until
from tests.serve.conftest import Clients
from tests.serve.jobs import tuning_request, upload
from tests.serve.server import Command, ended, trainings


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


RETRIES = {"retries": {"mode": "standard", "total_max_attempts": 8}}


def test_boto3_runs_a_tuning_job_to_its_best_model(command, clients_of):
    clients = clients_of(command.start())
    s3, sagemaker, logs = clients("s3"), clients("sagemaker"), clients("logs")
    upload(s3, "bkt")
    sagemaker.create_hyper_parameter_tuning_job(**tuning_request("tune", "bkt", jobs=3))
    job = ended(sagemaker, "tune")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == 3
    best = job["BestTrainingJob"]["TrainingJobName"]
    training = sagemaker.describe_training_job(TrainingJobName=best)
    bucket, _, key = training["ModelArtifacts"]["S3ModelArtifacts"][5:].partition("/")
    model = io.BytesIO()
    s3.download_fileobj(bucket, key, model)
    model.seek(0)
    with tarfile.open(fileobj=model) as tar:
        trained = tar.extractfile("model").read().decode()
    assert trained == repr(float(training["HyperParameters"]["x"]))
    group = "/aws/sagemaker/TrainingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=best)[
        "logStreams"
    ]
    said = logs.get_log_events(
        logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
    )
    assert any(event["message"] == f"began {best}" for event in said["events"])


def test_after_kill_9_all_that_was_accepted_is_served_and_finished(command, clients_of, tmp_path):
    record = tmp_path / "record"
    clients = clients_of(command.start())
    s3, sagemaker = clients("s3", **RETRIES), clients("sagemaker", **RETRIES)
    upload(s3, "bkt")
    request = tuning_request(
        "tune", "bkt", jobs=4, seconds=1.0, environment={"RECORD": str(record)}
    )
    sagemaker.create_hyper_parameter_tuning_job(**request)
    s3.put_object(Bucket="bkt", Key="kept", Body=b"kept", Metadata={"m": "1"})
    until(lambda: record.exists() and len(record.read_text().splitlines()) >= 2, "two train")
    command.end(signal.SIGKILL)
    command.start()
    job = ended(sagemaker, "tune")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == 4
    assert s3.head_object(Bucket="bkt", Key="kept")["Metadata"] == {"m": "1"}
    started = record.read_text().splitlines()
    assert sorted(started) == sorted(set(started)), "a training that ran on was started again"
    assert len(started) == 4


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_server_that_is_told_to_leave_lets_training_go_on(
    command, clients_of, tmp_path, number, code
):
    record = tmp_path / "record"
    clients = clients_of(command.start())
    s3, sagemaker = clients("s3"), clients("sagemaker")
    upload(s3, "bkt")
    request = tuning_request(
        "tune", "bkt", jobs=1, seconds=2.0, environment={"RECORD": str(record)}
    )
    sagemaker.create_hyper_parameter_tuning_job(**request)
    until(record.exists, "it trains")
    left, said = command.end(number)
    assert left == code, said
    assert "tune" in said
    assert "Traceback" not in said
    assert trainings(tmp_path / "state")
    clients = clients_of(command.start())
    job = ended(clients("sagemaker"), "tune")
    assert job["TrainingJobStatusCounters"]["Completed"] == 1
    assert "Going on with tune." in command.end()[1]
    assert len(record.read_text().splitlines()) == 1


STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(os.environ["RECORD"], "a") as file:
    file.write("began")
time.sleep(600)
"""


def test_a_job_that_was_being_stopped_is_stopped_by_the_next_server(command, clients_of, tmp_path):
    record = tmp_path / "record"
    clients = clients_of(command.start())
    s3, sagemaker = clients("s3"), clients("sagemaker", **RETRIES)
    upload(s3, "bkt", STUBBORN)
    request = tuning_request("tune", "bkt", jobs=1, environment={"RECORD": str(record)})
    sagemaker.create_hyper_parameter_tuning_job(**request)
    until(record.exists, "it trains")
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    command.end(signal.SIGKILL)
    command.start()
    assert ended(sagemaker, "tune")["HyperParameterTuningJobStatus"] == "Stopped"
    until(lambda: len(trainings(command.home)) == 1, "only the server is left")


def test_training_finds_s3_at_the_server(command, clients_of):
    script = """
import boto3
s3 = boto3.client("s3")
with s3.get_object(Bucket="bkt", Key="read")["Body"] as stream:
    print(f"loss={stream.read().decode()};", flush=True)
s3.put_object(Bucket="bkt", Key="written", Body=b"by training")
"""
    clients = clients_of(command.start())
    s3, sagemaker = clients("s3"), clients("sagemaker")
    upload(s3, "bkt", script)
    s3.put_object(Bucket="bkt", Key="read", Body=b"0.25")
    sagemaker.create_hyper_parameter_tuning_job(**tuning_request("tune", "bkt", jobs=1))
    best = ended(sagemaker, "tune")["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 0.25
    assert s3.head_object(Bucket="bkt", Key="written")["ContentLength"] == len("by training")


def refused(*words, **variables):
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", "serve", *words],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_more_requests_than_the_rate_are_refused_and_health_is_answered(command, clients_of):
    url = command.start("--throttle", "0.01")
    sagemaker = clients_of(url)("sagemaker")
    sagemaker.list_training_jobs()
    with pytest.raises(sagemaker.exceptions.ClientError) as refusal:
        sagemaker.list_training_jobs()
    assert refusal.value.response["Error"] == {
        "Code": "ThrottlingException",
        "Message": "Rate exceeded",
    }
    with urllib.request.urlopen(f"{url}/_amt/health") as answer:
        assert answer.status == 200


@pytest.mark.parametrize("rate", ["nan", "inf", "0", "-1", "fast"])
def test_a_rate_that_is_none_is_refused(tmp_path, rate):
    code, said = refused("--throttle", rate, AMT_HOME=str(tmp_path))
    assert code == 2
    assert "--throttle" in said
    assert not list(tmp_path.iterdir())


def test_an_address_that_others_reach_needs_a_flag(tmp_path):
    code, said = refused("--host", "0.0.0.0", AMT_HOME=str(tmp_path))
    assert code == 2
    assert "--allow-remote" in said


def test_a_server_that_others_reach_says_what_that_means(command):
    command.start("--host", "0.0.0.0", "--allow-remote")
    assert command.environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    _, said = command.end()
    assert "runs a program as you" in said


def test_a_port_that_is_taken_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = refused("--port", port, AMT_HOME=str(tmp_path))
    assert code == 4
    assert f"127.0.0.1:{port}" in said


def test_neither_moto_nor_boto3_is_imported_before_a_request_needs_it(tmp_path):
    script = """
import sys
from orchestrator.serving import Listening, Served
from orchestrator.settings import Settings
from pathlib import Path
import http.client
served = Served(Settings(Path(sys.argv[1])), "process", Listening(port=0))
served.start()
connection = http.client.HTTPConnection("127.0.0.1", served.port)
for request in (("GET", "/_amt/health"), ("GET", "/"), ("PUT", "/bkt")):
    connection.request(*request)
    assert connection.getresponse().read() is not None
head = {"X-Amz-Target": "SageMaker.ListTrainingJobs"}
connection.request("POST", "/", b"{}", head)
assert b"TrainingJobSummaries" in connection.getresponse().read()
print({"moto", "boto3", "botocore", "numpy", "flask", "werkzeug"} & set(sys.modules))
served.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "set()", done.stderr
