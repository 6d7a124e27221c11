"""Policies are evaluated as IAM documents it, and requests are known for what they do."""

from __future__ import annotations

import io

import pytest

from orchestrator.endpoint.permissions import conditions, s3_needs, service_needs
from orchestrator.endpoint.permissions.policies import (
    BOUNDARY,
    SESSION,
    Need,
    Principal,
    refusal,
    trusts,
)
from orchestrator.endpoint.s3_exchange import asked
from orchestrator.training.spec import Scope

SCOPE = Scope("111122223333", "eu-west-1")
ROLE = "arn:aws:iam::111122223333:role/r"
WHO = "arn:aws:sts::111122223333:assumed-role/r/s"


def statement(effect="Allow", action="s3:GetObject", resource="arn:aws:s3:::b/*", **rest):
    return {"Effect": effect, "Action": action, "Resource": resource, **rest}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def may(*policies, action="s3:GetObject", resource="arn:aws:s3:::b/k", **rest):
    context = rest.pop("context", {})
    who = Principal(WHO, "111122223333", ROLE, policies, rest.pop("limits", ()))
    return refusal(who, Need(action, resource, context), rest.pop("resource_policy", None))


ALLOW = policy(statement())


def test_what_a_policy_allows_is_allowed_and_nothing_else():
    assert may(ALLOW) is None
    assert may(ALLOW, action="s3:PutObject") == (
        "because no identity-based policy allows the s3:PutObject action"
    )
    assert may(ALLOW, resource="arn:aws:s3:::c/k") is not None
    assert may() is not None


