"""What `amt render --as` writes, executed against `amt serve` by the tool it is written for.

Where a tool has to be installed first, or takes long to start, the test is slow.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys

import pytest

from orchestrator.formats import registry
from orchestrator.formats.protocol import NAME, Source
from tests.road import until
from tests.serve.clients import Program, installed
from tests.serve.conftest import ACCOUNT, REGION
from tests.serve.jobs import archive, tuning_request, upload
from tests.serve.server import Command

BUCKET = "formats"


@pytest.fixture(scope="module")
def uploaded(clients):
    upload(clients("s3"), BUCKET)


def best_of(clients, name):
    job = clients("sagemaker").describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    return job["BestTrainingJob"]["TrainingJobName"]


def surroundings(url):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMT_"))}
    return kept | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "amt",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "POLL_SECONDS": "0.2",
    }


@pytest.mark.usefixtures("uploaded")
def test_the_boto3_program(served, clients, tmp_path):
    program = tmp_path / "tune.py"
    program.write_text(registry.render("boto3", tuning_request("by-boto3", BUCKET)).text)
    done = subprocess.run(
        [sys.executable, program],
        env=surroundings(served.url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["TrainingJobName"] == best_of(clients, "by-boto3")


def several(name):
    """The same search over two definitions: the integration that waits does not take it."""
    request = tuning_request(name, BUCKET, jobs=2)
    config, definition = (
        request["HyperParameterTuningJobConfig"],
        request.pop("TrainingJobDefinition"),
    )
    own = {
        "TuningObjective": config.pop("HyperParameterTuningJobObjective"),
        "HyperParameterRanges": config.pop("ParameterRanges"),
    }
    definitions = [copy.deepcopy(definition) | own | {"DefinitionName": one} for one in "ab"]
    return request | {"TrainingJobDefinitions": definitions}


@pytest.mark.usefixtures("uploaded")
@pytest.mark.parametrize("request_of", [tuning_request, several], ids=["sync", "loop"])
def test_the_state_machine(clients, request_of):
    name = f"by-{request_of.__name__.replace('_', '-')}"
    request = request_of(name, BUCKET) if request_of is tuning_request else several(name)
    machine = json.loads(registry.render("stepfunctions", request).text)
    if "Wait" in machine["States"]:
        machine["States"]["Wait"]["Seconds"] = 1
    states = clients("stepfunctions")
    arn = states.create_state_machine(
        name=name, definition=json.dumps(machine), roleArn=f"arn:aws:iam::{ACCOUNT}:role/launcher"
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]

    def over():
        found = states.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    end = until(over, "the execution ends")
    assert end["status"] == "SUCCEEDED", end
    output = json.loads(end["output"])
    assert output["BestTrainingJob"]["TrainingJobName"] == best_of(clients, name)


def test_the_pipeline_is_taken_and_read_back(clients):
    request = tuning_request("by-pipeline", BUCKET)
    text = registry.render("sagemaker-pipeline", request).text
    sagemaker, name = clients("sagemaker"), {"PipelineName": "tune"}
    role = f"arn:aws:iam::{ACCOUNT}:role/tuner"
    sagemaker.create_pipeline(
        **name, PipelineDefinition=text, RoleArn=role, ClientRequestToken="t" * 32
    )
    kept = sagemaker.describe_pipeline(**name)["PipelineDefinition"]
    _, reading = registry.read(Source("pipeline.json", kept))
    assert reading.request == {key: value for key, value in request.items() if key != NAME}


# ---------------------------------------------------------------------- with tools of their own


CODE = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/code/"}


@pytest.fixture
def command(tmp_path):
    command = Command(tmp_path / "state")
    command.start()
    yield command
    command.close()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "source.tar.gz").write_bytes(archive())
    return folder


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_aws_clis_script(command, folder):
    programs = installed("awscli", "awscli>=1.40")
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    aws = Program(programs, command.environment | {"PATH": path, "POLL_SECONDS": "1"}, folder)
    aws("aws", "s3", "mb", f"s3://{BUCKET}")
    aws("aws", "s3", "cp", "source.tar.gz", f"s3://{BUCKET}/code/source.tar.gz")
    request = tuning_request("by-cli", BUCKET)
    note = """it's "$(id)" `id` ${HOME} \\ é\nREQUEST\n"""
    request["TrainingJobDefinition"]["Environment"] = {"NOTE": note}
    script = folder / "tune.sh"
    script.write_text(registry.render("aws-cli", request).text)
    done = subprocess.run(
        ["sh", script],
        cwd=folder,
        env=aws._environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "by-cli-" in done.stdout
    name = ("--hyper-parameter-tuning-job-name", "by-cli", "--output", "json")
    job = json.loads(aws("aws", "sagemaker", "describe-hyper-parameter-tuning-job", *name))
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobDefinition"]["Environment"] == {"NOTE": note}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_airflow_dag(command, folder, tmp_path):
    programs = installed("airflow", "apache-airflow>=3,<4", "apache-airflow-providers-amazon")
    aws = Program(installed("awscli", "awscli>=1.40"), command.environment, folder)
    aws("aws", "s3", "mb", f"s3://{BUCKET}")
    aws("aws", "s3", "cp", "source.tar.gz", f"s3://{BUCKET}/code/source.tar.gz")
    request = tuning_request("by-airflow", BUCKET)
    definition = request["TrainingJobDefinition"]
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": CODE}}
    definition["InputDataConfig"] = [channel]
    note = "{{ ds }} {% raw %} {# gone #} {{ '{{' }} a\rb\n"
    definition["Environment"] = {"NOTE": note}
    (folder / "dags").mkdir()
    text = registry.render("airflow", request).text
    text = text.replace("check_interval=30", "check_interval=1, aws_conn_id=None")
    (folder / "dags" / "tune.py").write_text(text)
    variables = command.environment | {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    run = Program(programs, variables, folder)
    run("airflow", "db", "migrate")
    run("airflow", "dags", "reserialize")
    assert "state=success" in run("airflow", "dags", "test", "tune-by-airflow")
    name = ("--hyper-parameter-tuning-job-name", "by-airflow", "--output", "json")
    job = json.loads(aws("aws", "sagemaker", "describe-hyper-parameter-tuning-job", *name))
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobDefinition"]["Environment"] == {"NOTE": note}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_linters_of_workflows_and_state_machines_find_nothing(tmp_path):
    programs = installed("formats-tools", "check-jsonschema", "statelint", "zizmor")

    def passes(name, *words):
        done = subprocess.run(
            [programs / name, *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    workflow = tmp_path / "tune.yml"
    request = tuning_request("tune", BUCKET)
    request["TrainingJobDefinition"]["StaticHyperParameters"]["note"] = "${{ secrets.TOKEN }}"
    workflow.write_text(registry.render("github", request).text)
    passes("check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow)
    passes("zizmor", "--offline", workflow)
    for number, one in enumerate((request, several("tune"))):
        machine = tmp_path / f"{number}.asl.json"
        machine.write_text(registry.render("stepfunctions", one).text)
        passes("statelint", machine)
    assert request[NAME] == "tune"
