"""terraform applies the whole module to `amt serve`; a pipeline runs; all is taken down.

Slow: the provider waits for buckets and queues to settle, at AWS as here.
"""

from __future__ import annotations

import json
import re

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.infra.files import MODULE, TEMPLATE, outputs
from tests.infra.privileges import ALLOWED, FORBIDDEN
from tests.infra.stack import PREFIX, Stack
from tests.infra.terraform import Terraform, needs_terraform
from tests.serve.server import Command

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("infra-apply"),
    needs_terraform,
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("stack"))
    stack.said = stack.apply()
    yield stack
    stack.close()


def test_everything_is_made_and_told(stack):
    declared = len(re.findall(r"Creation complete", stack.said))
    assert f"Apply complete! Resources: {declared} added, 0 changed, 0 destroyed." in stack.said
    assert declared > 40
    assert sorted(stack.outputs) == sorted(outputs(MODULE / "outputs.tf"))


def test_a_second_plan_changes_nothing(stack):
    assert "No changes." in stack.terraform("plan", "-detailed-exitcode", code=0)


def test_an_execution_trains_for_real_and_its_end_is_announced(stack):
    launcher = stack.of_role("launcher_role_arn")
    request = stack.request("best", stack.upload(launcher("s3")), jobs=2)
    end = stack.execution(launcher("stepfunctions"), request)
    assert end["status"] == "SUCCEEDED", end
    best = json.loads(end["output"])["BestTrainingJob"]
    assert 0 <= float(best["TunedHyperParameters"]["x"]) <= 1
    bucket, key = best["ModelArtifacts"]["S3ModelArtifacts"][5:].split("/", 1)
    assert key.startswith("amt/output/")
    assert launcher("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
    event = stack.event(launcher("sqs"), "best")
    assert event["detail-type"] == "SageMaker HyperParameter Tuning Job State Change"
    assert event["detail"]["HyperParameterTuningJobStatus"] == "Completed"


def test_an_execution_may_not_launch_a_job_of_another_environment(stack):
    request = stack.request("x", "s3://none/source.tar.gz", jobs=1)
    request["HyperParameterTuningJobName"] = "amt-prod-x"
    end = stack.execution(stack.of_role("launcher_role_arn")("stepfunctions"), request)
    assert end["status"] == "FAILED"
    assert "not authorized to perform: sagemaker:CreateHyperParameterTuningJob" in end["cause"]


@pytest.fixture(scope="module")
def roles(stack):
    """Clients of each role, and the objects that the calls are about."""
    s3 = stack.client("s3")
    stack.upload(s3)
    s3.put_object(Bucket=stack.outputs["data_bucket"], Key="train.csv", Body=b"")
    states = stack.outputs["launcher_role_arn"].replace("-launcher", "-states")
    return {
        "execution": stack.of_role("execution_role_arn"),
        "launcher": stack.of_role("launcher_role_arn"),
        "states": stack.of_role(states),
    }


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_role_is_refused_what_it_is_not_for(what, stack, roles):
    with pytest.raises(ClientError) as caught:
        FORBIDDEN[what](stack, roles[what.partition(":")[0]])
    assert re.match("AccessDenied|AuthorizationError", caught.value.response["Error"]["Code"])


@pytest.mark.parametrize("what", ALLOWED)
def test_a_role_may_do_what_it_is_for(what, stack, roles):
    ALLOWED[what](stack, roles[what.partition(":")[0]])


def test_cloudformation_grants_what_terraform_grants(stack):
    cloudformation = stack.client("cloudformation")
    cloudformation.create_stack(
        StackName="amt-cfn",
        TemplateBody=TEMPLATE.read_text(),
        Parameters=[{"ParameterKey": "Environment", "ParameterValue": "cfn"}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    try:
        told = cloudformation.describe_stacks(StackName="amt-cfn")["Stacks"][0]["Outputs"]
        theirs = {each["OutputKey"]: each["OutputValue"] for each in told}
        assert theirs["LauncherRoleArn"].endswith(":role/amt-cfn-launcher")
        keys = {
            stack.outputs["kms_key_arn"]: "KEY",
            theirs["KmsKeyArn"]: "KEY",
            "amt-cfn": "amt-local",
        }
        for role in ("execution", "launcher", "states"):
            ours, found = (
                grants(stack, f"{name}-{role}", keys) for name in ("amt-local", "amt-cfn")
            )
            found.pop("ReadThisStack", None)
            assert found == ours, role
    finally:
        cloudformation.delete_stack(StackName="amt-cfn")


def grants(stack, role, names):
    """What a role trusts and may do, by statement, in one spelling and with `names` replaced."""
    iam = stack.client("iam")
    trusted = iam.get_role(RoleName=role)["Role"]
    arn = trusted["Arn"].replace(":role/", ":policy/")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    granted = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    documents = (trusted["AssumeRolePolicyDocument"], granted["Document"])
    found = [statement for document in documents for statement in document["Statement"]]
    text = json.dumps(found)
    for old, new in names.items():
        text = text.replace(old, new)
    return {each["Sid"]: spelled(each) for each in json.loads(text)}


def spelled(value):
    """A part of a policy: one of a kind is a list of one, and lists have no order."""
    if isinstance(value, dict):
        return {key: spelled(each) for key, each in value.items()}
    return sorted(value if isinstance(value, list) else [value])


@pytest.mark.last
def test_destroy_leaves_nothing(stack):
    assert "Destroy complete!" in stack.terraform("destroy", "-auto-approve")
    assert stack.terraform("state", "list") == ""
    assert [name for name in names(stack) if PREFIX[:-1] in name] == []
    keys = stack.client("kms").describe_key(KeyId=stack.outputs["kms_key_arn"])
    assert keys["KeyMetadata"]["KeyState"] == "PendingDeletion"


def names(stack):
    """Names of everything that the account has of the kinds that the module makes."""
    yield from (each["Name"] for each in stack.client("s3").list_buckets()["Buckets"])
    iam = stack.client("iam")
    yield from (each["RoleName"] for each in iam.list_roles()["Roles"])
    yield from (each["PolicyName"] for each in iam.list_policies(Scope="Local")["Policies"])
    yield from (each["AliasName"] for each in stack.client("kms").list_aliases()["Aliases"])
    found = stack.client("ecr").describe_repositories()["repositories"]
    yield from (each["repositoryName"] for each in found)
    found = stack.client("logs").describe_log_groups()["logGroups"]
    yield from (each["logGroupName"] for each in found)
    yield from (each["Name"] for each in stack.client("events").list_rules()["Rules"])
    yield from (each["TopicArn"] for each in stack.client("sns").list_topics()["Topics"])
    yield from stack.client("sqs").list_queues().get("QueueUrls", ())
    found = stack.client("stepfunctions").list_state_machines()["stateMachines"]
    yield from (each["name"] for each in found)
    found = stack.client("budgets").describe_budgets(AccountId="000000000000")
    yield from (each["BudgetName"] for each in found.get("Budgets", ()))
    found = stack.client("cloudwatch").describe_alarms()["MetricAlarms"]
    yield from (each["AlarmName"] for each in found)


@pytest.fixture
def server(tmp_path):
    command = Command(tmp_path / "state")
    command.start()
    yield command
    command.close()


def test_an_endpoint_that_is_down_is_one_clear_error_and_nothing_is_made(server, tmp_path):
    server.close()
    terraform = Terraform(tmp_path, server.environment)
    terraform("init")
    said = terraform("apply", "-auto-approve", code=1)
    assert said.count("Error: ") == 1, said
    assert f"{server.environment['AWS_ENDPOINT_URL']}" in said
    assert "connection refused" in said
    assert not (terraform.root / "terraform.tfstate").exists()


def test_an_endpoint_that_goes_down_ends_the_apply_with_what_was_made_on_record(server, tmp_path):
    terraform = Terraform(tmp_path, server.environment)
    terraform("init")
    apply = terraform.started("apply", "-auto-approve")
    for line in apply.stdout:
        if "Creation complete" in line:
            server.close()
            break
    said, _ = apply.communicate()
    assert apply.returncode == 1
    assert "connection refused" in said
    assert terraform("state", "list").strip()


def test_a_state_that_somebody_holds_is_not_touched(server, tmp_path):
    terraform = Terraform(tmp_path, server.environment, root="dev")
    bucket = {"Bucket": "terraform-state"}
    s3 = boto3.client(
        "s3",
        endpoint_url=server.environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=server.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=server.environment["AWS_SECRET_ACCESS_KEY"],
        region_name=server.environment["AWS_REGION"],
    )
    s3.create_bucket(**bucket)
    here = ("bucket=terraform-state", "use_path_style=true", "skip_credentials_validation=true")
    settings = [f"-backend-config={each}" for each in ("backend.hcl", *here)]
    terraform("init", *settings)
    terraform("apply", "-auto-approve", "-target=module.amt.aws_iam_role.execution")
    state = s3.get_object(**bucket, Key="amt/dev.tfstate")["Body"].read()
    lock = {"ID": "0123", "Who": "somebody", "Operation": "OperationTypeApply"}
    s3.put_object(**bucket, Key="amt/dev.tfstate.tflock", Body=json.dumps(lock))
    said = terraform("destroy", "-auto-approve", code=1)
    assert "Error acquiring the state lock" in said
    assert "somebody" in said
    assert s3.get_object(**bucket, Key="amt/dev.tfstate")["Body"].read() == state
    s3.close()
