"""`make lint-infra` passes, and every check of it finds a fault of its kind.

Slow: the tools' environment is built first.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.infra.files import INFRA
from tests.infra.terraform import needs_terraform
from tests.visitor import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

MODULE, TEMPLATE = "terraform/modules/amt", "cloudformation/amt.yaml"
FAULTS = [
    ("terraform fmt", f"{MODULE}/ecr.tf", "  name     ", "  name  "),
    ("terraform validate dev", "terraform/envs/dev/main.tf", "  environment  ", "  surroundings "),
    ("terraform test", f"{MODULE}/ecr.tf", '"IMMUTABLE"', '"MUTABLE"'),
    ("checkov", f"{MODULE}/s3.tf", "block_public_acls       = true", ""),
    ("checkov", TEMPLATE, "ImageTagMutability: IMMUTABLE", ""),
    ("checkov", "github/tune.yml", "permissions: {}", "permissions: write-all"),
    ("cfn-lint", TEMPLATE, "SSEAlgorithm: AES256", "SSEAlgorithm: AES"),
    ("policies", TEMPLATE, "sagemaker:StopTrainingJob", "sagemaker:EndTrainingJob"),
    ("statelint", "stepfunctions/sync.asl.json", '"Next": "Describe"', '"Next": "Nowhere"'),
    ("schemas", "github/tune.yml", "runs-on:", "run-on:"),
    ("zizmor", "github/tune.yml", "@11bd71901bbe5b1630ceea73d27597364c9af683", "@v4"),
]
"""A check, a file, what is taken out of it, and what is put there instead."""


@pytest.fixture(scope="module")
def python():
    """The Python of the tools' environment."""
    top = Path(os.environ.get("AMT_TEST_CLIENTS") or Path(tempfile.gettempdir()) / "amt-clients")
    top.mkdir(parents=True, exist_ok=True)
    folder = top / "infra"
    with (top / "infra.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make = ["make", "-C", ROOT, f"INFRA_VENV={folder}", f"{folder}/.ready"]
        done = subprocess.run(make, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "bin" / "python"


def check(python, infra, *words):
    command = [python, infra / "check.py", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@needs_terraform
def test_all_checks_pass(python):
    done = check(python, INFRA)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left out" not in done.stdout


@needs_terraform
@pytest.mark.parametrize(("name", "file", "old", "new"), FAULTS)
def test_a_check_finds_a_fault_of_its_kind(name, file, old, new, python, tmp_path):
    infra = tmp_path / "infra"
    shutil.copytree(INFRA, infra, ignore=shutil.ignore_patterns(".terraform*"))
    text = (infra / file).read_text()
    assert old in text
    (infra / file).write_text(text.replace(old, new, 1))
    done = check(python, infra, name)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED" in done.stdout
