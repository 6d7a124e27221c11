"""A request becomes a job file and the same request again; a job file says what it means."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.definition.defaults import SCRIPT_IMAGE, Defaults
from orchestrator.definition.load import dump, load
from orchestrator.definition.local import Kind, resolve
from orchestrator.definition.patch import difference, merge, same
from orchestrator.definition.request import from_request, translate
from orchestrator.definition.schema import JobFile
from tests import strategies

BARE = Defaults()
FULL = Defaults(
    name="spare", role="arn:aws:iam::000000000000:role/spare", output_uri="s3://spare/out"
)
SHAPE = strategies.input_shape()
PATHS = strategies.members(SHAPE)
CAPTURED = sorted((Path(__file__).parents[1] / "wire" / "requests").glob("*une-*.json"))


def again(request: dict, defaults: Defaults = FULL) -> dict:
    return translate(from_request(request), defaults).request


def small(path: tuple) -> dict:
    """A request with the member at `path`, training definitions included."""
    return strategies.example_of(SHAPE, path)


def lookup(value, path: tuple):
    for part in path:
        value = value[{"[]": 0, "{}": "key"}.get(part, part)]
    return value


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(strategies.tuning_requests(), st.sampled_from([BARE, FULL]))
def test_every_request_comes_back_as_it_was(request, defaults):
    before = copy.deepcopy(request)
    assert same(again(request, defaults), before)
    assert same(request, before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("jobs")


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(strategies.tuning_requests())
def test_a_job_file_written_out_and_read_again_is_the_same_job(folder, request):
    job = from_request(request)
    file = folder / "job.yaml"
    file.write_text(dump(job), encoding="utf-8")
    assert same(translate(load(file).job, FULL).request, request)
    assert load(file).job == job


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_every_member_of_the_service_model_survives(path):
    request = small(path)
    lookup(request, path)  # the example has the member
    assert same(again(request), request)


def test_a_member_that_the_service_adds_later_survives():
    request = small(("TrainingJobDefinition", "InputDataConfig", "[]", "InputMode"))
    request["HyperParameterTuningJobConfig"]["Brand"] = {"New": [1]}
    request["TrainingJobDefinition"]["InputDataConfig"][0]["NewSource"] = {"Uri": "x"}
    request["TrainingJobDefinition"]["AlgorithmSpecification"]["NewMode"] = "Fast"
    request["HyperParameterTuningJobConfig"]["Strategy"] = "NewStrategy"
    assert same(again(request), request)


def test_a_random_seed_of_zero_is_kept():
    request = small(("HyperParameterTuningJobConfig", "RandomSeed"))
    request["HyperParameterTuningJobConfig"]["RandomSeed"] = 0
    assert from_request(request).seed == 0
    assert same(again(request), request)


def test_instance_fallbacks_are_kept():
    above = ("TrainingJobDefinition", "HyperParameterTuningResourceConfig")
    request = small((*above, "InstanceConfigs"))
    request[above[0]][above[1]]["AllocationStrategy"] = "Prioritized"
    training = from_request(request).training
    assert training.instance.fallbacks[0].count == 7
    assert training.instance.allocation == "prioritized"
    assert same(again(request), request)


def test_automatic_parameters_are_kept():
    request = small(("HyperParameterTuningJobConfig", "ParameterRanges", "AutoParameters"))
    request["Autotune"] = {"Mode": "Enabled"}
    assert from_request(request).ranges["text"].hint == "text"
    assert from_request(request).autotune is True
    assert same(again(request), request)


def test_several_definitions_are_kept_in_order():
    request = small(("TrainingJobDefinitions", "[]", "TuningObjective"))
    second = copy.deepcopy(request["TrainingJobDefinitions"][0])
    second["DefinitionName"] = "second"
    request["TrainingJobDefinitions"].append(second)
    assert [part.name for part in from_request(request).definitions] == [None, "second"]
    assert same(again(request), request)


@pytest.mark.parametrize("file", CAPTURED, ids=lambda file: file.stem)
def test_requests_of_the_official_toolkits_need_next_to_no_patch(file):
    request = json.loads(file.read_text(encoding="utf-8"))
    job = from_request(request)
    assert same(again(request), request)
    text = json.dumps(job.model_dump(mode="json", exclude_unset=True).get("request", {}))
    assert set(text) <= set(json.dumps({"HyperParameterTuningJobConfig": {"ParameterRanges": {
        "CategoricalParameterRanges": [], "IntegerParameterRanges": []}}}))  # fmt: skip


def test_values_that_an_estimator_put_in_quotes_are_read_without_them():
    request = small(("TrainingJobDefinition", "StaticHyperParameters"))
    request["TrainingJobDefinition"]["StaticHyperParameters"] = {
        "epochs": "3", "note": '"a b"', "size": '"128"', "cfg": '{"a": 1}',
        "sagemaker_program": '"train.py"', "sagemaker_submit_directory": '"s3://b/s.tar.gz"',
    }  # fmt: skip
    job = from_request(request)
    assert job.hyperparameters == {"epochs": 3, "note": "a b", "size": "128", "cfg": {"a": 1}}
    assert (job.training.entry_point, job.training.source) == ("train.py", "s3://b/s.tar.gz")
    assert job.training.encoding == "json"
    assert same(again(request), request)


QUICK = {
    "name": "quick",
    "strategy": "random",
    "objective": {"metric": "acc", "goal": "Maximize"},
    "limits": {"jobs": 12, "parallel": 2, "runtime": "1h 30m"},
    "ranges": {
        "rate": {"type": "continuous", "min": 1e-4, "max": 0.1, "scale": "log"},
        "layers": {"type": "integer", "min": 1, "max": 8},
        "optimizer": ["sgd", "adam", 3, True],
    },
    "hyperparameters": {"epochs": 10, "decay": 1e-05, "flag": True, "cfg": {"a": [1]}, "t": "1e3"},
    "metrics": {"acc": "acc=([0-9.]+)"},
    "early_stopping": False,
    "seed": 0,
    "complete_when": {"target": 0.95, "not_improving_jobs": 10, "converged": True},
    "warm_start": {"type": "identical", "parents": ["before"]},
    "training": {
        "entry_point": "train.py",
        "source": "src",
        "channels": {"train": "data", "test": {"source": "s3://b/t", "distribution": "sharded"}},
        "spot": {"max_wait": "4h"},
        "timeout": "1h",
        "checkpoints": "s3://b/c",
        "retries": 3,
        "environment": {"A": 1, "B": True},
        "vpc": {"security_groups": ["sg-1"], "subnets": ["subnet-1"]},
        "network_isolation": True,
        "encrypt_traffic": False,
    },
    "tags": {"team": "ml"},
    "request": {"HyperParameterTuningJobConfig": {"Brand": "new"}},
}


def test_the_friendly_keys_become_exactly_this_request():
    translation = translate(JobFile.model_validate(QUICK), FULL, Path("/jobs"))
    assert [(str(file.path), file.kind) for file in translation.files] == [
        ("/jobs/src", Kind.SOURCE),
        ("/jobs/data", Kind.CHANNEL),
    ]
    source, data = translation.files
    request = resolve(translation, {source: "s3://up/s.tar.gz", data: "s3://up/data/"})
    assert request == {
        "HyperParameterTuningJobName": "quick",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"MetricName": "acc", "Type": "Maximize"},
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": 12,
                "MaxParallelTrainingJobs": 2,
                "MaxRuntimeInSeconds": 5400,
            },
            "ParameterRanges": {
                "ContinuousParameterRanges": [
                    {
                        "Name": "rate",
                        "MinValue": "0.0001",
                        "MaxValue": "0.1",
                        "ScalingType": "Logarithmic",
                    }
                ],
                "IntegerParameterRanges": [{"Name": "layers", "MinValue": "1", "MaxValue": "8"}],
                "CategoricalParameterRanges": [
                    {"Name": "optimizer", "Values": ["sgd", "adam", "3", "true"]}
                ],
            },
            "TrainingJobEarlyStoppingType": "Off",
            "RandomSeed": 0,
            "TuningJobCompletionCriteria": {
                "TargetObjectiveMetricValue": 0.95,
                "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 10},
                "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"},
            },
            "Brand": "new",
        },
        "WarmStartConfig": {
            "WarmStartType": "IdenticalDataAndAlgorithm",
            "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "before"}],
        },
        "Tags": [{"Key": "team", "Value": "ml"}],
        "TrainingJobDefinition": {
            "StaticHyperParameters": {
                "epochs": "10",
                "decay": "1e-05",
                "flag": "true",
                "cfg": '{"a": [1]}',
                "t": "1e3",
                "sagemaker_program": "train.py",
                "sagemaker_submit_directory": "s3://up/s.tar.gz",
            },
            "AlgorithmSpecification": {
                "MetricDefinitions": [{"Name": "acc", "Regex": "acc=([0-9.]+)"}],
                "TrainingImage": SCRIPT_IMAGE,
                "TrainingInputMode": "File",
            },
            "RoleArn": "arn:aws:iam::000000000000:role/spare",
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "DataSource": {
                        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://up/data/"}
                    },
                },
                {
                    "ChannelName": "test",
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "S3Prefix",
                            "S3Uri": "s3://b/t",
                            "S3DataDistributionType": "ShardedByS3Key",
                        }
                    },
                },
            ],
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
            "OutputDataConfig": {"S3OutputPath": "s3://spare/out"},
            "HyperParameterTuningResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 14400},
            "EnableManagedSpotTraining": True,
            "CheckpointConfig": {"S3Uri": "s3://b/c"},
            "RetryStrategy": {"MaximumRetryAttempts": 3},
            "Environment": {"A": "1", "B": "true"},
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": False,
        },
    }


def test_a_job_file_with_nothing_left_out_comes_back_from_its_request():
    """definition -> request -> definition."""
    training = {
        "input_mode": "File",
        "image": "image:1",
        "role": "role",
        "output": "s3://o",
        "instance": {"type": "ml.m5.large", "count": 1, "volume": 30},
        "timeout": "1h",
        "channels": {"train": {"source": "s3://b/t"}},
        "checkpoints": {"s3": "s3://b/c", "local": "/c"},
        "environment": {"A": "1"},
        "spot": {"max_wait": "2h"},
    }
    top = {key: QUICK[key] for key in QUICK if key not in {"training", "request", "ranges"}}
    ranges = {
        "rate": {"type": "continuous", "min": 0.1, "max": 1.5, "scale": "log"},
        "layers": {"type": "integer", "min": 1, "max": 8},
        "optimizer": ["sgd", 3, True],
    }
    hyperparameters = {"epochs": 10, "decay": 1e-05, "flag": True, "word": "t"}
    job = JobFile.model_validate(
        {**top, "hyperparameters": hyperparameters, "ranges": ranges, "training": training}
    )
    assert from_request(translate(job, BARE).request) == job


def test_json_encoding_puts_text_and_categories_in_quotes():
    job = JobFile.model_validate(
        {
            "ranges": {"optimizer": ["sgd", 3]},
            "hyperparameters": {"note": "a b", "epochs": 3},
            "training": {"encoding": "json", "entry_point": "t.py", "source": "src"},
        }
    )
    translation = translate(job, BARE)
    request = resolve(translation, dict.fromkeys(translation.files, "s3://up/s.tar.gz"))
    ranges = request["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert ranges["CategoricalParameterRanges"][0]["Values"] == ['"sgd"', "3"]
    assert request["TrainingJobDefinition"]["StaticHyperParameters"] == {
        "note": '"a b"',
        "epochs": "3",
        "sagemaker_program": '"t.py"',
        "sagemaker_submit_directory": '"s3://up/s.tar.gz"',
    }


def test_a_framework_is_resolved_by_the_caller():
    job = JobFile.model_validate({"training": {"framework": "pytorch", "version": "2.3"}})
    asked = []

    def image_for(*question):
        asked.append(question)
        return "found:1"

    request = translate(job, Defaults(image_for=image_for)).request
    assert request["TrainingJobDefinition"]["AlgorithmSpecification"]["TrainingImage"] == "found:1"
    assert asked == [("pytorch", "2.3", "ml.m5.large")]


def test_a_script_alone_is_packed_alone():
    job = JobFile.model_validate({"training": {"entry_point": "code/train.py"}})
    translation = translate(job, BARE, Path("/jobs"))
    statics = translation.request["TrainingJobDefinition"]["StaticHyperParameters"]
    assert statics["sagemaker_program"] == "train.py"
    assert [str(file.path) for file in translation.files] == ["/jobs/code/train.py"]


JSON = st.recursive(
    st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=1), inner),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(max_size=1), JSON)


@given(OBJECTS, OBJECTS)
def test_a_patch_turns_any_request_into_any_other(old, new):
    assert same(merge(old, difference(old, new)), new)


@given(OBJECTS)
def test_equal_requests_need_no_patch(request):
    assert difference(request, copy.deepcopy(request)) == {}
