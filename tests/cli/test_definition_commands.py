"""init, validate, render: what people write, checked and turned into the request."""

import json
import subprocess
import sys

import pytest

from orchestrator.cli.definition import TEMPLATES
from orchestrator.errors import Unreachable

BAD = """
strategy: Banana
objective: {metric: accuracy, goal: maximize}
limits: {jobs: 3, parallel: 2}
ranges:
  lr: {type: continuous, min: 2.0, max: 1.0}
metrics: {accuracy: 'accuracy=(.*)'}
training: {entry_point: nowhere.py, source: src}
"""


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_init_writes_is_valid_and_renders(world, tmp_path, template):
    folder = tmp_path / "mine"
    result = world.amt("init", str(folder), "--template", template, "--json")
    assert result.exit_code == 0
    job = str(folder / "job.yaml")
    assert job in json.loads(result.stdout)["written"]
    assert world.amt("validate", job).exit_code == 0
    request = json.loads(world.amt("render", job).stdout)
    assert request["HyperParameterTuningJobName"].startswith("mine-")
    assert "amt-upload" not in json.dumps(request)
    assert world.bucket.objects == {}


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_script_that_init_writes_prints_what_the_job_searches_for(world, tmp_path, template):
    if template == "sklearn":
        pytest.importorskip("sklearn")
    world.amt("init", str(tmp_path), "--template", template)
    words = [sys.executable, "src/train.py", "--epochs", "1"]
    log = subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    (tmp_path / "log").write_text(log)
    result = world.amt("validate", f"{tmp_path}/job.yaml", "--log", f"{tmp_path}/log", "--json")
    (metric,) = json.loads(result.stdout)["metrics"]
    assert metric["values"] == 1
    assert metric["lossy"] == []


def test_init_overwrites_nothing(world, tmp_path):
    (tmp_path / "job.yaml").write_text("mine")
    result = world.amt("init", str(tmp_path))
    assert result.exit_code == 2
    assert (tmp_path / "job.yaml").read_text() == "mine"
    assert not (tmp_path / "src").exists()


def test_validate_names_all_faults_at_once_with_their_lines(world, tmp_path):
    file = tmp_path / "job.yaml"
    file.write_text(BAD)
    result = world.amt("validate", str(file), "--json")
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert not found["valid"]
    assert {(fault["path"], fault["line"]) for fault in found["faults"]} >= {
        ("strategy", 2),
        ("training.source", 8),
    }
    assert "Banana" in result.stderr
    assert world.opened == []


@pytest.mark.parametrize("command", ["validate", "render", "run"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("strategy: [", "is not YAML"),
        ("- a\n- b", "holds no mapping"),
        ("strategy: Random\nstrategy: Grid", "stands twice"),
        ("strategi: Random", "is not a known key"),
        ("limits: {jobs: many}", "limits.jobs"),
        ('{"HyperParameterTuningJobName": "x"}', "HyperParameterTuningJobConfig"),
        (BAD, "Banana"),
    ],
)
def test_a_file_that_cannot_be_used_reaches_no_endpoint(world, tmp_path, command, text, said):
    file = tmp_path / "job.yaml"
    file.write_text(text)
    result = world.amt(command, str(file))
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert world.opened == []


def test_a_missing_file_is_bad_input(world, tmp_path):
    result = world.amt("run", str(tmp_path / "nope.yaml"))
    assert result.exit_code == 2
    assert "no such file" in result.stderr


def test_a_setting_overrides_the_file(world, tmp_path):
    world.amt("init", str(tmp_path))
    file = str(tmp_path / "job.yaml")
    request = json.loads(world.amt("render", file, "--set", "limits.jobs=5").stdout)
    limits = request["HyperParameterTuningJobConfig"]["ResourceLimits"]
    assert limits["MaxNumberOfTrainingJobs"] == 5
    assert world.amt("render", file, "--set", "limits.jobs").exit_code == 2


def test_a_rendered_request_is_rendered_again_as_it_is(world, tmp_path):
    world.amt("init", str(tmp_path))
    text = world.amt("render", str(tmp_path / "job.yaml"), "--name", "fixed").stdout
    (tmp_path / "request.json").write_text(text)
    world.broken = Unreachable("no endpoint is needed any more")
    again = world.amt("render", str(tmp_path / "request.json"))
    assert json.loads(again.stdout) == json.loads(text)


def test_what_only_this_machine_can_run_is_named_for_aws(world, tmp_path):
    world.amt("init", str(tmp_path))
    file = str(tmp_path / "job.yaml")
    role = "training.role=arn:aws:iam::123456789012:role/training"
    result = world.amt("validate", file, "--on", "aws", "--set", role)
    assert result.exit_code == 2
    assert "training.image" in result.stderr


def test_a_log_shows_what_matches_what_is_lost_and_what_almost_matches(world, tmp_path):
    world.amt("init", str(tmp_path))
    (tmp_path / "log").write_text("Validation loss: 3\nvalidation_loss=1.5e-3\n")
    words = ("validate", f"{tmp_path}/job.yaml", "--log", f"{tmp_path}/log")
    lossy = "metrics.validation:loss=validation_loss=([0-9.]+)"
    (metric,) = json.loads(world.amt(*words, "--json", "--set", lossy).stdout)["metrics"]
    assert metric["lossy"] == ["takes 1.5 of 1.5e-3 in: validation_loss=1.5e-3"]
    never = "metrics.validation:loss=val_loss=([0-9.]+)"
    assert "almost: Validation loss: 3" in world.amt(*words, "--set", never).stdout
    assert world.amt(*words[:3], str(tmp_path / "nope")).exit_code == 2
