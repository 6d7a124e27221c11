"""Requests beyond a rate are refused as AWS refuses them, and clients come through by retrying."""

import types

import botocore.config
import botocore.exceptions
import botocore.retries.standard
import botocore.session
import pytest

from orchestrator.client import session
from orchestrator.endpoint.app import Endpoint


class Passing:
    """A wait in the bench's time, counted."""

    def __init__(self, clock):
        self.clock = clock
        self.waits = 0

    def sleep(self, seconds):
        self.waits += 1
        self.clock._now += max(seconds, 0.5)


@pytest.fixture
def client_of(bench, monkeypatch):
    """A client of a throttled endpoint, as boto3 makes it; its waits pass in virtual time."""
    passing = Passing(bench.clock)
    monkeypatch.setattr("botocore.endpoint.time", types.SimpleNamespace(sleep=passing.sleep))

    def make(endpoint, account="111122223333", **retries):
        client = botocore.session.Session().create_client(
            "sagemaker",
            region_name="eu-west-1",
            endpoint_url="http://localhost",
            config=botocore.config.Config(retries=retries),
            aws_access_key_id=account,
            aws_secret_access_key="x",
        )
        session.embed(client, endpoint)
        return client

    return make, passing


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_botocores_own_retries_come_through(bench, client_of, mode):
    make, passing = client_of
    client = make(Endpoint(bench.emulator, throttle=2.0), mode=mode, total_max_attempts=5)
    for _ in range(8):
        assert client.list_training_jobs()["TrainingJobSummaries"] == []
    assert passing.waits >= 3


def test_without_retries_a_client_sees_awss_refusal(bench, client_of):
    make, _ = client_of
    client = make(Endpoint(bench.emulator, throttle=1.0), total_max_attempts=1)
    client.list_training_jobs()
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client.list_training_jobs()
    assert refused.value.response["Error"] == {
        "Code": "ThrottlingException",
        "Message": "Rate exceeded",
    }
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_another_account_is_not_held_up(bench, client_of):
    make, _ = client_of
    endpoint = Endpoint(bench.emulator, throttle=1.0)
    make(endpoint, total_max_attempts=1).list_training_jobs()
    make(endpoint, account="999999999999", total_max_attempts=1).list_training_jobs()


def test_a_refused_create_makes_nothing(bench, client_of, training):
    make, _ = client_of
    client = make(Endpoint(bench.emulator, throttle=1.0), total_max_attempts=1)
    client.list_training_jobs()
    with pytest.raises(botocore.exceptions.ClientError, match="Rate exceeded"):
        client.create_training_job(**training)
    assert bench.client().list_training_jobs()["TrainingJobSummaries"] == []
