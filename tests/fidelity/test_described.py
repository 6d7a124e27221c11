"""A described job, imported, is the job again: for every member of the service model.

The requests are those that the tables of fidelity are made of. What comes back may lack a
default that was written out, and nothing else.
"""

from __future__ import annotations

import copy
import json

import pytest

from orchestrator.formats import members, registry
from orchestrator.formats.described import request_of
from orchestrator.formats.protocol import NAME, Source
from tests.fidelity import scenarios, variants
from tests.wire.conftest import Bench

pytestmark = pytest.mark.timeout(300)

_DEFAULTS = (False, "", "None", "GZIP", "Auto", "Off", "Disabled", "/opt/ml/checkpoints", {}, [])
_FILLED_IN = {
    "TrainingJobDefinition.StoppingCondition.MaxRuntimeInSeconds": 86_400,
    "TrainingJobDefinition.ResourceConfig.VolumeSizeInGB": 30,
}
"""What a job file must say, and Describe tells for a request that did not."""
_NEW = ("HyperParameterTuningJobName", "HyperParameterTuningJobArn", "CreationTime")
_NEW += ("LastModifiedTime", "HyperParameterTuningEndTime", "ConsumedResources")


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    """(request, Describe's answer, the answer for the imported request) of every job."""
    bench = Bench(tmp_path_factory.mktemp("bench"))
    seen = scenarios.Seen(bench)
    bases = [scenarios._tuning(name) for name in ("v3-tune", "v2-several", "v2-xgboost")]
    every = [
        *scenarios._with_every_member(scenarios.TUNING, bases[:2]),
        scenarios._by_instances(),
        *variants.of(scenarios.TUNING, bases),
    ]
    found = []
    for number, request in enumerate(every):
        request[NAME] = f"job-{number}"
        if seen.ask(scenarios.TUNING, request) is None:
            continue
        answer = described(seen, f"job-{number}")
        again = request_of(answer) | {NAME: f"again-{number}"}
        assert seen.ask(scenarios.TUNING, copy.deepcopy(again)) is not None, again
        found.append((request, answer, described(seen, f"again-{number}")))
    return found


def described(seen, name):
    answer = seen.ask("DescribeHyperParameterTuningJob", {NAME: name})
    seen.ask("StopHyperParameterTuningJob", {NAME: name})
    return answer


def leaves(request):
    """General path -> values, of the members that hold no others."""
    found = {}
    for _, path, value in members.walked(request, members.tuning_shape()):
        if not isinstance(value, dict) or path.endswith(("StaticHyperParameters", "Environment")):
            found.setdefault(path, []).append(value)
    return {path: values for path, values in found.items() if not any(_inside(v) for v in values)}


def _inside(value):
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def test_the_imported_job_is_described_as_the_first_was(jobs):
    assert len(jobs) > 200
    for _, first, second in jobs:
        assert {k: v for k, v in first.items() if k not in _NEW} == {
            k: v for k, v in second.items() if k not in _NEW
        }


def test_what_was_asked_comes_back_but_for_defaults(jobs):
    for request, answer, _ in jobs:
        if "Autotune" in request:
            continue  # the ranges it chose are the job's now
        asked, back = leaves(request), leaves(request_of(answer))
        for path, values in asked.items():
            if path.startswith("Tags"):
                continue  # ListTags has them
            kept = [v for v in values if v not in _DEFAULTS]
            if path.endswith("AlgorithmName"):
                kept = [back[path][0] for _ in kept]  # the answer has the algorithm's ARN
            assert [v for v in back.get(path, []) if v not in _DEFAULTS] == kept, path
        for path in back.keys() - asked.keys():
            assert set(back[path]) == {_FILLED_IN[path]}, path


def test_an_answer_saved_by_any_client_is_recognised(jobs):
    _, answer, _ = jobs[0]
    nulls = {"FailureReason": None, "WarmStartConfig": None, "Autotune": None}
    saved = json.dumps(answer | nulls | {"ResponseMetadata": {}, "CreationTime": "2026-01-01"})
    form, reading = registry.read(Source("job.json", saved))
    assert form.name == "describe"
    assert reading.request == request_of(answer)


ROLE = "arn:aws:iam::123456789012:role/tuner"
IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/mine:1"


def test_a_job_as_the_service_tells_of_it_when_it_has_ended():
    ranges = {
        "IntegerParameterRanges": [
            {"Name": "depth", "MinValue": "1", "MaxValue": "8", "ScalingType": "Auto"}
        ],
        "ContinuousParameterRanges": [],
        "CategoricalParameterRanges": [],
    }
    metrics = [{"Name": "loss", "Regex": "loss=(.*?);"}]
    answer = {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobArn": "arn:aws:sagemaker:us-west-2:123456789012:hyper-parameter-tuning-job/tune",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": ranges,
            "TrainingJobEarlyStoppingType": "Off",
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {"eta": "0.1", "_tuning_objective_metric": "loss"},
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [*metrics, {"Name": "ObjectiveMetric", "Regex": "loss=(.*?);"}],
            },
            "RoleArn": ROLE,
            "OutputDataConfig": {"KmsKeyId": "", "S3OutputPath": "s3://bkt/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "EnableNetworkIsolation": False,
            "EnableInterContainerTrafficEncryption": False,
            "EnableManagedSpotTraining": False,
        },
        "HyperParameterTuningJobStatus": "Completed",
        "CreationTime": "2026-01-01T00:00:00Z",
        "TrainingJobStatusCounters": {"Completed": 2, "InProgress": 0},
        "ObjectiveStatusCounters": {"Succeeded": 2, "Pending": 0, "Failed": 0},
        "BestTrainingJob": {"TrainingJobName": "tune-001-0123abcd"},
    }  # fmt: skip
    definition = answer["TrainingJobDefinition"]
    assert request_of(answer) == {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {
                "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "8"}]
            },
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {"eta": "0.1"},
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": metrics,
            },
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": "s3://bkt/out"},
            "ResourceConfig": definition["ResourceConfig"],
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        },
    }


def test_a_metric_of_the_users_own_called_objective_metric_stays():
    answer = {
        "HyperParameterTuningJobConfig": {
            "HyperParameterTuningJobObjective": {"MetricName": "ObjectiveMetric"}
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": {
                "MetricDefinitions": [{"Name": "ObjectiveMetric", "Regex": "x=(.*)"}]
            }
        },
    }
    algorithm = request_of(answer)["TrainingJobDefinition"]["AlgorithmSpecification"]
    assert [one["Name"] for one in algorithm["MetricDefinitions"]] == ["ObjectiveMetric"]
