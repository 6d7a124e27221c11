"""CloudWatch Logs, as far as reading the logs of training jobs needs it.

Tokens of GetLogEvents carry a direction and a byte of the log, so that a reader who comes back
goes on where it stopped; at the end of a stream a reader gets back the token it came with
(documented).
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.endpoint import log_streams
from orchestrator.store.protocol import JobKind
from orchestrator.wire import paging
from orchestrator.wire.faults import InvalidParameterException, ResourceNotFoundException

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.endpoint.emulator import Answer, Call, LogLine, Request

_DEFAULT_STREAMS = 50
_STREAM = re.compile(r"(?P<job>[^/]+)/(?P<host>algo-\d+)-(?P<epoch>\d+)")
_TOKEN = re.compile(r"(?P<direction>[fb])/(?P<offset>\d{1,20})")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to read: forwards from `offset`, or the events before it (None: the end)."""

    forward: bool
    offset: int | None


def describe_log_streams(call: Call, request: Request) -> Answer:
    """DescribeLogStreams: streams of the training jobs that have started, by name."""
    log_streams.check_group(request)
    prefix = request.get("logStreamNamePrefix") or ""
    limit = request.get("limit") or _DEFAULT_STREAMS
    descending = bool(request.get("descending"))
    after = _after(call, request)
    streams = {
        stream["logStreamName"]: stream
        for row in log_streams.rows(call, prefix)
        for stream in log_streams.streams(row)
        if stream["logStreamName"].startswith(prefix)
    }
    ordered = [
        name
        for name in sorted(streams, reverse=descending)
        if after is None or (name < after if descending else name > after)
    ]
    answer: Answer = {"logStreams": [streams[name] for name in ordered[:limit]]}
    if limit < len(ordered):
        position = (ordered[limit - 1], "")
        answer["nextToken"] = paging.token(call.operation, _question(request), position)
    return answer


def get_log_events(call: Call, request: Request) -> Answer:
    """GetLogEvents."""
    log_streams.check_group(request)
    name = request["logStreamName"]
    found = _STREAM.fullmatch(name)
    row = call.row(JobKind.TRAINING, found["job"]) if found else None
    known = {stream["logStreamName"] for stream in log_streams.streams(row)} if row else ()
    if found is None or row is None or name not in known:
        raise ResourceNotFoundException("The specified log stream does not exist.")
    place = _place(request)
    start = place.offset if place.forward and place.offset is not None else 0
    lines = _lines(call, row.name, found["host"], start)
    return _forward(request, lines, start) if place.forward else _backward(request, lines, place)


def _lines(call: Call, job: str, host: str, start: int) -> Iterator[tuple[int, LogLine]]:
    """(byte at which it begins, line) of one host's log, from byte `start` on."""
    for line in call.emulator.logs.lines(call.scope, job, host, start):
        yield start, line
        start = line.offset


def _forward(request: Request, lines: Iterator[tuple[int, LogLine]], start: int) -> Answer:
    events: list[Answer] = []
    limit = request.get("limit") or log_streams.MOST_EVENTS
    size, end = 0, start
    for _, line in lines:
        if _within(request, line):
            event = log_streams.event(line)
            size += log_streams.size(event)
            if events and (size > log_streams.MOST_BYTES or len(events) == limit):
                break
            events.append(event)
        end = line.offset
    return _events(events, start, end)


def _backward(request: Request, lines: Iterator[tuple[int, LogLine]], place: _Place) -> Answer:
    kept: deque[tuple[int, LogLine]] = deque(maxlen=request.get("limit") or log_streams.MOST_EVENTS)
    end = 0
    for begin, line in lines:
        if place.offset is not None and line.offset > place.offset:
            break
        end = line.offset
        if _within(request, line):
            kept.append((begin, line))
    events: deque[Answer] = deque()
    size, start = 0, end if place.offset is None else place.offset
    for begin, line in reversed(kept):
        event = log_streams.event(line)
        size += log_streams.size(event)
        if events and size > log_streams.MOST_BYTES:
            break
        events.appendleft(event)
        start = begin
    if not events:
        start = 0
    return _events(list(events), start, end)


def _events(events: list[Answer], start: int, end: int) -> Answer:
    return {
        "events": events,
        "nextForwardToken": f"f/{end:020d}",
        "nextBackwardToken": f"b/{start:020d}",
    }


def _within(request: Request, line: LogLine) -> bool:
    """Times are in milliseconds; the start is included, the end is not (documented)."""
    start, end = request.get("startTime"), request.get("endTime")
    return (start is None or line.epoch_ms >= start) and (end is None or line.epoch_ms < end)


def _place(request: Request) -> _Place:
    token = request.get("nextToken")
    if token is None:
        head = bool(request.get("startFromHead"))
        return _Place(head, 0 if head else None)
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise InvalidParameterException("The specified nextToken is invalid.")
    return _Place(found["direction"] == "f", int(found["offset"]))


def _after(call: Call, request: Request) -> str | None:
    """The stream that the page before ended with."""
    if request.get("nextToken") is None:
        return None
    asked = _question(request) | {"NextToken": request["nextToken"]}
    place = paging.position(call.operation, asked)
    return None if place is None else str(place[0])


def _question(request: Request) -> Request:
    return {key: value for key, value in request.items() if key not in {"nextToken", "limit"}}
