"""What all training jobs of a tuning job print, in the order of time.

One FilterLogEvents a look, however many training jobs there are: their streams begin with the
tuning job's name. CloudWatch may show a line later than its time says, so each look begins a
little before the last line, and what was seen is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestrator.client.errors import translated
from orchestrator.client.training_jobs import LOG_GROUP, LogLine
from orchestrator.errors import JobNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.client.session import Connection

_LATE_MS = 30_000
_CHILD = r"-\d{3,}-[0-9a-f]{8}"
"""What a training job's name has behind its tuning job's (observed)."""


@dataclass(slots=True)
class TuningLog:
    """Reads in pieces: every call gives what is new since the last one."""

    connection: Connection
    name: str
    newest: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def read(self) -> Iterator[tuple[str, LogLine]]:
        """(training job, line) of each new line, oldest first."""
        stream = re.compile(rf"({re.escape(self.name)}{_CHILD})/(.+)-\d+")
        try:
            with translated(self.connection, self.name, LOG_GROUP):
                events = list(self._events())
        except JobNotFound:
            return  # no log group yet: nothing was printed
        for event in events:
            found = stream.fullmatch(event["logStreamName"])
            if found is None or event["eventId"] in self.seen:
                continue  # another tuning job whose name begins with this one's, or told before
            at = int(event["timestamp"])
            self.seen[event["eventId"]] = at
            self.newest = max(self.newest, at)
            yield found[1], LogLine(at, found[2], event["message"])
        self.seen = {k: at for k, at in self.seen.items() if at >= self.newest - _LATE_MS}

    def _events(self) -> Iterator[Any]:
        query: dict[str, Any] = {
            "logGroupName": LOG_GROUP,
            "logStreamNamePrefix": f"{self.name}-",
            "startTime": max(0, self.newest - _LATE_MS),
        }
        while True:
            answer = self.connection.logs.filter_log_events(**query)
            yield from answer["events"]
            token = answer.get("nextToken")
            if not token:
                return
            query["nextToken"] = token
