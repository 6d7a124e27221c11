"""Requests in Python programs: written as literals, and found again without running anything."""

from __future__ import annotations

import ast
import pprint
from typing import TYPE_CHECKING, Any

from orchestrator.formats.protocol import Json, Source, is_request

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 100
_KEY = "HyperParameterTuningJobConfig"


def literal(value: object) -> str:
    """`value` as a Python literal of ASCII characters, over several lines."""
    text = pprint.pformat(value, width=_WIDTH, sort_dicts=False)
    return text.encode("ascii", "backslashreplace").decode("ascii")


def mentions(source: Source) -> bool:
    """Whether a text is a Python program that has a request in it."""
    return _KEY in source.text and _tree(source) is not None


def found(source: Source) -> Json:
    """The one request that stands as a literal in the program.

    Raises:
        BadInput: There is none, there are several different ones, or a part of it is computed.
    """
    tree = _tree(source)
    if tree is None:
        raise source.refused("is no Python", "Give the program that creates the job.")
    requests = [_value(source, node) for node in _nodes(tree)]
    distinct = [one for i, one in enumerate(requests) if one not in requests[:i]]
    if len(distinct) != 1:
        many = "several requests" if distinct else "no request"
        raise source.refused(f"has {many}", f"It must have one mapping or call with {_KEY}.")
    return distinct[0]


def _tree(source: Source) -> ast.Module | None:
    try:
        return ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _nodes(tree: ast.Module) -> Iterator[ast.Dict | ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            if _KEY in keys:
                yield node
        elif isinstance(node, ast.Call) and _KEY in [word.arg for word in node.keywords]:
            yield node


def _value(source: Source, node: ast.Dict | ast.Call) -> Json:
    if isinstance(node, ast.Dict):
        value = _evaluated(source, node)
    else:
        value = {word.arg: _evaluated(source, word.value) for word in node.keywords if word.arg}
    if not is_request(value):
        raise source.refused("has no request", f"It must have a mapping with {_KEY}.", node.lineno)
    request: Json = value
    return request


def _evaluated(source: Source, node: ast.expr) -> Any:  # noqa: ANN401  (any literal)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        mend = "Write the values out; nothing is run to find them."
        raise source.refused("computes a part of the request", mend, node.lineno) from None
