"""A request as a tuner of the SageMaker SDKs and back, by what the tuner would send.

Slow: each SDK is in an environment of its own, which runs the programs below with this package
on its path and only prints what was found.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from orchestrator.formats.sdk_common import comparable
from tests.serve.clients import installed
from tests.serve.jobs import tuning_request
from tests.visitor import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
REQUESTS = Path(__file__).parents[1] / "unit" / "wire" / "requests"

V2 = """
import json, sys
import boto3, sagemaker
from orchestrator.errors import BadInput
from orchestrator.formats import sdk_v2
boto = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
session = sagemaker.Session(boto, default_bucket="bkt")
found = []
for request in json.load(sys.stdin):
    try:
        fit = sdk_v2.to_tuner(request, session)
        found.append({"request": sdk_v2.to_request(fit.tuner, fit.arguments["inputs"], fit.arguments["job_name"])})
    except BadInput as refused:
        found.append({"faults": [[fault.path, fault.problem] for fault in refused.faults]})
json.dump(found, open(sys.argv[1], "w"), default=str)
"""


V3 = """
import json, sys
import boto3
from sagemaker.core.helper.session_helper import Session
from orchestrator.errors import BadInput
from orchestrator.formats import sdk_v3
boto = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
session = Session(boto, default_bucket="bkt")
found = []
for request in json.load(sys.stdin):
    try:
        tune = sdk_v3.to_tuner(request, session)
        found.append({"request": sdk_v3.to_request(tune.tuner, **tune.arguments)})
    except BadInput as refused:
        found.append({"faults": [[fault.path, fault.problem] for fault in refused.faults]})

def dropped(change, request):
    tuner = sdk_v3.to_tuner(request, session).tuner
    change(tuner)
    try:
        sdk_v3.to_request(tuner, None, "t")
    except BadInput as refused:
        return [fault.path for fault in refused.faults]

first = json.load(open(sys.argv[2]))
def seed(tuner): tuner.random_seed = 0
def autotune(tuner): tuner.autotune = True
def isolated(tuner):
    from sagemaker.core.training.configs import Networking
    tuner.model_trainer.networking = Networking(enable_network_isolation=True)
def instances(tuner):
    from sagemaker.core.shapes import HyperParameterTuningInstanceConfig as Config
    config = Config(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1)
    tuner.override_resource_config([config])
losses = [dropped(change, first) for change in (seed, autotune, isolated, instances)]
json.dump({"found": found, "losses": losses}, open(sys.argv[1], "w"), default=str)
"""


def run(programs, program, requests, tmp_path):
    """What the program found for each request."""
    file, config = tmp_path / "found.json", tmp_path / "config.yaml"
    (tmp_path / "first.json").write_text(json.dumps(requests[0]))
    config.write_text(
        "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      TelemetryOptOut: true\n"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMT_", "PYTHON"))}
    done = subprocess.run(
        [programs / "python", "-c", program, file, tmp_path / "first.json"],
        input=json.dumps(requests),
        env=kept
        | {
            "PYTHONPATH": str(ROOT),
            "HOME": str(tmp_path),
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(config),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "SAGEMAKER_VALIDATE_ROLE": "false",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(file.read_text())


def plain():
    request = tuning_request("plain", "bkt")
    request["Tags"] = [{"Key": "team", "Value": "a"}]
    return request


def captured(name):
    return json.loads((REQUESTS / f"{name}-CreateHyperParameterTuningJob.json").read_text())


def rich():
    """As much as version 2 of the SDK has words for."""
    request = plain()
    config, definition = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    config |= {
        "Strategy": "Bayesian",
        "RandomSeed": 0,
        "TrainingJobEarlyStoppingType": "Auto",
        "TuningJobCompletionCriteria": {
            "TargetObjectiveMetricValue": 0.5,
            "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 5},
            "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"},
        },
        "ParameterRanges": {
            "IntegerParameterRanges": [{"Name": "n", "MinValue": "9", "MaxValue": "10"}],
            "ContinuousParameterRanges": [
                {"Name": "x", "MinValue": "1e-5", "MaxValue": "0.10", "ScalingType": "Logarithmic"}
            ],
            "CategoricalParameterRanges": [{"Name": "o", "Values": ["sgd", "1", "a b"]}],
        },
    }
    config["ResourceLimits"]["MaxRuntimeInSeconds"] = 3600
    request["WarmStartConfig"] = {
        "WarmStartType": "TransferLearning",
        "ParentHyperParameterTuningJobs": [
            {"HyperParameterTuningJobName": "b"},
            {"HyperParameterTuningJobName": "a"},
        ],
    }
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": "s3://bkt/data",
        "S3DataDistributionType": "ShardedByS3Key",
    }
    definition |= {
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "CompressionType": "Gzip",
                "InputMode": "Pipe",
                "ShuffleConfig": {"Seed": 3},
                "DataSource": {"S3DataSource": source},
            }
        ],
        "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "EnableManagedSpotTraining": True,
        "EnableNetworkIsolation": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 900},
        "CheckpointConfig": {"S3Uri": "s3://bkt/check", "LocalPath": "/opt/ml/check"},
        "RetryStrategy": {"MaximumRetryAttempts": 2},
        "Environment": {"A": "b"},
    }
    return request


def hyperband():
    request = plain()
    config = request["HyperParameterTuningJobConfig"]
    config["Strategy"] = "Hyperband"
    config["StrategyConfig"] = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}
    return request


def by_instances():
    request = plain()
    definition = request["TrainingJobDefinition"]
    del definition["ResourceConfig"]
    configs = [
        {"InstanceType": kind, "InstanceCount": 1, "VolumeSizeInGB": 9}
        for kind in ("ml.m5.large", "ml.m5.xlarge")
    ]
    definition["HyperParameterTuningResourceConfig"] = {"InstanceConfigs": configs}
    return request


def automatic():
    request = plain()
    request["Autotune"] = {"Mode": "Enabled"}
    request["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] = "Off"
    ranges = request["HyperParameterTuningJobConfig"]["ParameterRanges"]
    ranges["AutoParameters"] = [{"Name": "depth", "ValueHint": "4"}]
    return request


def automatic_stopping():
    """Left out, Autotune chooses it; the SDK cannot leave it out."""
    request = automatic()
    del request["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"]
    return request


def grouped():
    """Groups of instances: neither SDK's tuner has a word for them."""
    request = plain()
    groups = [{"InstanceGroupName": "a", "InstanceType": "ml.m5.large", "InstanceCount": 1}]
    request["TrainingJobDefinition"]["ResourceConfig"] = {
        "InstanceGroups": groups,
        "VolumeSizeInGB": 5,
    }
    return request


