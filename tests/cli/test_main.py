"""The group itself: help, documentation, start-up weight, usage errors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from orchestrator.cli.main import COMMANDS, cli
from orchestrator.cli.reference import reference

HEAVY = {"boto3", "botocore", "numpy", "rich", "moto", "docker", "pydantic", "yaml", "sqlite3"}


def imported(code, home):
    """The top-level modules that a fresh interpreter holds after `code`."""
    script = f"{code}\nimport sys, json; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    environment = os.environ | {"AMT_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    return {name.split(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


def test_help_imports_nothing_heavy(tmp_path):
    code = """
from orchestrator.cli.main import cli
try:
    cli.main(["--help"])
except SystemExit as left:
    assert left.code == 0
"""
    assert not imported(code, tmp_path) & HEAVY


@pytest.mark.parametrize("words", [("list",), ("describe", "demo"), ("best", "demo")])
def test_a_look_at_local_state_imports_nothing_that_works(tmp_path, words):
    code = f"""
from orchestrator.cli.main import cli
try:
    cli.main({list(words)!r})
except SystemExit:
    pass
"""
    heavy = {"boto3", "numpy", "scipy", "rich", "moto", "docker", "pydantic", "yaml"}
    assert not imported(code, tmp_path) & heavy


def test_every_command_is_documented_in_docs():
    document = Path(__file__).parents[2] / "docs" / "commands.md"
    assert document.read_text(encoding="utf-8") == reference(), (
        "run: python -m orchestrator.cli.reference > docs/commands.md"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_json(name):
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help
    assert any("--json" in option.opts for option in command.params)


def test_help_lists_every_command(world):
    result = world.amt("--help")
    assert result.exit_code == 0
    assert all(f"  {name} " in result.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ("nope",),
        ("list", "--nope"),
        ("describe",),
        ("list", "--on", "mars"),
        ("list", "--limit", "0"),
        ("run", "x.yaml", "--runtime", "magic"),
        ("wait", "demo", "--timeout", "-1"),
    ],
)
def test_wrong_words_are_bad_input(world, words):
    result = world.amt(*words)
    assert result.exit_code == 2
    assert "Error" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("name", "value"), [("AMT_GRACE_SECONDS", "soon"), ("AMT_HYPERBAND_SEARCH", "Grid")]
)
def test_a_variable_that_cannot_be_read_is_bad_input(name, value, tmp_path):
    environment = os.environ | {name: value, "AMT_HOME": str(tmp_path)}
    words = [sys.executable, "-m", "orchestrator", "list"]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr
