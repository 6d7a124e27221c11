"""What each role of `infra/` is for, and what it must not be able to do, as calls."""

from __future__ import annotations

import json

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def request(stack, **changes):
    """A request for a tuning job of this environment, with members of it changed."""
    bucket = stack.outputs["artifact_bucket"]
    return stack.request("forbidden", f"s3://{bucket}/amt/sources/none.tar.gz", jobs=1) | changes


def of_another_role(stack):
    """A request whose training jobs would take the launcher's role."""
    made = request(stack)
    made["TrainingJobDefinition"]["RoleArn"] = stack.outputs["launcher_role_arn"]
    return made


def put(client, bucket, key):
    return client("s3").put_object(Bucket=bucket, Key=key, Body=b"")


FORBIDDEN = {
    "execution: change the data": lambda stack, client: put(
        client, stack.outputs["data_bucket"], "train.csv"
    ),
    "execution: change the code": lambda stack, client: put(
        client, stack.outputs["artifact_bucket"], "amt/sources/0123/sourcedir.tar.gz"
    ),
    "execution: delete a model": lambda stack, client: client("s3").delete_object(
        Bucket=stack.outputs["artifact_bucket"], Key="amt/output/model.tar.gz"
    ),
    "execution: launch a tuning job": lambda stack, client: client(
        "sagemaker"
    ).create_hyper_parameter_tuning_job(**request(stack)),
    "execution: announce": lambda stack, client: client("sns").publish(
        TopicArn=stack.outputs["topic_arn"], Message="x"
    ),
    "execution: make a user": lambda stack, client: client("iam").create_user(UserName="x"),
    "launcher: write a model": lambda stack, client: put(
        client, stack.outputs["artifact_bucket"], "amt/output/model.tar.gz"
    ),
    "launcher: read the data": lambda stack, client: client("s3").get_object(
        Bucket=stack.outputs["data_bucket"], Key="train.csv"
    ),
    "launcher: open a bucket": lambda stack, client: client("s3").delete_public_access_block(
        Bucket=stack.outputs["data_bucket"]
    ),
    "launcher: launch a job of another environment": lambda stack, client: client(
        "sagemaker"
    ).create_hyper_parameter_tuning_job(
        **request(stack, HyperParameterTuningJobName="amt-prod-forbidden")
    ),
    "launcher: hand another role to training": lambda stack, client: client(
        "sagemaker"
    ).create_hyper_parameter_tuning_job(**of_another_role(stack)),
    "launcher: let somebody else in": lambda stack, client: client("iam").update_assume_role_policy(
        RoleName="amt-local-launcher", PolicyDocument=TRUST
    ),
    "launcher: change a state machine": lambda stack, client: client(
        "stepfunctions"
    ).update_state_machine(
        stateMachineArn=stack.outputs["state_machine_arn"],
        roleArn=stack.outputs["execution_role_arn"],
    ),
    "states: read the data": lambda stack, client: client("s3").get_object(
        Bucket=stack.outputs["data_bucket"], Key="train.csv"
    ),
    "states: launch a job of another environment": lambda stack, client: client(
        "sagemaker"
    ).create_hyper_parameter_tuning_job(
        **request(stack, HyperParameterTuningJobName="amt-prod-forbidden")
    ),
    "states: announce at another topic": lambda stack, client: client("sns").publish(
        TopicArn=stack.outputs["topic_arn"].replace("amt-local", "amt-prod"), Message="x"
    ),
}
"""``role: what`` -> a call, with the role's clients."""

ALLOWED = {
    "execution: read the code": lambda stack, client: client("s3").get_object(
        Bucket=stack.outputs["artifact_bucket"], Key="amt/sources/0123/sourcedir.tar.gz"
    ),
    "execution: write a model": lambda stack, client: put(
        client, stack.outputs["artifact_bucket"], "amt/output/job/output/model.tar.gz"
    ),
    "execution: write a checkpoint": lambda stack, client: put(
        client, stack.outputs["artifact_bucket"], "amt/checkpoints/job/1"
    ),
    "execution: look for inputs": lambda stack, client: client("s3").list_objects_v2(
        Bucket=stack.outputs["data_bucket"], Prefix="train/"
    ),
    "execution: log in to the repository": lambda stack, client: client(
        "ecr"
    ).get_authorization_token(),
    "launcher: upload a channel": lambda stack, client: put(
        client, stack.outputs["data_bucket"], "amt/channels/0123/train.csv"
    ),
    "launcher: list jobs": lambda stack, client: client(
        "sagemaker"
    ).list_hyper_parameter_tuning_jobs(),
    "launcher: look at the execution role": lambda stack, client: client("iam").get_role(
        RoleName="amt-local-execution"
    ),
}
"""The same for what each must be able to do beside what an execution does."""
