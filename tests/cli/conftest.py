# ruff: noqa: N802  (the operations have the API's own names)
"""An endpoint in memory behind the real botocore client, and a console that talks to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orchestrator.aws.protocol import ObjectInfo
from orchestrator.cli.console import Console
from orchestrator.cli.main import cli
from orchestrator.client.session import (
    Access,
    Cloud,
    Connection,
    logs_client,
    price_list_client,
    sagemaker_client,
    service_quotas_client,
)
from orchestrator.clock import VirtualClock
from orchestrator.settings import Settings

START = 1_750_000_000.0


def a_job(name: str, status: str = "InProgress", **members: Any) -> dict[str, Any]:
    job = {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobArn": f"arn:aws:sagemaker:us-east-1:0:tuning/{name}",
        "HyperParameterTuningJobStatus": status,
        "CreationTime": START,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "accuracy"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2},
        },
        "TrainingJobStatusCounters": {
            "Completed": 0, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0,
        },
        "ObjectiveStatusCounters": {"Succeeded": 0, "Pending": 0, "Failed": 0},
    }  # fmt: skip
    if status in {"Completed", "Failed", "Stopped"}:
        job["HyperParameterTuningEndTime"] = START + 60
    return job | members


def a_child(name: str, value: float | None = None, status: str = "Completed") -> dict[str, Any]:
    child = {
        "TrainingJobName": name,
        "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:0:training-job/{name}",
        "CreationTime": START + 1,
        "TrainingStartTime": START + 2,
        "TrainingJobStatus": status,
        "TunedHyperParameters": {"lr": "0.123456789", "depth": "3"},
        "ObjectiveStatus": "Pending" if status == "InProgress" else "Failed",
    }
    if status != "InProgress":
        child["TrainingEndTime"] = START + 14
    if value is not None:
        child["ObjectiveStatus"] = "Succeeded"
        child["FinalHyperParameterTuningJobObjectiveMetric"] = {
            "MetricName": "accuracy",
            "Value": value,
        }
    return child


class Refused(Exception):
    """An error as the API answers it."""


def recorded(name: str) -> Any:
    """An answer in the shape that AWS documents, with values seen in public."""
    return json.loads((Path(__file__).parent / "recorded" / name).read_text(encoding="utf-8"))


@dataclass
class FakeEndpoint:
    """Tuning jobs as a list of states each: every Describe moves a job to its next state."""

    states: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    children: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)
    tags: dict[str, list[Any]] = field(default_factory=dict)
    created: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    on_create: list[dict[str, Any]] = field(default_factory=list)

    def add(self, *states: dict[str, Any], children: list[dict[str, Any]] | None = None) -> str:
        name = states[0]["HyperParameterTuningJobName"]
        self.states[name] = list(states)
        self.children[name] = children or []
        return name

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        operation = environ["HTTP_X_AMZ_TARGET"].split(".")[1]
        query = json.loads(environ["wsgi.input"].read() or b"{}")
        self.calls.append(operation)
        status = "200 OK"
        try:
            answer = getattr(self, operation)(query)
        except Refused as error:
            kind, message = error.args
            status, answer = "400 Bad Request", {"__type": kind, "message": message}
        start_response(status, [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps(answer or {}).encode()]

    def _job(self, name: str) -> dict[str, Any]:
        if name not in self.states:
            raise Refused("ResourceNotFound", f"can't find a tuning job with name: {name}")
        return self.states[name][0]

    def CreateHyperParameterTuningJob(self, query: Any) -> Any:
        name = query["HyperParameterTuningJobName"]
        if name in self.states:
            raise Refused("ResourceInUse", "names must be unique within an account.")
        self.created.append(query)
        self.tags[name] = query.get("Tags", [])
        states = [state | {"HyperParameterTuningJobName": name} for state in self.on_create]
        self.add(*states or [a_job(name, "Completed")])
        return {"HyperParameterTuningJobArn": f"arn:tuning/{name}"}

    def ListTags(self, query: Any) -> Any:
        given = [{"Key": "team", "Value": "a"}, {"Key": "aws:made-by", "Value": "b"}]
        return {"Tags": self.tags.get(query["ResourceArn"].rpartition("/")[2], given)}

    def DescribeHyperParameterTuningJob(self, query: Any) -> Any:
        name = query["HyperParameterTuningJobName"]
        job = self._job(name)
        if len(self.states[name]) > 1:
            self.states[name].pop(0)
        return job

    def ListHyperParameterTuningJobs(self, query: Any) -> Any:
        found = [
            {key: value for key, value in states[0].items() if not key.endswith("Config")}
            | {"Strategy": "Random", "ResourceLimits": {"MaxParallelTrainingJobs": 1}}
            for name, states in self.states.items()
            if query.get("NameContains", "") in name
        ]
        return self._page(found, query, "HyperParameterTuningJobSummaries")

    def ListTrainingJobsForHyperParameterTuningJob(self, query: Any) -> Any:
        name = query["HyperParameterTuningJobName"]
        self._job(name)
        return self._page(self.children[name][::-1], query, "TrainingJobSummaries")

    def _page(self, found: list[Any], query: Any, key: str) -> Any:
        begin = int(query.get("NextToken", 0))
        end = begin + query["MaxResults"]
        more = {"NextToken": str(end)} if end < len(found) else {}
        return {key: found[begin:end]} | more

    def StopHyperParameterTuningJob(self, query: Any) -> None:
        name = query["HyperParameterTuningJobName"]
        job = self._job(name)
        if job["HyperParameterTuningJobStatus"] in {"Completed", "Failed", "Stopped"}:
            raise Refused("ValidationException", "The job is already in a terminal state.")
        self.states[name] = [job | {"HyperParameterTuningJobStatus": "Stopping"}]

    def DeleteHyperParameterTuningJob(self, query: Any) -> None:
        name = query["HyperParameterTuningJobName"]
        if self._job(name)["HyperParameterTuningJobStatus"] == "InProgress":
            raise Refused("ValidationException", "The job is not in a terminal state.")
        del self.states[name]

    def DescribeTrainingJob(self, query: Any) -> Any:
        for children in self.children.values():
            for child in children:
                if child["TrainingJobName"] == query["TrainingJobName"]:
                    return child
        raise Refused("ValidationException", "Requested resource not found.")

    def GetProducts(self, query: Any) -> Any:
        wanted = {field["Field"]: field["Value"] for field in query["Filters"]}
        answer = recorded("get-products.json")
        products = [json.loads(each)["product"]["attributes"] for each in answer["PriceList"]]
        kept = [
            text
            for text, product in zip(answer["PriceList"], products, strict=True)
            if wanted.items() <= product.items()
        ]
        return answer | {"PriceList": kept}

    def ListServiceQuotas(self, query: Any) -> Any:
        pages = recorded("list-service-quotas.json")
        number = int(query.get("NextToken", 0))
        more = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
        return pages[number] | more

    def DescribeLogStreams(self, query: Any) -> Any:
        job = query["logStreamNamePrefix"].rstrip("/")
        if job not in self.lines:
            raise Refused("ResourceNotFoundException", "The specified log group does not exist.")
        return {"logStreams": [{"logStreamName": f"{job}/algo-1-1750000000"}]}

    def FilterLogEvents(self, query: Any) -> Any:
        prefix, start = query["logStreamNamePrefix"], query.get("startTime", 0)
        events = [
            {
                "logStreamName": f"{job}/algo-1-1750000000",
                "timestamp": 1_750_000_000_000 + 1000 * number,
                "message": line,
                "eventId": f"{job}-{number}",
            }
            for job, lines in self.lines.items()
            for number, line in enumerate(lines)
            if job.startswith(prefix)
        ]
        events.sort(key=lambda event: event["timestamp"])
        kept = [event for event in events if event["timestamp"] >= start]
        begin = int(query.get("nextToken", 0))
        more = {"nextToken": str(begin + 2)} if begin + 2 < len(kept) else {}
        return {"events": kept[begin : begin + 2]} | more

    def GetLogEvents(self, query: Any) -> Any:
        lines = self.lines[query["logStreamName"].split("/")[0]]
        begin = int(query.get("nextToken", "f/0").split("/")[1])
        events = [{"timestamp": 1_750_000_000_000, "message": line} for line in lines[begin:]]
        return {"events": events, "nextForwardToken": f"f/{len(lines)}"}


@dataclass
class FakeEmulator:
    """Says what it is told to; remembers what was asked of it."""

    asked: list[str] = field(default_factory=list)
    driven: tuple[str, ...] = ()
    pid: int | None = 4242
    remains: bool = False
    impatient: bool = False
    troubles: list[str] = field(default_factory=list)

    def resume(self, name: str) -> None:
        self.asked.append(f"resume {name}")
        self.pid = 1

    def interrupt(self) -> None:
        self.asked.append("interrupt")

    def abandon(self) -> None:
        self.asked.append("abandon")

    def idle(self, timeout_seconds: float | None = None) -> bool:
        self.asked.append("idle")
        if self.impatient:
            raise KeyboardInterrupt
        return True

    def trouble(self) -> str:
        return self.troubles.pop(0) if self.troubles else ""

    def driving(self) -> tuple[str, ...]:
        return self.driven

    def driver(self, name: str) -> int | None:
        return self.pid

    def left_over(self, name: str) -> bool:
        return self.remains


@dataclass
class FakeBucket:
    """Objects by URI."""

    objects: dict[str, bytes] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    def exists(self, uri: str) -> bool:
        return uri in self.objects

    def list(self, prefix: str) -> Any:
        for number, (uri, content) in enumerate(list(self.objects.items())):
            if uri.startswith(prefix):
                yield ObjectInfo(uri, len(content), float(number))

    def read(self, uri: str) -> bytes:
        return self.objects[uri]

    def write(self, uri: str, content: bytes) -> None:
        self.objects[uri] = content

    def upload(self, source: Any, uri: str, sent: Any = None) -> None:
        self.objects[uri] = source.read_bytes()
        self.sent.append(uri)
        if sent is not None:
            sent(len(self.objects[uri]))

    def copy(self, source: str, uri: str, size: int) -> None:
        assert size == len(self.objects[source])
        self.objects[uri] = self.objects[source]

    def delete(self, uri: str) -> None:
        self.objects.pop(uri, None)

    def download(self, uri: str, target: Any) -> None:
        target.write_bytes(self.objects[uri])


@dataclass
class World:
    """Everything that a command meets, and how to call one."""

    home: Any
    endpoint: FakeEndpoint = field(default_factory=FakeEndpoint)
    emulator: FakeEmulator | None = field(default_factory=FakeEmulator)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    opened: list[tuple[str, str]] = field(default_factory=list)
    broken: Exception | None = None
    cloud: Cloud | None = None
    clock: VirtualClock = field(default_factory=partial(VirtualClock, START + 20))

    def connect(self, settings: Settings, on: str, runtime: str) -> Connection:
        self.opened.append((on, runtime))
        if self.broken is not None:
            raise self.broken
        access = Access("us-east-1", account="000000000000", application=self.endpoint)
        return Connection(
            label=on,
            sagemaker=sagemaker_client(access),
            logs=logs_client(access),
            bucket=self.bucket,
            account="000000000000",
            region="us-east-1",
            default_bucket="amt",
            default_role="arn:aws:iam::000000000000:role/amt",
            emulator=self.emulator,
            price_list=price_list_client(access),
            service_quotas=service_quotas_client(access),
            cloud=self.cloud if on == "aws" else None,
        )

    def amt(self, *words: str, **settings: Any) -> Result:
        console = Console(
            settings=Settings(home=self.home, **settings), connect=self.connect, clock=self.clock
        )
        return CliRunner().invoke(cli, list(words), prog_name="amt", obj=console)


@pytest.fixture
def world(tmp_path):
    return World(home=tmp_path / "state")
