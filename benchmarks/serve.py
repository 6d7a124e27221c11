"""How soon `amt serve` answers, and what it holds up over a store of 10,000 training jobs.

    python benchmarks/serve.py [TUNING_JOBS] [REQUESTS]

Prints: seconds and memory until the first answer, and with moto; p50 and p99 of Describe, List
and Search on a store of 100 tuning jobs with 100 training jobs each, made through the server
itself (simulated training), and the processors' time that each takes of the server; and how long a tuning job of real processes takes with eight clients
that ask all the time beside it, as a ratio to the same job alone, both several times in one run.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.serve.jobs import SCRIPT, archive, tuning_request

if TYPE_CHECKING:
    from collections.abc import Iterator

FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/sts/aws4_request",
}
OBJECTIVE = "def objective(values):\n    yield 60.0, float(values['x'])\n"
TRAININGS, CLIENTS, PAIRS = 100, 8, 3
THINKING_SECONDS = 0.05

CLIENT = """
import http.client, json, sys, time
port, seconds, asked = int(sys.argv[1]), float(sys.argv[2]), json.loads(sys.argv[3])
connection, number, slow = http.client.HTTPConnection("127.0.0.1", port, timeout=30), 0, 0.0
print("ready", flush=True)
while True:
    for operation, body in asked:
        begun = time.perf_counter()
        connection.request("POST", "/", json.dumps(body), {"X-Amz-Target": "SageMaker." + operation})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        slow, number = max(slow, time.perf_counter() - begun), number + 1
        print(number, slow, flush=True)
        time.sleep(seconds)
"""


class Server:
    """`amt serve` on a state folder, and a connection to it."""

    def __init__(self, home: Path, runtime: str, **variables: str) -> None:
        begun = time.perf_counter()
        command = [sys.executable, "-m", "orchestrator", "serve", "--json", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--runtime", runtime],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "AMT_HOME": str(home), **variables},
        )
        assert self.process.stdout is not None
        self.port = int(json.loads(self.process.stdout.readline())["url"].rpartition(":")[2])
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.ask("ListTrainingJobs")
        self.ready = time.perf_counter() - begun

    @property
    def megabytes(self) -> float:
        """Its memory."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    @property
    def worked(self) -> float:
        """Seconds of processors that it has had: what others do on the machine does not add to it."""
        used = psutil.Process(self.process.pid).cpu_times()
        return used.user + used.system

    def ask(self, operation: str, request: Any = None) -> Any:
        """An operation's answer."""
        target = {"X-Amz-Target": f"SageMaker.{operation}"}
        return json.loads(self.send("POST", "/", json.dumps(request or {}), target) or "{}")

    def send(self, method: str, path: str, body: Any, headers: Any) -> bytes:
        """The body of the answer, which is a 200."""
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return content

    def ended(self, name: str) -> Any:
        """What Describe says when a tuning job has completed."""
        while True:
            job = self.ask("DescribeHyperParameterTuningJob", named(name))
            if job["HyperParameterTuningJobStatus"] == "Completed":
                return job
            time.sleep(0.05)

    def close(self) -> None:
        """End it."""
        self.connection.close()
        self.process.terminate()
        self.process.wait()


def named(name: str) -> dict[str, str]:
    return {"HyperParameterTuningJobName": name}


@contextlib.contextmanager
def serving(home: Path, runtime: str, **variables: str) -> Iterator[Server]:
    server = Server(home, runtime, **variables)
    try:
        yield server
    finally:
        server.close()


def start(home: Path) -> None:
    for _ in range(3):
        with serving(home, "process") as server:
            print(f"ready           {server.ready:.2f} s, {server.megabytes:.0f} MB")
    with serving(home, "process") as server:
        begun = time.perf_counter()
        server.send("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", FORM)
        print(f"first of moto   {time.perf_counter() - begun:.2f} s, {server.megabytes:.0f} MB")


def filled(home: Path, jobs: int) -> None:
    """Tuning jobs of a hundred training jobs each, as clients make them."""
    objective = home.parent / "objective.py"
    objective.write_text(OBJECTIVE)
    begun = time.perf_counter()
    with serving(home, "simulated", AMT_OBJECTIVE=f"{objective}:objective") as server:
        for number in range(jobs):
            name = f"job-{number:03d}"
            request = tuning_request(name, "bkt", jobs=TRAININGS, parallel=10)
            server.ask("CreateHyperParameterTuningJob", request)
            server.ended(name)
    books = (home / "state.sqlite").stat().st_size / 1e6
    print(
        f"{jobs} jobs of {TRAININGS}: {time.perf_counter() - begun:.0f} s, {books:.0f} MB of books"
    )


