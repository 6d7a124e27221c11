"""render --as and import: the job in another tool's words, and back into a job file."""

import json

import pytest

from orchestrator.formats import ack
from orchestrator.formats.registry import NAMES
from tests.cli.conftest import a_job

JOB = """
name: tune
strategy: Random
objective: {metric: loss, goal: minimize}
metrics: {loss: 'loss=(.*)'}
limits: {jobs: 3, parallel: 2}
ranges: {lr: {type: continuous, min: 0.001, max: 1.0, scale: log}}
hyperparameters: {note: "it's ${HOME} {{ ds }}"}
training:
  image: 000000000000.dkr.ecr.us-east-1.amazonaws.com/any:1
  role: arn:aws:iam::000000000000:role/tuner
  output: {s3: s3://bkt/out}
  channels: {train: {source: s3://bkt/data}}
"""


@pytest.fixture
def job(tmp_path):
    file = tmp_path / "job.yaml"
    file.write_text(JOB)
    return str(file)


@pytest.mark.parametrize("target", NAMES)
def test_what_is_rendered_is_imported_as_the_same_job(world, job, tmp_path, target):
    request = json.loads(world.amt("render", job).stdout)
    rendered = world.amt("render", job, "--as", target)
    assert rendered.exit_code == 0, rendered.stderr
    file, out = tmp_path / "rendered", tmp_path / "sub" / "again.yaml"
    file.write_text(rendered.stdout)
    done = world.amt("import", str(file), "--output", str(out), "--name", "tune")
    assert done.exit_code == 0, done.stderr
    again = json.loads(world.amt("render", str(out)).stdout)
    assert again == (ack.in_plain_form(request) if target == "ack" else request)


def test_what_has_no_name_is_imported_without_one(world, job, tmp_path):
    file = tmp_path / "pipeline.json"
    file.write_text(world.amt("render", job, "--as", "sagemaker-pipeline").stdout)
    done = world.amt("import", str(file), "--json")
    assert done.exit_code == 0, done.stderr
    imported = json.loads(done.stdout)["job"]
    assert "name" not in imported
    assert "request" not in imported


def test_under_json_the_text_and_what_is_to_be_said_come_as_data(world, job):
    done = world.amt("render", job, "--as", "terraform", "--json")
    answer = json.loads(done.stdout)
    assert answer["format"] == "terraform"
    assert "resource" in answer["text"]
    assert any("does not wait" in remark["text"] for remark in answer["remarks"])
    assert "does not wait" in done.stderr


def test_what_a_format_cannot_say_is_refused_by_name_until_it_is_given_up(world, job):
    words = ("render", job, "--as", "ack", "--set", "seed=3")
    path = "HyperParameterTuningJobConfig.RandomSeed"
    done = world.amt(*words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert f"--drop {path}" in done.stderr
    done = world.amt(*words, "--drop", path)
    assert done.exit_code == 0
    assert path in done.stderr
    assert "kind: HyperParameterTuningJob" in done.stdout


def test_import_says_what_it_read_and_what_was_left_out(world, job, tmp_path):
    request = json.loads(world.amt("render", job).stdout) | {"Comment": "mine"}
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request))
    done = world.amt("import", str(file), "--json")
    answer = json.loads(done.stdout)
    assert answer["format"] == "request"
    assert answer["job"]["strategy"] == "Random"
    assert [remark["path"] for remark in answer["remarks"]] == ["Comment"]
    assert "Comment" in done.stderr


