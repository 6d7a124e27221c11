import boto3
import pytest
from moto import mock_aws

from orchestrator.aws.s3 import S3Objects
from orchestrator.errors import TransferFailed
from tests.contracts.objects_contract import keys


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        made = boto3.client("s3", region_name="us-east-1")
        made.create_bucket(Bucket="bucket")
        yield made


def test_lists_beyond_the_first_page(client, monkeypatch):
    objects = S3Objects(client)
    names = [f"k{number:02}" for number in range(12)]
    for name in names:
        objects.write(f"s3://bucket/{name}", b"")
    pages = client.get_paginator("list_objects_v2")
    whole = pages.paginate
    monkeypatch.setattr(
        pages, "paginate", lambda **asked: whole(PaginationConfig={"PageSize": 5}, **asked)
    )
    monkeypatch.setattr(client, "get_paginator", lambda name: pages)
    assert keys(objects, "k") == names


def test_a_big_file_goes_in_parts(client, tmp_path):
    source = tmp_path / "big"
    source.write_bytes(b"x" * (9 << 20))
    S3Objects(client).upload(source, "s3://bucket/big")
    assert "-" in client.head_object(Bucket="bucket", Key="big")["ETag"]


def test_an_error_says_what_was_tried_and_why(client):
    with pytest.raises(TransferFailed, match=r"could not write s3://none/k: .*NoSuchBucket"):
        S3Objects(client).write("s3://none/k", b"")
    with pytest.raises(TransferFailed, match=r"could not list s3://none/k: .*NoSuchBucket"):
        list(S3Objects(client).list("s3://none/k"))


def test_an_endpoint_that_does_not_answer_is_said():
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=boto3.session.Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(TransferFailed, match=r"look for s3://bucket/k: .*127\.0\.0\.1:9"):
        S3Objects(client).exists("s3://bucket/k")


def test_a_fault_of_ours_is_not_called_a_failed_transfer():
    with pytest.raises(AttributeError):
        S3Objects(None).read("s3://bucket/k")
