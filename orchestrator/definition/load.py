"""A file, or standard input, as a job file or a raw request; the only reader of YAML.

Three formats (YAML, JSON, TOML, by the file's name; standard input by its first character) and
two spellings (a job file's small letters, or a request's own capitals), each accepted
everywhere. Nothing is raised for what stands in the file as long as it can be read at all: all
faults are in `Loaded.faults`, each with its line.

YAML is read by the rules of YAML 1.2: ``1e-4`` is a number, ``off`` and ``no`` are words, keys
are text. Only plain values are made, no tag is obeyed, no key may stand twice.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from orchestrator.definition.document import Document, Loaded, refuse
from orchestrator.definition.places import json_places, toml_places
from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.definition.paths import Path as Trail
    from orchestrator.definition.places import Lines
    from orchestrator.definition.schema import JobFile

_LARGEST = 2_000_000
_MOST_NODES = 200_000
_MOST_DIGITS = 4_000
_STANDARD_INPUT = "-"
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".inf": float("inf"), "-.inf": float("-inf"), "+.inf": float("inf"), ".nan": float("nan"),
}  # fmt: skip
_STANDARD = "tag:yaml.org,2002:"
_COLLECTIONS = ("map", "seq")
_SCALARS = ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")
_MERGE = "<<"


def load(source: str | Path, settings: Sequence[str] = ()) -> Loaded:
    """What `source` says; ``-`` is standard input. `settings` are ``path=value`` overrides.

    Raises:
        BadInput: The file cannot be read, or is no YAML, JSON or TOML.
    """
    return Loaded.of(with_settings(read(source), settings))


def with_settings(document: Document, settings: Sequence[str]) -> Document:
    """A copy with ``path=value`` overrides, the last one of a path counting.

    Raises:
        BadInput: One is no such override, or its path leads nowhere.
    """
    for setting in settings:
        document = document.with_setting(*_setting(setting))
    return document


def read(source: str | Path) -> Document:
    """The values of `source` and their lines.

    Raises:
        BadInput: The file cannot be read, or is no YAML, JSON or TOML.
    """
    name, text = source_text(source)
    folder = Path() if name == "<stdin>" else Path(source).parent
    data, lines = _parse(text, name)
    if not isinstance(data, dict):
        raise refuse(name, "holds no mapping", "Begin with keys such as strategy: and ranges:.")
    return Document(name, folder, data, lines)


def dump(job: JobFile) -> str:
    """`job` as YAML that `load` reads back as the same."""
    return as_yaml(job.model_dump(mode="json", exclude_unset=True))


def as_yaml(document: Any) -> str:  # noqa: ANN401  (any JSON value)
    """Plain values as YAML that `parsed` reads back as the same."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def parsed(text: str, name: str) -> Any:  # noqa: ANN401  (any JSON value)
    """The plain value that a text is; `name` tells by its suffix what it is written in.

    Raises:
        BadInput: It is no YAML, JSON or TOML.
    """
    return _parse(text, name)[0]


def source_text(source: str | Path) -> tuple[str, str]:
    """The name for messages and the text of a file, or of standard input (``-``).

    Raises:
        BadInput: It cannot be read, is too large, empty, or no text.
    """
    name = "<stdin>" if str(source) == _STANDARD_INPUT else str(source)
    return name, _text(source, name)


