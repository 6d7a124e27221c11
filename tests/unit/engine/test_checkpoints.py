import os
import shutil

import pytest

from orchestrator.engine.checkpoints import place_of
from orchestrator.engine.transfer import stage, sync_checkpoints
from orchestrator.errors import TransferFailed
from orchestrator.training.spec import Checkpoints, InstanceGroup
from tests.builders import a_training
from tests.contracts.objects_contract import keys

KEPT = Checkpoints("s3://bucket/ckpt")
TWO = (InstanceGroup("g", "ml.m5.large", 2),)


class Recorded:
    """Objects that remember what was written to them."""

    def __init__(self, objects):
        self._objects = objects
        self.uploads = []

    def __getattr__(self, name):
        return getattr(self._objects, name)

    def upload(self, source, uri):
        self.uploads.append(uri)
        self._objects.upload(source, uri)


@pytest.fixture
def recorded(objects):
    return Recorded(objects)


def test_a_child_of_a_tuning_job_has_a_place_of_its_own():
    assert place_of(a_training(checkpoints=KEPT)) == "s3://bucket/ckpt/"
    assert place_of(a_training(checkpoints=KEPT, tuning_job="tune")) == "s3://bucket/ckpt/train/"
    assert place_of(a_training()) == ""


def test_what_is_in_s3_comes_to_every_host_before_the_start(a_workspace, objects, put):
    put("ckpt/1.pt", "ckpt/sub/2.pt", "ckpt-10/other", "ckpt/x.sagemaker-uploaded", "ckpt/mark/")
    workspace = a_workspace(checkpoints=KEPT, instance_groups=TWO)
    stage(workspace, objects)
    for host in ("algo-1", "algo-2"):
        folder = workspace.checkpoints(host)
        assert (folder / "1.pt").read_text() == "ckpt/1.pt"
        assert (folder / "sub" / "2.pt").read_text() == "ckpt/sub/2.pt"
        assert sorted(p.name for p in folder.iterdir()) == ["1.pt", "sub"]


def test_a_checkpoint_cannot_lead_out_of_its_folder(a_workspace, objects, put):
    put("ckpt/../../../escaped")
    with pytest.raises(TransferFailed, match="cannot be a file"):
        stage(a_workspace(checkpoints=KEPT), objects)


def test_new_and_changed_files_go_to_s3_and_others_do_not(a_workspace, recorded):
    workspace = a_workspace(checkpoints=KEPT)
    folder = workspace.checkpoints("algo-1")
    (folder / "sub").mkdir()
    (folder / "sub" / "1").write_text("one")
    (folder / "2").write_text("two")
    seen = sync_checkpoints(workspace, recorded, {})
    (folder / "2").write_text("changed")
    seen = sync_checkpoints(workspace, recorded, seen)
    sync_checkpoints(workspace, recorded, seen)
    assert sorted(recorded.uploads) == ["s3://bucket/ckpt/2"] * 2 + ["s3://bucket/ckpt/sub/1"]
    assert recorded.read("s3://bucket/ckpt/2") == b"changed"


def test_a_file_that_is_gone_goes_in_s3_too(a_workspace, objects, put):
    put("ckpt/theirs")
    workspace = a_workspace(checkpoints=KEPT)
    mine = workspace.checkpoints("algo-1") / "mine"
    mine.write_text("x")
    seen = sync_checkpoints(workspace, objects, {})
    mine.unlink()
    sync_checkpoints(workspace, objects, seen)
    assert keys(objects, "ckpt/") == ["ckpt/theirs"]


def test_a_restored_file_is_not_sent_again_and_its_end_is_noticed(a_workspace, recorded, put):
    put("ckpt/1")
    workspace = a_workspace(checkpoints=KEPT)
    stage(workspace, recorded)
    seen = sync_checkpoints(workspace, recorded, {})
    assert recorded.uploads == []
    (workspace.checkpoints("algo-1") / "1").unlink()
    sync_checkpoints(workspace, recorded, seen)
    assert keys(recorded, "ckpt/") == []


