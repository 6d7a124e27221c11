"""Launching and following on AWS, by the path that leads there, at a server of our own."""

from __future__ import annotations

import json
import threading

import pytest

from orchestrator.client import watch
from tests.serve.aws_path import ACCOUNT, JOB, REGION, ROLE, AwsPath, Rule

pytestmark = pytest.mark.timeout(180)
BUCKET = f"sagemaker-{REGION}-{ACCOUNT}"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The paces of AWS, and the waits of botocore, would make these tests sleep."""
    monkeypatch.setattr(watch, "AWS_PACE", (0.05, 0.2))
    waited = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", waited.append)
    return waited


@pytest.fixture
def aws(tmp_path, monkeypatch):
    path = AwsPath(tmp_path, monkeypatch)
    yield path
    path.stop()


def statement(text):
    """The policy statement that a message shows."""
    return json.loads(text[text.index("{") : text.rindex("}") + 1])


# ------------------------------------------------------------------ launching


def test_a_job_is_launched_followed_and_its_best_told(aws):
    result = aws.amt("run", aws.file, "--name", "demo")
    assert result.exit_code == 0, result.stderr
    assert "Created demo on aws." in result.stderr
    link = f"https://{REGION}.console.aws.amazon.com/sagemaker/home?region={REGION}"
    assert f"{link}#/hyper-tuning-jobs/demo" in result.stderr
    assert "score" in result.stdout
    again = aws.amt("run", aws.file, "--name", "demo")
    assert again.exit_code == 0
    assert "demo is on aws already, with this very definition (Completed)" in again.stderr


def test_another_definition_of_that_name_is_refused_before_anything_is_sent(aws):
    assert aws.amt("run", aws.file, "--name", "demo", "--detach").exit_code == 0
    before = aws.objects()
    (aws.folder / "src" / "train.py").write_text("print('score=2')")
    result = aws.amt("run", aws.file, "--name", "demo", "--set", "limits.jobs=4")
    assert result.exit_code == 2
    assert "~ limits.jobs: 3 -> 4" in result.stderr
    assert "~ training.source: s3://" in result.stderr
    assert aws.objects() == before


def test_a_dry_run_asks_and_makes_nothing(aws):
    before = aws.objects()
    found = json.loads(aws.amt("run", aws.file, "--dry-run", "--json").stdout)
    assert found["roles"] == [ROLE]
    assert found["buckets"] == [BUCKET]
    assert [upload["sent_objects"] for upload in found["uploads"]] == [1, 6]
    assert aws.objects() == before
    assert {"CreateHyperParameterTuningJob", "PutObject"}.isdisjoint(aws.faults.seen)


def test_one_changed_file_is_sent_alone(aws):
    aws.amt("run", aws.file, "--name", "one", "--detach")
    aws.faults.seen.clear()
    (aws.folder / "data" / "3.csv").write_text("other")
    result = aws.amt("run", aws.file, "--name", "two", "--detach")
    assert "(1 of 6 objects, 5 bytes; 5 copied inside S3)" in result.stderr
    assert aws.faults.seen["PutObject"] == 2  # the file, and the mark
    assert aws.faults.seen["PutCopyObject"] == 5
    assert aws.faults.seen["CreateHyperParameterTuningJob"] == 1


def test_a_role_is_found_by_its_name(aws):
    trust = {"Statement": [{"Principal": {"Service": "sagemaker.amazonaws.com"}}]}
    arn = made_role(aws, "trainer", trust)
    found = json.loads(
        aws.amt("run", aws.file, "--dry-run", "--json", "--set", "training.role=trainer").stdout
    )
    assert found["roles"] == [arn]


def made_role(aws, name, trust):
    import boto3

    iam = boto3.client("iam")
    document = {"Version": "2012-10-17", **trust}
    for each in document["Statement"]:
        each |= {"Effect": "Allow", "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName=name, Path="/team/", AssumeRolePolicyDocument=json.dumps(document)
    )
    iam.close()
    return role["Role"]["Arn"]


def test_a_role_that_sagemaker_may_not_take_is_refused_with_the_trust_it_needs(aws):
    made_role(aws, "lambda", {"Statement": [{"Principal": {"Service": "lambda.amazonaws.com"}}]})
    result = aws.amt("run", aws.file, "--set", "training.role=lambda")
    assert result.exit_code == 2
    assert statement(result.stderr)["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    result = aws.amt("run", aws.file, "--set", "training.role=nobody")
    assert result.exit_code == 2
    assert "is no role of account" in result.stderr


def test_without_a_role_the_refusal_says_what_to_write(aws):
    result = aws.amt("run", aws.file, "--set", "training.role=null")
    assert result.exit_code == 2
    assert "Write training.role, a name or an ARN" in result.stderr


def test_a_bucket_is_made_only_when_asked_and_then_closed(aws):
    result = aws.amt("run", aws.file, "--bucket", "new-bucket", "--detach")
    assert result.exit_code == 2
    assert "--create-bucket makes it" in result.stderr
    dry = aws.amt("run", aws.file, "--bucket", "new-bucket", "--dry-run", "--create-bucket")
    assert "new-bucket (would be made)" in dry.stdout
    words = ("run", aws.file, "--bucket", "new-bucket", "--create-bucket", "--detach")
    result = aws.amt(*words)
    assert result.exit_code == 0, result.stderr
    import boto3

    s3 = boto3.client("s3")
    barred = s3.get_public_access_block(Bucket="new-bucket")["PublicAccessBlockConfiguration"]
    rules = s3.get_bucket_encryption(Bucket="new-bucket")["ServerSideEncryptionConfiguration"]
    s3.close()
    assert all(barred.values())
    assert rules["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_a_job_that_needs_nothing_of_this_machine_needs_no_bucket_of_its_own(aws):
    plain = aws.folder / "plain.yaml"
    words = [line for line in JOB.splitlines() if "channels" not in line and "source" not in line]
    text = "\n".join(words).replace("entry_point: train.py", "output: s3://theirs/models")
    plain.write_text(text)
    result = aws.amt("run", str(plain), "--bucket", "not-there", "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["buckets"] == []


OUTPUTS = {
    "execution_role_arn": ROLE.replace("training", "of-the-stack"),
    "artifact_bucket": BUCKET,
    "data_bucket": "data-of-the-stack",
    "ecr_repository_url": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/trainer",
    "region": REGION,
}


def with_stack(aws, outputs, form):
    folder = aws.folder / "infra"
    folder.mkdir(exist_ok=True)
    said = {name: {"value": value, "type": "string"} for name, value in outputs.items()}
    text = said if form == "outputs.json" else {"version": 4, "outputs": said}
    (folder / form).write_text(json.dumps(text))
    bare = ("--set", "training.role=null", "--set", "training.image=null")
    return aws.amt("run", aws.file, "--stack", "infra", "--dry-run", "--json", *bare)


@pytest.mark.parametrize("form", ["outputs.json", "terraform.tfstate"])
def test_a_terraform_stack_gives_role_buckets_and_image(aws, form):
    result = with_stack(aws, OUTPUTS, form)
    found = json.loads(result.stdout)
    assert found["roles"] == [OUTPUTS["execution_role_arn"]]
    assert found["images"] == [OUTPUTS["ecr_repository_url"] + ":latest"]
    assert [each["uri"].split("/")[2] for each in found["uploads"]] == [BUCKET, "data-of-the-stack"]
    assert result.exit_code == 2  # its second bucket is not there
    assert "data-of-the-stack" in result.stderr


def test_a_stack_without_what_is_needed_says_which_output(aws):
    result = with_stack(aws, {"artifact_bucket": BUCKET}, "outputs.json")
    assert result.exit_code == 2
    assert "has no output execution_role_arn" in result.stderr
    result = with_stack(aws, OUTPUTS | {"region": "eu-west-1"}, "outputs.json")
    assert "AWS_REGION=eu-west-1" in result.stderr


def test_a_cloudformation_stack_gives_the_same(aws):
    import boto3

    names = {"execution_role_arn": "ExecutionRoleArn", "artifact_bucket": "ArtifactBucket"}
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {camel: {"Value": OUTPUTS[name]} for name, camel in names.items()},
    }
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName="team", TemplateBody=json.dumps(template))
    cloudformation.close()
    words = ("run", aws.file, "--dry-run", "--json", "--set", "training.role=null")
    found = json.loads(aws.amt(*words, "--stack", "team").stdout)
    assert found["roles"] == [OUTPUTS["execution_role_arn"]]
    result = aws.amt(*words, "--stack", "other")
    assert result.exit_code == 2
    assert "no CloudFormation stack in us-east-1" in result.stderr


def test_the_best_configuration_is_trained_again(aws):
    import boto3

    aws.amt("run", aws.file, "--name", "demo")
    result = aws.amt("best", "demo", "--write-definition", "again.json")
    assert result.exit_code == 0, result.stderr
    request = json.loads((aws.folder / "again.json").read_text())
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_training_job(**request)
    name = {"TrainingJobName": request["TrainingJobName"]}
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        **name, WaiterConfig={"Delay": 1}
    )
    again = sagemaker.describe_training_job(**name)
    sagemaker.close()
    best = aws.answer("best", "demo")
    assert again["HyperParameters"].items() >= best["hyperparameters"].items()
    assert again["TrainingJobStatus"] == "Completed"


# ------------------------------------------------------------------ trouble


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


# ------------------------------------------------------------------ throttling


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