def algorithm():
    request = plain()
    specification = request["TrainingJobDefinition"]["AlgorithmSpecification"]
    specification["AlgorithmName"] = "mine"
    del specification["TrainingImage"]
    return request


EXACT_2 = [plain, rich, hyperband, by_instances, automatic, lambda: captured("v2-several")]
REFUSED_2 = {
    automatic_stopping: "TrainingJobEarlyStoppingType",
    grouped: "InstanceGroups",
    algorithm: "AlgorithmName",
}


def test_version_2_says_the_same_request_or_refuses_by_name(tmp_path):
    programs = installed("sagemaker-v2", "sagemaker<3")
    exact = [make() for make in EXACT_2]
    refused = {make: make() for make in REFUSED_2}
    found = run(programs, V2, [*exact, *refused.values()], tmp_path)
    for request, one in zip(exact, found, strict=False):
        assert "faults" not in one, (request["HyperParameterTuningJobName"], one)
        assert comparable(one["request"]) == comparable(request)
    for make, one in zip(refused, found[len(exact) :], strict=True):
        assert any(REFUSED_2[make] in path for path, _ in one["faults"]), one


def for_version_3():
    """As much as version 3 passes on."""
    request = rich()
    request["HyperParameterTuningJobConfig"]["RandomSeed"] = 3
    definition = request["TrainingJobDefinition"]
    del definition["EnableNetworkIsolation"]
    return request


def isolated():
    request = plain()
    request["TrainingJobDefinition"]["EnableNetworkIsolation"] = True
    return request


def seed_0():
    request = plain()
    request["HyperParameterTuningJobConfig"]["RandomSeed"] = 0
    return request


EXACT_3 = [plain, for_version_3, hyperband]
REFUSED_3 = {
    isolated: "EnableNetworkIsolation",
    seed_0: "RandomSeed",
    automatic: "autotune",
    by_instances: "InstanceConfigs",
    grouped: "InstanceGroups",
    algorithm: "AlgorithmName",
    lambda: captured("v2-several"): "TrainingJobDefinitions",
}


def test_version_3_says_the_same_request_or_refuses_by_name(tmp_path):
    programs = installed("sagemaker-train", "sagemaker-train>=1.27")
    exact = [make() for make in EXACT_3]
    refused = {make: make() for make in REFUSED_3}
    answer = run(programs, V3, [*exact, *refused.values()], tmp_path)
    found = answer["found"]
    for request, one in zip(exact, found, strict=False):
        assert "faults" not in one, one
        assert comparable(one["request"]) == comparable(request)
    for make, one in zip(refused, found[len(exact) :], strict=True):
        assert any(REFUSED_3[make] in path for path, _ in one["faults"]), one
    assert answer["losses"] == [
        ["random_seed"],
        ["autotune"],
        ["model_trainer.networking.enable_network_isolation"],
        ["instance_configs"],
    ]
