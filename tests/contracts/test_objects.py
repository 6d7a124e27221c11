import boto3
import pytest
from moto import mock_aws

from orchestrator.aws.folder import FolderObjects
from orchestrator.aws.s3 import S3Objects
from tests.contracts.objects_contract import ObjectsContract


class TestFolder(ObjectsContract):
    @pytest.fixture
    def objects(self, tmp_path):
        return FolderObjects(tmp_path / "s3")


class TestS3(ObjectsContract):
    @pytest.fixture
    def objects(self, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        with mock_aws():
            client = boto3.client("s3", region_name="us-east-1")
            client.create_bucket(Bucket="bucket")
            client.create_bucket(Bucket="other")
            yield S3Objects(client)
