import errno
import os
import subprocess
import threading

import pytest

from orchestrator.aws.folder import FolderObjects
from orchestrator.errors import TransferFailed
from tests.contracts.objects_contract import keys

TRAPS = ("..", "../..", "../../etc/passwd", "/etc/passwd", "a/../../b", ".", "./a", "nul\0nul", "/")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "s3"


@pytest.fixture
def objects(root):
    return FolderObjects(root)


def files(root):
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def test_a_person_finds_an_object_under_its_key(objects, root):
    objects.write("s3://bucket/train/data.csv", b"1,2")
    assert (root / "bucket/train/data.csv").read_bytes() == b"1,2"


def test_a_file_that_a_person_puts_there_is_an_object(objects, root):
    (root / "bucket/train").mkdir(parents=True)
    (root / "bucket/train/by hand.csv").write_bytes(b"1")
    assert keys(objects, "tra") == ["train/by hand.csv"]


@pytest.mark.parametrize("key", TRAPS)
def test_no_key_leads_out_of_its_bucket(objects, root, tmp_path, key):
    uri = f"s3://bucket/{key}"
    objects.write(uri, b"inside")
    assert objects.read(uri) == b"inside"
    assert keys(objects, "") == [key]
    assert len(files(root / "bucket")) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["s3"]
    objects.delete(uri)
    assert files(root / "bucket") == []


@pytest.mark.parametrize("bucket", ["..", ".", "-", "a\0b", "a b", "%", "b" * 300])
def test_no_bucket_leads_out_of_the_root(objects, bucket):
    with pytest.raises(TransferFailed, match="bucket"):
        objects.write(f"s3://{bucket}/key", b"x")


def test_a_bucket_nobody_wrote_to_is_empty(objects):
    assert list(objects.list("s3://bucket/any")) == []
    assert not objects.exists("s3://bucket/any")


def test_deleting_leaves_no_empty_folder(objects, root):
    objects.write("s3://bucket/a/b/c", b"x")
    objects.delete("s3://bucket/a/b/c")
    assert list((root / "bucket").iterdir()) == []


def test_what_is_being_written_is_not_listed(objects, root):
    objects.write("s3://bucket/a/b", b"x")
    (root / "bucket/a/%draft-1-1").write_bytes(b"half")
    assert keys(objects, "") == ["a/b"]


def test_what_a_killed_writer_left_is_removed(objects, root):
    killed = subprocess.Popen(["true"])
    killed.wait()
    (root / "bucket/a").mkdir(parents=True)
    (root / f"bucket/a/%draft-{killed.pid}-7").write_bytes(b"half")
    ours = f"bucket/a/%draft-{os.getpid()}-other"  # no number that a writer here comes to
    (root / ours).write_bytes(b"still being written")
    objects.write("s3://bucket/a/b", b"x")
    assert files(root) == [ours, "bucket/a/b"]


def test_a_full_disk_is_said_and_leaves_the_old_object(objects, root, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    objects.write("s3://bucket/a", b"old")
    source = tmp_path / "source"
    source.write_bytes(b"new")
    monkeypatch.setattr(os, "copy_file_range", full)
    with pytest.raises(TransferFailed, match=r"write s3://bucket/a: the disk is full; free"):
        objects.upload(source, "s3://bucket/a")
    assert objects.read("s3://bucket/a") == b"old"
    assert files(root / "bucket") == ["a"]


def test_copies_where_the_kernel_cannot(objects, tmp_path, monkeypatch):
    def cannot(*args):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "copy_file_range", cannot)
    (tmp_path / "source").write_bytes(b"bytes")
    objects.upload(tmp_path / "source", "s3://bucket/a")
    assert objects.read("s3://bucket/a") == b"bytes"


def test_a_folder_that_cannot_be_written_is_said(objects, root):
    root.mkdir()
    (root / "bucket").write_bytes(b"a file where the bucket should be")
    with pytest.raises(TransferFailed, match="could not write s3://bucket/a"):
        objects.write("s3://bucket/a", b"x")


def test_a_path_that_the_disk_cannot_have_is_said(tmp_path):
    objects = FolderObjects(tmp_path.joinpath(*["root" * 50] * 30))
    for attempt in (objects.exists, objects.location, objects.read, objects.delete):
        with pytest.raises(TransferFailed, match=r"s3://bucket/a: File name too long"):
            attempt("s3://bucket/a")


def test_a_circle_of_links_ends(objects, root):
    objects.write("s3://bucket/a/b", b"x")
    (root / "bucket/a/loop").symlink_to(root / "bucket/a")
    assert "a/b" in keys(objects, "a")


def test_the_object_in_the_plain_place_wins(objects, root):
    """Both places are taken when a crash falls between two writers."""
    objects.write("s3://bucket/a", b"newer")
    (root / "bucket/%a%").write_bytes(b"old")
    assert objects.read("s3://bucket/a") == b"newer"
    assert [info.size for info in objects.list("s3://bucket/a")] == [5]
    objects.delete("s3://bucket/a")
    assert files(root / "bucket") == []


def test_writers_and_deleters_of_one_folder_do_not_hurt_each_other(objects):
    """Folders come and go under the writers, and every object ends as it was last written."""
    faults = []

    def work(name):
        try:
            for _ in range(60):
                objects.write(f"s3://bucket/a/{name}", b"x")
                objects.write(f"s3://bucket/{name}/a", b"x")
                objects.delete(f"s3://bucket/a/{name}")
                objects.write("s3://bucket/a", b"object beside the folder")
                objects.delete(f"s3://bucket/{name}/a")
            objects.write(f"s3://bucket/a/{name}", b"kept")
        except TransferFailed as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert keys(objects, "") == ["a", "a/x", "a/y", "a/z"]
