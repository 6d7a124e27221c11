"""Clients of an endpoint that lives in this process."""

import json

import pytest
from botocore.exceptions import ClientError

from orchestrator.client.session import Access, Connection, logs_client, s3_client, sagemaker_client
from orchestrator.errors import StateError


class Endpoint:
    """A WSGI application that gives one answer and keeps what it was asked."""

    def __init__(self, answer, status="200 OK"):
        self.answer, self.status, self.asked = answer, status, []

    def __call__(self, environ, start_response):
        self.asked.append((environ["HTTP_X_AMZ_TARGET"], environ["HTTP_AUTHORIZATION"]))
        if isinstance(self.answer, Exception):
            raise self.answer
        start_response(self.status, [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps(self.answer).encode()]


def access(endpoint, account="123456789012"):
    return Access("eu-west-1", account=account, application=endpoint)


def test_a_call_reaches_the_application_signed_as_its_account_and_region():
    endpoint = Endpoint({"HyperParameterTuningJobSummaries": []})
    client = sagemaker_client(access(endpoint))
    assert client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == []
    ((target, authorization),) = endpoint.asked
    assert target == "SageMaker.ListHyperParameterTuningJobs"
    assert "Credential=123456789012/" in authorization
    assert "/eu-west-1/sagemaker/" in authorization


def test_logs_have_their_own_model():
    endpoint = Endpoint({"logStreams": []})
    assert logs_client(access(endpoint)).describe_log_streams(logGroupName="g")["logStreams"] == []
    assert endpoint.asked[0][0] == "Logs_20140328.DescribeLogStreams"


def test_a_refusal_is_botocores_own_error_after_one_attempt():
    endpoint = Endpoint({"__type": "ThrottlingException", "message": "slow"}, "400 Bad Request")
    with pytest.raises(ClientError, match="slow"):
        sagemaker_client(access(endpoint)).list_hyper_parameter_tuning_jobs()
    assert len(endpoint.asked) == 1


def test_an_error_inside_the_application_arrives_as_it_is():
    endpoint = Endpoint(StateError("the disk is full"))
    with pytest.raises(StateError, match="the disk is full"):
        sagemaker_client(access(endpoint)).list_hyper_parameter_tuning_jobs()
    assert len(endpoint.asked) == 1


def test_a_broken_profile_of_the_users_does_not_matter(monkeypatch, tmp_path):
    (tmp_path / "config").write_text("[broken\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    endpoint = Endpoint({"HyperParameterTuningJobSummaries": []})
    sagemaker_client(access(endpoint)).list_hyper_parameter_tuning_jobs()
    assert len(endpoint.asked) == 1


def test_closing_a_connection_lets_go_of_what_is_behind_it():
    closed = []
    connection = Connection(
        "local", None, None, None, "0", "r", "b", None, on_close=lambda: closed.append(1)
    )
    connection.close()
    assert closed == [1]


def test_an_s3_client_has_managed_transfers():
    access = Access("us-east-1", endpoint_url="http://127.0.0.1:1", account="000000000000")
    client = s3_client(access)
    assert callable(client.upload_file)
    assert callable(client.download_file)
