"""Everything that a test can have the emulator say: jobs with every member, asked about in turn.

`explore` creates a job for every input member of both create operations, over the requests of
real clients, and lets them run in virtual time. What an operation was asked and how it answered
is kept: `Seen.inputs` has of every input member what became of it, `Seen.outputs` every output
member that some answer had.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from dataclasses import dataclass, field, replace

from orchestrator.client.embedding import Request, call
from orchestrator.endpoint.operations import LOGS, SAGEMAKER
from orchestrator.store.protocol import Change, JobKind, Query
from orchestrator.training.spec import Scope
from orchestrator.wire import model
from tests.fidelity import variants
from tests.fidelity.shapes import dotted, paths, present, with_member
from tests.wire.conftest import ACCOUNT, REGION, load

_CREDENTIAL = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20261121/{REGION}/x/aws4_request"
GROUP = "/aws/sagemaker/TrainingJobs"
TUNING, TRAINING = "CreateHyperParameterTuningJob", "CreateTrainingJob"
_NAMES = {TUNING: "HyperParameterTuningJobName", TRAINING: "TrainingJobName"}
ACCEPTED = "accepted"
_EXISTS = {"Name": "InputDataConfig.ChannelName", "Operator": "Exists"}
_FILTER = _EXISTS | {"Operator": "Equals", "Value": "train"}
_EXPRESSION = {
    "Filters": [_FILTER],
    "NestedFilters": [{"NestedPropertyName": "InputDataConfig", "Filters": [_FILTER]}],
    "SubExpressions": [{"Filters": [_EXISTS]}],
    "Operator": "And",
}
_FORWARD = ("nextToken", "nextForwardToken")


def service_of(operation):
    """The model that an operation is in."""
    return model.sagemaker() if operation in SAGEMAKER else model.logs()


@dataclass
class Seen:
    """What was asked and answered.

    Attributes:
        inputs: (operation, member) -> ACCEPTED, or the refusals it got.
        outputs: Operation -> members that some answer had.
        failures: What was answered with anything but 200 and 400.
    """

    bench: object
    inputs: dict = field(default_factory=lambda: defaultdict(set))
    outputs: dict = field(default_factory=lambda: defaultdict(set))
    failures: list = field(default_factory=list)

    def ask(self, operation, request):
        """The answer, or None for a refusal."""
        service = service_of(operation)
        headers = {
            "X-Amz-Target": f"{service.target_prefix}.{operation}",
            "Authorization": _CREDENTIAL,
        }
        body = json.dumps(request).encode()
        reply = call(self.bench.endpoint, Request("POST", "http://h/", headers, body))
        answer = json.loads(reply.body) if reply.body else {}
        if reply.status not in {200, 400}:
            self.failures.append((operation, request, answer))
        refused = "" if reply.status == 200 else f"{answer['__type']}: {answer['message']}"
        self._note(service.operation(operation), request, refused, answer)
        return None if refused else answer

    def _note(self, operation, request, refused, answer):
        for path in present(operation.input, request):
            self.inputs[operation.name, dotted(path)].add(refused or ACCEPTED)
        if operation.output is not None and not refused:
            found = present(operation.output, answer)
            self.outputs[operation.name] |= {dotted(path) for path in found}


def explore(bench):
    """Ask everything."""
    seen = Seen(bench)
    bases = {
        TUNING: [_tuning("v3-tune"), _tuning("v2-several"), _tuning("v2-xgboost"), _by_instances()],
        TRAINING: [load("v3-train-CreateTrainingJob")],
    }
    for operation, requests in bases.items():
        every = [*_with_every_member(operation, requests), *variants.of(operation, requests)]
        for number, request in enumerate(every):
            request[_NAMES[operation]] = f"job-{number}"
            if seen.ask(operation, request) is not None:
                _look(seen, operation, f"job-{number}")
    bench.run()
    _search_all(seen)
    _live(seen)
    _others(seen)
    return seen


def _tuning(name):
    request = load(f"{name}-CreateHyperParameterTuningJob")
    config = request["HyperParameterTuningJobConfig"]
    config["Strategy"] = "Random"
    config["ResourceLimits"] = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1}
    return request


def _by_instances():
    """Several definitions with the plain form of the resources."""
    request = _tuning("v2-several")
    for definition in request["TrainingJobDefinitions"]:
        shared = definition.pop("HyperParameterTuningResourceConfig")
        definition["ResourceConfig"] = {
            key: shared[key] for key in ("InstanceType", "InstanceCount", "VolumeSizeInGB")
        }
    return request


def _with_every_member(operation, requests):
    shape = service_of(operation).operation(operation).input
    for request in requests:
        yield copy.deepcopy(request)
        for path in paths(shape):
            if path[0].startswith("TrainingJobDefinition") and path[0] not in request:
                continue  # one definition or several: a base of the other kind has it
            yield with_member(shape, copy.deepcopy(request), path)


def _look(seen, operation, name):
    member = _NAMES[operation]
    seen.ask(operation.replace("Create", "Describe"), {member: name})
    seen.ask(operation.replace("Create", "Stop"), {member: name})


def _search_all(seen):
    for resource in ("HyperParameterTuningJob", "TrainingJob"):
        asked = {"Resource": resource, "MaxResults": 100}
        token = "first"
        while token:
            token = seen.ask("Search", asked).get("NextToken")
            asked["NextToken"] = token


def _live(seen):
    """One tuning job after another to its end, watched, and a child warm from the first."""
    bench = seen.bench
    request = _tuning("v3-tune")
    limits = request["HyperParameterTuningJobConfig"]["ResourceLimits"]
    tags = [{"Key": "team", "Value": "ml"}]
    seen.ask(TUNING, request | {"HyperParameterTuningJobName": "first", "Tags": tags})
    for _ in range(6):
        bench.engine.loop.turn()
        _watch(seen)
    bench.run()
    warm = {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "first"}],
        "WarmStartType": "IdenticalDataAndAlgorithm",
    }
    limits["MaxNumberOfTrainingJobs"] = 3
    second = {"HyperParameterTuningJobName": "second", "WarmStartConfig": warm, "Tags": tags}
    seen.ask(TUNING, request | second)
    seen.ask(TUNING, _tuning("v2-several") | {"HyperParameterTuningJobName": "several"})
    seen.ask(TRAINING, load("v3-train-CreateTrainingJob") | {"TrainingJobName": "lone"})
    bench.run()
    _as_real_runtimes_leave_them(bench)
    _watch(seen)


def _as_real_runtimes_leave_them(bench):
    """A model, reasons of failure, convergence: what simulated training does not come to."""
    scope = Scope(ACCOUNT, REGION)
    told = {"model_uri": "s3://bkt/model.tar.gz", "failure_reason": "ClientError: no"}
    rows = [
        bench.store.row(scope.arn("hyper-parameter-tuning-job", "second")),
        *bench.store.find(Query(JobKind.TRAINING, ACCOUNT, REGION, limit=5000)),
    ]
    rows = [replace(row, state={**row.state, **told, "converged_at": 1.0}) for row in rows]
    bench.store.commit(Change(update=tuple(rows)))


def _watch(seen):
    for name in ("first", "second", "several"):
        asked = {"HyperParameterTuningJobName": name}
        seen.ask("DescribeHyperParameterTuningJob", asked)
        one = asked | {"MaxResults": 1}
        listed = seen.ask("ListTrainingJobsForHyperParameterTuningJob", one)
        if listed and "NextToken" in listed:
            token = {"NextToken": listed["NextToken"]}
            seen.ask("ListTrainingJobsForHyperParameterTuningJob", one | token)
        for child in (listed or {}).get("TrainingJobSummaries", ()):
            seen.ask("DescribeTrainingJob", {"TrainingJobName": child["TrainingJobName"]})
            host = (child["TrainingJobName"], "algo-1")
            seen.bench.logs.written[host] = ["a line", "and another"]
    for resource in ("HyperParameterTuningJob", "TrainingJob"):
        seen.ask("Search", {"Resource": resource, "MaxResults": 10})
    seen.ask("ListHyperParameterTuningJobs", {"MaxResults": 100})


def _others(seen):
    """Every other operation with every member of its input."""
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:hyper-parameter-tuning-job/first"
    streams = seen.ask("DescribeLogStreams", {"logGroupName": GROUP, "limit": 50})["logStreams"]
    written = next(s for s in streams if s["logStreamName"].startswith("first-"))
    group, stream = {"logGroupName": GROUP}, {"logStreamName": written["logStreamName"]}
    tuning, training = {_NAMES[TUNING]: "first"}, {_NAMES[TRAINING]: "lone"}
    bases = {
        "ListHyperParameterTuningJobs": {"MaxResults": 1},
        "ListTrainingJobs": {"MaxResults": 1},
        "ListTrainingJobsForHyperParameterTuningJob": tuning,
        "ListTags": {"ResourceArn": arn},
        "AddTags": {"ResourceArn": arn, "Tags": [{"Key": "k", "Value": "v"}]},
        "Search": {"Resource": "TrainingJob", "MaxResults": 1},
        "DescribeLogStreams": group | {"limit": 1},
        "GetLogEvents": group | stream,
        "FilterLogEvents": group | {"limit": 1},
        "DeleteTags": {"ResourceArn": arn, "TagKeys": ["k"]},
        "StopHyperParameterTuningJob": tuning,
        "StopTrainingJob": training,
        "DeleteTrainingJob": training,
        "DeleteHyperParameterTuningJob": tuning,
    }
    assert {*bases, *_NAMES, *(n.replace("Create", "Describe") for n in _NAMES)} == {
        *SAGEMAKER,
        *LOGS,
    }
    for operation, base in bases.items():
        shape = service_of(operation).operation(operation).input
        answer = seen.ask(operation, base)
        for path in paths(shape):
            seen.ask(operation, with_member(shape, copy.deepcopy(base), path))
        if operation == "Search":
            seen.ask(operation, base | {"SearchExpression": _EXPRESSION})
        for token, given in (("NextToken",) * 2, ("nextToken",) * 2, _FORWARD):
            if answer and given in answer and token in shape.members:
                seen.ask(operation, base | {token: answer[given]})