def test_an_engine_that_starts_again_remembers(a_workspace, recorded):
    workspace = a_workspace(checkpoints=KEPT)
    folder = workspace.checkpoints("algo-1")
    (folder / "1").write_text("x")
    (folder / "2").write_text("x")
    sync_checkpoints(workspace, recorded, {})
    (folder / "1").unlink()
    sync_checkpoints(workspace, recorded, {})
    assert keys(recorded, "") == ["ckpt/2"]
    assert len(recorded.uploads) == 2


@pytest.mark.parametrize("end", ["ignore", "uploading", "uploaded"])
def test_marked_files_stay_where_they_are(a_workspace, objects, end):
    workspace = a_workspace(checkpoints=KEPT)
    (workspace.checkpoints("algo-1") / f"x.sagemaker-{end}").write_text("x")
    assert sync_checkpoints(workspace, objects, {}) == {}
    assert keys(objects, "") == []


def test_two_hosts_share_one_place(a_workspace, objects):
    """The file written last counts, and it stays while one host has it."""
    workspace = a_workspace(checkpoints=KEPT, instance_groups=TWO)
    one, two = (workspace.checkpoints(host) / "same" for host in ("algo-1", "algo-2"))
    one.write_text("late")
    two.write_text("early")
    os.utime(two, (1, 1))
    seen = sync_checkpoints(workspace, objects, {})
    assert objects.read("s3://bucket/ckpt/same") == b"late"
    two.unlink()
    seen = sync_checkpoints(workspace, objects, seen)
    assert keys(objects, "") == ["ckpt/same"]
    one.unlink()
    sync_checkpoints(workspace, objects, seen)
    assert keys(objects, "") == []


def test_a_workspace_that_was_cleared_deletes_nothing(a_workspace, objects):
    workspace = a_workspace(checkpoints=KEPT)
    (workspace.checkpoints("algo-1") / "1").write_text("x")
    seen = sync_checkpoints(workspace, objects, {})
    workspace.clear()
    assert sync_checkpoints(workspace, objects, seen) == seen
    assert sync_checkpoints(workspace, objects, {}) == {}
    assert keys(objects, "") == ["ckpt/1"]


def test_a_link_to_outside_is_not_sent(a_workspace, objects, tmp_path):
    (tmp_path / "secret").write_text("secret")
    workspace = a_workspace(checkpoints=KEPT)
    folder = workspace.checkpoints("algo-1")
    (folder / "1").write_text("one")
    (folder / "latest").symlink_to("1")
    (folder / "stolen").symlink_to(tmp_path / "secret")
    sync_checkpoints(workspace, objects, {})
    assert keys(objects, "") == ["ckpt/1", "ckpt/latest"]


def test_a_file_that_goes_away_while_it_is_sent_is_no_failure(a_workspace, objects):
    workspace = a_workspace(checkpoints=KEPT)
    file = workspace.checkpoints("algo-1") / "1"
    file.write_text("x")

    class Late(Recorded):
        def upload(self, source, uri):
            file.unlink()
            super().upload(source, uri)

    assert sync_checkpoints(workspace, Late(objects), {}) == {}
    assert keys(objects, "") == []


def test_a_failed_sync_is_made_up_for_by_the_next(a_workspace, objects):
    class Broken(Recorded):
        def upload(self, source, uri):
            raise TransferFailed("no network")

    workspace = a_workspace(checkpoints=KEPT)
    (workspace.checkpoints("algo-1") / "1").write_text("x")
    with pytest.raises(TransferFailed, match="no network"):
        sync_checkpoints(workspace, Broken(objects), {})
    sync_checkpoints(workspace, objects, {})
    assert keys(objects, "") == ["ckpt/1"]


def test_half_a_book_means_that_all_is_sent_again(a_workspace, recorded):
    workspace = a_workspace(checkpoints=KEPT)
    (workspace.checkpoints("algo-1") / "1").write_text("x")
    (workspace.root / "checkpoints.json").write_text('{"algo-1/1": [1,')
    sync_checkpoints(workspace, recorded, {})
    assert recorded.uploads == ["s3://bucket/ckpt/1"]


def test_without_a_checkpoint_folder_nothing_happens(a_workspace, objects):
    workspace = a_workspace(checkpoints=KEPT)
    shutil.rmtree(workspace.checkpoints("algo-1"))
    assert sync_checkpoints(workspace, objects, {}) == {}
    assert sync_checkpoints(a_workspace(), objects, {}) == {}
