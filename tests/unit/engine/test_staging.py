import json
import stat

import pytest

from orchestrator.engine.transfer import stage
from orchestrator.errors import TransferFailed
from orchestrator.training.spec import Channel, InputMode, InstanceGroup, SourceKind

TWO = (InstanceGroup("g", "ml.m5.large", 2),)


def tree(folder):
    return {
        str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


class Elsewhere:
    """Objects that lie on no disk of this machine."""

    def __init__(self, objects):
        self._objects = objects

    def __getattr__(self, name):
        return getattr(self._objects, name)

    def location(self, uri):
        return None


def test_every_host_gets_its_own_open_copy(a_workspace, objects, put):
    put("t/a", "t/sub/b")
    workspace = a_workspace(instance_groups=TWO, channels=(Channel("train", "s3://bucket/t/"),))
    stage(workspace, objects)
    for host in ("algo-1", "algo-2"):
        folder = workspace.channel(host, "train")
        assert tree(folder) == {"a": "t/a", "sub/b": "t/sub/b"}
        assert (mode(folder / "sub"), mode(folder / "sub/b")) == (0o777, 0o666)
    (workspace.channel("algo-1", "train") / "a").write_text("changed")
    assert objects.read("s3://bucket/t/a") == b"t/a"
    assert tree(workspace.channel("algo-2", "train"))["a"] == "t/a"


def test_fast_file_is_the_same_tree_read_only(a_workspace, objects, put):
    put("t/sub/b")
    channel = Channel("train", "s3://bucket/t/", InputMode.FAST_FILE)
    workspace = a_workspace(channels=(channel,))
    for _ in range(2):
        stage(workspace, objects)
        folder = workspace.channel("algo-1", "train")
        assert tree(folder) == {"sub/b": "t/sub/b"}
        assert [mode(folder), mode(folder / "sub"), mode(folder / "sub/b")] == [0o555, 0o555, 0o444]
    workspace.clear()
    assert not folder.exists()


def test_staging_again_leaves_nothing_of_an_earlier_try(a_workspace, objects, put):
    put("t/a")
    workspace = a_workspace(channels=(Channel("train", "s3://bucket/t/"),))
    folder = workspace.channel("algo-1", "train")
    (folder / "half").mkdir()
    (folder / "half" / "file").write_text("x")
    stage(workspace, objects)
    assert tree(folder) == {"a": "t/a"}
    assert not (folder / "half").exists()


def test_objects_from_elsewhere_come_side_by_side(a_workspace, objects, put):
    put(*(f"t/{number:02}" for number in range(20)))
    workspace = a_workspace(channels=(Channel("train", "s3://bucket/t/"),))
    stage(workspace, Elsewhere(objects))
    assert len(tree(workspace.channel("algo-1", "train"))) == 20


def test_a_missing_object_elsewhere_ends_the_staging(a_workspace, objects, put):
    objects.write("s3://bucket/m", b'[{"prefix": "s3://bucket/"}, "gone", "m", "also gone"]')
    channel = Channel("train", "s3://bucket/m", kind=SourceKind.MANIFEST)
    with pytest.raises(TransferFailed, match="gone"):
        stage(a_workspace(channels=(channel,)), Elsewhere(objects))


def test_sharded_objects_go_round_the_hosts(a_workspace, objects, put):
    put("t/a", "t/b", "t/c")
    channel = Channel("train", "s3://bucket/t/", sharded=True)
    workspace = a_workspace(instance_groups=TWO, channels=(channel,))
    stage(workspace, objects)
    assert list(tree(workspace.channel("algo-1", "train"))) == ["a", "c"]
    assert list(tree(workspace.channel("algo-2", "train"))) == ["b"]


def test_a_channel_reaches_its_instance_groups_only(a_workspace, objects, put):
    put("t/a")
    groups = (InstanceGroup("cpu", "ml.m5.large", 1), InstanceGroup("gpu", "ml.p3.2xlarge", 1))
    channels = (Channel("train", "s3://bucket/t/", groups=("gpu",)),)
    workspace = a_workspace(instance_groups=groups, channels=channels)
    stage(workspace, objects)
    assert not workspace.channel("algo-1", "train").exists()
    assert tree(workspace.channel("algo-2", "train")) == {"a": "t/a"}


def test_a_key_that_is_an_object_and_a_folder_cannot_be_a_tree(a_workspace, objects, put):
    put("t/a", "t/a/b")
    workspace = a_workspace(channels=(Channel("train", "s3://bucket/t/"),))
    with pytest.raises(TransferFailed, match="s3://bucket/t/a"):
        stage(workspace, objects)


def test_a_pipe_is_spooled_in_the_order_of_keys(a_workspace, objects, put):
    put("t/b", "t/a", "t/sub/c")
    channel = Channel("train", "s3://bucket/t/", InputMode.PIPE)
    workspace = a_workspace(channels=(channel,))
    for _ in range(2):
        stage(workspace, objects)
        spool = workspace.spool("algo-1", "train")
        assert list(tree(spool).values()) == ["t/a", "t/b", "t/sub/c"]


def test_lines_of_an_augmented_manifest_stay_together(a_workspace, objects, put):
    put("1.png", "2.png")
    content = [{"i-ref": f"s3://bucket/{n}.png", "label": n} for n in (1, 2)]
    objects.write("s3://bucket/m", "\n".join(map(json.dumps, content)).encode())
    channel = Channel(
        "train",
        "s3://bucket/m",
        InputMode.PIPE,
        SourceKind.AUGMENTED_MANIFEST,
        attributes=("label", "i-ref"),
    )
    workspace = a_workspace(channels=(channel,))
    stage(workspace, objects)
    entries = sorted(workspace.spool("algo-1", "train").iterdir())
    assert [list(tree(entry).values()) for entry in entries] == [["1", "1.png"], ["2", "2.png"]]


def test_one_attribute_needs_no_folder(a_workspace, objects):
    objects.write("s3://bucket/m", b'{"label": 1}\n{"label": 2}')
    channel = Channel(
        "t", "s3://bucket/m", InputMode.PIPE, SourceKind.AUGMENTED_MANIFEST, attributes=("label",)
    )
    workspace = a_workspace(channels=(channel,))
    stage(workspace, objects)
    assert [p.read_text() for p in sorted(workspace.spool("algo-1", "t").iterdir())] == ["1", "2"]


def test_an_augmented_manifest_is_for_pipes(a_workspace, objects):
    channel = Channel("t", "s3://bucket/m", kind=SourceKind.AUGMENTED_MANIFEST, attributes=("a",))
    with pytest.raises(TransferFailed, match="needs Pipe mode"):
        stage(a_workspace(channels=(channel,)), objects)


@pytest.mark.parametrize("relocated", [True, False])
def test_a_folder_of_this_machine_is_linked_or_copied(a_workspace, objects, tmp_path, relocated):
    source = tmp_path / "data"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "a").write_text("a")
    workspace = a_workspace(relocated=relocated, channels=(Channel("train", str(source)),))
    for _ in range(2):
        stage(workspace, objects)
        folder = workspace.channel("algo-1", "train")
        assert (folder / "sub" / "a").read_text() == "a"
        assert folder.is_symlink() == relocated
    workspace.clear()
    assert (source / "sub" / "a").read_text() == "a"


