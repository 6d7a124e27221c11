"""A training job's folder."""

import json

import pytest

from orchestrator.errors import LaunchRefused
from orchestrator.runtime.training_logs import TrainingLogs
from orchestrator.runtime.workspace import Workspace, folder_of
from orchestrator.training.spec import (
    HOMOGENEOUS,
    Channel,
    Checkpoints,
    InputMode,
    InstanceGroup,
    Scope,
    TrainingSpec,
)

SCOPE = Scope("123456789012", "eu-west-1")


def a_workspace(tmp_path, *, relocated=False, **changes):
    spec = TrainingSpec(**({"name": "job", "scope": SCOPE} | changes))
    return Workspace.under(tmp_path, spec, relocated=relocated)


def test_every_host_gets_a_tree_with_open_modes(tmp_path):
    two = (InstanceGroup(HOMOGENEOUS, "ml.m5.large", 2),)
    space = a_workspace(tmp_path, instance_groups=two, channels=(Channel("train", "s3://b/t"),))
    space.prepare()
    space.prepare()
    for host in ("algo-1", "algo-2"):
        for folder in (space.channel(host, "train"), space.model(host), space.output_data(host)):
            assert folder.stat().st_mode & 0o777 == 0o777
        resources = json.loads((space.config(host) / "resourceconfig.json").read_text())
        assert resources["current_host"] == host


def test_a_piped_channel_has_a_spool_and_no_folder(tmp_path):
    space = a_workspace(tmp_path, channels=(Channel("p", "s3://b/p", mode=InputMode.PIPE),))
    space.prepare()
    assert space.spool("algo-1", "p").is_dir()
    assert not space.channel("algo-1", "p").exists()


@pytest.mark.parametrize("name", ["..", ".", "", "a/b"])
def test_a_channel_cannot_lead_out_of_the_tree(tmp_path, name):
    with pytest.raises(LaunchRefused):
        a_workspace(tmp_path).channel("algo-1", name)


@pytest.mark.parametrize(
    ("wanted", "inside"),
    [
        ("/opt/ml/checkpoints", "ml/checkpoints"),
        ("/opt/ml//a/./b/", "ml/a/b"),
        ("/opt/ml/../../etc", "checkpoints"),
        ("/mnt/c", "checkpoints"),
        ("/opt/ml", "checkpoints"),
    ],
)
def test_checkpoints_stay_inside_the_workspace(tmp_path, wanted, inside):
    space = a_workspace(tmp_path, checkpoints=Checkpoints("s3://b/c", wanted))
    assert space.checkpoints("algo-1") == space.root / "algo-1" / inside


def test_a_relocated_host_sees_its_files_where_they_stand(tmp_path):
    space = a_workspace(tmp_path, relocated=True, checkpoints=Checkpoints("s3://b/c"))
    space.prepare()
    told = json.loads((space.config("algo-1") / "checkpointconfig.json").read_text())
    assert told == {"LocalPath": str(space.checkpoints("algo-1"))}


def test_clear_leaves_nothing_but_the_logs(tmp_path):
    space = a_workspace(tmp_path)
    space.prepare()
    space.log("algo-1").write_text("kept")
    locked = space.model("algo-1") / "locked"
    locked.mkdir()
    (locked / "file").write_text("x")
    locked.chmod(0)
    outside = tmp_path / "outside"
    outside.mkdir()
    (space.root / "link").symlink_to(outside)
    space.clear()
    space.clear()
    assert [p.name for p in space.root.iterdir()] == ["logs"]
    assert space.log("algo-1").read_text() == "kept"
    assert outside.is_dir()


def test_jobs_of_one_name_in_other_accounts_and_regions_share_no_folder(tmp_path):
    home = Scope("000000000000", "us-east-1")
    others = (Scope("000000000000", "eu-west-1"), Scope("111122223333", "us-east-1"))
    for number, scope in enumerate((home, *others)):
        space = a_workspace(tmp_path, scope=scope)
        space.prepare()
        space.log("algo-1").write_text(f"{number}\n", encoding="utf-8")
    logs = TrainingLogs(tmp_path)
    told = [line.text for each in (home, *others) for line in logs.lines(each, "job", "algo-1", 0)]
    assert told == ["0", "1", "2"]


def test_the_default_place_has_the_shortest_path(tmp_path):
    home = Scope("000000000000", "us-east-1")
    assert folder_of(tmp_path, home, "job") == tmp_path / "training" / "job"


@pytest.mark.parametrize("region", ["../../x", "a/b", "x\0y"])
def test_a_region_cannot_lead_elsewhere(tmp_path, region):
    with pytest.raises(LaunchRefused):
        folder_of(tmp_path, Scope("111122223333", region), "job")
