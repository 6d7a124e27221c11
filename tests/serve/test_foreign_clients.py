"""Clients that know nothing of amt run a whole tuning job to its best model.

Each gets the address and credentials from its environment and is otherwise as it was
published. Slow: their environments are built first.
"""

from __future__ import annotations

import json
import platform
import tarfile
import textwrap

import pytest

from tests.road import until
from tests.serve.clients import Program, aws_cli_2, installed
from tests.serve.jobs import SCRIPT, archive, tuning_request
from tests.serve.server import Command

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture
def command(tmp_path):
    command = Command(tmp_path / "state")
    command.start()
    yield command
    command.close()


@pytest.fixture
def program(command, tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir()

    def program(programs, **variables):
        return Program(programs, command.environment | variables, folder)

    return program


def sdk_2():
    return installed("sagemaker-v2", "sagemaker<3")


def sdk_3():
    # The SDK's part that trains and tunes; with all of it pip seeks for minutes what fits together.
    return installed("sagemaker-v3", "sagemaker-train>=1.27,<2")


def aws_cli_1():
    return installed("awscli", "awscli>=1.40")


GROUP = "/aws/sagemaker/TrainingJobs"
SUCCEEDED = json.dumps({"Filters": [{"Name": "TrainingJobStatus", "Value": "Completed"}]})


class Cli:
    """The AWS CLI; what it prints as JSON comes as data."""

    def __init__(self, run, folder):
        self._run = run
        self.folder = folder

    def text(self, *words):
        return self._run("aws", *words)

    def __call__(self, *words):
        said = self.text(*words, "--output", "json")
        return json.loads(said) if said.lstrip().startswith(("{", "[", '"')) else said

    def describe(self):
        name = ("--hyper-parameter-tuning-job-name", "tune")
        return self("sagemaker", "describe-hyper-parameter-tuning-job", *name)

    def tuned(self):
        """What Describe says of a tuning job that was uploaded, created and waited for."""
        source, request = self.folder / "source.tar.gz", self.folder / "request.json"
        source.write_bytes(archive())
        self("s3", "mb", "s3://bkt")
        self("s3", "cp", str(source), "s3://bkt/code/source.tar.gz")
        request.write_text(json.dumps(tuning_request("tune", "bkt")))
        create = ("create-hyper-parameter-tuning-job", "--cli-input-json", f"file://{request}")
        arn = self("sagemaker", *create)["HyperParameterTuningJobArn"]

        def last():
            job = self.describe()
            return job if job["HyperParameterTuningJobStatus"] != "InProgress" else None

        job = until(last, "it ends")
        assert (job["HyperParameterTuningJobArn"], job["HyperParameterTuningJobStatus"]) == (
            arn,
            "Completed",
        )
        return job


@pytest.fixture(params=[1, 2])
def cli(request, program, tmp_path):
    if request.param == 1:
        return Cli(program(aws_cli_1()), tmp_path)
    if platform.machine() != "x86_64":
        pytest.skip("version 2 is published for this processor elsewhere")
    return Cli(program(aws_cli_2()), tmp_path)


def test_the_aws_cli(cli, tmp_path):
    best = cli.tuned()["BestTrainingJob"]["TrainingJobName"]
    model = tmp_path / "model.tar.gz"
    cli("s3", "cp", f"s3://bkt/out/{best}/output/model.tar.gz", str(model))
    with tarfile.open(model) as tar:
        assert "model" in tar.getnames()
    if cli.text("--version").startswith("aws-cli/2."):
        tail = ("logs", "tail", GROUP, "--log-stream-name-prefix", best, "--format", "short")
        assert f"began {best}\n" in cli.text(*tail)
    else:  # there is no `aws logs tail`; this is what that calls
        name = ("--log-group-name", GROUP, "--log-stream-name-prefix", best)
        events = cli("logs", "filter-log-events", *name)["events"]
        assert f"began {best}" in [event["message"] for event in events]
    waiting = ("wait", "training-job-completed-or-stopped", "--training-job-name", best)
    assert cli("sagemaker", *waiting) == ""
    search = ("--resource", "TrainingJob", "--search-expression", SUCCEEDED)
    assert len(cli("sagemaker", "search", *search)["Results"]) == 3
    assert best in cli("s3", "ls", "--recursive", "s3://bkt/out/")
    assert cli("sts", "get-caller-identity")["Account"] == "000000000000"
    cli("s3", "sync", "s3://bkt/out", str(tmp_path / "synced"))
    assert len(list((tmp_path / "synced").rglob("model.tar.gz"))) == 3
    cli("s3", "rb", "--force", "s3://bkt")
    assert "bkt" not in json.dumps(cli("s3api", "list-buckets"))


SDK_V2 = """
import json, sagemaker
from sagemaker.estimator import Estimator
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

session = sagemaker.Session(default_bucket="sagemaker-us-east-1-000000000000")
estimator = Estimator(
    image_uri="000000000000.dkr.ecr.us-east-1.amazonaws.com/any:1",
    role="arn:aws:iam::000000000000:role/tuner",
    instance_count=1,
    instance_type="ml.m5.large",
    entry_point="train.py",
    source_dir="src",
    hyperparameters={"seconds": 0.1},
    sagemaker_session=session,
)
tuner = HyperparameterTuner(
    estimator,
    objective_metric_name="loss",
    objective_type="Minimize",
    metric_definitions=[{"Name": "loss", "Regex": "loss=([0-9.e-]+);"}],
    hyperparameter_ranges={"x": ContinuousParameter(0.0, 1.0)},
    strategy="Random",
    max_jobs=3,
    max_parallel_jobs=2,
    base_tuning_job_name="v2",
)
tuner.fit(wait=False)
tuner.wait()
best = tuner.best_training_job()
frame = tuner.analytics().dataframe()
name = tuner.latest_tuning_job.name
attached = HyperparameterTuner.attach(name, sagemaker_session=session)
again = attached.best_training_job()
estimator = tuner.best_estimator()
session.logs_for_job(best, wait=True)
found = [best, again, sorted(frame.columns), len(frame), estimator.model_data]
with open("found.json", "w") as file:
    json.dump(found, file)
"""


def write_job(folder, script):
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "train.py").write_text(textwrap.dedent(script))


