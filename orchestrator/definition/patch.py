"""The difference of two requests, and how it is merged: JSON Merge Patch (RFC 7386).

Mappings merge key by key, null removes a member, anything else replaces. A request holds no
null, so for any two requests there is a patch that turns the one into the other exactly: this
is what lets a job file carry members that it has no word for.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def merge(target: Any, patch: Any) -> Any:  # noqa: ANN401  (any JSON value)
    """`target` with `patch` applied; neither is changed."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def difference(old: Json, new: Json) -> Json:
    """The smallest patch with ``merge(old, patch) == new``; empty when they are the same."""
    patch: Json = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key not in old:
            patch[key] = value
        elif isinstance(value, dict) and isinstance(old[key], dict):
            inner = difference(old[key], value)
            if inner:
                patch[key] = inner
        elif not same(old[key], value):
            patch[key] = value
    return patch


def same(one: object, other: object) -> bool:
    """Equal, and equal in type: ``True`` is not ``1``, and ``1`` is not ``1.0``."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other
