"""What is installed from a wheel is whole: data files too, and it works without the tree."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions

import pytest

from tests.visitor import ROOT

BROUGHT_ALONG = {"botocore", "urllib3", "pydantic_core"}
"""What boto3 and pydantic cannot be installed without."""
OPTIONAL = {"jsonata": "serve", "moto": "serve", "pandas": "pandas", "pytest": "test"}
"""What an extra brings, imported only where it is needed."""
TYPES_ONLY = "mypy_boto3_"

LONG = 240


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("amt_orchestrator-*.whl")
    return built


@pytest.mark.slow
@pytest.mark.timeout(LONG)
def test_every_file_of_the_package_is_in_the_wheel_and_nothing_else(wheel):
    package = ROOT / "orchestrator"
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if ".dist-info/" not in name} == ours
    assert any(name.endswith(".template") for name in ours)
    assert any(name.endswith("service-2.json") for name in ours)
    assert "orchestrator/py.typed" in ours
    assert any(name.endswith("/LICENSE") for name in names)


@pytest.mark.slow
@pytest.mark.timeout(LONG)
def test_a_job_runs_from_the_installed_wheel(wheel, tmp_path):
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site]
    subprocess.run([*install, wheel], check=True, capture_output=True)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AMT_")}
    environment |= {"PYTHONPATH": str(site), "AMT_HOME": str(tmp_path / "state")}

    def python(*words):
        return subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    where = python("-c", "import orchestrator; print(orchestrator.__file__)")
    assert where.stdout.startswith(str(site)), where.stderr
    amt = ("-m", "orchestrator")
    assert python(*amt, "init", "job").returncode == 0
    done = python(*amt, "run", "job/job.yaml", "--runtime", "process", "--set", "limits.jobs=2")
    assert done.returncode == 0, done.stderr


def test_what_is_imported_from_outside_is_required_and_the_other_way_round():
    modules = set()
    for path in (ROOT / "orchestrator").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    known = sys.stdlib_module_names | BROUGHT_ALONG | {"orchestrator"}
    assert modules >= OPTIONAL.keys()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name, extra in OPTIONAL.items():
        wanted = project["optional-dependencies"][extra]
        assert any(line.startswith(name) for line in wanted)
    known |= OPTIONAL.keys()
    outside = {name for name in modules - known if not name.startswith(TYPES_ONLY)}
    distributions = packages_distributions()
    imported = {distributions[name][0].lower() for name in outside}
    required = {re.match(r"[\w-]+", line)[0].lower() for line in project["dependencies"]}
    assert imported == required