def quiet(folder):
    """Version 2's settings without its calls home."""
    config = folder / "config.yaml"
    config.write_text(
        "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      TelemetryOptOut: true\n"
    )
    return {"SAGEMAKER_USER_CONFIG_OVERRIDE": str(config)}


def test_the_sagemaker_sdk_version_2(program, tmp_path):
    folder = tmp_path / "theirs"
    write_job(folder, SCRIPT)
    run = program(sdk_2(), **quiet(folder))
    (folder / "tune.py").write_text(SDK_V2)
    said = run("python", "tune.py")
    best, again, columns, rows, model = json.loads((folder / "found.json").read_text())
    assert best == again
    assert rows == 3
    assert {"x", "FinalObjectiveValue", "TrainingJobName", "TrainingJobStatus"} <= set(columns)
    assert model.endswith(f"/{best}/output/model.tar.gz")
    assert f"began {best}" in said


SDK_V3 = """
import json
import boto3
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.shapes import OutputDataConfig
from sagemaker.core.training.configs import Compute, SourceCode
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

# The SDK looks whether SageMaker may assume the role, so there must be one.
trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
trust["Principal"] = {"Service": "sagemaker.amazonaws.com"}
document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
boto3.client("iam").create_role(RoleName="tuner", AssumeRolePolicyDocument=document)

session = Session(default_bucket="sagemaker-us-east-1-000000000000")
trainer = ModelTrainer(
    training_image="000000000000.dkr.ecr.us-east-1.amazonaws.com/any:1",
    role="arn:aws:iam::000000000000:role/tuner",
    source_code=SourceCode(source_dir="src", entry_script="train.py"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    hyperparameters={"seconds": 0.1},
    sagemaker_session=session,
)
tuner = HyperparameterTuner(
    model_trainer=trainer,
    objective_metric_name="loss",
    objective_type="Minimize",
    metric_definitions=[{"Name": "loss", "Regex": "loss=([0-9.e-]+);"}],
    hyperparameter_ranges={"x": ContinuousParameter(0.0, 1.0)},
    strategy="Random",
    max_jobs=3,
    max_parallel_jobs=2,
)
tuner.tune(job_name="v3", wait=True)
best = tuner.best_training_job()
frame = tuner.analytics().dataframe()
with open("found.json", "w") as file:
    json.dump([str(best), len(frame), tuner.describe().hyper_parameter_tuning_job_status], file)
"""


def test_the_sagemaker_sdk_version_3(program, tmp_path):
    folder = tmp_path / "theirs"
    write_job(folder, SCRIPT)
    run = program(sdk_3())
    (folder / "tune.py").write_text(SDK_V3)
    run("python", "tune.py")
    best, rows, status = json.loads((folder / "found.json").read_text())
    assert (rows, status) == (3, "Completed")
    assert "v3-" in best