def questions(server: Server, jobs: int) -> Iterator[tuple[str, str, list[Any]]]:
    """(what, operation, requests that are asked in turn)."""
    names = [f"job-{number:03d}" for number in range(jobs)]
    some = {"HyperParameterTuningJobName": names[jobs // 2], "MaxResults": 100}
    listed = server.ask("ListTrainingJobsForHyperParameterTuningJob", some)
    children = [
        {"TrainingJobName": each["TrainingJobName"]} for each in listed["TrainingJobSummaries"]
    ]
    page = server.ask("ListTrainingJobs", {"MaxResults": 100})["NextToken"]
    yield "a tuning job", "DescribeHyperParameterTuningJob", [named(name) for name in names]
    yield "a training job", "DescribeTrainingJob", children
    for what, more in (
        ("10", {}),
        (
            "100, newest first",
            {"MaxResults": 100, "SortBy": "CreationTime", "SortOrder": "Descending"},
        ),
        ("by status", {"SortBy": "Status", "StatusEquals": "Completed"}),
        ("named 99", {"NameContains": "99"}),
    ):
        yield f"tuning jobs, {what}", "ListHyperParameterTuningJobs", [more]
    ordered = {"SortBy": "FinalObjectiveMetricValue", "SortOrder": "Descending", "MaxResults": 100}
    yield (
        "of a tuning job, 10",
        "ListTrainingJobsForHyperParameterTuningJob",
        [named(n) for n in names],
    )
    yield (
        "of a tuning job, 100 best",
        "ListTrainingJobsForHyperParameterTuningJob",
        [named(name) | ordered for name in names],
    )
    for what, more in (
        ("10", {}),
        ("100", {"MaxResults": 100}),
        ("second page", {"MaxResults": 100, "NextToken": page}),
        ("by status", {"StatusEquals": "Completed", "SortBy": "Status"}),
        ("none has that status", {"StatusEquals": "Failed"}),
        ("by name", {"SortBy": "Name", "MaxResults": 100}),
        ("named job-099-", {"NameContains": "job-099-"}),
        ("none has that name", {"NameContains": "nobody"}),
        ("changed lately", {"LastModifiedTimeAfter": 4e9}),
    ):
        yield f"training jobs, {what}", "ListTrainingJobs", [more]
    newest = {"Filters": [{"Name": "TrainingJobStatus", "Value": "Completed"}]}
    yield "training jobs", "Search", [{"Resource": "TrainingJob", "SearchExpression": newest}]
    yield "tuning jobs", "Search", [{"Resource": "HyperParameterTuningJob"}]


def latencies(home: Path, jobs: int, requests: int) -> None:
    with serving(home, "process") as server:
        for what, operation, asked in questions(server, jobs):
            number = requests if operation != "Search" else max(5, requests // 100)
            times, worked = [], server.worked
            for turn in range(number):
                begun = time.perf_counter()
                server.ask(operation, asked[turn % len(asked)])
                times.append(time.perf_counter() - begun)
            p99 = statistics.quantiles(times, n=100)[98]
            median, work = statistics.median(times), (server.worked - worked) / number
            print(
                f"{operation:<44}{what:<32} p50 {median * 1e3:6.2f} ms, p99 {p99 * 1e3:6.2f} ms, work {work * 1e3:5.2f} ms"
            )
        print(f"memory          {server.megabytes:.0f} MB")


def beside_clients(home: Path) -> None:
    """The same tuning job alone, beside clients, and beside clients of another server, in turn.

    The last tells what is taken by the clients' own work, on a machine that they share with the
    training: the other server reads the same books and drives nothing.
    """
    alone, beside, elsewhere = [], [], []
    with serving(home, "process") as server, serving(home, "process") as other:
        server.send("PUT", "/bkt", b"", {})
        server.send("PUT", "/bkt/code/source.tar.gz", archive(SCRIPT), {})
        run(server, "warm")
        for turn in range(PAIRS):
            alone.append(run(server, f"alone-{turn}"))
            with clients(server, f"beside-{turn}") as seen:
                beside.append(run(server, f"beside-{turn}"))
            with clients(other, f"elsewhere-{turn}"):
                elsewhere.append(run(server, f"elsewhere-{turn}"))
            times = f"alone {alone[-1]:.2f} s, beside {beside[-1]:.2f} s"
            print(f"  {times}, beside those of another {elsewhere[-1]:.2f} s, {seen}")
    took, others = (
        statistics.median(each) / statistics.median(alone) for each in (beside, elsewhere)
    )
    print(f"a running job beside {CLIENTS} clients takes {took:.3f} of its time alone,")
    print(f"beside {CLIENTS} clients of another server {others:.3f}")


def run(server: Server, name: str) -> float:
    """Seconds that a tuning job takes."""
    begun = time.perf_counter()
    request = tuning_request(name, "bkt", jobs=24, parallel=4, seconds=1.0)
    server.ask("CreateHyperParameterTuningJob", request)
    job = server.ended(name)
    assert job["TrainingJobStatusCounters"]["Completed"] == 24
    return time.perf_counter() - begun


@contextlib.contextmanager
def clients(server: Server, name: str) -> Iterator[dict[str, Any]]:
    """Clients that ask as a dashboard does; at the end, what they saw."""
    asked = json.dumps([
        ("DescribeHyperParameterTuningJob", named("job-000")),
        ("ListHyperParameterTuningJobs", {"MaxResults": 100}),
        ("ListTrainingJobsForHyperParameterTuningJob", named("job-001") | {"MaxResults": 100}),
        ("ListTrainingJobs", {"MaxResults": 100}),
    ])  # fmt: skip
    command = [sys.executable, "-c", CLIENT, str(server.port), str(THINKING_SECONDS), asked]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(CLIENTS)]
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    seen: dict[str, Any] = {}
    begun = time.perf_counter()
    try:
        yield seen
    finally:
        seconds = time.perf_counter() - begun
        assert all(each.poll() is None for each in running), f"a client of {name} saw an error"
        told = []
        for each in running:
            each.terminate()
            told.append(each.communicate()[0].splitlines()[-2].split())
        seen["requests a second"] = round(sum(int(n) for n, _ in told) / seconds)
        seen["slowest, ms"] = round(max(float(slow) for _, slow in told) * 1e3)


def main(jobs: int, requests: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        start(Path(folder) / "empty")
        home = Path(folder) / "state"
        filled(home, jobs)
        latencies(home, jobs, requests)
        beside_clients(home)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*[*given, 100][:1], *[*given[1:], 1000][:1])
