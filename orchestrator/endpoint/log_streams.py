"""The log group of training jobs: its streams, their events, and what one answer may hold.

One group, one stream a host: ``<training job>/algo-<n>-<epoch>``. Control characters are written
as SageMaker's transport writes them, a tab as ``#011`` (observed).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orchestrator.store.protocol import JobKind, Query
from orchestrator.wire.faults import ResourceNotFoundException
from orchestrator.wire.names import partition

if TYPE_CHECKING:
    from orchestrator.endpoint.emulator import Answer, Call, LogLine, Request
    from orchestrator.store.protocol import JobRow

GROUP = "/aws/sagemaker/TrainingJobs"
"""Where SageMaker writes the logs of training jobs (documented)."""

MOST_EVENTS = 10_000
MOST_BYTES = 1 << 20
"""Of one answer (documented)."""

_EVENT_OVERHEAD = 26
_ESCAPES = {code: f"#{code:03o}" for code in range(32)}


def event(line: LogLine) -> Answer:
    """A line as an event."""
    message = line.text.translate(_ESCAPES)
    return {"timestamp": line.epoch_ms, "message": message, "ingestionTime": line.epoch_ms}


def size(event: Answer) -> int:
    """What an event counts for in an answer (documented)."""
    return len(event["message"].encode()) + _EVENT_OVERHEAD


def check_group(request: Request) -> None:
    """Refuse every other group.

    Raises:
        ResourceNotFoundException: There is no such group here.
    """
    group = request.get("logGroupName") or request.get("logGroupIdentifier") or ""
    if group.rsplit(":", 1)[-1] != GROUP:
        raise ResourceNotFoundException("The specified log group does not exist.")


def rows(call: Call, prefix: str) -> list[JobRow]:
    """The training jobs that may have a stream of that prefix."""
    job, slash, _ = prefix.partition("/")
    if slash:
        row = call.row(JobKind.TRAINING, job)
        return [] if row is None else [row]
    scope = call.scope
    query = Query(JobKind.TRAINING, scope.account, scope.region, name_contains=job or None)
    count = call.emulator.store.count(query)
    return list(call.emulator.store.find(replace(query, limit=max(1, count))))


def streams(row: JobRow) -> list[Answer]:
    """One stream a host, once the container has run (documented)."""
    started = row.state.get("started")
    if started is None:
        return []
    first, last = int(started * 1000), int(row.modified * 1000)
    names = [f"{row.name}/{host}-{int(started)}" for host in row.state.get("hosts") or ()]
    group = f"arn:{partition(row.region)}:logs:{row.region}:{row.account}:log-group:{GROUP}"
    return [
        {
            "logStreamName": name,
            "arn": f"{group}:log-stream:{name}",
            "creationTime": first,
            "firstEventTimestamp": first,
            "lastEventTimestamp": last,
            "lastIngestionTime": last,
            "storedBytes": 0,  # always (documented, since 2019)
        }
        for name in names
    ]
