"""A server on a free port, and AWS's own clients for it."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from orchestrator.client import watch
from orchestrator.serving import Listening, Served
from orchestrator.settings import Settings
from tests.serve.aws_path import ACCOUNT, REGION, AwsPath


class Clients:
    """boto3 clients of one endpoint, closed at the end."""

    def __init__(self, url):
        self._url = url
        self._made = []

    def __call__(self, service, *, account=ACCOUNT, region=REGION, **config):
        retries = {"total_max_attempts": 1}
        client = boto3.client(
            service,
            region_name=region,
            endpoint_url=self._url,
            aws_access_key_id=account,
            aws_secret_access_key="amt",
            config=Config(**{"retries": retries, "s3": {"addressing_style": "path"}} | config),
        )
        self._made.append(client)
        return client

    def close(self):
        for client in self._made:
            client.close()


def serve(home, **options):
    served = Served(Settings(home), "process", Listening(port=0, **options))
    served.start()
    return served


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def served(home):
    served = serve(home)
    yield served
    served.close()
    served._others.reset()  # moto's state belongs to the process


@pytest.fixture(scope="module")
def clients(served):
    clients = Clients(served.url)
    yield clients
    clients.close()


@pytest.fixture(scope="module")
def s3(clients):
    return clients("s3")


@pytest.fixture
def bucket(s3):
    """A bucket of its own, emptied at the end."""
    name = "bucket-of-a-test"
    s3.create_bucket(Bucket=name)
    yield name
    for found in s3.list_objects_v2(Bucket=name).get("Contents", ()):
        s3.delete_object(Bucket=name, Key=found["Key"])
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def quick(monkeypatch):
    """The paces of AWS, and the waits of botocore, would make these tests sleep."""
    monkeypatch.setattr(watch, "AWS_PACE", (0.05, 0.2))
    waited = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", waited.append)
    return waited


@pytest.fixture
def aws(tmp_path, monkeypatch, quick):
    """`amt --on aws`, and the server that it is sent to."""
    path = AwsPath(tmp_path, monkeypatch)
    yield path
    path.stop()
