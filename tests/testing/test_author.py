"""The page for authors of pipelines, followed where nothing of ours is but the wheel."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import requires

import pytest

from tests.meta.documents import Page
from tests.serve.clients import Program, installed
from tests.visitor import ROOT

PAGE = Page(ROOT / "docs" / "testing.md")


def needed():
    """What the package needs without extras."""
    return [each for each in requires("amt-orchestrator") if "extra ==" not in each]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_pages_tests_pass_where_only_the_wheel_pytest_and_moto_are(tmp_path):
    programs = installed("author", *needed(), "pytest", "moto[server]>=5.1")
    site, folder = tmp_path / "site", tmp_path / "theirs"
    folder.mkdir()
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", site, ROOT]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    files = PAGE.files()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    run = Program(programs, {"PYTHONPATH": str(site)}, folder)
    assert str(site) in run("python", "-c", "import orchestrator; print(orchestrator.__file__)")
    said = run("python", "-m", "pytest", "-q")
    tests = sum(len(re.findall(r"^def test_", text, re.MULTILINE)) for text in files.values())
    assert f"{tests} passed" in said
