"""Remembers on disk where in each host's log an attempt begins.

``<workspace>/<host>/run/container`` has ``<attempt> <byte>``, written before the container is
created. An engine that comes back needs it to know how much of the container's output the
log has already, even while Docker itself is still away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.runtime import log_tail

if TYPE_CHECKING:
    from pathlib import Path

    from orchestrator.runtime.workspace import Workspace

RECORD = "container"


def begin(workspace: Workspace, attempt: int) -> dict[str, int]:
    """Where each host's log begins for `attempt`; written down once, the same ever after.

    Raises:
        OSError: It cannot be written.
    """
    return {host: _begin(workspace, host, attempt) for host in workspace.spec.hosts}


def _begin(workspace: Workspace, host: str, attempt: int) -> int:
    record = workspace.run(host) / RECORD
    start = _read(record, attempt)
    if start is None:
        start = log_tail.begin(workspace.log(host))
        part = record.with_suffix(".part")
        part.write_text(f"{attempt} {start}", encoding="ascii")
        part.replace(record)
    return start


def begun(workspace: Workspace, attempt: int) -> dict[str, int] | None:
    """Where each host's log began for `attempt`; None when it was never written down."""
    found: dict[str, int] = {}
    for host in workspace.spec.hosts:
        start = _read(workspace.run(host) / RECORD, attempt)
        if start is None:
            return None
        found[host] = start
    return found


def _read(record: Path, attempt: int) -> int | None:
    try:
        number, start = record.read_text(encoding="ascii").split()
    except FileNotFoundError:
        return None
    return int(start) if int(number) == attempt else None