WAITING = """
import os, sys, time
print("waits for", os.environ["RELEASE"], flush=True)
while not os.path.exists(os.environ["RELEASE"]):
    time.sleep(0.05)
print("goes on", flush=True)
"""

LOGS_V2 = """
import sys, sagemaker
from sagemaker.estimator import Estimator
session = sagemaker.Session(default_bucket="sagemaker-us-east-1-000000000000")
Estimator(
    image_uri="000000000000.dkr.ecr.us-east-1.amazonaws.com/any:1",
    role="arn:aws:iam::000000000000:role/tuner",
    instance_count=1,
    instance_type="ml.m5.large",
    entry_point="train.py",
    source_dir="src",
    environment={"RELEASE": sys.argv[1]},
    sagemaker_session=session,
).fit(wait=True, logs="All")
"""

LOGS_V3 = """
import logging, sys, tarfile
import boto3
from sagemaker.core.resources import TrainingJob

logging.basicConfig(level=logging.INFO)  # the SDK logs what it shows
# A trainer of version 3 brings a container's entry point. What it does once it has created its
# job is this wait.
with tarfile.open("source.tar.gz", "w:gz") as tar:
    tar.add("src/train.py", "train.py")
s3 = boto3.client("s3")
s3.create_bucket(Bucket="bkt")
s3.upload_file("source.tar.gz", "bkt", "code/source.tar.gz")
boto3.client("sagemaker").create_training_job(
    TrainingJobName="logs",
    AlgorithmSpecification={
        "TrainingImage": "000000000000.dkr.ecr.us-east-1.amazonaws.com/any:1",
        "TrainingInputMode": "File",
    },
    HyperParameters={
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "s3://bkt/code/source.tar.gz",
    },
    Environment={"RELEASE": sys.argv[1]},
    RoleArn="arn:aws:iam::000000000000:role/tuner",
    OutputDataConfig={"S3OutputPath": "s3://bkt/out"},
    ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    StoppingCondition={"MaxRuntimeInSeconds": 600},
)
TrainingJob.get("logs").wait(poll=1, logs=True)
"""


@pytest.mark.parametrize(("sdk", "script"), [(sdk_2, LOGS_V2), (sdk_3, LOGS_V3)], ids=["v2", "v3"])
def test_an_sdk_shows_the_log_while_training_runs(program, tmp_path, sdk, script):
    """Training goes on only when the SDK has shown what it printed."""
    folder = tmp_path / "theirs"
    write_job(folder, WAITING)
    (folder / "train.py").write_text(script)
    release = tmp_path / "release"
    run = program(sdk(), **quiet(folder))
    with run.started("python", "train.py", str(release)) as client:
        shown = []
        for line in client.stdout:
            shown.append(line)
            if "waits for" in line:
                release.touch()
        assert client.wait() == 0, "".join(shown)
    assert any("goes on" in line for line in shown), "".join(shown)


AIRFLOW = """
import json
from datetime import datetime
from pathlib import Path
from airflow.providers.amazon.aws.operators.sagemaker import SageMakerTuningOperator
from airflow.sdk import DAG

with DAG("tune", schedule=None, start_date=datetime(2026, 1, 1)):
    SageMakerTuningOperator(
        task_id="tune",
        config=json.loads(Path(__file__).with_name("request.json").read_text()),
        aws_conn_id=None,
        check_interval=1,
    )
"""


def test_airflows_tuning_operator(program, tmp_path):
    dags = tmp_path / "theirs" / "dags"
    dags.mkdir()
    (dags / "tune.py").write_text(AIRFLOW)
    request = tuning_request("tune", "bkt")
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bkt/code/"}  # the operator needs a channel
    request["TrainingJobDefinition"]["InputDataConfig"] = [
        {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    ]
    (dags / "request.json").write_text(json.dumps(request))
    (tmp_path / "source.tar.gz").write_bytes(archive())
    cli = Cli(program(aws_cli_1()), tmp_path)
    cli("s3", "mb", "s3://bkt")
    cli("s3", "cp", str(tmp_path / "source.tar.gz"), "s3://bkt/code/source.tar.gz")
    run = program(
        installed("airflow", "apache-airflow>=3,<4", "apache-airflow-providers-amazon"),
        AIRFLOW_HOME=str(tmp_path / "airflow"),
        AIRFLOW__CORE__DAGS_FOLDER=str(dags),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
    )
    run("airflow", "db", "migrate")
    run("airflow", "dags", "reserialize")
    assert "state=success" in run("airflow", "dags", "test", "tune")
    job = cli.describe()
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["BestTrainingJob"]["ObjectiveStatus"] == "Succeeded"
