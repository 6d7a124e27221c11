"""The logs of a training job at SageMaker, copied from CloudWatch into the job's log files.

One stream a host and start (a spot instance that comes back makes another). What has been
copied stands in a record beside the log, written after the lines: an engine that comes back
cuts off what the record does not know, skips as many events as it counts, and so keeps every
line once.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestrator.runtime.log_tail import LogTail, begin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_logs.client import CloudWatchLogsClient

    from orchestrator.runtime.log_tail import Batch
    from orchestrator.runtime.workspace import Workspace

GROUP = "/aws/sagemaker/TrainingJobs"
RECORD = "cloudwatch.json"
PAGES_A_LOOK = 20
"""So that a talkative job does not hold up the others."""

_STREAM = re.compile(r"(?P<job>[^/]+)/(?P<host>algo-\d+)-\d+")


@dataclass(slots=True)
class _Stream:
    host: str
    copied: int = 0  # events that stand in the log
    skip: int = 0  # of these, still to be read past after a restart
    token: str | None = None


@dataclass(slots=True)
class _Host:
    begin: int
    size: int
    tail: LogTail
    streams: dict[str, _Stream] = field(default_factory=dict)


class RemoteLogs:
    """The logs of one attempt. For one thread.

    Args:
        logs: A client of CloudWatch Logs.
        workspace: Where the log files stand.
        attempt: Its number; another attempt appends to the same files.
        offsets: How much of each host's log the engine has in its books.
    """

    def __init__(
        self,
        logs: CloudWatchLogsClient,
        workspace: Workspace,
        attempt: int,
        offsets: Mapping[str, int],
    ) -> None:
        self._logs = logs
        self._workspace = workspace
        self._attempt = attempt
        self._offsets = offsets
        self._hosts: dict[str, _Host] = {}
        self._look_again = True
        self.quiet = False

    def read(self, job: str, now: float, *, ended: bool) -> Iterator[tuple[str, Batch]]:
        """Copy what is new; whole batches of new lines by host.

        `quiet` says afterwards whether every host's stream is known and had nothing new.
        """
        if not self._hosts:
            self._open()
        if self._look_again or ended:
            self._find_streams(job)
        events = sum(self._copy(host) for host in self._hosts)
        known = all(host.streams for host in self._hosts.values())
        self._look_again = not (known and events)
        self.quiet = known and not events
        for name, host in self._hosts.items():
            while batch := host.tail.read(now, ended=ended):
                yield name, batch

    # ------------------------------------------------------------------ CloudWatch

    def _find_streams(self, job: str) -> None:
        query: dict[str, Any] = {"logGroupName": GROUP, "logStreamNamePrefix": f"{job}/"}
        while True:
            try:
                answer: Any = self._logs.describe_log_streams(**query)
            except self._logs.exceptions.ResourceNotFoundException:
                return  # nothing has ever been logged in this account
            for stream in answer["logStreams"]:
                name = stream["logStreamName"]
                found = _STREAM.fullmatch(name)
                host = self._hosts.get(found["host"]) if found else None
                if found and host is not None and name not in host.streams:
                    host.streams[name] = _Stream(found["host"])
            if not answer.get("nextToken"):
                return
            query["nextToken"] = answer["nextToken"]

    def _copy(self, name: str) -> int:
        """Append new events of one host's streams to its log; how many there were."""
        host = self._hosts[name]
        messages = [
            message
            for stream in sorted(host.streams)
            for message in self._events(stream, host.streams[stream])
        ]
        if messages:
            with self._workspace.log(name).open("ab") as file:
                file.write("".join(f"{message}\n" for message in messages).encode())
                host.size = file.tell()
            self._write_record()
        return len(messages)

    def _events(self, name: str, stream: _Stream) -> list[str]:
        messages: list[str] = []
        for _ in range(PAGES_A_LOOK):
            more: Any = {"nextToken": stream.token} if stream.token else {"startFromHead": True}
            answer = self._logs.get_log_events(logGroupName=GROUP, logStreamName=name, **more)
            events = answer["events"]
            past = min(stream.skip, len(events))
            stream.skip -= past
            messages += [event.get("message", "") for event in events[past:]]
            again = answer["nextForwardToken"] == stream.token
            stream.token = answer["nextForwardToken"]
            if again or not events:
                break
        stream.copied += len(messages)
        return messages

    # ------------------------------------------------------------------ the record

    @property
    def _record(self) -> Any:  # noqa: ANN401  (a Path)
        return self._workspace.root / RECORD

    def _open(self) -> None:
        known = self._read_record()
        for name in self._workspace.spec.hosts:
            path = self._workspace.log(name)
            if name in known:
                host = self._reopened(name, known[name])
            else:
                size = begin(path)
                host = _Host(size, size, LogTail(path, size))
            self._hosts[name] = host
        self._write_record()

    def _reopened(self, name: str, kept: Mapping[str, Any]) -> _Host:
        path, size = self._workspace.log(name), int(kept["size"])
        os.truncate(path, size)
        tail = LogTail(path, max(self._offsets.get(name, 0), int(kept["begin"])))
        streams = {
            stream: _Stream(name, int(copied), int(copied))
            for stream, copied in kept["streams"].items()
        }
        return _Host(int(kept["begin"]), size, tail, streams)

    def _read_record(self) -> Mapping[str, Any]:
        try:
            record = json.loads(self._record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        hosts: Mapping[str, Any] = record["hosts"] if record["attempt"] == self._attempt else {}
        return hosts

    def _write_record(self) -> None:
        hosts = {
            name: {
                "begin": host.begin,
                "size": host.size,
                "streams": {stream: kept.copied for stream, kept in host.streams.items()},
            }
            for name, host in self._hosts.items()
        }
        draft = self._workspace.root / f"{RECORD}.new"
        draft.write_text(json.dumps({"attempt": self._attempt, "hosts": hosts}), encoding="utf-8")
        draft.replace(self._record)
