"""What a module calls private stays in it, and rooms are named after what is in them."""

from __future__ import annotations

import ast
import importlib.util
import pkgutil
from pathlib import Path

import pytest

import orchestrator

VAGUE = {"utils", "util", "helpers", "common", "base", "manager", "misc", "shared"}
MODULES = [each.name for each in pkgutil.walk_packages(orchestrator.__path__, "orchestrator.")]


def source(name):
    spec = importlib.util.find_spec(name)
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def private(name):
    return name.startswith("_") and not name.endswith("__")


@pytest.mark.parametrize("name", MODULES)
def test_no_module_takes_anothers_private_names(name):
    for node in ast.walk(source(name)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("orchestrator"):
            taken = [alias.name for alias in node.names if private(alias.name)]
            assert not taken, f"{name} takes {taken} from {node.module}"


@pytest.mark.parametrize("name", MODULES)
def test_every_name_a_module_lists_is_there(name):
    module = importlib.import_module(name)
    for listed in getattr(module, "__all__", ()):
        assert hasattr(module, listed), f"{name} has no {listed}"


def test_no_module_has_a_name_that_says_nothing():
    parts = {part for name in MODULES for part in name.split(".")}
    assert parts & VAGUE == set()


def test_the_package_itself_gives_its_version_and_nothing_else():
    names = {name for name in vars(orchestrator) if not name.startswith(("_", "@py"))}
    submodules = {name.split(".")[1] for name in MODULES}
    assert names <= submodules
    assert orchestrator.__version__
