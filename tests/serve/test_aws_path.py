"""Launching and following on AWS, by the path that leads there, at a server of our own."""

from __future__ import annotations

import json

import pytest

from tests.serve.aws_path import ACCOUNT, BUCKET, JOB, REGION, ROLE, statement

pytestmark = pytest.mark.timeout(180)


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
