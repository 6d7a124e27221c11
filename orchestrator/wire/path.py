"""Where in a request something stands: our spelling, and AWS's.

Ours follows the request (``A.B[0].C``, map keys as ``A.key`` or ``A["odd key"]``). AWS's, in
validation messages, begins every element in lower case and counts list members from 1:
``a.b.1.member.c`` (documented in general, observed for SageMaker).
"""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_ELEMENT = re.compile(r'([^.\[\]]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


def member(path: str, name: str) -> str:
    """The path of a structure's member."""
    return f"{path}.{name}" if path else name


def item(path: str, index: int) -> str:
    """The path of a list's element, counted from 0."""
    return f"{path}[{index}]"


def entry(path: str, key: str) -> str:
    """The path of a map's entry; keys that would be ambiguous are quoted."""
    return member(path, key) if _PLAIN.fullmatch(key) else f"{path}[{json.dumps(key)}]"


def elements(path: str) -> list[str | int]:
    """The names, keys and indices that `path` goes through."""
    return [
        name or (int(index) if index else json.loads(quoted))
        for name, index, quoted in _ELEMENT.findall(path)
    ]


def in_aws_words(path: str) -> str:
    """``Config.Ranges[0].Name`` as ``config.ranges.1.member.name``."""
    return ".".join(
        f"{part + 1}.member" if isinstance(part, int) else part[:1].lower() + part[1:]
        for part in elements(path)
    )


def parent(path: str) -> str:
    """The path without its last element."""
    ends = [found.start() for found in _ELEMENT.finditer(path)]
    return path[: ends[-1]].rstrip(".") if ends else ""
