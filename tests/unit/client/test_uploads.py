"""Local files on their way to S3: once for each content."""

import pytest

from orchestrator.client.session import Connection
from orchestrator.client.uploads import addresses, upload
from orchestrator.definition.local import Kind, LocalFile
from orchestrator.errors import BadInput


class Bucket(dict):
    """Objects by URI; remembers the order they came in."""

    def exists(self, uri):
        return uri in self

    def upload(self, source, uri):
        self[uri] = source.read_bytes()


@pytest.fixture
def bucket():
    return Bucket()


def put(bucket, *files):
    connection = Connection("local", None, None, bucket, "0", "us-east-1", "mine", None)
    said = []
    return upload(connection, files, said.append), said


def channel(path):
    return LocalFile(path, Kind.CHANNEL, "s3://placeholder/1")


def test_a_folder_keeps_its_names_below_a_prefix_of_its_content(tmp_path, bucket):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.csv").write_text("1")
    (tmp_path / "b.csv").write_text("2")
    uris, said = put(bucket, channel(tmp_path))
    (prefix,) = uris.values()
    assert prefix.startswith("s3://mine/amt/channels/")
    assert {uri.removeprefix(prefix) for uri in bucket if uri.startswith(prefix)} == {
        "b.csv",
        "deep/a.csv",
    }
    assert said == [f"Uploading {tmp_path} (2 objects)."]
    assert ".whole" in list(bucket)[-1]


def test_the_same_content_is_sent_once_and_changed_content_elsewhere(tmp_path, bucket):
    (tmp_path / "a.csv").write_text("1")
    first, _ = put(bucket, channel(tmp_path))
    again, said = put(bucket, channel(tmp_path))
    assert (again, said) == (first, [])
    (tmp_path / "a.csv").write_text("2")
    changed, said = put(bucket, channel(tmp_path))
    assert changed != first
    assert said


def test_an_upload_that_broke_off_is_completed(tmp_path, bucket):
    (tmp_path / "a.csv").write_text("1")
    (tmp_path / "b.csv").write_text("2")
    uris, _ = put(bucket, channel(tmp_path))
    whole = dict(bucket)
    for uri in list(bucket)[1:]:
        del bucket[uri]
    assert put(bucket, channel(tmp_path))[0] == uris
    assert dict(bucket) == whole


def test_files_of_one_content_and_two_names_do_not_meet(tmp_path, bucket):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("1")
    uris, _ = put(bucket, channel(tmp_path / "a.csv"), channel(tmp_path / "b.csv"))
    assert len(set(uris.values())) == 2


def test_an_address_is_known_before_anything_is_sent(tmp_path, bucket):
    (tmp_path / "train.py").write_text("print()")
    files = [LocalFile(tmp_path, Kind.SOURCE, "s3://placeholder/2"), channel(tmp_path)]
    assert addresses(files, "mine") == put(bucket, *files)[0]


def test_what_cannot_be_read_is_bad_input(tmp_path, bucket):
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "nope", tmp_path / "empty"):
        with pytest.raises(BadInput, match=path.name):
            put(bucket, channel(path))
    assert not bucket