@pytest.mark.parametrize(
    "channel",
    [
        Channel("t", "/no/such/folder"),
        Channel("t", "relative"),
        Channel("t", "/etc/passwd"),
        Channel("t", "/etc", InputMode.PIPE),
    ],
)
def test_a_file_system_that_cannot_be_a_channel_is_said(a_workspace, objects, channel):
    with pytest.raises(TransferFailed, match="channel t: "):
        stage(a_workspace(channels=(channel,)), objects)


@pytest.mark.parametrize(
    "value", ['"s3://bucket/sourcedir.tar.gz"', "s3://bucket/sourcedir.tar.gz"]
)
def test_script_modes_source_reaches_every_host(a_workspace, objects, put, value):
    put("sourcedir.tar.gz")
    pairs = (("sagemaker_program", "train.py"), ("sagemaker_submit_directory", value))
    workspace = a_workspace(instance_groups=TWO, hyperparameters=pairs)
    stage(workspace, objects)
    for host in ("algo-1", "algo-2"):
        assert workspace.code_archive(host).read_text() == "sourcedir.tar.gz"


def test_a_source_inside_the_image_is_left_there(a_workspace, objects):
    pairs = (("sagemaker_submit_directory", "/opt/ml/code"),)
    workspace = a_workspace(hyperparameters=pairs)
    stage(workspace, objects)
    assert not workspace.code_archive("algo-1").exists()


def test_a_missing_source_is_said(a_workspace, objects):
    pairs = (("sagemaker_submit_directory", "s3://bucket/gone.tar.gz"),)
    with pytest.raises(TransferFailed, match=r"s3://bucket/gone\.tar\.gz does not exist"):
        stage(a_workspace(hyperparameters=pairs), objects)
