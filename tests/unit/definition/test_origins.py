"""Members of a request are led back to the words of the file."""

from __future__ import annotations

import pytest

from orchestrator.definition.origins import in_file_words, trace

REQUEST = {
    "HyperParameterTuningJobConfig": {
        "ParameterRanges": {"IntegerParameterRanges": [{"Name": "a.b"}]},
    },
    "WarmStartConfig": {"ParentHyperParameterTuningJobs": [{}]},
    "Tags": [{"Key": "team"}],
    "TrainingJobDefinition": {
        "AlgorithmSpecification": {"MetricDefinitions": [{"Name": "acc"}]},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": {}}}],
    },
    "TrainingJobDefinitions": [
        {},
        {"HyperParameterRanges": {"CategoricalParameterRanges": [{"Name": "x"}]}},
    ],
}
DOCUMENT = {
    "request": {"Autotune": {"Mode": "On"}},
    "training": {"request": {"RetryStrategy": {"MaximumRetryAttempts": 99}}},
    "definitions": [{}, {"training": {"request": {"RoleArn": "me"}}}],
}
CONFIG = "HyperParameterTuningJobConfig"
ONE, MANY = "TrainingJobDefinition", "TrainingJobDefinitions"


@pytest.mark.parametrize(
    ("member", "key"),
    [
        ((CONFIG, "ResourceLimits", "MaxNumberOfTrainingJobs"), ("limits", "jobs")),
        ((CONFIG, "ResourceLimits"), ("limits",)),
        ((CONFIG,), ()),
        (
            (CONFIG, "ParameterRanges", "IntegerParameterRanges", 0, "MinValue"),
            ("ranges", "a.b", "min"),
        ),
        ((CONFIG, "ParameterRanges", "IntegerParameterRanges", 0, "Name"), ("ranges", "a.b")),
        ((CONFIG, "ParameterRanges", "IntegerParameterRanges"), ("ranges",)),
        ((CONFIG, "Brand"), ("request", CONFIG, "Brand")),
        (("Autotune", "Mode"), ("request", "Autotune", "Mode")),
        (("Tags", 0, "Value"), ("tags", "team")),
        (("Tags",), ("tags",)),
        (
            ("WarmStartConfig", "ParentHyperParameterTuningJobs", 0, "HyperParameterTuningJobName"),
            ("warm_start", "parents", 0),
        ),
        ((ONE,), ("training",)),
        ((ONE, "RoleArn"), ("training", "role")),
        ((ONE, "AlgorithmSpecification"), ("training",)),
        ((ONE, "AlgorithmSpecification", "MetricDefinitions", 0, "Regex"), ("metrics", "acc")),
        ((ONE, "StaticHyperParameters", "epochs"), ("hyperparameters", "epochs")),
        ((ONE, "StaticHyperParameters", "sagemaker_program"), ("training", "entry_point")),
        (
            (ONE, "InputDataConfig", 0, "DataSource", "S3DataSource", "S3Uri"),
            ("training", "channels", "train", "source"),
        ),
        ((ONE, "InputDataConfig", 0, "DataSource"), ("training", "channels", "train")),
        (
            (ONE, "RetryStrategy", "MaximumRetryAttempts"),
            ("training", "request", "RetryStrategy", "MaximumRetryAttempts"),
        ),
        ((ONE, "Brand"), ("training", "request", "Brand")),
        ((MANY,), ("definitions",)),
        ((MANY, 1), ("definitions", 1, "training")),
        ((MANY, 1, "RoleArn"), ("definitions", 1, "training", "request", "RoleArn")),
        ((MANY, 0, "RoleArn"), ("definitions", 0, "training", "role")),
        (
            (MANY, 1, "HyperParameterRanges", "CategoricalParameterRanges", 0, "Values", 2),
            ("definitions", 1, "ranges", "x", "values", 2),
        ),
        ((MANY, 1, "TuningObjective"), ("definitions", 1, "objective")),
    ],
    ids=str,
)
def test_a_member_is_led_back_to_its_key(member, key):
    assert trace(member, DOCUMENT, REQUEST) == key


@pytest.mark.parametrize(
    ("path", "advice", "said"),
    [
        ((), "Give MaxRuntimeInSeconds or ParameterRanges.", "Give limits.runtime or ranges."),
        (("training", "spot"), "Give MaxRuntimeInSeconds.", "Give training.timeout."),
        (("ranges", "a"), "List it under IntegerParameterRanges.", "List it under type: integer."),
        (
            ("ranges", "a"),
            "Raise MinValue, or use Auto scaling.",
            "Raise min, or use Auto scaling.",
        ),
        ((), "Give TrainingJobDefinition.", "Give training."),
        (("training", "request", "RoleArm"), "Is it RoleArn?", "Is it RoleArn?"),
        ((), "Ask SageMaker for a Type.", "Ask SageMaker for a Type."),
    ],
)
def test_advice_names_the_keys_of_the_file(path, advice, said):
    assert in_file_words(advice, path) == said
