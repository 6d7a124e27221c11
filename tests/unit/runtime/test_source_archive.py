"""The code of a script-mode job, on its way into its folder."""

import io
import tarfile

import pytest

from orchestrator.runtime.process_program import script_of
from orchestrator.runtime.source_archive import place_code
from orchestrator.runtime.workspace import Workspace
from orchestrator.training.spec import Scope, TrainingSpec

FILES = {"train.py": b"print('trained')\n", "helper.py": b"x = 1\n"}


class Killed(BaseException):
    """What no handler of the engine's sees, as of a process that is killed."""


@pytest.fixture
def space(tmp_path):
    given = {"sagemaker_program": "train.py", "sagemaker_submit_directory": "s3://b/code.tar.gz"}
    spec = TrainingSpec(name="job", scope=Scope("123456789012", "eu-west-1"), hyperparameters=given)
    space = Workspace.under(tmp_path, spec, relocated=True)
    space.prepare()
    with tarfile.open(space.code_archive("algo-1"), "w:gz") as archive:
        for name, content in FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return space


def placed(space):
    return place_code(space, "algo-1", script_of(space, "algo-1", {}))


def code_of(space):
    return {each.name: each.read_bytes() for each in space.code("algo-1").iterdir()}


@pytest.mark.parametrize("written", [0, 7])
def test_code_that_was_being_unpacked_when_the_engine_was_killed_is_unpacked_anew(
    space, monkeypatch, written
):
    """The script stands there, empty or in part, and would be run as it is."""

    def killed(source, target, *_given, **_more):
        target.write(source.read(written))
        target.flush()
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(tarfile, "copyfileobj", killed)
        with pytest.raises(Killed):
            placed(space)
    assert placed(space) == sorted(FILES)
    assert code_of(space) == FILES
    assert not space.unpacking("algo-1").exists()


def test_code_that_is_there_is_left_as_it_is(space):
    placed(space)
    (space.code("algo-1") / "train.py").write_text("changed", encoding="utf-8")
    placed(space)
    assert code_of(space)["train.py"] == b"changed"


def test_the_codes_folder_stays_open_to_whoever_the_training_runs_as(space):
    placed(space)
    assert space.code("algo-1").stat().st_mode & 0o777 == 0o777
