"""What buckets have beside objects is kept as it came, and refused as S3 refuses it."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.serve.conftest import Clients, serve

NAME = "with-settings"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Action": "s3:*",
            "Principal": "*",
            "Resource": [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}
KEPT = {
    "versioning": {"VersioningConfiguration": {"Status": "Enabled"}},
    "encryption": {
        "ServerSideEncryptionConfiguration": {
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": "arn:aws:kms:us-east-1:000000000000:key/k",
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        }
    },
    "lifecycle_configuration": {
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "ID": "expire",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "jobs/"},
                    "Expiration": {"Days": 30},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                }
            ]
        }
    },
    "logging": {
        "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": NAME, "TargetPrefix": "log/"}}
    },
    "tagging": {"Tagging": {"TagSet": [{"Key": "project", "Value": "a & b <c>"}]}},
    "cors": {
        "CORSConfiguration": {
            "CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"]}]
        }
    },
    "website": {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}},
    "notification_configuration": {"NotificationConfiguration": {"EventBridgeConfiguration": {}}},
    "accelerate_configuration": {"AccelerateConfiguration": {"Status": "Enabled"}},
    "request_payment": {"RequestPaymentConfiguration": {"Payer": "Requester"}},
    "ownership_controls": {
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    },
    "replication": {
        "ReplicationConfiguration": {
            "Role": "arn:aws:iam::000000000000:role/r",
            "Rules": [
                {
                    "ID": "r",
                    "Status": "Enabled",
                    "Prefix": "",
                    "Destination": {"Bucket": "arn:aws:s3:::other-bucket"},
                }
            ],
        }
    },
}
"""What is written, by the end of the operations' names."""


def operation(s3, verb, name):
    prefix = "" if name == "public_access_block" else "bucket_"
    return getattr(s3, f"{verb}_{prefix}{name}")


def read(s3, name, bucket=NAME):
    answer = operation(s3, "get", name)(Bucket=bucket)
    answer.pop("ResponseMetadata")
    return answer


def test_settings_are_read_back_as_they_were_written_after_a_restart_too(tmp_path):
    served = serve(tmp_path)
    clients = Clients(served.url)
    s3 = clients("s3")
    s3.create_bucket(Bucket=NAME, ObjectLockEnabledForBucket=True)
    for name, sent in KEPT.items():
        operation(s3, "put", name)(Bucket=NAME, **sent)
    s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps(POLICY))
    s3.put_object(Bucket=NAME, Key="k", Body=b"x")  # TLS only, yet nobody is locked out
    served.close()
    clients.close()

    served = serve(tmp_path)
    clients = Clients(served.url)
    s3 = clients("s3")
    try:
        for name, sent in KEPT.items():
            (shape, document), *_ = sent.items()
            answer = read(s3, name)
            nested = shape in answer
            known = {"TransitionDefaultMinimumObjectSize"}
            got = answer[shape] if nested else {k: answer[k] for k in answer.keys() - known}
            assert got == document, name
        assert json.loads(read(s3, "policy")["Policy"]) == POLICY
        lock = s3.get_object_lock_configuration(Bucket=NAME)["ObjectLockConfiguration"]
        assert lock == {"ObjectLockEnabled": "Enabled"}
        assert s3.get_object(Bucket=NAME, Key="k")["Body"].read() == b"x"
        assert served._others.state == "not loaded"
    finally:
        clients.close()
        served.close()


@pytest.fixture(scope="module")
def plain(s3):
    s3.create_bucket(Bucket="plain-bucket")
    return "plain-bucket"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("policy", "NoSuchBucketPolicy"),
        ("policy_status", "NoSuchBucketPolicy"),
        ("cors", "NoSuchCORSConfiguration"),
        ("lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("replication", "ReplicationConfigurationNotFoundError"),
        ("tagging", "NoSuchTagSet"),
        ("website", "NoSuchWebsiteConfiguration"),
    ],
)
def test_what_a_bucket_does_not_have_is_not_found_under_its_own_code(s3, plain, name, code):
    with pytest.raises(ClientError) as refusal:
        read(s3, name, plain)
    assert refusal.value.response["Error"]["Code"] == code
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_new_bucket_has_what_aws_gives_new_buckets(s3, plain):
    assert read(s3, "versioning", plain) == {}
    assert read(s3, "logging", plain) == {}
    assert read(s3, "notification_configuration", plain) == {}
    rule = read(s3, "encryption", plain)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    block = s3.get_public_access_block(Bucket=plain)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    owner = read(s3, "ownership_controls", plain)["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    grants = read(s3, "acl", plain)["Grants"]
    assert [each["Permission"] for each in grants] == ["FULL_CONTROL"]
    assert grants[0]["Grantee"]["Type"] == "CanonicalUser"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("public_access_block", "NoSuchPublicAccessBlockConfiguration"),
        ("ownership_controls", "OwnershipControlsNotFoundError"),
    ],
)
def test_what_is_deleted_is_gone_although_new_buckets_have_it(s3, bucket, name, code):
    operation(s3, "delete", name)(Bucket=bucket)
    with pytest.raises(ClientError) as refusal:
        operation(s3, "get", name)(Bucket=bucket)
    assert refusal.value.response["Error"]["Code"] == code


def test_settings_go_with_their_bucket(s3):
    s3.create_bucket(Bucket="short-lived")
    s3.put_bucket_policy(Bucket="short-lived", Policy=json.dumps(POLICY))
    s3.delete_bucket(Bucket="short-lived")
    s3.create_bucket(Bucket="short-lived")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="short-lived")


def test_several_of_a_kind_are_told_apart_by_their_ids(s3, bucket):
    for name in ("first", "second"):
        s3.put_bucket_metrics_configuration(
            Bucket=bucket, Id=name, MetricsConfiguration={"Id": name}
        )
    found = s3.list_bucket_metrics_configurations(Bucket=bucket)["MetricsConfigurationList"]
    assert [each["Id"] for each in found] == ["first", "second"]
    s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="first")
    with pytest.raises(ClientError, match="NoSuchConfiguration"):
        s3.get_bucket_metrics_configuration(Bucket=bucket, Id="first")


@pytest.mark.parametrize(
    ("name", "sent", "code"),
    [
        ("policy", {"Policy": "{"}, "MalformedPolicy"),
        ("policy", {"Policy": '{"Statement":[{"Effect":"Maybe"}]}'}, "MalformedPolicy"),
        ("policy", {"Policy": json.dumps(POLICY) + " " * 21_000}, "MalformedPolicy"),
        ("versioning", {"VersioningConfiguration": {"Status": "enabled"}}, "MalformedXML"),
        (
            "logging",
            {
                "BucketLoggingStatus": {
                    "LoggingEnabled": {"TargetBucket": "none-such", "TargetPrefix": ""}
                }
            },
            "InvalidTargetBucketForLogging",
        ),
        ("acl", {"ACL": "public-read"}, "AccessControlListNotSupported"),
    ],
)
def test_a_document_that_cannot_be_kept_is_refused_and_changes_nothing(s3, plain, name, sent, code):
    with pytest.raises(ClientError) as refusal:
        operation(s3, "put", name)(Bucket=plain, **sent)
    assert refusal.value.response["Error"]["Code"] == code
    assert read(s3, "versioning", plain) == {}


def test_a_policy_says_whether_it_is_public(s3, bucket):
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*", "Resource": "*"}
    for text, public in ((POLICY, False), ({"Statement": [statement]}, True)):
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(text))
        assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is public
