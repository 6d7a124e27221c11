"""The role of a job that names none, and of one that gives its name."""

import pytest
from botocore.exceptions import ClientError

from orchestrator.client import roles
from orchestrator.client.session import Cloud, Connection
from orchestrator.errors import BadInput, Unreachable

TRUSTED = {"Statement": [{"Principal": {"Service": "sagemaker.amazonaws.com"}}]}
OTHERS = {"Statement": [{"Principal": {"Service": "lambda.amazonaws.com"}}]}


class Iam:
    """Roles by name; or a refusal."""

    def __init__(self, refusal="", **trusts):
        self.refusal, self.trusts = refusal, trusts

    def get_role(self, RoleName):  # noqa: N803  (the API's own)
        code = self.refusal or ("" if RoleName in self.trusts else "NoSuchEntity")
        if code:
            raise ClientError({"Error": {"Code": code, "Message": "said"}}, "GetRole")
        arn = f"arn:aws:iam::111122223333:role/a/{RoleName}"
        return {"Role": {"Arn": arn, "AssumeRolePolicyDocument": self.trusts[RoleName]}}


def on_aws(iam, who="user/me"):
    service = "sts" if who.startswith("assumed-role") else "iam"
    caller = f"arn:aws:{service}::111122223333:{who}"
    cloud = Cloud("111122223333", caller, None, iam, None)
    return Connection("aws", None, None, None, "111122223333", "us-east-1", "b", None, cloud=cloud)


def test_the_role_of_these_credentials_is_taken_when_sagemaker_may():
    connection = on_aws(Iam(studio=TRUSTED), "assumed-role/studio/session")
    assert roles.default(connection) == "arn:aws:iam::111122223333:role/a/studio"


@pytest.mark.parametrize(
    ("iam", "who"),
    [
        (Iam(), "user/me"),
        (Iam(dev=OTHERS), "assumed-role/dev/session"),
        (Iam("AccessDenied"), "assumed-role/dev/session"),
    ],
)
def test_any_other_caller_is_told_what_to_write(iam, who):
    with pytest.raises(BadInput, match=r"Write training.role, a name or an ARN"):
        roles.default(on_aws(iam, who))


def test_a_role_of_the_console_is_known_even_when_iam_does_not_tell():
    name = "AmazonSageMaker-ExecutionRole-20260101T000000"
    connection = on_aws(Iam("AccessDenied"), f"assumed-role/{name}/session")
    expected = f"arn:aws:iam::111122223333:role/service-role/{name}"
    assert roles.default(connection) == expected


def test_a_name_is_looked_up_and_its_trust_with_it():
    connection = on_aws(Iam(trainer=TRUSTED, other=OTHERS))
    assert roles.named(connection, "trainer").endswith("role/a/trainer")
    with pytest.raises(BadInput, match="sts:AssumeRole"):
        roles.named(connection, "other")
    with pytest.raises(BadInput, match="is no role of account 111122223333"):
        roles.named(connection, "nobody")
    with pytest.raises(Unreachable, match=r'"Action": "iam:GetRole".*role/trainer'):
        roles.named(on_aws(Iam("AccessDenied")), "trainer")


def test_an_emulator_has_every_role():
    url = Connection("http://x", None, None, None, "000000000000", "us-east-1", "b", "arn:own")
    assert roles.named(url, "any") == "arn:aws:iam::000000000000:role/any"
    assert roles.default(url) == "arn:own"
