"""Modules and functions stay small enough to be read at one sitting."""

from __future__ import annotations

import ast

import pytest

from tests.visitor import ROOT

MODULE_LINES, FUNCTION_LINES = 400, 50
EXCEPTIONS: dict[str, int] = {}
"""``path`` or ``path:function`` -> lines, for what is still too long. It only ever shrinks."""

MODULES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "orchestrator").rglob("*.py"))
}


def lengths(path):
    """``path`` and every ``path:function`` of it -> lines."""
    found = {path: (MODULES[path].count("\n"), MODULE_LINES)}
    for node in ast.walk(ast.parse(MODULES[path])):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            found[f"{path}:{node.name}"] = (lines, FUNCTION_LINES)
    return found


@pytest.mark.parametrize("path", MODULES)
def test_nothing_is_too_long(path):
    for name, (lines, limit) in lengths(path).items():
        assert lines <= EXCEPTIONS.get(name, limit), f"{name} has {lines} lines"


def test_every_exception_is_still_needed():
    every = {name: found for path in MODULES for name, found in lengths(path).items()}
    for name, allowed in EXCEPTIONS.items():
        lines, limit = every[name]
        assert limit < lines == allowed, f"{name} has {lines} lines now"
