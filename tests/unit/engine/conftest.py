import pytest

from orchestrator.aws.folder import FolderObjects
from orchestrator.runtime.workspace import Workspace
from tests.builders import a_training


@pytest.fixture
def objects(tmp_path):
    return FolderObjects(tmp_path / "s3")


@pytest.fixture
def put(objects):
    """Write objects by key into ``s3://bucket``, each holding its own key."""

    def write(*names):
        for name in names:
            objects.write(f"s3://bucket/{name}", name.encode())

    return write


@pytest.fixture
def a_workspace(tmp_path):
    """A prepared workspace of a training job that differs from the usual one as told."""

    def make(*, relocated=False, **changes):
        workspace = Workspace.under(tmp_path / "home", a_training(**changes), relocated=relocated)
        workspace.prepare()
        return workspace

    return make
