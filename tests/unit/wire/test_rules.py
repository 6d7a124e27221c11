"""Every rule refuses what it should, at the right place and with a mend, and nothing else."""

import copy
import json
from pathlib import Path

import pytest

from orchestrator.wire import autotune, rules, validate
from orchestrator.wire.quotas import Quotas

REQUESTS = sorted((Path(__file__).parent / "requests").glob("*.json"))
C = "HyperParameterTuningJobConfig"
D = "TrainingJobDefinition"
R = f"{C}.ParameterRanges"
GONE = object()
METRIC = (
    "A metric is required for this hyperparameter tuning job objective. Provide a metric in the "
    "metric definitions."
)


def change(request, where, value):
    """The request with one place changed; `GONE` removes it; numbers index lists."""
    changed = copy.deepcopy(request)
    *way, last = [int(step) if step.isdigit() else step for step in where.split("/")]
    place = changed
    for step in way:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return changed


def changed_by(request, changes):
    for where, value in changes.items():
        request = change(request, where, value)
    return request


def real(low="0", high="1", scaling="Linear", name="x"):
    return {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}


def category(*values, name="c"):
    return {"Name": name, "Values": list(values)}


def channel(**source):
    given = {"S3DataType": "S3Prefix", "S3Uri": "s3://bkt/x/"} | source
    return {"ChannelName": "a", "DataSource": {"S3DataSource": given}}


def every_fault(operation, request):
    check = rules.tuning_faults if "Tuning" in operation else rules.training_faults
    return validate.request_faults(operation, request) + check(request)


CONTINUOUS = f"{R.replace('.', '/')}/ContinuousParameterRanges"
INTEGERS = f"{R.replace('.', '/')}/IntegerParameterRanges"
CATEGORIES = f"{R.replace('.', '/')}/CategoricalParameterRanges"
ONLY = {CONTINUOUS: [], INTEGERS: [], CATEGORIES: []}

