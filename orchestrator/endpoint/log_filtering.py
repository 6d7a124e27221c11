"""FilterLogEvents: events of many streams in one order, page by page.

Events are ordered by time, then by stream and place in it, so that a token can name the last one
told and is right whatever is written meanwhile. Logs are read one after the other and only as
many events kept as a page can have.
"""

from __future__ import annotations

import heapq
import itertools
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.endpoint import log_streams
from orchestrator.wire import log_pattern, paging
from orchestrator.wire.faults import InvalidParameterException, ValidationException

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestrator.endpoint.emulator import Answer, Call, LogLine, Request

    Place = tuple[int, str, int]
    """Epoch milliseconds, stream, byte at which the line begins."""

_NOT_FILTERS = frozenset({"nextToken", "limit", "startFromHead", "interleaved", "unmask"})
_BACKWARDS_SINCE = 1_704_067_200_000
"""2024 in epoch milliseconds: from the end is read only from there on (documented)."""
_LATE_MS = 60_000
"""A line may be seen that long after its job's last change."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question, understood."""

    backwards: bool
    after: Place | None
    start: int
    end: int | None
    passes: Callable[[str], bool]

    def wants(self, place: Place) -> bool:
        """True for an event of this page or a later one; both times are included (documented)."""
        if place[0] < self.start or (self.end is not None and place[0] > self.end):
            return False
        if self.after is None:
            return True
        return place < self.after if self.backwards else place > self.after


@dataclass(frozen=True, slots=True)
class _Stream:
    """One host's log."""

    job: str
    host: str
    name: str


def filter_log_events(call: Call, request: Request) -> Answer:
    """FilterLogEvents."""
    log_streams.check_group(request)
    asked = _asked(call, request)
    limit = request.get("limit") or log_streams.MOST_EVENTS
    each = limit + 1  # one more than wanted tells whether there is a next page
    chosen = heapq.nlargest if asked.backwards else heapq.nsmallest
    found = itertools.chain.from_iterable(
        _of_stream(call, asked, stream, each) for stream in _streams(call, request, asked)
    )
    ordered = chosen(each, found, key=lambda one: one[0])
    kept = _fitting(ordered[:limit])
    answer: Answer = {
        "events": [_event(place, line) for place, line in kept],
        "searchedLogStreams": [],  # always empty (documented)
    }
    if len(kept) < len(ordered):
        moment, stream, begin = kept[-1][0]
        position = (json.dumps([asked.backwards, moment, begin]), stream)
        answer["nextToken"] = paging.token(call.operation, _question(request), position)
    return answer


def _asked(call: Call, request: Request) -> _Asked:
    backwards, after = request.get("startFromHead") is False, None
    start = request.get("startTime")
    if request.get("nextToken") is not None:
        backwards, after = _position(call, request)
    elif backwards and (start is None or start < _BACKWARDS_SINCE):
        raise InvalidParameterException(
            "startFromHead can be false only with a startTime on or after January 1, 2024."
        )
    passes = log_pattern.read(request.get("filterPattern") or "")
    return _Asked(backwards, after, start or 0, request.get("endTime"), passes)


def _position(call: Call, request: Request) -> tuple[bool, Place]:
    question = _question(request) | {"NextToken": request["nextToken"]}
    try:
        written, stream = paging.position(call.operation, question) or ("", "")
        backwards, moment, begin = json.loads(str(written))
        return bool(backwards), (int(moment), stream, int(begin))
    except (ValidationException, ValueError, TypeError, RecursionError):
        raise InvalidParameterException("The specified nextToken is invalid.") from None


def _question(request: Request) -> Request:
    return {key: value for key, value in request.items() if key not in _NOT_FILTERS}


def _streams(call: Call, request: Request, asked: _Asked) -> Iterator[_Stream]:
    """Every stream that may have an event of the page."""
    names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix") or ""
    if names and prefix:
        raise InvalidParameterException(
            "logStreamNames and logStreamNamePrefix cannot be given together."
        )
    jobs = dict.fromkeys(f"{name.partition('/')[0]}/" for name in names or ()) or [prefix]
    for row in (row for job in jobs for row in log_streams.rows(call, job)):
        over = row.state.get("ended") is not None
        for host, stream in zip(row.state["hosts"], log_streams.streams(row), strict=False):
            name = stream["logStreamName"]
            wanted = name in names if names else name.startswith(prefix)
            if wanted and not (over and stream["lastEventTimestamp"] + _LATE_MS < asked.start):
                yield _Stream(row.name, host, name)


def _of_stream(
    call: Call, asked: _Asked, stream: _Stream, most: int
) -> Iterator[tuple[Place, LogLine]]:
    """The first `most` events of one stream that are asked for; backwards all of them."""
    begin = 0
    if asked.after is not None and asked.after[1] == stream.name and not asked.backwards:
        begin = asked.after[2]
    for line in call.emulator.logs.lines(call.scope, stream.job, stream.host, begin):
        place = (line.epoch_ms, stream.name, begin)
        begin = line.offset
        if asked.wants(place) and asked.passes(log_streams.event(line)["message"]):
            yield place, line
            most -= 1
            if not most and not asked.backwards:
                return


def _fitting(found: list[tuple[Place, LogLine]]) -> list[tuple[Place, LogLine]]:
    """As many as one answer has room for, at least one."""
    size = 0
    for number, (_, line) in enumerate(found):
        size += log_streams.size(log_streams.event(line))
        if number and size > log_streams.MOST_BYTES:
            return found[:number]
    return found


def _event(place: Place, line: LogLine) -> Answer:
    """An event with its stream and an id that it keeps."""
    moment, stream, begin = place
    identity = f"{moment:014d}{zlib.crc32(stream.encode()):010d}{begin:020d}"
    return log_streams.event(line) | {"logStreamName": stream, "eventId": identity}
