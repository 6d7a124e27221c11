"""Account and region off a signature."""

import pytest

from orchestrator.endpoint import caller
from orchestrator.training.spec import Scope

DEFAULT = Scope("000000000000", "us-east-1")


def header(key, region="eu-west-1"):
    return (
        f"AWS4-HMAC-SHA256 Credential={key}/20261121/{region}/sagemaker/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=abc"
    )


@pytest.mark.parametrize(
    ("authorization", "scope"),
    [
        (header("111122223333"), Scope("111122223333", "eu-west-1")),
        (header("AKIDEXAMPLE"), Scope("000000000000", "eu-west-1")),
        (header("x", "cn-north-1"), Scope("000000000000", "cn-north-1", "aws-cn")),
        ("", DEFAULT),
        ("Bearer token", DEFAULT),
        ("AWS4-HMAC-SHA256 Credential=/", DEFAULT),
    ],
)
def test_the_credential_scope_says_whose_request_it_is(authorization, scope):
    assert caller.scope(authorization, DEFAULT) == scope
