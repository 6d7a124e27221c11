"""Trouble on the path to AWS: what it refuses, an endpoint that goes down, throttling."""

from __future__ import annotations

import json
import threading

import pytest

from orchestrator.client import watch
from tests.serve.aws_path import ACCOUNT, BUCKET, REGION, ROLE, Rule, statement

pytestmark = pytest.mark.timeout(180)


def test_without_credentials(aws, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = aws.amt("run", aws.file)
    assert result.exit_code == 4
    assert "No AWS credentials. Run `aws configure` or set AWS_PROFILE." in result.stderr


def test_with_expired_credentials(aws):
    aws.faults.rules.append(Rule("sts", "403 Forbidden", "ExpiredToken", "The token has expired"))
    result = aws.amt("list")
    assert result.exit_code == 4
    assert "The credentials have expired. Log in again" in result.stderr


def test_without_a_region(aws, monkeypatch):
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    result = aws.amt("list")
    assert result.exit_code == 4
    assert "No AWS region. Set AWS_REGION" in result.stderr


def test_with_a_region_that_is_none_and_with_the_wrong_one(aws, monkeypatch):
    aws.amt("run", aws.file, "--name", "demo", "--detach")
    monkeypatch.setenv("AWS_REGION", "us-esat-one")
    result = aws.amt("list")
    assert result.exit_code == 4
    assert "us-esat-one is no region of AWS" in result.stderr
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    result = aws.amt("describe", "demo")
    assert result.exit_code == 2
    assert "no tuning job called demo on aws (eu-west-1)" in result.stderr


WHO = "arn:aws:sts::000000000000:assumed-role/dev/me"
JOB_ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:hyper-parameter-tuning-job/demo"


def refused(action, resource):
    return (
        f"User: {WHO} is not authorized to perform: {action} on resource: {resource} because no "
        f"identity-based policy allows the {action} action"
    )


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (
            Rule(
                "CreateHyperParameterTuningJob",
                "400 Bad Request",
                "AccessDeniedException",
                refused("sagemaker:CreateHyperParameterTuningJob", JOB_ARN),
            ),
            ("sagemaker:CreateHyperParameterTuningJob", JOB_ARN),
        ),
        (
            Rule(
                "CreateHyperParameterTuningJob",
                "400 Bad Request",
                "AccessDeniedException",
                refused("iam:PassRole", ROLE),
            ),
            ("iam:PassRole", ROLE),
        ),
        (
            Rule(
                "PutObject",
                "403 Forbidden",
                "AccessDenied",
                refused("s3:PutObject", f'"arn:aws:s3:::{BUCKET}/amt/x.y"'),
            ),
            ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/amt/x.y"),
        ),
        (
            Rule("HeadBucket", "403 Forbidden", ""),
            ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"),
        ),
        (
            Rule("HeadObject", "403 Forbidden", ""),
            (
                ["s3:GetObject", "s3:ListBucket"],
                [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
            ),
        ),
    ],
)
def test_without_permission_for_one_action(aws, rule, wanted):
    aws.faults.rules.append(rule)
    result = aws.amt("run", aws.file, "--name", "demo")
    assert result.exit_code == 4, result.stderr
    assert "Traceback" not in result.stderr
    needed = statement(result.stderr)
    assert (needed["Action"], needed["Resource"]) == wanted
    if wanted[0] == "iam:PassRole":
        passed = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        assert needed["Condition"] == passed
    aws.faults.rules.clear()  # the permission is given
    assert aws.amt("run", aws.file, "--name", "demo").exit_code == 0


def test_what_is_denied_explicitly_is_told_so(aws):
    message = refused("sagemaker:ListTags", "*").replace(
        "because no identity-based policy allows the sagemaker:ListTags action",
        "with an explicit deny in a service control policy",
    )
    rule = Rule("ListHyperParameterTuningJobs", "400 Bad Request", "AccessDeniedException", message)
    aws.faults.rules.append(rule)
    result = aws.amt("list")
    assert result.exit_code == 4
    assert "denied explicitly in a service control policy" in result.stderr


