"""Local files on their way to S3: once for each content."""

import threading

import pytest

from orchestrator.client.session import Connection
from orchestrator.client.uploads import Places, addresses, packed, ship, surveyed
from orchestrator.definition.local import Kind, LocalFile
from orchestrator.errors import BadInput, TransferFailed
from tests.cli.conftest import FakeBucket

MINE = Places("mine", "mine")


class Meter:
    """Keeps what it hears."""

    def __init__(self):
        self.said, self.size, self.gone, self.lock = [], 0, 0, threading.Lock()

    def begin(self, what, size):
        self.said.append(what)
        self.size += size

    def sent(self, size):
        with self.lock:
            self.gone += size

    def end(self):
        pass


class Bucket(FakeBucket):
    """Breaks at the objects whose URI ends so."""

    broken = "no object"

    def upload(self, source, uri, sent=None):
        if uri.endswith(self.broken):
            raise TransferFailed(f"could not upload {source} to {uri}: connection reset")
        super().upload(source, uri, sent)


@pytest.fixture
def bucket():
    return Bucket()


def put(bucket, *files):
    connection = Connection("local", None, None, bucket, "0", "us-east-1", "mine", None)
    meter = Meter()
    with packed(files, MINE) as parcels:
        for parcel in parcels.values():
            ship(connection, surveyed(connection, parcel), meter)
        uris = {file: parcel.uri for file, parcel in parcels.items()}
    assert meter.gone >= meter.size  # more where a copy became a transfer
    return uris, meter.said


def channel(path):
    return LocalFile(path, Kind.CHANNEL, "s3://placeholder/1")


def test_a_folder_keeps_its_names_below_a_prefix_of_its_content(tmp_path, bucket):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.csv").write_text("1")
    (tmp_path / "b.csv").write_text("2")
    uris, said = put(bucket, channel(tmp_path))
    (prefix,) = uris.values()
    assert prefix.startswith("s3://mine/amt/channels/")
    assert {uri.removeprefix(prefix) for uri in bucket.objects if uri.startswith(prefix)} == {
        "b.csv",
        "deep/a.csv",
    }
    assert said == [f"Uploading {tmp_path} (2 of 2 objects, 2 bytes)."]
    assert ".whole" in list(bucket.objects)[-1]


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
    whole = dict(bucket.objects)
    for uri in list(bucket.objects)[1:]:
        del bucket.objects[uri]
    assert put(bucket, channel(tmp_path))[0] == uris
    assert bucket.objects == whole


def test_files_of_one_content_and_two_names_do_not_meet(tmp_path, bucket):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("1")
    uris, _ = put(bucket, channel(tmp_path / "a.csv"), channel(tmp_path / "b.csv"))
    assert len(set(uris.values())) == 2


def test_an_address_is_known_before_anything_is_sent(tmp_path, bucket):
    (tmp_path / "train.py").write_text("print()")
    files = [LocalFile(tmp_path, Kind.SOURCE, "s3://placeholder/2"), channel(tmp_path)]
    assert addresses(files, MINE) == put(bucket, *files)[0]


def test_what_cannot_be_read_is_bad_input(tmp_path, bucket):
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "nope", tmp_path / "empty"):
        with pytest.raises(BadInput, match=path.name):
            put(bucket, channel(path))
    assert not bucket.objects


def many(folder, count=20):
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:02d}.csv").write_text(f"{number}")
    return folder


def test_one_changed_file_of_many_is_sent_alone_and_the_rest_is_copied(tmp_path, bucket):
    folder = many(tmp_path / "data")
    put(bucket, channel(folder))
    bucket.sent.clear()
    (folder / "07.csv").write_text("other")
    uris, (said,) = put(bucket, channel(folder))
    (prefix,) = uris.values()
    assert bucket.sent == [f"{prefix}07.csv"]
    assert "(1 of 20 objects, 5 bytes; 19 copied inside S3)" in said
    for file in folder.iterdir():
        assert bucket.objects[prefix + file.name] == file.read_bytes()


def test_a_moved_folder_sends_nothing(tmp_path, bucket):
    put(bucket, channel(many(tmp_path / "data")))
    bucket.sent.clear()
    (tmp_path / "data" / "deeper").mkdir()
    (tmp_path / "data" / "07.csv").rename(tmp_path / "data" / "deeper" / "07.csv")
    put(bucket, channel(tmp_path / "data"))
    assert bucket.sent == []


def test_the_same_content_twice_in_a_channel_goes_up_once(tmp_path, bucket):
    (tmp_path / "a.csv").write_text("1")
    (tmp_path / "b.csv").write_text("1")
    (prefix,) = put(bucket, channel(tmp_path))[0].values()
    assert bucket.sent == [f"{prefix}a.csv"]
    assert bucket.objects[f"{prefix}b.csv"] == b"1"


def test_what_is_gone_from_s3_is_sent_again(tmp_path, bucket):
    folder = many(tmp_path / "data", 3)
    (prefix,) = put(bucket, channel(folder))[0].values()
    del bucket.objects[f"{prefix}01.csv"]  # and the mark still promises it
    (folder / "02.csv").write_text("other")
    bucket.copy = lambda source, *_: (_ for _ in ()).throw(TransferFailed(f"no {source}"))
    (prefix,) = put(bucket, channel(folder))[0].values()
    assert bucket.objects[f"{prefix}01.csv"] == b"1"


def test_a_failure_says_how_far_it_came_and_the_next_run_goes_on(tmp_path, bucket):
    folder = many(tmp_path / "data")
    bucket.broken = "19.csv"
    with pytest.raises(TransferFailed, match=r"of 20 are done; the same command goes on"):
        put(bucket, channel(folder))
    done = set(bucket.sent)
    assert done
    bucket.broken, bucket.sent = "no object", []
    put(bucket, channel(folder))
    assert not done & set(bucket.sent)
    assert "19.csv" in "".join(bucket.sent)


def test_a_file_that_changes_while_it_is_sent_is_refused_and_taken_back(tmp_path, bucket):
    (tmp_path / "a.csv").write_text("1")
    connection = Connection("local", None, None, bucket, "0", "us-east-1", "mine", None)
    with packed([channel(tmp_path)], MINE) as parcels:
        (parcel,) = parcels.values()
        (tmp_path / "a.csv").write_text("other")
        with pytest.raises(BadInput, match="changed while it was sent"):
            ship(connection, surveyed(connection, parcel), Meter())
    assert not bucket.objects
