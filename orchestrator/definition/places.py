"""Where in a file each key and value stands, for JSON and TOML.

The parsers of the standard library give values without lines. These readers find the lines of
a text that those parsers have accepted already, so they need no grammar of their own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestrator.definition.paths import Path, lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

Lines = dict[Path, int]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_HEADER = re.compile(r"\s*(\[\[?)([^\]]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


@dataclass(slots=True)
class _Level:
    """One open bracket of a JSON text."""

    path: Path
    is_list: bool
    index: int = 0
    key: str | None = None
    keys: set[str] = field(default_factory=set)

    def child(self) -> Path:
        return (*self.path, self.index if self.is_list else self.key or "")


def json_places(text: str) -> tuple[Lines, list[tuple[Path, int]]]:
    """The line of every key and element, and the keys that stand twice in one object."""
    lines: Lines = {(): 1}
    twice: list[tuple[Path, int]] = []
    levels: list[_Level] = []
    for mark, line in _tokens(text):
        level = levels[-1] if levels else None
        if mark in "}]":
            levels.pop()
        elif mark == ",":
            assert level is not None
            level.index, level.key = level.index + 1, None
        elif mark == ":":
            continue
        elif level is not None and not level.is_list and level.key is None:
            level.key = json.loads(mark)
            assert level.key is not None
            if level.key in level.keys:
                twice.append((level.child(), line))
            level.keys.add(level.key)
            lines[level.child()] = line
        else:
            path = level.child() if level is not None else ()
            lines.setdefault(path, line)
            if mark in "{[":
                levels.append(_Level(path, is_list=mark == "["))
    return lines, twice


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line, seen = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", seen, found.start())
        seen = found.start()
        yield found.group(), line


def toml_places(text: str, data: dict[str, Any]) -> Lines:
    """The line of every key that stands at the beginning of a line, and of every table."""
    lines: Lines = {(): 1}
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, row in enumerate(text.splitlines(), start=1):
        header, key = _HEADER.match(row), _KEY.match(row)
        if header:
            table = _names(header.group(2))
            if header.group(1) == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            _note(lines, table, number)
        elif key:
            _note(lines, (*table, *_names(key.group(1))), number)
    # a line inside a long string can look like a key; TOML has no null
    return {path: line for path, line in lines.items() if lookup(data, path) is not None}


def _names(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _note(lines: Lines, path: Path, line: int) -> None:
    for size in range(1, len(path) + 1):
        lines.setdefault(path[:size], line)
