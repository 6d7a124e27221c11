"""Tags of any resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.errors import Fault
from orchestrator.wire.rules import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def tag_faults(request: Mapping[str, Any]) -> Iterator[Fault]:
    """Keys are distinct, and ``aws:`` is AWS's own prefix (documented for tags at large)."""
    seen: set[str] = set()
    for index, tag in enumerate(reading.sequence(request.get("Tags"))):
        key = reading.text(reading.inside(tag, "Key"))
        if key is None:
            continue
        where = f"Tags[{index}].Key"
        if key in seen:
            yield Fault(where, "Tag keys must be distinct", key, "Write each key once.")
        elif key.lower().startswith("aws:"):
            yield Fault(where, "Tag keys must not begin with aws:", key, "Choose another key.")
        seen.add(key)
