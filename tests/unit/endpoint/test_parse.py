"""Requests become specifications; nothing that was asked for is lost on the way."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.endpoint.parse import Requests, tuning_spec
from orchestrator.endpoint.parse_training import training_spec
from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange, Scaling
from orchestrator.strategy.protocol import Direction
from orchestrator.training.spec import (
    HOMOGENEOUS,
    Channel,
    Checkpoints,
    InputMode,
    InstanceGroup,
    MetricDefinition,
    Scope,
    SourceKind,
)
from orchestrator.tuning.spec import CompletionCriteria, ResourceLimits, WarmStartType
from orchestrator.wire import rules, validate

SCOPE = Scope("111122223333", "eu-west-1")
CONFIG, ONE = "HyperParameterTuningJobConfig", "TrainingJobDefinition"
GOOD = json.loads(
    (
        Path(__file__).parents[1] / "wire/requests/v3-tune-CreateHyperParameterTuningJob.json"
    ).read_text(encoding="utf-8")
)


def test_a_tuning_request_in_full(spot):
    spec = tuning_spec(spot, SCOPE)
    assert (spec.name, spec.scope, spec.strategy) == (
        "torch-training-261120-2348",
        SCOPE,
        "Bayesian",
    )
    assert spec.limits == ResourceLimits(3, 20, None)
    assert (spec.early_stopping, spec.seed, spec.options) == (True, 7, ())
    (definition,) = spec.definitions
    assert definition.objective.metric == "validation:loss"
    assert definition.objective.direction is Direction.MINIMIZE
    assert definition.space == (
        IntegerRange("layers", 1, 8, Scaling.AUTO),
        ContinuousRange("learning-rate", 0.0001, 0.1, Scaling.LOGARITHMIC),
        CategoricalRange("optimizer", ('"sgd"', '"adam"')),
    )
    child = definition.training
    assert child.name == ""
    assert child.tuning_job == spec.name
    assert dict(child.hyperparameters)["_tuning_objective_metric"] == "validation:loss"
    assert child.hyperparameters == tuple(sorted(child.hyperparameters))
    assert child.metrics == (
        MetricDefinition("validation:loss", "validation-loss=([0-9\\.]+);"),
        MetricDefinition("ObjectiveMetric", "validation-loss=([0-9\\.]+);"),
    )
    assert child.instance_groups == (InstanceGroup(HOMOGENEOUS, "ml.m5.xlarge", 1),)
    assert (child.spot, child.max_runtime_seconds, child.max_wait_seconds) == (True, 3600, 7200)
    assert child.checkpoints == Checkpoints("s3://bkt/ckpt/", "/opt/ml/checkpoints")
    assert child.output_uri == "s3://bkt-out"
    assert child.environment == (("FOO", "bar"),)
    assert child.objective_metric == "validation:loss"


def test_a_training_request_in_full(training):
    training["Tags"] = [{"Key": "a", "Value": "b"}]
    training["RetryStrategy"] = {"MaximumRetryAttempts": 2}
    training["OutputDataConfig"]["CompressionType"] = "NONE"
    spec = training_spec(training, SCOPE)
    assert spec.name == "demo-20261120234658"
    assert spec.entrypoint == ("/bin/bash",)
    assert spec.arguments[0] == "-c"
    assert dict(spec.hyperparameters) == training["HyperParameters"]
    assert [channel.name for channel in spec.channels] == ["train", "code", "sm_drivers"]
    assert (spec.retries, spec.compress_output, spec.tags) == (2, False, (("a", "b"),))
    assert (spec.tuning_job, spec.objective_metric) == (None, None)


def test_several_definitions_keep_their_own(several):
    first, second = tuning_spec(several, SCOPE).definitions
    assert (first.name, second.name) == ("pt", "xg")
    assert first.training.definition_name == "pt"
    assert second.objective.metric == "validation:rmse"
    assert second.space == (ContinuousRange("eta", 0.1, 0.5, Scaling.AUTO),)
    names = [metric.name for metric in second.training.metrics]
    assert "validation:rmse" in names
    assert names[-1] == "ObjectiveMetric"


def test_a_train_metric_of_xgboost_is_read_too(several):
    several["TrainingJobDefinitions"][1]["TuningObjective"]["MetricName"] = "train:rmse"
    metrics = tuning_spec(several, SCOPE).definitions[1].training.metrics
    known = {metric.name: metric.regex for metric in metrics}
    assert known["ObjectiveMetric"] == known["train:rmse"]
    assert "#011train-rmse" in known["train:rmse"]


def channel(**changes):
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bkt/x/"} | changes.pop("source", {})
    return {"ChannelName": "c", "DataSource": {"S3DataSource": source}} | changes


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (channel(), Channel("c", "s3://bkt/x/")),
        (channel(InputMode="FastFile"), Channel("c", "s3://bkt/x/", InputMode.FAST_FILE)),
        (
            channel(
                InputMode="Pipe",
                CompressionType="Gzip",
                RecordWrapperType="RecordIO",
                ContentType="text/csv",
                ShuffleConfig={"Seed": 3},
                source={
                    "S3DataType": "AugmentedManifestFile",
                    "AttributeNames": ["a", "b"],
                    "S3DataDistributionType": "ShardedByS3Key",
                    "InstanceGroupNames": ["g"],
                },
            ),
            Channel(
                "c",
                "s3://bkt/x/",
                InputMode.PIPE,
                SourceKind.AUGMENTED_MANIFEST,
                "text/csv",
                sharded=True,
                gzip=True,
                record_io=True,
                shuffle_seed=3,
                attributes=("a", "b"),
                groups=("g",),
            ),
        ),
        (
            channel(CompressionType="Gzip", RecordWrapperType="RecordIO"),
            Channel("c", "s3://bkt/x/"),
        ),
        (
            {
                "ChannelName": "c",
                "DataSource": {"FileSystemDataSource": {"DirectoryPath": "/data"}},
            },
            Channel("c", "/data"),
        ),
    ],
)
def test_a_channel(training, written, expected):
    training["InputDataConfig"] = [written]
    assert training_spec(training, SCOPE).channels == (expected,)


@pytest.mark.parametrize(
    ("resources", "groups", "volume"),
    [
        (
            {
                "ResourceConfig": {
                    "VolumeSizeInGB": 5,
                    "InstanceGroups": [
                        {
                            "InstanceGroupName": "a",
                            "InstanceType": "ml.m5.large",
                            "InstanceCount": 2,
                        },
                        {
                            "InstanceGroupName": "b",
                            "InstanceType": "ml.m5.xlarge",
                            "InstanceCount": 1,
                        },
                    ],
                }
            },
            (InstanceGroup("a", "ml.m5.large", 2), InstanceGroup("b", "ml.m5.xlarge", 1)),
            5,
        ),
        (
            {
                "HyperParameterTuningResourceConfig": {
                    "InstanceConfigs": [
                        {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 7},
                        {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 9},
                    ]
                }
            },
            (InstanceGroup(HOMOGENEOUS, "ml.m5.large", 2),),
            7,
        ),
    ],
)
def test_resources_in_every_form(tuning, resources, groups, volume):
    del tuning[ONE]["ResourceConfig"]
    tuning[ONE] |= resources
    child = tuning_spec(tuning, SCOPE).definitions[0].training
    assert (child.instance_groups, child.volume_gb) == (groups, volume)


def test_completion_criteria(tuning):
    tuning[CONFIG]["TuningJobCompletionCriteria"] = {
        "TargetObjectiveMetricValue": 0.5,
        "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 4},
        "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"},
    }
    assert tuning_spec(tuning, SCOPE).completion == CompletionCriteria(0.5, 4, on_convergence=True)


@pytest.mark.parametrize(
    ("config", "options"),
    [
        ({}, (("min_resource", 1), ("max_resource", 3))),
        ({"MinResource": 2, "MaxResource": 9}, (("min_resource", 2), ("max_resource", 9))),
    ],
)
def test_hyperbands_resource_is_given_or_inferred(tuning, config, options):
    tuning[CONFIG]["Strategy"] = "Hyperband"
    tuning[CONFIG]["StrategyConfig"] = {"HyperbandStrategyConfig": config}
    assert tuning_spec(tuning, SCOPE).options == options


@pytest.mark.parametrize(("strategy", "count"), [("Bayesian", 750), ("Random", 10_000)])
def test_without_a_number_the_quota_bounds_the_training_jobs(tuning, strategy, count):
    tuning[CONFIG]["Strategy"] = strategy
    tuning[CONFIG]["ResourceLimits"] = {"MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 600}
    assert tuning_spec(tuning, SCOPE).limits == ResourceLimits(1, count, 600)


def test_a_warm_starts_parents_are_named_by_arn(tuning):
    tuning["WarmStartConfig"] = {
        "WarmStartType": "TransferLearning",
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "Parent"}],
    }
    warm = tuning_spec(tuning, SCOPE).warm_start
    assert warm.parents == (SCOPE.arn("hyper-parameter-tuning-job", "parent"),)
    assert warm.type is WarmStartType.TRANSFER


def test_the_partition_follows_from_the_region_also_when_a_request_is_read_again(tuning):
    assert tuning_spec(tuning, Scope("1", "cn-north-1")).arn.startswith("arn:aws-cn:")


def test_a_whole_number_may_be_written_with_a_fraction_or_exponent(tuning):
    ranges = tuning[CONFIG]["ParameterRanges"]["IntegerParameterRanges"]
    ranges[0] |= {"MinValue": "1.0", "MaxValue": "1e3"}
    assert tuning_spec(tuning, SCOPE).definitions[0].space[0] == IntegerRange("layers", 1, 1000)


def test_a_large_whole_number_stays_exact(tuning):
    ranges = tuning[CONFIG]["ParameterRanges"]["IntegerParameterRanges"]
    ranges[0] |= {"MaxValue": "9007199254740993"}
    assert tuning_spec(tuning, SCOPE).definitions[0].space[0].high == 9007199254740993


def test_a_childs_request_is_its_definition(several):
    assert Requests().child_request(several, 1) is several["TrainingJobDefinitions"][1]


# ---------------------------------------------------------------- whatever is valid can be read

NAMES = st.lists(
    st.from_regex(r"[a-z]{1,6}-[a-z]", fullmatch=True), min_size=3, max_size=6, unique=True
)
BOUNDS = st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)).filter(
    lambda pair: pair[0] < pair[1]
)


@st.composite
def valid_requests(draw):
    """Requests that keep every rule, in many forms."""
    request = copy.deepcopy(GOOD)
    config, definition = request[CONFIG], request[ONE]
    names = draw(NAMES)
    low, high = draw(BOUNDS)
    scaling = draw(st.sampled_from([*Scaling]))
    numeric = {"Name": names[0], "MinValue": str(low), "MaxValue": f"{high}"}
    if scaling is Scaling.REVERSE_LOGARITHMIC:
        numeric |= {"MinValue": "0", "MaxValue": repr(low / high)}
    values = draw(
        st.lists(st.text('abc"{ü', min_size=1, max_size=4), min_size=1, max_size=5, unique=True)
    )
    config["ParameterRanges"] = {
        "ContinuousParameterRanges": [numeric | {"ScalingType": scaling.value}],
        "IntegerParameterRanges": [{"Name": names[1], "MinValue": str(low), "MaxValue": str(high)}],
        "CategoricalParameterRanges": [{"Name": names[2], "Values": values}],
    }
    config["Strategy"] = draw(st.sampled_from(["Random", "Bayesian", "Hyperband"]))
    config["TrainingJobEarlyStoppingType"] = "Off"
    if draw(st.booleans()):
        config["RandomSeed"] = draw(st.integers(0, 2**31 - 1))
    definition["StaticHyperParameters"] = {"epochs": "7"} | dict.fromkeys(names[3:], "x")
    if draw(st.booleans()):
        count = draw(st.integers(1, 3))
        one = {"InstanceType": "ml.m5.large", "InstanceCount": count, "VolumeSizeInGB": 1}
        del definition["ResourceConfig"]
        form = one if draw(st.booleans()) else {"InstanceConfigs": [one] * count}
        definition["HyperParameterTuningResourceConfig"] = form
    if draw(st.booleans()):
        definition["EnableManagedSpotTraining"] = True
        definition["StoppingCondition"]["MaxWaitTimeInSeconds"] = 7200
        definition["CheckpointConfig"] = {"S3Uri": "s3://bkt/c"}
    if draw(st.booleans()):
        del definition["InputDataConfig"]
    if draw(st.booleans()):
        request = moved_into_definitions(request, draw(st.integers(1, 3)))
    return request


def moved_into_definitions(request, count):
    """The same job in the form for several definitions."""
    config, definition = request[CONFIG], request.pop(ONE)
    definition["TuningObjective"] = config.pop("HyperParameterTuningJobObjective")
    definition["HyperParameterRanges"] = config.pop("ParameterRanges")
    request["TrainingJobDefinitions"] = [
        copy.deepcopy(definition) | {"DefinitionName": f"d{number}"} for number in range(count)
    ]
    return request


@given(valid_requests())
def test_every_valid_request_can_be_read(request):
    found = validate.request_faults("CreateHyperParameterTuningJob", request)
    assert [str(fault) for fault in found + rules.tuning_faults(request)] == []
    before = copy.deepcopy(request)
    spec = tuning_spec(request, SCOPE)
    assert request == before
    assert len(spec.definitions) == len(request.get("TrainingJobDefinitions", [1]))
    for definition in spec.definitions:
        assert len(definition.space) == 3
        assert definition.training.hosts