def test_with_a_role_that_cannot_be_assumed(aws):
    message = f"Could not assume role {ROLE}. Please ensure that the role exists."
    rule = Rule("CreateHyperParameterTuningJob", "400 Bad Request", "ValidationException", message)
    aws.faults.rules.append(rule)
    result = aws.amt("run", aws.file, "--name", "demo")
    assert result.exit_code == 2
    assert "training.role: Could not assume role" in result.stderr
    assert statement(result.stderr)["Action"] == "sts:AssumeRole"


def test_with_a_bucket_in_another_region(aws):
    header = (("x-amz-bucket-region", "eu-west-1"),)
    aws.faults.rules.append(Rule("HeadBucket", "400 Bad Request", "", headers=header))
    result = aws.amt("run", aws.file)
    assert result.exit_code == 2
    assert f"is in eu-west-1, the job in us-east-1 (got {BUCKET})" in result.stderr


def test_with_a_quota_exceeded(aws):
    message = (
        "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, "
        "with current utilization of 0 Instances and a request delta of 2 Instances."
    )
    name = "CreateHyperParameterTuningJob"
    aws.faults.rules.append(Rule(name, "400 Bad Request", "ResourceLimitExceeded", message))
    result = aws.amt("run", aws.file)
    assert result.exit_code == 2
    assert "quota 'ml.m5.large for training job usage' in Service Quotas" in result.stderr


def test_an_endpoint_that_goes_down_in_the_middle_of_an_upload(aws):
    # Beside the request that it breaks: a server waits for its requests before it has closed.
    down = threading.Thread(target=aws.stop)
    status = "503 Service Unavailable"
    rule = Rule("PutObject", status, "ServiceUnavailable", after=3, act=down.start)
    aws.faults.rules.append(rule)
    result = aws.amt("run", aws.file, "--name", "demo")
    assert result.exit_code == 4
    assert "Traceback" not in result.stderr
    assert "are done; the same command goes on from there" in result.stderr
    down.join()
    aws.faults.rules.clear()
    there = set(aws.objects())
    aws.start()
    sent = aws.amt("run", aws.file, "--name", "demo")
    assert sent.exit_code == 0, sent.stderr
    assert there < set(aws.objects())
    assert aws.faults.seen["CreateHyperParameterTuningJob"] == 1
    assert aws.faults.seen["PutObject"] + len(there) == 8  # an archive, six files, a mark


def test_an_endpoint_that_goes_down_in_the_middle_of_a_watch_and_stays_away(aws, monkeypatch):
    monkeypatch.setattr(watch, "_PATIENCE", 0.5)
    aws.amt("run", aws.file, "--name", "demo", "--detach")
    name = "DescribeHyperParameterTuningJob"
    rule = Rule(name, "503 Service Unavailable", "ServiceUnavailable", after=3)
    aws.faults.rules.append(rule)
    keep_running(aws)
    result = aws.amt("watch", "demo")
    assert result.exit_code == 4
    assert "`amt watch demo` comes back" in result.stderr
    aws.faults.rules.clear()
    aws.faults.application = aws.faults.application.ended
    assert aws.amt("watch", "demo").exit_code == 0


class StillRunning:
    """Says of every tuning job that it runs on."""

    def __init__(self, ended):
        self.ended = ended

    def __call__(self, environ, start_response):
        answer = b"".join(
            self.ended(environ, lambda *said: said and self.told(start_response, said))
        )
        return [answer.replace(b'"Completed"', b'"InProgress"')]

    def told(self, start_response, said):
        status, headers, *_ = said
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, kept)


def keep_running(aws):
    aws.faults.application = StillRunning(aws.faults.application)


def test_an_endpoint_that_throttles_every_third_request_changes_nothing_but_time(aws, quick):
    smooth = story(aws, "smooth")
    quick.clear()
    aws.faults.every_third = True
    assert story(aws, "slow") == smooth
    assert quick


def story(aws, name):
    """All that the commands answer about a job, but for names and times."""
    ran = aws.amt("run", aws.file, "--name", name, "--json")
    assert ran.exit_code == 0, ran.stderr
    jobs = aws.answer("jobs", name)
    best = aws.answer("best", name)
    return (
        json.loads(ran.stdout)["training_jobs"],
        [job["TunedHyperParameters"] for job in jobs],
        [job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for job in jobs],
        best["hyperparameters"],
        aws.amt("logs", best["training_job"]).stdout,
        [line.partition(" ")[2] for line in aws.amt("logs", name, "-f").stdout.splitlines()],
    )