def test_import_overwrites_nothing(world, job, tmp_path):
    out = tmp_path / "job.yaml"
    done = world.amt("import", job, "--output", str(out))
    assert done.exit_code == 2
    assert out.read_text() == JOB


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("hello", "--from"),
        ('{"HyperParameterTuningJobConfig": 3}', "HyperParameterTuningJobConfig"),
        ('{"HyperParameterTuningJobConfig": {"Strategy": "Random"}}', "ResourceLimits"),
        ('resource "aws_sagemaker_hyper_parameter_tuning_job" "x" { name = var.n }', "bad:1: "),
        ("kind: HyperParameterTuningJob\napiVersion: sagemaker.services.k8s.aws/v1\n", "spec"),
        ('{"HyperParameterTuningJobArn": "", "HyperParameterTuningJobConfig": 3}', "form"),
    ],
)
def test_a_bad_source_is_one_clear_message(world, tmp_path, text, said):
    file, out = tmp_path / "bad", tmp_path / "out.yaml"
    file.write_text(text)
    done = world.amt("import", str(file), "--output", str(out))
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_a_job_of_the_endpoint_is_imported_by_name_or_arn(world):
    definition = {
        "StaticHyperParameters": {"_tuning_objective_metric": "accuracy"},
        "AlgorithmSpecification": {
            "TrainingImage": "000000000000.dkr.ecr.us-east-1.amazonaws.com/any:1",
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": name, "Regex": "accuracy=(.*)"} for name in ("accuracy", "ObjectiveMetric")
            ],
        },
        "RoleArn": "arn:aws:iam::000000000000:role/tuner",
        "OutputDataConfig": {"S3OutputPath": "s3://bkt/out"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 9},
    }
    job = a_job("tune", "Completed", TrainingJobDefinition=definition)
    config = job["HyperParameterTuningJobConfig"]
    bounds = {"Name": "x", "MinValue": "0", "MaxValue": "1", "ScalingType": "Auto"}
    config["ParameterRanges"] = {"ContinuousParameterRanges": [bounds]}
    world.endpoint.add(job)
    for source in (
        "tune",
        "arn:aws:sagemaker:us-east-1:000000000000:hyper-parameter-tuning-job/tune",
    ):
        done = world.amt("import", source, "--json")
        assert done.exit_code == 0, done.stderr
        imported = json.loads(done.stdout)["job"]
        assert imported["name"] == "tune"
        assert imported["metrics"] == {"accuracy": "accuracy=(.*)"}
        assert imported["request"]["Tags"] if "request" in imported else imported["tags"]
    elsewhere = "arn:aws:sagemaker:eu-west-1:000000000000:hyper-parameter-tuning-job/tune"
    assert world.amt("import", elsewhere).exit_code == 2
    assert world.amt("import", "nobody").exit_code == 2


def test_validate_tells_in_three_groups_what_becomes_of_each_member(world, job):
    here = json.loads(world.amt("validate", job, "--json").stdout)["parity"]
    assert "HyperParameterTuningJobName" in here["as_is"]
    assert "HyperParameterTuningJobConfig.Strategy" in here["different"]
    assert "TrainingJobDefinition.RoleArn" in here["without"]
    there = json.loads(world.amt("validate", job, "--json", "--on", "aws").stdout)["parity"]
    assert there["different"] == there["without"] == {}
    assert sorted(there["as_is"]) == sorted([*here["as_is"], *here["different"], *here["without"]])


def test_the_groups_are_told_in_the_words_of_the_file(world, job):
    shown = world.amt("validate", job, "--on", "http://127.0.0.1:1").stdout
    different, without = shown.partition("Emulated differently:")[2].split("Not emulated:")
    assert "  strategy: configurations are drawn" in different
    assert "  training.role: no permissions are checked" in without
    assert "members" in world.amt("validate", job, "--on", "aws").stdout


def test_what_is_not_valid_has_no_groups(world, job):
    done = world.amt("validate", job, "--set", "limits.parallel=0", "--json")
    assert done.exit_code == 2
    parity = json.loads(done.stdout)["parity"]
    assert parity == {"as_is": [], "different": {}, "without": {}}


def test_what_the_job_expects_in_s3_is_told(world, job, tmp_path):
    (tmp_path / "data.csv").write_text("1")
    done = world.amt(
        "render", job, "--as", "boto3", "--set", "training.channels.train.source=data.csv"
    )
    assert done.exit_code == 0, done.stderr
    assert f"{tmp_path / 'data.csv'} is not uploaded; s3://" in done.stderr
    assert world.bucket.objects == {}
