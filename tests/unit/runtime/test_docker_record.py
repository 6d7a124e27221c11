"""Where an attempt's part of a log begins is remembered."""

import pytest

from orchestrator.runtime import docker_record
from orchestrator.runtime.workspace import Workspace
from tests.builders import a_training


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace.under(tmp_path, a_training())
    workspace.prepare()
    return workspace


def test_the_first_answer_stays(workspace):
    workspace.log("algo-1").write_text("earlier\n")
    assert docker_record.begin(workspace, 1) == {"algo-1": 8}
    workspace.log("algo-1").write_text("earlier\nnow\n")
    assert docker_record.begin(workspace, 1) == {"algo-1": 8}
    assert docker_record.begun(workspace, 1) == {"algo-1": 8}


def test_another_attempt_begins_anew(workspace):
    docker_record.begin(workspace, 1)
    workspace.log("algo-1").write_text("now\n")
    assert docker_record.begun(workspace, 2) is None
    assert docker_record.begin(workspace, 2) == {"algo-1": 4}


def test_what_never_began_is_not_known(workspace):
    assert docker_record.begun(workspace, 1) is None