def _text(source: str | Path, name: str) -> str:
    try:
        if str(source) == _STANDARD_INPUT:
            raw = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(_LARGEST + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise refuse(name, f"cannot be read: {reason}", "Check the path.") from None
    if len(raw) > _LARGEST:
        raise refuse(name, "is larger than 2 MB", "A job file is a few lines; check the path.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise refuse(name, "is not text", "Save it as UTF-8.")
    if not text.strip():
        raise refuse(name, "is empty", "Write a job with: amt init.")
    return text


def _parse(text: str, name: str) -> tuple[Any, Lines]:
    suffix = Path(name).suffix.lower()
    try:
        if suffix == ".toml":
            return _toml(text, name)
        if suffix == ".json" or (name == "<stdin>" and text.lstrip().startswith("{")):
            return _json(text, name)
        return _yaml(text, name)
    except RecursionError:
        raise refuse(name, "is nested too deeply", "Check its brackets.") from None


def _json(text: str, name: str) -> tuple[Any, Lines]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise _syntax(name, (error.lineno, error.colno), error.msg, "JSON") from None
    lines, twice = json_places(text)
    _refuse_twice(name, twice)
    return data, lines


def _toml(text: str, name: str) -> tuple[Any, Lines]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem, _, place = str(error).partition(" (at ")
        line, column = (int(number) for number in [*re.findall(r"\d+", place), "1", "1"][:2])
        raise _syntax(name, (line, column), problem, "TOML") from None
    return data, toml_places(text, data)


def _yaml(text: str, name: str) -> tuple[Any, Lines]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _syntax(name, (line, column), error.problem or "", "YAML") from None
    except yaml.YAMLError as error:
        raise refuse(name, f"is not YAML: {error}".splitlines()[0], "Check its text.") from None
    reader = _Reader(name)
    data = None if root is None else reader.value(root, ())
    _refuse_twice(name, reader.twice)
    return data, reader.lines


def _syntax(name: str, place: tuple[int, int], problem: str, kind: str) -> BadInput:
    line, column = place
    sentence = f"is not {kind}: {problem.strip() or 'cannot be read'}"
    return BadInput([Fault(f"column {column}", sentence, file=name, line=line)])


def _refuse_twice(name: str, twice: list[tuple[Trail, int]]) -> None:
    if twice:
        mend = "Keep one of them."
        raise BadInput(
            [
                Fault(".".join(map(str, path)), "stands twice", None, mend, name, line)
                for path, line in twice
            ]
        )


class _Reader:
    """Turns YAML's nodes into plain values and notes their lines."""

    def __init__(self, name: str) -> None:
        self.lines: Lines = {(): 1}
        self.twice: list[tuple[Trail, int]] = []
        self._name = name
        self._nodes = 0
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: Trail) -> Any:  # noqa: ANN401  (any YAML value)
        self._nodes += 1
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if self._nodes > _MOST_NODES or id(node) in self._open:
            raise refuse(self._name, "refers to itself without end", "Check its aliases (*).")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if node.tag.removeprefix(_STANDARD) not in _COLLECTIONS:
            self._refuse_tag(node, path)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
            assert isinstance(node, yaml.MappingNode)
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Trail) -> dict[str, Any]:
        own: dict[str, Any] = {}
        inherited: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._fault(path, key_node, "has a key that is not text", "Write a word.")
            key, line = key_node.value, key_node.start_mark.line + 1
            if key == _MERGE and key_node.style is None:
                inherited |= self._merged(value_node, path)
                continue
            if key in own:
                self.twice.append(((*path, key), line))
            self.lines[*path, key] = line
            own[key] = self.value(value_node, (*path, key))
        return inherited | own

    def _merged(self, node: yaml.Node, path: Trail) -> dict[str, Any]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in reversed(sources):  # the first one wins (YAML's merge type)
            value = self.value(source, path)
            if not isinstance(value, dict):
                raise self._fault(path, node, "merges what is no mapping", "Write <<: *name.")
            merged |= value
        return merged

    def _scalar(self, node: yaml.ScalarNode, path: Trail) -> Any:  # noqa: ANN401  (any scalar)
        text: str = node.value
        if node.tag.removeprefix(_STANDARD) not in _SCALARS:
            self._refuse_tag(node, path)
        if node.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text) if len(text) < _MOST_DIGITS else text
        return float(text) if _FLOAT.fullmatch(text) else text

    def _refuse_tag(self, node: yaml.Node, path: Trail) -> None:
        raise self._fault(path, node, f"has the tag {node.tag}", "Write a plain value.")

    def _fault(self, path: Trail, node: yaml.Node, problem: str, mend: str) -> BadInput:
        place = ".".join(map(str, path)) or self._name
        return BadInput([Fault(place, problem, None, mend, self._name, node.start_mark.line + 1)])


class _Dumper(yaml.SafeDumper):
    """Quotes the text that `_Reader` would not read back as text."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  (PyYAML's signature)
        return True


def _represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # a line break of any script is written as an escape, or it would come back as a space
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar(f"{_STANDARD}str", text, style=style)


_Dumper.add_representer(str, _represent)
_Dumper.add_implicit_resolver(
    f"{_STANDARD}float", re.compile(f"(?:{_FLOAT.pattern})$"), list("-+.0123456789")
)


def _setting(written: str) -> tuple[Trail, Any]:
    """``limits.jobs=3`` as a path and a value, the value by the rules of YAML."""
    path, equals, value = written.partition("=")
    if not equals or not path:
        raise BadInput([Fault("--set", "is no path=value", written, "Write --set limits.jobs=3.")])
    data, _ = _yaml(value, "--set")
    parts = (int(part) if part.isdigit() else part for part in path.strip().split("."))
    return tuple(parts), data
