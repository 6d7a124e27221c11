"""Names, ARNs, partitions."""

import re

import pytest

from orchestrator.wire import model, names

ARN = "arn:aws:sagemaker:eu-west-1:111122223333:hyper-parameter-tuning-job/abc"


def test_an_arn_comes_apart_and_together():
    arn = names.parse_arn(ARN)
    assert (arn.region, arn.account, arn.resource, arn.name) == (
        "eu-west-1",
        "111122223333",
        names.TUNING_RESOURCE,
        "abc",
    )
    assert str(arn) == ARN


@pytest.mark.parametrize(
    "text", ["", "abc", "arn:aws:iam::111122223333:role/x", ARN + "\n", "arn:"]
)
def test_what_is_no_sagemaker_arn_is_none(text):
    found = names.parse_arn(text)
    assert found is None


def test_a_childs_name_says_its_tuning_job_and_number():
    child = names.parse_child("unit-testing-hpo-job-001-589e2e9f")
    assert (child.tuning_job, child.number, child.suffix) == ("unit-testing-hpo-job", 1, "589e2e9f")
    assert names.parse_child("a-1000-00000000").number == 1000


@pytest.mark.parametrize("name", ["a-01-589e2e9f", "a-001-589E2E9F", "a-001-589e2e9", "job"])
def test_another_name_is_no_childs(name):
    assert names.parse_child(name) is None


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_the_partition_follows_from_the_region(region, partition):
    assert names.partition(region) == partition


@pytest.mark.parametrize(
    ("ours", "shape"),
    [
        (names.TUNING_JOB_NAME, "HyperParameterTuningJobName"),
        (names.TRAINING_JOB_NAME, "TrainingJobName"),
    ],
)
def test_our_patterns_are_the_models(ours, shape):
    assert ours.pattern.replace("(?:", "(") == model.sagemaker().shape(shape).pattern
    assert re.fullmatch(ours, "a--b")
