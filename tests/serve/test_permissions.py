"""Where policies are enforced, roles and users may do what their policies allow, no more."""

from __future__ import annotations

import http.client
import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.serve.conftest import ACCOUNT, Clients, serve
from tests.serve.jobs import tuning_request, upload
from tests.serve.server import Command, ended
from tests.serve.test_step_functions import PARAMETERS, finished, one

PREFIX = f"arn:aws:iam::{ACCOUNT}:role/"
JOBS = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["sagemaker.amazonaws.com", "states.amazonaws.com"]},
        }
    ],
}
LAUNCHER = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:DescribeHyperParameterTuningJob",
                "sagemaker:StopHyperParameterTuningJob",
            ],
            "Resource": f"{JOBS}:hyper-parameter-tuning-job/team-*",
        },
        {
            "Effect": "Deny",
            "Action": "sagemaker:CreateHyperParameterTuningJob",
            "Resource": "*",
            "Condition": {"ForAnyValue:StringLike": {"sagemaker:InstanceTypes": "ml.p*"}},
        },
        {"Effect": "Allow", "Action": "sagemaker:ListHyperParameterTuningJobs", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": f"{PREFIX}tuner",
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        },
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::permitted/code/*"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::permitted",
            "Condition": {"StringLike": {"s3:prefix": "code/*"}},
        },
        {
            "Effect": "Allow",
            "Action": "logs:DescribeLogStreams",
            "Resource": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/*",
        },
        {
            "Effect": "Allow",
            "Action": "sns:Publish",
            "Resource": f"arn:aws:sns:us-east-1:{ACCOUNT}:results",
        },
    ],
}


class As:
    """Clients that sign with these credentials."""

    def __init__(self, url, credentials):
        self._url, self._credentials = url, credentials
        self._made = []

    def __call__(self, service):
        client = boto3.client(
            service,
            endpoint_url=self._url,
            region_name="us-east-1",
            aws_access_key_id=self._credentials["AccessKeyId"],
            aws_secret_access_key=self._credentials["SecretAccessKey"],
            aws_session_token=self._credentials.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )
        self._made.append(client)
        return client

    def close(self):
        for client in self._made:
            client.close()


@pytest.fixture(scope="module")
def enforced(tmp_path_factory):
    served = serve(tmp_path_factory.mktemp("enforced"), enforced=True)
    operator = Clients(served.url)
    iam = operator("iam")
    for name in ("tuner", "launcher"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(
        RoleName="launcher", PolicyName="launch", PolicyDocument=json.dumps(LAUNCHER)
    )
    upload(operator("s3"), "permitted")
    operator("sns").create_topic(Name="results")
    yield served, operator
    operator.close()
    served.close()
    served._others.reset()  # moto's state belongs to the process


def assumed(operator, role, **more):
    answer = operator("sts").assume_role(RoleArn=PREFIX + role, RoleSessionName="test", **more)
    return answer["Credentials"]


@pytest.fixture(scope="module")
def launcher(enforced):
    served, operator = enforced
    made = As(served.url, assumed(operator, "launcher"))
    yield made
    made.close()


def test_a_role_is_who_it_is_in_its_account(launcher):
    who = launcher("sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (
        ACCOUNT,
        f"arn:aws:sts::{ACCOUNT}:assumed-role/launcher/test",
    )


def test_a_role_tunes_where_it_may(launcher, enforced):
    sagemaker = launcher("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(**tuning_request("team-job", "permitted", jobs=1))
    assert ended(sagemaker, "team-job")["HyperParameterTuningJobStatus"] == "Completed"
    assert sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert launcher("s3").get_object(Bucket="permitted", Key="code/source.tar.gz")
    assert launcher("s3").list_objects_v2(Bucket="permitted", Prefix="code/")["KeyCount"] == 1
    assert launcher("logs").describe_log_streams(logGroupName="/aws/sagemaker/TrainingJobs")
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:results"
    assert launcher("sns").publish(TopicArn=topic, Message="done")["MessageId"]


def large(name):
    request = tuning_request(name, "permitted")
    request["TrainingJobDefinition"]["ResourceConfig"]["InstanceType"] = "ml.p3.2xlarge"
    return request


def as_other(name):
    request = tuning_request(name, "permitted")
    request["TrainingJobDefinition"]["RoleArn"] = PREFIX + "admin"
    return request


def tagged(name):
    return tuning_request(name, "permitted") | {"Tags": [{"Key": "a", "Value": "b"}]}


FORBIDDEN = {
    "a job of another name": (
        "sagemaker", "create_hyper_parameter_tuning_job", tuning_request("other", "permitted"),
        "AccessDeniedException", f"{JOBS}:hyper-parameter-tuning-job/other because no identity-based",
    ),
    "another role": (
        "sagemaker", "create_hyper_parameter_tuning_job", as_other("team-x"),
        "AccessDeniedException", f"iam:PassRole on resource: {PREFIX}admin because no",
    ),
    "tags": (
        "sagemaker", "create_hyper_parameter_tuning_job", tagged("team-x"),
        "AccessDeniedException", "sagemaker:AddTags on resource",
    ),
    "dear instances": (
        "sagemaker", "create_hyper_parameter_tuning_job", large("team-x"),
        "AccessDeniedException", "with an explicit deny in an identity-based policy",
    ),
    "deletion": (
        "sagemaker", "delete_hyper_parameter_tuning_job",
        {"HyperParameterTuningJobName": "team-job"},
        "AccessDeniedException", "sagemaker:DeleteHyperParameterTuningJob",
    ),
    "a training job of its own": (
        "sagemaker", "describe_training_job", {"TrainingJobName": "any"},
        "AccessDeniedException", "sagemaker:DescribeTrainingJob",
    ),
    "writing": (
        "s3", "put_object", {"Bucket": "permitted", "Key": "code/x", "Body": b""},
        "AccessDenied", "s3:PutObject on resource: arn:aws:s3:::permitted/code/x",
    ),
    "other objects": (
        "s3", "get_object", {"Bucket": "permitted", "Key": "secret"},
        "AccessDenied", "s3:GetObject",
    ),
    "a whole listing": (
        "s3", "list_objects_v2", {"Bucket": "permitted"}, "AccessDenied", "s3:ListBucket",
    ),
    "a bucket's policy": (
        "s3", "put_bucket_policy", {"Bucket": "permitted", "Policy": "{}"},
        "AccessDenied", "s3:PutBucketPolicy",
    ),
    "another topic": (
        "sns", "publish", {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:other", "Message": "x"},
        "AuthorizationError", "SNS:Publish on resource",
    ),
    "new users": ("iam", "create_user", {"UserName": "eve"}, "AccessDenied", "iam:CreateUser"),
    "another role's rights": (
        "sts", "assume_role", {"RoleArn": PREFIX + "tuner", "RoleSessionName": "other"},
        "AccessDenied", "sts:AssumeRole",
    ),
    "other logs": (
        "logs", "describe_log_streams", {"logGroupName": "/other"},
        "AccessDeniedException", "logs:DescribeLogStreams",
    ),
    "queues": (
        "sqs", "create_queue", {"QueueName": "q"}, "AccessDeniedException", "sqs:CreateQueue",
    ),
    "metrics": (
        "cloudwatch", "list_metrics", {}, "AccessDeniedException", "cloudwatch:ListMetrics",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code", "text"), FORBIDDEN.values(), ids=FORBIDDEN
)
def test_what_no_policy_allows_is_refused_in_awss_words(
    launcher, service, operation, request_, code, text
):
    with pytest.raises(ClientError) as refusal:
        getattr(launcher(service), operation)(**request_)
    error = refusal.value.response["Error"]
    assert error["Code"] == code
    who = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/launcher/test is not authorized to perform: "
    assert error["Message"].startswith(who)
    assert text in error["Message"]


def test_nothing_refused_has_happened(enforced):
    _, operator = enforced
    found = operator("sagemaker").list_hyper_parameter_tuning_jobs(NameContains="team-x")
    assert found["HyperParameterTuningJobSummaries"] == []


def test_keys_that_nobody_made_are_refused(enforced):
    served, _ = enforced
    nobody = As(served.url, {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x"})
    wanted = {
        "s3": ("list_buckets", "InvalidAccessKeyId"),
        "sagemaker": ("list_training_jobs", "UnrecognizedClientException"),
        "iam": ("list_roles", "InvalidClientTokenId"),
    }
    for service, (operation, code) in wanted.items():
        with pytest.raises(ClientError) as refusal:
            getattr(nobody(service), operation)()
        assert refusal.value.response["Error"]["Code"] == code
    nobody.close()


def test_a_policy_that_makes_no_sense_lets_nobody_in_and_is_no_fault_of_the_server(
    launcher, enforced
):
    _, operator = enforced
    s3 = operator("s3")
    s3.create_bucket(Bucket="nonsense")
    statement = {"Effect": "Allow", "Principal": 7, "Action": "s3:*", "Resource": "*"}
    for odd in (statement, statement | {"Principal": "*", "Condition": ["x"]}):
        s3.put_bucket_policy(Bucket="nonsense", Policy=json.dumps({"Statement": odd}))
        with pytest.raises(ClientError, match="AccessDenied"):
            launcher("s3").list_objects_v2(Bucket="nonsense")


def test_a_body_that_is_no_json_is_refused_as_such(launcher, enforced):
    served, operator = enforced
    key = assumed(operator, "launcher")
    credential = f"{key['AccessKeyId']}/20260101/us-east-1/sagemaker/aws4_request"
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    headers = {
        "X-Amz-Target": "SageMaker.ListTrainingJobs",
        "X-Amz-Security-Token": key["SessionToken"],
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, Signature=x",
    }
    connection.request("POST", "/", b"[", headers)
    answer = connection.getresponse()
    said = answer.status, json.loads(answer.read())["__type"]
    connection.close()
    assert said == (400, "SerializationException")


def test_a_users_key_has_the_users_rights(enforced):
    served, operator = enforced
    iam = operator("iam")
    iam.create_user(UserName="ann")
    allowed = {"Effect": "Allow", "Action": "sns:ListTopics", "Resource": "*"}
    iam.put_user_policy(
        UserName="ann",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
    )
    ann = As(served.url, iam.create_access_key(UserName="ann")["AccessKey"])
    assert ann("sns").list_topics()["Topics"]
    with pytest.raises(ClientError, match=f"User: arn:aws:iam::{ACCOUNT}:user/ann is not"):
        ann("sns").create_topic(Name="t")
    ann.close()


def test_a_session_may_do_less_than_its_role(enforced):
    served, operator = enforced
    nothing = {"Effect": "Allow", "Action": "sns:*", "Resource": "*"}
    narrow = json.dumps({"Version": "2012-10-17", "Statement": [nothing]})
    session = As(served.url, assumed(operator, "launcher", Policy=narrow))
    with pytest.raises(ClientError, match="because no session policy allows"):
        session("sagemaker").list_hyper_parameter_tuning_jobs()
    session.close()


def test_a_state_machine_may_do_what_its_role_may(enforced):
    _, operator = enforced
    states = operator("stepfunctions")
    resource = "arn:aws:states:::sagemaker:createHyperParameterTuningJob.sync"
    machine = states.create_state_machine(
        name="limited",
        definition=json.dumps(one(resource, Parameters=PARAMETERS)),
        roleArn=PREFIX + "launcher",
    )["stateMachineArn"]

    def end(name):
        request = json.dumps(tuning_request(name, "permitted", jobs=1))
        execution = states.start_execution(stateMachineArn=machine, input=request)
        return finished(states, execution["executionArn"])

    assert end("team-sfn")["status"] == "SUCCEEDED"
    refused = end("other-sfn")
    assert refused["error"] == "SageMaker.AmazonSageMakerException"
    assert (
        "is not authorized to perform: sagemaker:CreateHyperParameterTuningJob" in refused["cause"]
    )


def test_a_simulation_tells_what_a_role_may(enforced):
    _, operator = enforced
    found = operator("iam").simulate_principal_policy(
        PolicySourceArn=PREFIX + "launcher",
        ActionNames=["s3:GetObject", "s3:PutObject"],
        ResourceArns=["arn:aws:s3:::permitted/code/x"],
    )["EvaluationResults"]
    assert [each["EvalDecision"] for each in found] == ["allowed", "implicitDeny"]


def test_where_policies_are_not_enforced_a_roles_key_still_means_its_account(tmp_path):
    served = serve(tmp_path)
    other = "111122223333"
    operator = Clients(served.url)
    try:
        credentials = operator("sts", account=other).assume_role(
            RoleArn=f"arn:aws:iam::{other}:role/any", RoleSessionName="test"
        )["Credentials"]
        role = As(served.url, credentials)
        assert role("sts").get_caller_identity()["Account"] == other
        role("sns").create_topic(Name="theirs")
        topics = operator("sns").list_topics()["Topics"]
        assert not any("theirs" in topic["TopicArn"] for topic in topics)
        upload(role("s3"), "accounts")
        arn = role("sagemaker").create_hyper_parameter_tuning_job(
            **tuning_request("theirs", "accounts", jobs=1)
        )["HyperParameterTuningJobArn"]
        assert arn.split(":")[4] == other
        ended(role("sagemaker"), "theirs")
        role.close()
    finally:
        operator.close()
        served.close()


@pytest.mark.parametrize(("words", "refused"), [((), False), (("--enforce-iam",), True)])
def test_the_command_enforces_policies_when_it_is_told_to(tmp_path, words, refused):
    command = Command(tmp_path)
    nobody = As(
        command.start(*words), {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x"}
    )
    try:
        if not refused:
            assert nobody("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []
            return
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            nobody("sagemaker").list_training_jobs()
    finally:
        nobody.close()
        command.close()
