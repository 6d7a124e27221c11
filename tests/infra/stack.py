"""The whole of `infra/`, applied by terraform to `amt serve`, and clients of what was made."""

from __future__ import annotations

import json

import boto3

from tests.infra.terraform import Terraform
from tests.road import until
from tests.serve.jobs import archive, tuning_request
from tests.serve.server import Command

PREFIX = "amt-local-"


class Stack:
    """A deployed `envs/local`."""

    def __init__(self, folder):
        self._command = Command(folder / "state")
        self._command.start("--enforce-iam")
        self.environment = self._command.environment
        self.terraform = Terraform(folder, self.environment)
        self.terraform("init")
        self._clients = []

    def apply(self):
        """Apply everything; what terraform said."""
        said = self.terraform("apply", "-auto-approve")
        self.outputs = self.terraform.outputs()
        return said

    def client(self, service, **credentials):
        """A client with the credentials given, or those of the account's administrator."""
        access = credentials or {
            "aws_access_key_id": self.environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": self.environment["AWS_SECRET_ACCESS_KEY"],
        }
        client = boto3.client(
            service,
            region_name=self.environment["AWS_REGION"],
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            **access,
        )
        self._clients.append(client)
        return client

    def of_role(self, output):
        """Makes clients with the own credentials of a role, by its output or its ARN."""
        arn = self.outputs.get(output, output)
        found = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        own = {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }
        return lambda service: self.client(service, **own)

    def upload(self, s3):
        """Put a training script where `amt run` puts them; its URI."""
        bucket = self.outputs["artifact_bucket"]
        key = "amt/sources/0123/sourcedir.tar.gz"
        s3.put_object(Bucket=bucket, Key=key, Body=archive())
        return f"s3://{bucket}/{key}"

    def request(self, name, source, **limits):
        """A request for a job of this stack, by the end of its name."""
        bucket = self.outputs["artifact_bucket"]
        request = tuning_request(f"{PREFIX}{name}", bucket, **limits)
        training = request["TrainingJobDefinition"]
        training["RoleArn"] = self.outputs["execution_role_arn"]
        training["StaticHyperParameters"]["sagemaker_submit_directory"] = source
        training["OutputDataConfig"]["S3OutputPath"] = f"s3://{bucket}/amt/output"
        return request

    def execution(self, states, request):
        """Run the state machine to its end; what DescribeExecution then says."""
        arn = states.start_execution(
            stateMachineArn=self.outputs["state_machine_arn"], input=json.dumps(request)
        )["executionArn"]

        def over():
            found = states.describe_execution(executionArn=arn)
            return found if found["status"] != "RUNNING" else None

        return until(over, "the execution ends")

    def event(self, sqs, name):
        """What EventBridge told the queue of the end of a tuning job."""

        def told():
            found = sqs.receive_message(QueueUrl=self.outputs["queue_url"], MaxNumberOfMessages=10)
            bodies = [json.loads(each["Body"]) for each in found.get("Messages", ())]
            mine = [
                body
                for body in bodies
                if body["detail"].get("HyperParameterTuningJobName") == f"{PREFIX}{name}"
            ]
            return mine[0] if mine else None

        return until(told, "the end of the job is announced")

    def close(self):
        for client in self._clients:
            client.close()
        self._command.close()