# What is wrong -> (changes to a good request, path of the fault, a part of its problem).
TUNING = {
    "an unknown strategy": ({f"{C}/Strategy": "Banana"}, f"{C}.Strategy", "enum value set: [Bay"),
    "a strategy in lower case": ({f"{C}/Strategy": "random"}, f"{C}.Strategy", "enum value set"),
    "no strategy": ({f"{C}/Strategy": GONE}, f"{C}.Strategy", "must not be null"),
    "an underscore in the name": (
        {"HyperParameterTuningJobName": "a_b"},
        "HyperParameterTuningJobName",
        "regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}",
    ),
    "a name of 34 characters": (
        {"HyperParameterTuningJobName": "a" * 34},
        "HyperParameterTuningJobName",
        "Member must have length less than or equal to 32",
    ),
    "an empty name": ({"HyperParameterTuningJobName": ""}, "HyperParameterTuningJobName", "length"),
    "a name that ends in a hyphen": (
        {"HyperParameterTuningJobName": "a-"},
        "HyperParameterTuningJobName",
        "pattern",
    ),
    "no definition": ({D: GONE}, D, "Exactly one of"),
    "both forms of definition": (
        {"TrainingJobDefinitions": [{}]},
        "TrainingJobDefinitions",
        "both",
    ),
    "an unknown member": ({"Foo": 1}, "Foo", "must be one that"),
    "a misspelt member": ({f"{C}/Strateg": "Random"}, f"{C}.Strateg", "must be one that"),
    "text for a number": (
        {f"{C}/ResourceLimits/MaxParallelTrainingJobs": "3"},
        f"{C}.ResourceLimits.MaxParallelTrainingJobs",
        "an integer",
    ),
    "true for a number": (
        {f"{C}/ResourceLimits/MaxParallelTrainingJobs": True},
        f"{C}.ResourceLimits.MaxParallelTrainingJobs",
        "an integer",
    ),
    "a fraction for an integer": (
        {f"{C}/RandomSeed": 1.5},
        f"{C}.RandomSeed",
        "an integer",
    ),
    "a negative seed": ({f"{C}/RandomSeed": -1}, f"{C}.RandomSeed", "greater than or equal to 0"),
    "no parallel training job": (
        {f"{C}/ResourceLimits/MaxParallelTrainingJobs": 0},
        f"{C}.ResourceLimits.MaxParallelTrainingJobs",
        "greater than or equal to 1",
    ),
    "a runtime under two minutes": (
        {f"{C}/ResourceLimits/MaxRuntimeInSeconds": 119},
        f"{C}.ResourceLimits.MaxRuntimeInSeconds",
        "greater than or equal to 120",
    ),
    "a runtime over half a year": (
        {f"{C}/ResourceLimits/MaxRuntimeInSeconds": 15_768_001},
        f"{C}.ResourceLimits.MaxRuntimeInSeconds",
        "less than or equal to 15768000",
    ),
    "an unknown instance type": (
        {f"{D}/ResourceConfig/InstanceType": "local"},
        f"{D}.ResourceConfig.InstanceType",
        "enum value set",
    ),
    "no role": ({f"{D}/RoleArn": GONE}, f"{D}.RoleArn", "must not be null"),
    "a role that is no ARN": (
        {f"{D}/RoleArn": "SageMakerRoleOfTheTeam"},
        f"{D}.RoleArn",
        "regular expression",
    ),
    "an unknown direction": (
        {f"{C}/HyperParameterTuningJobObjective/Type": "max"},
        f"{C}.HyperParameterTuningJobObjective.Type",
        "[Maximize, Minimize]",
    ),
    "an unknown input mode": (
        {f"{D}/AlgorithmSpecification/TrainingInputMode": "Mount"},
        f"{D}.AlgorithmSpecification.TrainingInputMode",
        "[Pipe, File, FastFile]",
    ),
    "a number as hyperparameter": (
        {f"{D}/StaticHyperParameters/epochs": 3},
        f"{D}.StaticHyperParameters.epochs",
        "a string",
    ),
    "a hyperparameter of 2501 characters": (
        {f"{D}/StaticHyperParameters/epochs": "x" * 2501},
        f"{D}.StaticHyperParameters.epochs",
        "less than or equal to 2500",
    ),
    "an odd variable name": (
        {f"{D}/Environment/1a": "x"},
        f"{D}.Environment.1a",
        "Map keys must satisfy constraint",
    ),
    "a tag key with a question mark": (
        {"Tags": [{"Key": "a?", "Value": "b"}]},
        "Tags[0].Key",
        "regular expression",
    ),
    "an empty list of channels": (
        {f"{D}/InputDataConfig": []},
        f"{D}.InputDataConfig",
        "greater than or equal to 1",
    ),
    "min above max": (
        {f"{CONTINUOUS}/0": real("2", "1")},
        f"{R}.ContinuousParameterRanges[0].MinValue",
        "less than MaxValue, 1",
    ),
    "min equal to max": (
        {f"{CONTINUOUS}/0": real("1", "1")},
        f"{R}.ContinuousParameterRanges[0].MinValue",
        "less than MaxValue",
    ),
    "an integer range of one value": (
        {f"{INTEGERS}/0": real("1", "1")},
        f"{R}.IntegerParameterRanges[0].MinValue",
        "less than MaxValue",
    ),
    "log scale from 0": (
        {f"{CONTINUOUS}/0": real("0", "1", "Logarithmic")},
        f"{R}.ContinuousParameterRanges[0].ScalingType",
        "greater than 0",
    ),
    "integer log scale from 0": (
        {f"{INTEGERS}/0": real("0", "8", "Logarithmic")},
        f"{R}.IntegerParameterRanges[0].ScalingType",
        "greater than 0",
    ),
    "reverse log up to 1": (
        {f"{CONTINUOUS}/0": real("0", "1", "ReverseLogarithmic")},
        f"{R}.ContinuousParameterRanges[0].ScalingType",
        "0 <= x < 1",
    ),
    "reverse log below 0": (
        {f"{CONTINUOUS}/0": real("-0.1", "0.9", "ReverseLogarithmic")},
        f"{R}.ContinuousParameterRanges[0].ScalingType",
        "0 <= x < 1",
    ),
    "reverse log on integers": (
        {f"{INTEGERS}/0": real("1", "8", "ReverseLogarithmic")},
        f"{R}.IntegerParameterRanges[0].ScalingType",
        "only for continuous",
    ),
    "an unknown scale": (
        {f"{CONTINUOUS}/0": real(scaling="Log")},
        f"{R}.ContinuousParameterRanges[0].ScalingType",
        "enum value set",
    ),
    "a bound that is no number": (
        {f"{CONTINUOUS}/0": real("small", "1")},
        f"{R}.ContinuousParameterRanges[0].MinValue",
        "decimal number",
    ),
    "an infinite bound": (
        {f"{CONTINUOUS}/0": real("0", "1e999")},
        f"{R}.ContinuousParameterRanges[0].MaxValue",
        "decimal number",
    ),
    "a bound that is nan": (
        {f"{CONTINUOUS}/0": real("nan", "1")},
        f"{R}.ContinuousParameterRanges[0].MinValue",
        "decimal number",
    ),
    "a bound that is a number, not text": (
        {f"{CONTINUOUS}/0": real(0.5, "1")},
        f"{R}.ContinuousParameterRanges[0].MinValue",
        "a string",
    ),
    "an integer bound with a fraction": (
        {f"{INTEGERS}/0": real("1", "10.5")},
        f"{R}.IntegerParameterRanges[0].MaxValue",
        "must be an integer",
    ),
    "the same category twice": (
        {f"{CATEGORIES}/0": category("a", "a")},
        f"{R}.CategoricalParameterRanges[0].Values",
        "distinct",
    ),
    "no category": (
        {f"{CATEGORIES}/0": category()},
        f"{R}.CategoricalParameterRanges[0].Values",
        "length greater than or equal to 1",
    ),
    "31 categories": (
        {f"{CATEGORIES}/0": category(*map(str, range(31)))},
        f"{R}.CategoricalParameterRanges[0].Values",
        "length less than or equal to 30",
    ),
    "one name in two lists": (
        {f"{CONTINUOUS}/0": real(name="layers")},
        f"{R}.ContinuousParameterRanges[0].Name",
        "one range only",
    ),
    "a name both tuned and static": (
        {f"{CONTINUOUS}/0": real(name="epochs")},
        f"{R}.ContinuousParameterRanges[0].Name",
        "both static and tuned",
    ),
    "a reserved name tuned": (
        {f"{CONTINUOUS}/0": real(name="_x")},
        f"{R}.ContinuousParameterRanges[0].Name",
        "reserved",
    ),
    "a reserved name static": (
        {f"{D}/StaticHyperParameters/_tuning_objective_metric": "x"},
        f"{D}.StaticHyperParameters._tuning_objective_metric",
        "reserved",
    ),
    "a range without a name": (
        {f"{CONTINUOUS}/0": real(name="")},
        f"{R}.ContinuousParameterRanges[0].Name",
        "must name",
    ),
    "31 ranges": (
        {
            CONTINUOUS: [real(name=f"x{n}") for n in range(16)],
            INTEGERS: [real("1", "9", name=f"i{n}") for n in range(15)],
            CATEGORIES: [],
        },
        R,
        "At most 30",
    ),
    "no range": (ONLY, R, "At least one parameter range"),
    "a space of one point": ({**ONLY, CATEGORIES: [category("a")]}, R, "single configuration"),
    "100 hyperparameters and the injected one": (
        {f"{D}/StaticHyperParameters": {f"h{n}": "1" for n in range(97)}},
        f"{D}.StaticHyperParameters",
        "At most 100",
    ),
    "fewer combinations than training jobs": (
        {
            **ONLY,
            CATEGORIES: [category("a", "b", "c")],
            f"{C}/ResourceLimits/MaxNumberOfTrainingJobs": 10,
        },
        f"{C}.ResourceLimits.MaxNumberOfTrainingJobs",
        (
            "You don't have enough combinations of hyperparameter ranges. The total number of "
            "hyperparameter combinations for the provided ranges [3.0] must be equal or greater than "
            "the value of MaxNumberOfJobs, [10]. Provide additional ranges."
        ),
    ),
    "grid over numbers": (
        {f"{C}/Strategy": "Grid"},
        f"{R}.ContinuousParameterRanges[0]",
        "categorical ranges only",
    ),
    "a grid larger than asked for": (
        {
            **ONLY,
            f"{C}/Strategy": "Grid",
            CATEGORIES: [category("a", "b"), category("c", "d", name="e")],
            f"{C}/ResourceLimits/MaxNumberOfTrainingJobs": 3,
        },
        f"{C}.ResourceLimits.MaxNumberOfTrainingJobs",
        "4 in all",
    ),
    "a grid smaller than asked for": (
        {
            **ONLY,
            f"{C}/Strategy": "Grid",
            CATEGORIES: [category("a", "b")],
            f"{C}/ResourceLimits/MaxNumberOfTrainingJobs": 3,
        },
        f"{C}.ResourceLimits.MaxNumberOfTrainingJobs",
        "[2.0]",
    ),
    "a grid of 900": (
        {
            **ONLY,
            f"{C}/Strategy": "Grid",
            f"{C}/ResourceLimits/MaxNumberOfTrainingJobs": GONE,
            CATEGORIES: [category(*map(str, range(30))), category(*map(str, range(30)), name="e")],
        },
        f"{C}.ResourceLimits.MaxNumberOfTrainingJobs",
        "is 750 Training Jobs",
    ),
    "nothing that ends the job": (
        {f"{C}/ResourceLimits": {"MaxParallelTrainingJobs": 1}},
        f"{C}.ResourceLimits.MaxNumberOfTrainingJobs",
        "is required unless",
    ),
    "strategy settings for another strategy": (
        {f"{C}/StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 3}}},
        f"{C}.StrategyConfig",
        "only supported with the Hyperband",
    ),
    "hyperband with early stopping": (
        {f"{C}/Strategy": "Hyperband"},
        f"{C}.TrainingJobEarlyStoppingType",
        "must be Off",
    ),
    "hyperband without a resource": (
        {f"{C}/Strategy": "Hyperband", f"{D}/StaticHyperParameters/epochs": GONE},
        f"{C}.StrategyConfig.HyperbandStrategyConfig.MaxResource",
        (
            "MaxResource parameter is not provided and could not be inferred from provided static "
            "hyperparameters of TrainingJobDefinition."
        ),
    ),
    "hyperband's min above its max": (
        {
            f"{C}/Strategy": "Hyperband",
            f"{C}/StrategyConfig": {
                "HyperbandStrategyConfig": {"MinResource": 9, "MaxResource": 3}
            },
        },
        f"{C}.StrategyConfig.HyperbandStrategyConfig.MinResource",
        "not be greater than MaxResource, 3",
    ),
    "hyperband's min above what is inferred": (
        {
            f"{C}/Strategy": "Hyperband",
            f"{C}/StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 9}},
        },
        f"{D}.StaticHyperParameters.epochs",
        "at least MinResource",
    ),
    "hyperband's max above 20000": (
        {
            f"{C}/Strategy": "Hyperband",
            f"{C}/StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 20_001}},
        },
        f"{C}.StrategyConfig.HyperbandStrategyConfig.MaxResource",
        "at most 20000",
    ),
    "a criterion under 3": (
        {
            f"{C}/TuningJobCompletionCriteria/BestObjectiveNotImproving": {
                "MaxNumberOfTrainingJobsNotImproving": 2
            }
        },
        f"{C}.TuningJobCompletionCriteria.BestObjectiveNotImproving.MaxNumberOfTrainingJobsNotImproving",
        "greater than or equal to 3",
    ),
    "no objective": (
        {f"{C}/HyperParameterTuningJobObjective": GONE},
        f"{C}.HyperParameterTuningJobObjective",
        "objective is required",
    ),
    "an objective that no metric defines": (
        {f"{C}/HyperParameterTuningJobObjective/MetricName": "val:loss"},
        f"{C}.HyperParameterTuningJobObjective.MetricName",
        METRIC,
    ),
    "a metric the built-in does not have": (
        {
            f"{D}/AlgorithmSpecification": {
                "TrainingInputMode": "File",
                "TrainingImage": "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1",
            }
        },
        f"{C}.HyperParameterTuningJobObjective.MetricName",
        METRIC,
    ),
    "a regex that does not compile": (
        {f"{D}/AlgorithmSpecification/MetricDefinitions/0/Regex": "loss=([0-9]+"},
        f"{D}.AlgorithmSpecification.MetricDefinitions[0].Regex",
        "does not compile",
    ),
    "a regex without a group": (
        {f"{D}/AlgorithmSpecification/MetricDefinitions/0/Regex": "loss=[0-9]+"},
        f"{D}.AlgorithmSpecification.MetricDefinitions[0].Regex",
        "no group",
    ),
    "a metric defined twice": (
        {
            f"{D}/AlgorithmSpecification/MetricDefinitions": [
                {"Name": "validation:loss", "Regex": "(a)"},
                {"Name": "validation:loss", "Regex": "(b)"},
            ]
        },
        f"{D}.AlgorithmSpecification.MetricDefinitions[0].Name",
        "distinct",
    ),
    "an objective inside a single definition": (
        {f"{D}/TuningObjective": {"Type": "Minimize", "MetricName": "validation:loss"}},
        f"{D}.TuningObjective",
        "only supported in TrainingJobDefinitions",
    ),
    "image and algorithm": (
        {f"{D}/AlgorithmSpecification/AlgorithmName": "mine"},
        f"{D}.AlgorithmSpecification",
        "both are given",
    ),
    "neither image nor algorithm": (
        {f"{D}/AlgorithmSpecification/TrainingImage": GONE},
        f"{D}.AlgorithmSpecification",
        "Exactly one of TrainingImage and AlgorithmName is required",
    ),
    "two kinds of resources": (
        {
            f"{D}/HyperParameterTuningResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 1,
            }
        },
        f"{D}.HyperParameterTuningResourceConfig",
        "both are given",
    ),
    "no resources": ({f"{D}/ResourceConfig": GONE}, f"{D}.ResourceConfig", "is required"),
    "no instance type": (
        {f"{D}/ResourceConfig/InstanceType": GONE},
        f"{D}.ResourceConfig.InstanceType",
        "is required",
    ),
    "no instance": (
        {f"{D}/ResourceConfig/InstanceCount": 0},
        f"{D}.ResourceConfig.InstanceCount",
        "at least 1",
    ),
    "no volume": (
        {f"{D}/ResourceConfig/VolumeSizeInGB": GONE},
        f"{D}.ResourceConfig.VolumeSizeInGB",
        "req",
    ),
    "instances kept alive": (
        {f"{D}/ResourceConfig/KeepAlivePeriodInSeconds": 60},
        f"{D}.ResourceConfig.KeepAlivePeriodInSeconds",
        "not supported in a tuning job",
    ),
    "an instance type beside groups": (
        {
            f"{D}/ResourceConfig/InstanceGroups": [
                {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "g"}
            ]
        },
        f"{D}.ResourceConfig.InstanceType",
        "exclude each other",
    ),
    "an instance type beside fall-backs": (
        {
            f"{D}/ResourceConfig": GONE,
            f"{D}/HyperParameterTuningResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceConfigs": [
                    {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
                ],
            },
        },
        f"{D}.HyperParameterTuningResourceConfig.InstanceType",
        "exclude each other",
    ),
    "two groups of one name": (
        {
            f"{D}/ResourceConfig": {
                "VolumeSizeInGB": 1,
                "InstanceGroups": [
                    {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "g"},
                    {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "g"},
                ],
            }
        },
        f"{D}.ResourceConfig.InstanceGroups[1].InstanceGroupName",
        "distinct",
    ),
    "a wait without spot": (
        {f"{D}/StoppingCondition/MaxWaitTimeInSeconds": 7200},
        f"{D}.StoppingCondition.MaxWaitTimeInSeconds",
        (
            "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set "
            "to true"
        ),
    ),
    "spot without a wait": (
        {f"{D}/EnableManagedSpotTraining": True},
        f"{D}.StoppingCondition.MaxWaitTimeInSeconds",
        "is required",
    ),
    "a wait shorter than the run": (
        {f"{D}/EnableManagedSpotTraining": True, f"{D}/StoppingCondition/MaxWaitTimeInSeconds": 60},
        f"{D}.StoppingCondition.MaxWaitTimeInSeconds",
        "equal to or greater than MaxRuntimeInSeconds",
    ),
    "a wait shorter than the default run": (
        {
            f"{D}/EnableManagedSpotTraining": True,
            f"{D}/StoppingCondition": {"MaxWaitTimeInSeconds": 60},
        },
        f"{D}.StoppingCondition.MaxWaitTimeInSeconds",
        "86400 by default",
    ),
    "a training job of 29 days": (
        {f"{D}/StoppingCondition/MaxRuntimeInSeconds": 29 * 86_400},
        f"{D}.StoppingCondition.MaxRuntimeInSeconds",
        "28 days",
    ),
    "an output path that is no URI": (
        {f"{D}/OutputDataConfig/S3OutputPath": "/tmp/out"},
        f"{D}.OutputDataConfig.S3OutputPath",
        "regular expression",
    ),
    "an output path over https": (
        {f"{D}/OutputDataConfig/S3OutputPath": "https://bkt/out"},
        f"{D}.OutputDataConfig.S3OutputPath",
        "S3 URI with a valid bucket",
    ),
    "a bucket with capitals": (
        {f"{D}/InputDataConfig/0/DataSource/S3DataSource/S3Uri": "s3://Bucket/x"},
        f"{D}.InputDataConfig[0].DataSource.S3DataSource.S3Uri",
        "valid bucket name",
    ),
    "a relative checkpoint folder": (
        {f"{D}/CheckpointConfig": {"S3Uri": "s3://bkt/c", "LocalPath": "ckpt"}},
        f"{D}.CheckpointConfig.LocalPath",
        "absolute path",
    ),
    "two channels of one name": (
        {f"{D}/InputDataConfig/1/ChannelName": "train"},
        f"{D}.InputDataConfig[1].ChannelName",
        "distinct",
    ),
    "a channel without a source": (
        {f"{D}/InputDataConfig/0/DataSource": {}},
        f"{D}.InputDataConfig[0].DataSource",
        "Exactly one of",
    ),
    "fast file from a manifest": (
        {f"{D}/InputDataConfig/0": channel(S3DataType="ManifestFile") | {"InputMode": "FastFile"}},
        f"{D}.InputDataConfig[0].DataSource.S3DataSource.S3DataType",
        "S3Prefix only",
    ),
    "an augmented manifest as files": (
        {
            f"{D}/InputDataConfig/0": channel(
                S3DataType="AugmentedManifestFile", AttributeNames=["a"]
            )
        },
        f"{D}.InputDataConfig[0].DataSource.S3DataSource.S3DataType",
        "Pipe mode only",
    ),
    "an augmented manifest without attributes": (
        {
            f"{D}/InputDataConfig/0": channel(S3DataType="AugmentedManifestFile")
            | {"InputMode": "Pipe"}
        },
        f"{D}.InputDataConfig[0].DataSource.S3DataSource.AttributeNames",
        "required",
    ),
    "attributes of a prefix": (
        {f"{D}/InputDataConfig/0": channel(AttributeNames=["a"])},
        f"{D}.InputDataConfig[0].DataSource.S3DataSource.AttributeNames",
        "only supported with",
    ),
    "a file system as a pipe": (
        {
            f"{D}/InputDataConfig/0": {
                "ChannelName": "a",
                "InputMode": "Pipe",
                "DataSource": {
                    "FileSystemDataSource": {
                        "FileSystemId": "fs-01234567",
                        "FileSystemAccessMode": "ro",
                        "FileSystemType": "EFS",
                        "DirectoryPath": "/x",
                    }
                },
            }
        },
        f"{D}.InputDataConfig[0].InputMode",
        "File mode only",
    ),
    "a channel for a group that is not there": (
        {f"{D}/InputDataConfig/0": channel(InstanceGroupNames=["gpu"])},
        f"{D}.InputDataConfig[0].DataSource.S3DataSource.InstanceGroupNames[0]",
        "must name a group",
    ),
    "auto parameters without autotune": (
        {f"{R.replace('.', '/')}/AutoParameters": [{"Name": "depth", "ValueHint": "4"}]},
        f"{R}.AutoParameters",
        "only supported with Autotune",
    ),
    "an auto parameter that has a range": (
        {
            f"{R.replace('.', '/')}/AutoParameters": [{"Name": "layers", "ValueHint": "4"}],
            "Autotune": {"Mode": "Enabled"},
        },
        f"{R}.AutoParameters[0].Name",
        "has a range",
    ),
    "warm start with a grid": (
        {
            "WarmStartConfig": {
                "WarmStartType": "TransferLearning",
                "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "p"}],
            },
            **ONLY,
            f"{C}/Strategy": "Grid",
            CATEGORIES: [category("a", "b")],
            f"{C}/ResourceLimits/MaxNumberOfTrainingJobs": 2,
        },
        f"{C}.Strategy",
        "Warm start is only supported",
    ),
    "warm start from itself": (
        {
            "WarmStartConfig": {
                "WarmStartType": "TransferLearning",
                "ParentHyperParameterTuningJobs": [
                    {"HyperParameterTuningJobName": "Torch-training-261120-2346"}
                ],
            }
        },
        "WarmStartConfig.ParentHyperParameterTuningJobs[0].HyperParameterTuningJobName",
        "its own parent",
    ),
    "warm start from one parent twice": (
        {
            "WarmStartConfig": {
                "WarmStartType": "TransferLearning",
                "ParentHyperParameterTuningJobs": [
                    {"HyperParameterTuningJobName": "p"},
                    {"HyperParameterTuningJobName": "P"},
                ],
            }
        },
        "WarmStartConfig.ParentHyperParameterTuningJobs[1].HyperParameterTuningJobName",
        "distinct",
    ),
    "warm start from six parents": (
        {
            "WarmStartConfig": {
                "WarmStartType": "TransferLearning",
                "ParentHyperParameterTuningJobs": [
                    {"HyperParameterTuningJobName": f"p{n}"} for n in range(6)
                ],
            }
        },
        "WarmStartConfig.ParentHyperParameterTuningJobs",
        "less than or equal to 5",
    ),
    "warm start from nobody": (
        {
            "WarmStartConfig": {
                "WarmStartType": "TransferLearning",
                "ParentHyperParameterTuningJobs": [{}],
            }
        },
        "WarmStartConfig.ParentHyperParameterTuningJobs[0].HyperParameterTuningJobName",
        "must be named",
    ),
    "a tag key twice": (
        {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
        "Tags[1].Key",
        "distinct",
    ),
    "a tag of AWS's own": ({"Tags": [{"Key": "aws:x", "Value": "1"}]}, "Tags[0].Key", "aws:"),
    "11 parallel training jobs": (
        {f"{C}/ResourceLimits/MaxParallelTrainingJobs": 11},
        f"{C}.ResourceLimits.MaxParallelTrainingJobs",
        (
            "is 10 Training Jobs, with current utilization of 0 Training Jobs and a request delta of "
            "11 Training Jobs."
        ),
    ),
    "751 training jobs": (
        {f"{C}/ResourceLimits/MaxNumberOfTrainingJobs": 751},
        f"{C}.ResourceLimits.MaxNumberOfTrainingJobs",
        "is 750 Training Jobs",
    ),
}

S = "TrainingJobDefinitions"
SEVERAL = {
    "two definitions of one name": (
        {f"{S}/1/DefinitionName": "pt"},
        f"{S}[1].DefinitionName",
        "unique",
    ),
    "a definition without a name": (
        {f"{S}/0/DefinitionName": GONE},
        f"{S}[0].DefinitionName",
        "required",
    ),
    "a warm start": (
        {
            "WarmStartConfig": {
                "WarmStartType": "TransferLearning",
                "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "p"}],
            }
        },
        "WarmStartConfig",
        "single TrainingJobDefinition",
    ),
    "early stopping": (
        {f"{C}/TrainingJobEarlyStoppingType": "Auto"},
        f"{C}.TrainingJobEarlyStoppingType",
        "single TrainingJobDefinition",
    ),
    "ranges in the configuration": (
        {f"{R.replace('.', '/')}": {"ContinuousParameterRanges": [real()]}},
        R,
        "belongs into each definition",
    ),
    "the objective in the configuration": (
        {f"{C}/HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "x"}},
        f"{C}.HyperParameterTuningJobObjective",
        "belongs into each definition",
    ),
    "a definition without an objective": (
        {f"{S}/0/TuningObjective": GONE},
        f"{S}[0].TuningObjective",
        "objective is required",
    ),
    "objectives in two directions": ({f"{S}/1/TuningObjective/Type": "Maximize"}, S, "same Type"),
    "49 variables in all": (
        {
            f"{S}/0/Environment": {f"A{n}": "" for n in range(25)},
            f"{S}/1/Environment": {f"A{n}": "" for n in range(24)},
        },
        f"{S}[0].Environment",
        "At most 48",
    ),
    "an empty list of definitions": ({S: []}, S, "length greater than or equal to 1"),
}

TRAINING = {
    "no image": (
        {"AlgorithmSpecification/TrainingImage": GONE},
        "AlgorithmSpecification",
        "Exactly one",
    ),
    "no resources": ({"ResourceConfig": GONE}, "ResourceConfig", "required"),
    "a wait without spot": (
        {"StoppingCondition/MaxWaitTimeInSeconds": 7200},
        "StoppingCondition.MaxWaitTimeInSeconds",
        "only supported when EnableManagedSpotTraining",
    ),
    "a name of 64 characters": ({"TrainingJobName": "a" * 64}, "TrainingJobName", "equal to 63"),
    "a metric without a group": (
        {"AlgorithmSpecification/MetricDefinitions": [{"Name": "a", "Regex": "a"}]},
        "AlgorithmSpecification.MetricDefinitions[0].Regex",
        "no group",
    ),
    "a tag key twice": (
        {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
        "Tags[1].Key",
        "distinct",
    ),
}


def refusal(operation, request, where, problem):
    faults = every_fault(operation, request)
    found = [fault for fault in faults if fault.path == where and problem in fault.problem]
    assert found, [str(fault) for fault in faults]
    return found[0]


@pytest.mark.parametrize(("changes", "where", "problem"), TUNING.values(), ids=TUNING)
def test_a_wrong_tuning_request_is_refused_where_it_is_wrong(tuning, changes, where, problem):
    operation = "CreateHyperParameterTuningJob"
    fault = refusal(operation, changed_by(tuning, changes), where, problem)
    assert fault.mend or isinstance(fault, validate.WrongType)


@pytest.mark.parametrize(("changes", "where", "problem"), SEVERAL.values(), ids=SEVERAL)
def test_a_wrong_set_of_definitions_is_refused(several, changes, where, problem):
    assert refusal(
        "CreateHyperParameterTuningJob", changed_by(several, changes), where, problem
    ).mend


@pytest.mark.parametrize(("changes", "where", "problem"), TRAINING.values(), ids=TRAINING)
def test_a_wrong_training_request_is_refused(training, changes, where, problem):
    assert refusal("CreateTrainingJob", changed_by(training, changes), where, problem).mend


def test_the_table_is_as_long_as_promised():
    assert len(TUNING) >= 75


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_what_the_sdks_send_has_no_fault(path):
    operation = path.stem.rsplit("-", 1)[-1]
    assert every_fault(operation, json.loads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "changes",
    [
        {f"{C}/Strategy": "Hyperband", f"{C}/TrainingJobEarlyStoppingType": "Off"},
        {
            f"{C}/Strategy": "Hyperband",
            f"{C}/TrainingJobEarlyStoppingType": "Off",
            f"{D}/StaticHyperParameters/epochs": GONE,
            f"{D}/StaticHyperParameters/n_epochs": '"9"',
        },
        {f"{C}/ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 600}},
        {
            **ONLY,
            f"{C}/Strategy": "Grid",
            CATEGORIES: [category("a", "b")],
            f"{C}/ResourceLimits/MaxNumberOfTrainingJobs": GONE,
        },
        {**ONLY, INTEGERS: [real("1", "20")]},
        {f"{CATEGORIES}/0": category("only")},
        {f"{CONTINUOUS}/0": real("0", "0.999", "ReverseLogarithmic")},
        {f"{CONTINUOUS}/0": real("-1.5e-3", "+2.")},
        {f"{INTEGERS}/0": real("1.0", "8.0")},
        {f"{C}/Strategy": "Random", f"{C}/ResourceLimits/MaxNumberOfTrainingJobs": 10_000},
    ],
)
def test_what_the_rules_allow_has_no_fault(tuning, changes):
    request = changed_by(tuning, changes)
    assert every_fault("CreateHyperParameterTuningJob", request) == []


def test_autotune_needs_neither_objective_nor_ranges_nor_a_number_of_jobs(tuning):
    request = changed_by(
        tuning,
        {
            "Autotune": {"Mode": "Enabled"},
            f"{C}/ResourceLimits": {"MaxParallelTrainingJobs": 1},
            f"{C}/ParameterRanges": GONE,
            f"{C}/HyperParameterTuningJobObjective": GONE,
        },
    )
    assert every_fault("CreateHyperParameterTuningJob", request) == []
    assert every_fault("CreateHyperParameterTuningJob", autotune.resolved(request)) == []


def test_a_space_that_is_not_known_yet_is_not_counted(tuning):
    request = changed_by(
        tuning,
        {
            **ONLY,
            CATEGORIES: [category("a", "b")],
            f"{R.replace('.', '/')}/AutoParameters": [{"Name": "depth", "ValueHint": "4"}],
            "Autotune": {"Mode": "Enabled"},
        },
    )
    assert every_fault("CreateHyperParameterTuningJob", request) == []


def test_the_keys_looked_for_are_named_when_no_resource_can_be_inferred(tuning):
    changes, where, problem = TUNING["hyperband without a resource"]
    fault = refusal("CreateHyperParameterTuningJob", changed_by(tuning, changes), where, problem)
    for key in ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs"):
        assert key in fault.mend


def test_a_quota_can_be_raised(tuning):
    request = changed_by(tuning, {f"{C}/ResourceLimits/MaxParallelTrainingJobs": 100})
    assert rules.tuning_faults(request, Quotas(parallel_training_jobs=100)) == []
    assert isinstance(rules.tuning_faults(request)[0], rules.QuotaExceeded)


@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, {"a": 1}, [{}], [None], True])
def test_rules_never_raise_whatever_stands_anywhere(tuning, several, junk):
    for request in (tuning, several):
        for path, _ in list(places(request)):
            changed = change(request, path, junk)
            assert isinstance(rules.tuning_faults(changed), list)
            assert isinstance(rules.tuning_faults(autotune.resolved(changed)), list)


def places(node, path=""):
    """Every place of a request, as `change` wants it."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        if "/" in str(key):
            continue
        here = f"{path}/{key}" if path else str(key)
        yield here, value
        if isinstance(value, dict | list):
            yield from places(value, here)
