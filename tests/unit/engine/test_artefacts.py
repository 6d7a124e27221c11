import errno
import os
import tarfile

import pytest

from orchestrator.engine.transfer import upload
from orchestrator.errors import TransferFailed
from orchestrator.training.spec import InstanceGroup
from tests.contracts.objects_contract import keys

MODEL = "s3://bucket/out/train/output/model.tar.gz"


def unpacked(objects, uri, folder):
    objects.download(uri, folder / "archive")
    with tarfile.open(folder / "archive") as tar:
        return {member.name: tar.extractfile(member).read().decode() for member in tar}


def test_the_models_contents_are_at_the_root_of_the_archive(a_workspace, objects, tmp_path):
    workspace = a_workspace()
    model = workspace.model("algo-1")
    (model / "sub").mkdir()
    (model / "sub" / "b").write_text("b")
    (model / "a").write_text("a")
    assert upload(workspace, objects) == MODEL
    assert unpacked(objects, MODEL, tmp_path) == {"a": "a", "sub/b": "b"}
    assert keys(objects, "") == ["out/train/output/model.tar.gz"]


def test_without_files_there_is_no_model(a_workspace, objects):
    workspace = a_workspace()
    (workspace.model("algo-1") / "empty").mkdir()
    assert upload(workspace, objects) == ""
    assert keys(objects, "") == []


def test_output_data_are_archived_beside_the_model(a_workspace, objects, tmp_path):
    workspace = a_workspace(output_uri="s3://bucket/out/")
    (workspace.output_data("algo-1") / "log.txt").write_text("log")
    workspace.failure("algo-1").write_text("not part of it")
    assert upload(workspace, objects) == ""
    uri = "s3://bucket/out/train/output/output.tar.gz"
    assert unpacked(objects, uri, tmp_path) == {"log.txt": "log"}


def test_of_two_hosts_the_first_one_wins(a_workspace, objects, tmp_path):
    workspace = a_workspace(instance_groups=(InstanceGroup("g", "ml.m5.large", 2),))
    for host in ("algo-2", "algo-1"):
        (workspace.model(host) / "same").write_text(host)
        (workspace.model(host) / host).write_text(host)
    upload(workspace, objects)
    assert unpacked(objects, MODEL, tmp_path) == {
        "same": "algo-1",
        "algo-1": "algo-1",
        "algo-2": "algo-2",
    }


def test_without_compression_the_files_lie_below_model(a_workspace, objects):
    workspace = a_workspace(compress_output=False)
    (workspace.model("algo-1") / "sub").mkdir()
    (workspace.model("algo-1") / "sub" / "b").write_text("b")
    assert upload(workspace, objects) == "s3://bucket/out/train/output/model/"
    assert objects.read("s3://bucket/out/train/output/model/sub/b") == b"b"


@pytest.mark.parametrize("relocated", [True, False])
def test_links_bring_in_nothing_from_outside(a_workspace, objects, tmp_path, relocated):
    (tmp_path / "secret").write_text("secret")
    workspace = a_workspace(relocated=relocated)
    model = workspace.model("algo-1")
    (model / "real").write_text("real")
    (model / "inside").symlink_to("real")
    (model / "absolute").symlink_to(f"{workspace.seen('algo-1')}/model/real")
    (model / "outside").symlink_to(tmp_path / "secret")
    (model / "up").symlink_to("../../../../../secret")
    (model / "folder").symlink_to(tmp_path)
    (model / "nowhere").symlink_to("gone")
    (model / "circle").symlink_to("circle")
    os.mkfifo(model / "pipe")
    upload(workspace, objects)
    assert unpacked(objects, MODEL, tmp_path) == dict.fromkeys(
        ("absolute", "inside", "real"), "real"
    )


def test_the_archive_does_not_tell_who_made_it(a_workspace, objects, tmp_path):
    workspace = a_workspace()
    (workspace.model("algo-1") / "a").write_text("a")
    upload(workspace, objects)
    objects.download(MODEL, tmp_path / "archive")
    with tarfile.open(tmp_path / "archive") as tar:
        (member,) = tar
    assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "root", "root")
    assert member.pax_headers == {}


def test_nothing_is_left_in_the_workspace(a_workspace, objects):
    workspace = a_workspace()
    (workspace.model("algo-1") / "a").write_text("a")
    before = set(workspace.root.iterdir())
    upload(workspace, objects)
    upload(workspace, objects)
    assert set(workspace.root.iterdir()) == before


def test_a_full_disk_is_a_failed_transfer(a_workspace, objects, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    workspace = a_workspace()
    (workspace.model("algo-1") / "a").write_text("a")
    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    with pytest.raises(TransferFailed, match="No space left on device"):
        upload(workspace, objects)
    assert not list(workspace.root.glob("sending-*"))


@pytest.mark.parametrize("uri", ["", "bucket/out", "file:///tmp"])
def test_an_output_path_that_is_none_is_said(a_workspace, objects, uri):
    workspace = a_workspace(output_uri=uri)
    (workspace.model("algo-1") / "a").write_text("a")
    with pytest.raises(TransferFailed, match="not an S3 URI"):
        upload(workspace, objects)
