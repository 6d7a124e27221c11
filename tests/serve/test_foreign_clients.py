"""Clients that know nothing of amt run a whole tuning job to its best model.

Each gets the address and credentials from its environment and is otherwise as it was
published. Slow: their environments are built first.
"""

from __future__ import annotations

import json
import tarfile
import textwrap

import pytest

from tests.road import until
from tests.serve.clients import Program, installed
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

    def program(name, requirement, **variables):
        return Program(installed(name, requirement), command.environment | variables, folder)

    return program


def test_the_aws_cli(program, tmp_path):
    run = program("awscli", "awscli>=1.40")

    def aws(*words):
        said = run("aws", *words, "--output", "json")
        return json.loads(said) if said.lstrip().startswith(("{", "[", '"')) else said

    (tmp_path / "source.tar.gz").write_bytes(archive())
    aws("s3", "mb", "s3://bkt")
    aws("s3", "cp", str(tmp_path / "source.tar.gz"), "s3://bkt/code/source.tar.gz")
    request = tmp_path / "request.json"
    request.write_text(json.dumps(tuning_request("tune", "bkt")))
    sagemaker = ("sagemaker", "create-hyper-parameter-tuning-job")
    arn = aws(*sagemaker, "--cli-input-json", f"file://{request}")["HyperParameterTuningJobArn"]
    describe = ("describe-hyper-parameter-tuning-job", "--hyper-parameter-tuning-job-name", "tune")

    def last():
        job = aws("sagemaker", *describe)
        return job if job["HyperParameterTuningJobStatus"] != "InProgress" else None

    job = until(last, "it ends")
    assert job["HyperParameterTuningJobArn"] == arn
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    best = job["BestTrainingJob"]["TrainingJobName"]
    model = tmp_path / "model.tar.gz"
    aws("s3", "cp", f"s3://bkt/out/{best}/output/model.tar.gz", str(model))
    with tarfile.open(model) as tar:
        assert "model" in tar.getnames()
    group = "/aws/sagemaker/TrainingJobs"
    # What `aws logs tail` calls, a command that the published package does not have.
    told = aws(
        "logs", "filter-log-events", "--log-group-name", group, "--log-stream-name-prefix", best
    )
    assert f"began {best}" in [event["message"] for event in told["events"]]
    assert best in aws("s3", "ls", "--recursive", "s3://bkt/out/")
    assert aws("sts", "get-caller-identity")["Account"] == "000000000000"
    aws("s3", "sync", "s3://bkt/out", str(tmp_path / "synced"))
    assert len(list((tmp_path / "synced").rglob("model.tar.gz"))) == 3
    aws("s3", "rb", "--force", "s3://bkt")
    assert "bkt" not in json.dumps(aws("s3api", "list-buckets"))


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


def test_the_sagemaker_sdk_version_2(program, tmp_path):
    folder = tmp_path / "theirs"
    write_job(folder, SCRIPT)
    config = folder / "config.yaml"
    config.write_text(
        "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      TelemetryOptOut: true\n"
    )
    run = program("sagemaker-v2", "sagemaker<3", SAGEMAKER_USER_CONFIG_OVERRIDE=str(config))
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
    run = program("sagemaker-v3", "sagemaker>=3,<4")
    (folder / "tune.py").write_text(SDK_V3)
    run("python", "tune.py")
    best, rows, status = json.loads((folder / "found.json").read_text())
    assert (rows, status) == (3, "Completed")
    assert "v3-" in best
