"""Requests with what excludes something of the base, which one member more cannot make."""

from __future__ import annotations

import copy

ONE, MANY = "TrainingJobDefinition", "TrainingJobDefinitions"
_ALGORITHM = {
    "AlgorithmName": "mine",
    "TrainingInputMode": "File",
    "MetricDefinitions": [{"Name": "validation:loss", "Regex": "loss=(.*);"}],
}
_S3 = {"S3DataType": "S3Prefix", "S3Uri": "s3://bkt/key"}
_FILE_SYSTEM = {
    "FileSystemId": "fs-0123456789",
    "FileSystemAccessMode": "ro",
    "FileSystemType": "EFS",
    "DirectoryPath": "/data",
}
_GROUPS = [
    {"InstanceGroupName": name, "InstanceType": "ml.m5.large", "InstanceCount": 1} for name in "ab"
]
_VPC = {"SecurityGroupIds": ["sg-0123"], "Subnets": ["subnet-0123"]}
_SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
}


def _channel(**source):
    return {"InputDataConfig": [{"ChannelName": "train", "DataSource": source}]}


def _definitions():
    """Changes of a definition or of a training request; None takes a member away."""
    yield {"AlgorithmSpecification": _ALGORITHM}
    yield _channel(FileSystemDataSource=_FILE_SYSTEM) | {"VpcConfig": _VPC}
    manifest = _S3 | {"S3DataType": "AugmentedManifestFile", "AttributeNames": ["a"]}
    piped = _channel(S3DataSource=manifest)
    piped["InputDataConfig"][0]["InputMode"] = "Pipe"
    yield piped
    dataset = "arn:aws:sagemaker:eu-west-1:111122223333:hub-content/hub/DataSet/name/1.0.0"
    yield _channel(DatasetSource={"DatasetArn": dataset})
    instances = {"InstanceGroups": _GROUPS, "VolumeSizeInGB": 5}
    groups = {"ResourceConfig": instances, "HyperParameterTuningResourceConfig": None}
    yield _channel(S3DataSource=_S3 | {"InstanceGroupNames": ["a"]}) | groups
    yield _SPOT


def _tuning_definitions():
    yield from _definitions()
    config = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
    configs = {"InstanceConfigs": [config], "AllocationStrategy": "Prioritized"}
    yield {"ResourceConfig": None, "HyperParameterTuningResourceConfig": configs}


def _changed(request, change):
    new = {**copy.deepcopy(request), **copy.deepcopy(change)}
    return {key: value for key, value in new.items() if value is not None}


def of(operation, requests):
    """The variants of these bases."""
    for request in requests:
        if operation == "CreateTrainingJob":
            yield from (_changed(request, change) for change in _definitions())
            continue
        for change in _tuning_definitions():
            if ONE in request:
                yield _changed(request, {ONE: _changed(request[ONE], change)})
            else:
                first, *rest = request[MANY]
                yield _changed(request, {MANY: [_changed(first, change), *rest]})
        yield from _configs(request)


def _configs(request):
    hint = {"AutoParameters": [{"Name": "automatic", "ValueHint": "0.5"}]}
    config = request["HyperParameterTuningJobConfig"]
    autotune = {"Autotune": {"Mode": "Enabled"}}
    if MANY in request:
        first, *rest = copy.deepcopy(request[MANY])
        first["HyperParameterRanges"] |= hint
        yield _changed(request, autotune | {MANY: [first, *rest]})
        return
    for change in (
        {"ParameterRanges": config["ParameterRanges"] | hint},
        {
            "Strategy": "Hyperband",
            "TrainingJobEarlyStoppingType": "Off",
            "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}},
        },
        {"ResourceLimits": config["ResourceLimits"] | {"MaxRuntimeInSeconds": 600}},
    ):
        added = autotune if "ParameterRanges" in change else {}
        yield _changed(request, added | {"HyperParameterTuningJobConfig": config | change})
