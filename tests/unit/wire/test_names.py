"""Names, ARNs, partitions."""

import pytest

from orchestrator.wire import names

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


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_the_partition_follows_from_the_region(region, partition):
    assert names.partition(region) == partition
