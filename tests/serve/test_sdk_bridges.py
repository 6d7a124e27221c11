"""A request as a tuner of the SageMaker SDKs and back, by what the tuner would send.

Slow: each SDK is in an environment of its own, which runs the programs below with this package
on its path and only prints what was found.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serve.clients import installed
from tests.serve.jobs import tuning_request
from tests.visitor import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
REQUESTS = Path(__file__).parents[1] / "unit" / "wire" / "requests"
# What these programs need of this package's own dependencies, beside the SDK.
OURS = ("click", "pydantic>=2.8", "pyyaml", "regex", "msgspec", "numpy")

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


def run(programs, program, requests, tmp_path):
    """What the program found for each request."""
    file, config = tmp_path / "found.json", tmp_path / "config.yaml"
    config.write_text(
        "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      TelemetryOptOut: true\n"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMT_", "PYTHON"))}
    done = subprocess.run(
        [programs / "python", "-c", program, str(file)],
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


def same(one, other):
    from orchestrator.formats.sdk_common import comparable

    return comparable(one) == comparable(other)


def test_version_2_says_the_same_request_or_refuses_by_name(tmp_path):
    programs = installed("bridge-v2", "sagemaker<3", *OURS)
    exact = [make() for make in EXACT_2]
    refused = {make: make() for make in REFUSED_2}
    found = run(programs, V2, [*exact, *refused.values()], tmp_path)
    for request, one in zip(exact, found, strict=False):
        assert "faults" not in one, (request["HyperParameterTuningJobName"], one)
        assert same(one["request"], request)
    for make, one in zip(refused, found[len(exact) :], strict=True):
        assert any(REFUSED_2[make] in path for path, _ in one["faults"]), one


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