def test_a_denial_wins_over_every_permission():
    deny = policy(statement("Deny", action="s3:*", resource="*"))
    assert may(ALLOW, deny) == "with an explicit deny in an identity-based policy"
    assert may(deny, ALLOW) is not None


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        (statement(action="S3:getobject"), True),
        (statement(action="s3:Get*"), True),
        (statement(action="s3:GetObjec?"), True),
        (statement(action=["s3:PutObject", "s3:GetObject"]), True),
        (statement(resource=["arn:aws:s3:::x", "*"]), True),
        (statement(resource="arn:aws:s3:::b"), False),
        (statement(resource="ARN:aws:s3:::b/*"), False),
        ({"Effect": "Allow", "NotAction": "s3:PutObject", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::c/*"}, True),
    ],
)
def test_actions_and_resources_match_as_documented(given, allowed):
    assert (may(policy(given)) is None) is allowed
    assert (may({"Statement": given}) is None) is allowed


def test_sessions_and_boundaries_only_take_away():
    narrow = policy(statement(resource="arn:aws:s3:::b/only"))
    for kind in (SESSION, BOUNDARY):
        assert may(ALLOW, limits=((kind, narrow),)) == (
            f"because no {kind.partition(' ')[2]} allows the s3:GetObject action"
        )
        assert may(limits=((kind, ALLOW),)) is not None
        assert may(ALLOW, limits=((kind, ALLOW),)) is None


def test_a_bucket_may_let_in_whom_nothing_else_allows_and_keep_out_whom_all_allow():
    let_in = policy(statement(Principal={"AWS": ROLE}))
    assert may(resource_policy=let_in) is None
    others = policy(statement(Principal={"AWS": "arn:aws:iam::111122223333:role/other"}))
    assert may(resource_policy=others) is not None
    tls = policy(
        statement("Deny", action="s3:*", resource="*", Principal="*")
        | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    )
    secure = {"aws:securetransport": ["true"]}
    assert may(ALLOW, resource_policy=tls, context=secure) is None
    plain = {"aws:securetransport": ["false"]}
    assert may(ALLOW, resource_policy=tls, context=plain) == (
        "with an explicit deny in a resource-based policy"
    )


CONTEXT = {
    "aws:username": ["ann"],
    "aws:tagkeys": ["team", "cost"],
    "sagemaker:instancetypes": ["ml.m5.large"],
    "s3:max-keys": ["10"],
    "aws:sourceip": ["127.0.0.1"],
    "aws:currenttime": ["2026-01-02T00:00:00Z"],
    "aws:principalarn": [ROLE],
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringEquals": {"aws:username": "ann"}}, True),
        ({"StringEquals": {"AWS:UserName": ["bob", "ann"]}}, True),
        ({"StringEquals": {"aws:username": "Ann"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:username": "Ann"}}, True),
        ({"StringNotEquals": {"aws:username": ["bob", "carl"]}}, True),
        ({"StringNotEquals": {"aws:username": ["bob", "ann"]}}, False),
        ({"StringLike": {"sagemaker:InstanceTypes": "ml.m5.*"}}, True),
        ({"StringNotLike": {"sagemaker:InstanceTypes": "ml.p*"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/r"}}, True),
        ({"ArnNotEquals": {"aws:PrincipalArn": ROLE}}, False),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, True),
        ({"NumericGreaterThan": {"s3:max-keys": "10"}}, False),
        ({"NumericEquals": {"s3:max-keys": "ten"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}}, True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
        ({"Null": {"aws:username": "false"}}, True),
        ({"Null": {"aws:nobody": "true"}}, True),
        ({"StringEquals": {"aws:nobody": "x"}}, False),
        ({"StringEqualsIfExists": {"aws:nobody": "x"}}, True),
        ({"StringNotEquals": {"aws:nobody": "x"}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost", "x"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, False),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}, True),
        ({"ForAnyValue:StringEquals": {"aws:nobody": ["team"]}}, False),
        ({"StringEquals": {"aws:username": "${aws:username}"}}, True),
        ({"StringNobodyKnows": {"aws:username": "ann"}}, False),
        ({"StringEquals": {"aws:username": "ann", "s3:max-keys": "11"}}, False),
    ],
)
def test_conditions_hold_as_documented(condition, holds):
    assert conditions.hold(condition, CONTEXT) is holds


def test_variables_are_filled_in_resources():
    own = policy(statement(resource="arn:aws:s3:::b/${aws:username}/*"))
    ann = {"aws:username": ["ann"]}
    assert may(own, resource="arn:aws:s3:::b/ann/k", context=ann) is None
    assert may(own, resource="arn:aws:s3:::b/bob/k", context=ann) is not None


def test_a_role_is_assumed_by_whom_it_trusts():
    need = Need("sts:AssumeRole", "arn:aws:iam::111122223333:role/target", {})
    who = Principal(WHO, "111122223333", ROLE)
    for trusted, wanted in (
        ({"AWS": ROLE}, True),
        ({"AWS": "arn:aws:iam::111122223333:root"}, True),
        ({"AWS": "444455556666"}, False),
        ({"Service": "sagemaker.amazonaws.com"}, False),
    ):
        text = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trusted}}
        assert trusts(text, who, need) is wanted


def needs(service, operation, **request):
    return {
        (need.action, need.resource)
        for need in service_needs.needs(service, operation, request, SCOPE)
    }


SAGEMAKER = "arn:aws:sagemaker:eu-west-1:111122223333"


def test_a_tuning_job_needs_its_action_the_roles_it_passes_and_its_tags():
    found = needs(
        "sagemaker",
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="Tune",
        TrainingJobDefinitions=[{"RoleArn": "arn:one"}, {"RoleArn": "arn:two"}],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    job = f"{SAGEMAKER}:hyper-parameter-tuning-job/tune"
    assert found == {
        ("sagemaker:CreateHyperParameterTuningJob", job),
        ("iam:PassRole", "arn:one"),
        ("iam:PassRole", "arn:two"),
        ("sagemaker:AddTags", job),
    }


@pytest.mark.parametrize(
    ("service", "operation", "request_", "resource"),
    [
        ("sagemaker", "ListHyperParameterTuningJobs", {}, "*"),
        ("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "T"}, f"{SAGEMAKER}:training-job/t"),
        ("sagemaker", "ListTags", {"ResourceArn": f"{SAGEMAKER}:x/y"}, f"{SAGEMAKER}:x/y"),
        ("sns", "Publish", {"TopicArn": "arn:aws:sns:r:a:t"}, "arn:aws:sns:r:a:t"),
        ("sqs", "SendMessage", {"QueueUrl": "http://h/a/q"}, "arn:aws:sqs:eu-west-1:111122223333:q"),
        ("logs", "GetLogEvents", {"logGroupName": "/g"}, "arn:aws:logs:eu-west-1:111122223333:log-group:/g"),
        ("iam", "CreateUser", {"UserName": "u"}, "arn:aws:iam::111122223333:user/u"),
        ("states", "StartExecution", {"stateMachineArn": "arn:m"}, "arn:m"),
        ("events", "PutRule", {"Name": "r"}, "arn:aws:events:eu-west-1:111122223333:rule/r"),
        ("kms", "Decrypt", {"KeyId": "k"}, "arn:aws:kms:eu-west-1:111122223333:key/k"),
        ("ecr", "GetAuthorizationToken", {}, "*"),
        ("sts", "AssumeRole", {"RoleArn": ROLE}, ROLE),
    ],
)  # fmt: skip
def test_a_request_is_about_the_resource_it_names(service, operation, request_, resource):
    assert needs(service, operation, **request_) == {(f"{service}:{operation}", resource)}


@pytest.mark.parametrize(
    ("method", "path", "query", "action", "resource"),
    [
        ("GET", "/", "", "s3:ListAllMyBuckets", "*"),
        ("PUT", "/b", "", "s3:CreateBucket", "b"),
        ("GET", "/b", "list-type=2&prefix=p", "s3:ListBucket", "b"),
        ("HEAD", "/b", "", "s3:ListBucket", "b"),
        ("GET", "/b", "policy", "s3:GetBucketPolicy", "b"),
        ("DELETE", "/b", "policy", "s3:DeleteBucketPolicy", "b"),
        ("DELETE", "/b", "lifecycle", "s3:PutLifecycleConfiguration", "b"),
        ("PUT", "/b", "versioning", "s3:PutBucketVersioning", "b"),
        ("GET", "/b", "location", "s3:GetBucketLocation", "b"),
        ("POST", "/b", "delete", "s3:DeleteObject", "b/*"),
        ("PUT", "/b/k/l", "", "s3:PutObject", "b/k/l"),
        ("POST", "/b/k", "uploads", "s3:PutObject", "b/k"),
        ("PUT", "/b/k", "partNumber=1&uploadId=x", "s3:PutObject", "b/k"),
        ("DELETE", "/b/k", "uploadId=x", "s3:AbortMultipartUpload", "b/k"),
        ("HEAD", "/b/k", "", "s3:GetObject", "b/k"),
        ("DELETE", "/b/k", "", "s3:DeleteObject", "b/k"),
        ("PUT", "/b/k", "tagging", "s3:PutObjectTagging", "b/k"),
    ],
)
def test_a_request_to_s3_does_what_its_method_and_query_say(method, path, query, action, resource):
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "wsgi.input": io.BytesIO(),
    }
    [need] = s3_needs.needs(asked(environ, "us-east-1"))
    wanted = resource if resource == "*" else f"arn:aws:s3:::{resource}"
    assert (need.action, need.resource) == (action, wanted)
    if "prefix" in query:
        assert need.context["s3:prefix"] == ["p"]


def test_a_copy_needs_to_read_what_it_copies():
    environ = {
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": "/b/k",
        "HTTP_X_AMZ_COPY_SOURCE": "/c/l",
        "wsgi.input": io.BytesIO(),
    }
    found = {(need.action, need.resource) for need in s3_needs.needs(asked(environ, "r"))}
    assert found == {
        ("s3:PutObject", "arn:aws:s3:::b/k"),
        ("s3:GetObject", "arn:aws:s3:::c/l"),
    }
