"""What a file says, where it says it, and what is wrong with how it is spelled."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from orchestrator.definition.paths import MISSING, child, lookup
from orchestrator.definition.schema import JobFile
from orchestrator.definition.schema.keys import known
from orchestrator.definition.schema.scalars import REFUSED
from orchestrator.errors import BadInput, Fault
from orchestrator.wire import path as spelled
from orchestrator.wire.validate import as_text, nearest

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from orchestrator.definition.patch import Json
    from orchestrator.definition.paths import Path as Trail
    from orchestrator.definition.places import Lines

_MOST_ROUNDS = 20


def refuse(name: str, problem: str, mend: str) -> BadInput:
    """A fault of a file as a whole."""
    return BadInput([Fault(name, problem, None, mend)])


def in_words(path: Trail) -> str:
    """A path as a message shows it: ``definitions[0].ranges.eta.min``."""
    text = ""
    for part in path:
        text = spelled.item(text, part) if isinstance(part, int) else spelled.entry(text, part)
    return text


@dataclass(frozen=True, slots=True)
class Document:
    """The plain values of a file.

    Attributes:
        name: The file as the user named it, for messages.
        folder: What local paths in it are relative to.
        lines: The line of each path, counted from 1.
    """

    name: str
    folder: Path
    data: Json
    lines: Lines

    def line(self, path: Trail) -> int | None:
        """The line of the deepest part of `path` that the file has."""
        for size in range(len(path), -1, -1):
            if path[:size] in self.lines:
                return self.lines[path[:size]] or None
        return None

    def local(self, written: str) -> Path:
        """The absolute path of a local file that the document names."""
        return (self.folder / written.removeprefix("file://")).absolute()

    def fault(self, path: Trail, problem: str, mend: str, *, value: bool = True) -> Fault:
        """A fault at `path`; its value is shown unless it may be a secret."""
        found = lookup(self.data, path)
        shown = value and found is not None and "environment" not in path
        text = as_text(found) if shown else None
        return Fault(in_words(path) or self.name, problem, text, mend, self.name, self.line(path))

    def with_setting(self, path: Trail, value: object) -> Document:
        """A copy in which `path` has `value`; what stood there has no line any more.

        Raises:
            BadInput: The path goes through something that is no mapping.
        """
        data: Json = copy.deepcopy(self.data)
        target: object = data
        for part in path[:-1]:
            if isinstance(target, dict) and target.get(part) is None:
                target[part] = {}
            target = child(target, part)
        last = path[-1]
        if isinstance(target, list) and isinstance(last, int) and last < len(target):
            target[last] = value
        elif isinstance(target, dict):
            target[str(last)] = value
        else:
            raise refuse(f"--set {in_words(path)}", "leads nowhere", "Check the path's words.")
        lines = {key: line for key, line in self.lines.items() if key[: len(path)] != path}
        return replace(self, data=data, lines={**lines, path: 0})


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was read.

    Attributes:
        raw: True when the file is a request in the request's own spelling.
        faults: What is wrong with its keys and types; empty for a raw request, which is judged
            as a request.
        partial: The job without its faulty places, so that the rest can be judged as well.
        pruned: Those places.
    """

    document: Document
    raw: bool
    faults: tuple[Fault, ...] = ()
    partial: JobFile | None = None
    pruned: tuple[Trail, ...] = ()

    @classmethod
    def of(cls, document: Document) -> Loaded:
        """Recognise the spelling, and check keys and types."""
        capitals = sum(key[:1].isupper() for key in document.data)
        if capitals * 2 > len(document.data):
            return cls(document, raw=True)
        data, pruned, faults = document.data, [], []
        for turn in range(_MOST_ROUNDS):
            try:
                job = JobFile.model_validate(data)
            except ValidationError as error:
                details = error.errors(include_url=False, include_input=False)
                current = replace(document, data=data)
                if turn == 0:
                    faults = [_fault(current, detail) for detail in details]
                data = copy.deepcopy(data)
                pruned += [_prune(data, detail) for detail in details]
            else:
                return cls(
                    document, raw=False, faults=tuple(faults), partial=job, pruned=tuple(pruned)
                )
        return cls(document, raw=False, faults=tuple(faults), pruned=tuple(pruned))

    @property
    def job(self) -> JobFile:
        """The job file's model.

        Raises:
            BadInput: Its keys or types are wrong.
        """
        if self.faults or self.partial is None:
            raise BadInput(self.faults)
        return self.partial


def _written(data: Json, loc: tuple[str | int, ...]) -> Trail:
    """The location in pydantic's words, without the names of the alternatives that it tried."""
    path: list[str | int] = []
    here: object = data
    for part in loc:
        inner = child(here, part)
        if inner is not MISSING:
            here = inner
            path.append(part)
    return tuple(path)


def _fault(document: Document, detail: ErrorDetails) -> Fault:
    path = _written(document.data, detail["loc"])
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            words = known(path[:-1])
            mend = nearest(str(path[-1]), words) or f"Known are {', '.join(words)}."
            return document.fault(path, "is not a known key", mend)
        case "missing":
            path = (*path, detail["loc"][-1])
            return document.fault(path, "is missing", "Write it.")
        case "union_tag_not_found":
            kinds = context.get("expected_tags") or "continuous, integer, categorical"
            return document.fault((*path, "type"), "is missing", f"Write one of {kinds}.")
        case "union_tag_invalid":
            mend = f"Write one of {context.get('expected_tags')}."
            return document.fault((*path, "type"), "is not a kind of range", mend)
        case kind if kind == REFUSED:
            whole = isinstance(lookup(document.data, path), dict)
            return document.fault(path, context["problem"], context["mend"], value=not whole)
    kinds = {"dict_type": "a mapping", "list_type": "a list", "model_type": "a mapping"}
    wanted = kinds.get(detail["type"])
    problem = f"must be {wanted}" if wanted else detail["msg"].lower()
    example = {"a mapping": "Write keys and values below it.", "a list": "Write [a, b]."}
    return document.fault(path, problem, example.get(wanted or "", "See the reference of keys."))


def _prune(data: Json, detail: ErrorDetails) -> Trail:
    """Take the faulty place out of `data`; what lacks a key goes as a whole."""
    path = _written(data, detail["loc"])
    if path:
        above = lookup(data, path[:-1])
        if isinstance(above, list):
            path = path[:-1]  # an element less would move the others
            above = lookup(data, path[:-1])
        if isinstance(above, dict):
            above.pop(path[-1], None)
    else:
        data.pop("definitions", None)
    return path
