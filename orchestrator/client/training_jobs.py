"""One training job and what it printed, on any endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestrator.client.errors import translated
from orchestrator.errors import JobNotFound
from orchestrator.wire.model import sagemaker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.client.session import Connection
    from orchestrator.client.tuning_jobs import Answer

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
"""Where SageMaker writes the logs of training jobs (documented)."""

_INJECTED, _COPY = "_tuning_objective_metric", "ObjectiveMetric"
"""What a tuning job adds to its training jobs (observed)."""

_AGAIN = "-again"
_LONGEST_NAME = 63

ENDED = frozenset({"Completed", "Failed", "Stopped"})
"""Statuses of a training job that has ended (documented)."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: when it was printed (milliseconds since the epoch), by which host, the text."""

    at: int
    host: str
    text: str


@dataclass(slots=True)
class LogReader:
    """Reads a training job's log in pieces: every call gives what is new since the last one."""

    connection: Connection
    job: str
    tokens: dict[str, str] = field(default_factory=dict)

    def read(self) -> Iterator[LogLine]:
        """The lines since the last call, host after host, in each host's order."""
        with translated(self.connection, self.job):
            try:
                streams = self._streams()
            except JobNotFound:
                return  # no log group or stream yet: nothing was printed
            for stream in streams:
                yield from self._new_lines(stream)

    def _streams(self) -> list[str]:
        query: dict[str, Any] = {
            "logGroupName": LOG_GROUP,
            "logStreamNamePrefix": f"{self.job}/",
        }
        names: list[str] = []
        with translated(self.connection, self.job):
            while True:
                answer = self.connection.logs.describe_log_streams(**query)
                names += [stream["logStreamName"] for stream in answer["logStreams"]]
                token = answer.get("nextToken")
                if not token:
                    return sorted(names)
                query["nextToken"] = token

    def _new_lines(self, stream: str) -> Iterator[LogLine]:
        host = stream.removeprefix(f"{self.job}/").rsplit("-", 1)[0]
        while True:
            query: dict[str, Any] = {
                "logGroupName": LOG_GROUP,
                "logStreamName": stream,
                "startFromHead": True,
            }
            before = self.tokens.get(stream)
            if before:
                query["nextToken"] = before
            answer = self.connection.logs.get_log_events(**query)
            for event in answer["events"]:
                yield LogLine(event.get("timestamp", 0), host, event.get("message", ""))
            self.tokens[stream] = answer["nextForwardToken"]
            # The end of a stream gives back the token it was asked with (documented).
            if not answer["events"] or answer["nextForwardToken"] == before:
                return


def describe(connection: Connection, name: str) -> Answer:
    """Everything the API tells of one training job."""
    try:
        with translated(connection, name):
            answer = connection.sagemaker.describe_training_job(TrainingJobName=name)
    except JobNotFound as error:
        raise JobNotFound(
            f"There is no training job called {name} on {connection.where}. "
            "`amt jobs TUNING_JOB` shows the ones of a tuning job."
        ) from error
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def again(described: Mapping[str, Any]) -> Answer:
    """The CreateTrainingJob request that trains the configuration of a training job again.

    It is what Describe tells without what the tuning job added, under a name of its own. It has
    no checkpoints: it would begin where the first one ended.
    """
    shape = sagemaker().operation("CreateTrainingJob").input
    members = shape.members if shape is not None else {}
    request = {
        key: value
        for key, value in described.items()
        if key in members and key != "CheckpointConfig" and value not in (None, {}, [])
    }
    injected = request.get("HyperParameters", {})
    request["HyperParameters"] = {k: v for k, v in injected.items() if k != _INJECTED}
    algorithm = dict(request["AlgorithmSpecification"])
    metrics = algorithm.get("MetricDefinitions")
    if metrics:
        algorithm["MetricDefinitions"] = [each for each in metrics if each["Name"] != _COPY]
    stem = str(described["TrainingJobName"])[: _LONGEST_NAME - len(_AGAIN)]
    return {**request, "AlgorithmSpecification": algorithm, "TrainingJobName": stem + _AGAIN}


def last_lines(connection: Connection, name: str, count: int = 10) -> list[LogLine]:
    """The end of a training job's log; empty when nothing was printed or kept."""
    return list(LogReader(connection, name).read())[-count:]
