"""An endpoint with jobs in every state, and what must hold of whatever it answers."""

from __future__ import annotations

import json
import time

import botocore.loaders
import botocore.model
import botocore.parsers

from orchestrator.client.embedding import Request, call
from tests.fidelity.scenarios import service_of
from tests.fuzz.requests import JOBS, LONE, TRAINING, TUNING
from tests.wire.conftest import ACCOUNT, REGION, Bench, load

LONGEST_SECONDS = 1.0
MOST_REQUESTS = 200
"""Until a new world: jobs that requests began fill the old one."""

EVERYWHERE = {"ValidationException", "SerializationException"}
LOGS_CODES = {"InvalidParameterException", "ResourceNotFoundException", "SerializationException"}
FURTHER = {
    # Not declared, but observed or the declared one of its kin.
    "DeleteHyperParameterTuningJob": {"ResourceNotFound"},
    "AddTags": {"ResourceNotFound"},
    "DeleteTags": {"ResourceNotFound"},
    "ListTags": {"ResourceNotFound"},
    "Search": set(),
}

LEFT_OUT = {".ModelArtifacts", ".Results[].TrainingJob.ModelArtifacts"}
"""Required in the service model, and left out by AWS itself of jobs without a model (observed)."""


def codes(operation):
    """The codes that AWS answers an operation's refusals with."""
    service = service_of(operation)
    if service.target_prefix != "SageMaker":
        return LOGS_CODES
    return EVERYWHERE | set(service.operation(operation).errors) | FURTHER.get(operation, set())


class World:
    """The endpoint. `ask` sends a body and holds the answer to what is promised."""

    def __init__(self, home):
        self._home = home
        self._asked = 0
        self._bench = None
        self._botocore = {
            prefix: botocore.model.ServiceModel(
                botocore.loaders.Loader().load_service_model(name, "service-2")
            )
            for prefix, name in (("SageMaker", "sagemaker"), ("Logs_20140328", "logs"))
        }

    def __repr__(self):
        return "World()"

    def ask(self, operation, body):
        """Send `body`; the refusal's code, or None."""
        bench = self._fresh()
        service = service_of(operation)
        headers = {
            "X-Amz-Target": f"{service.target_prefix}.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/x/aws4_request",
        }
        before, begun = bench.store.version(), time.thread_time()
        reply = call(bench.endpoint, Request("POST", "http://h/", headers, body))
        # The processor's time of this thread: a busy machine does not make it longer.
        assert time.thread_time() - begun < LONGEST_SECONDS
        assert reply.headers["x-amzn-requestid"]
        if reply.status == 200:
            self._complete(service.target_prefix, operation, reply)
            return None
        answer = json.loads(reply.body)
        assert reply.status == 400, answer
        assert answer["__type"] in codes(operation), answer
        assert answer["message"], answer
        assert "Traceback" not in answer["message"]
        assert bench.store.version() == before, "a refused request changed something"
        return answer["__type"]

    def _complete(self, prefix, operation, reply):
        """Botocore's whole model has every member of the answer, and what it requires is there."""
        output = self._botocore[prefix].operation_model(operation).output_shape
        if output is None:
            assert reply.body == b""
            return
        answer = json.loads(reply.body)
        assert list(unknown(output, answer)) == []
        assert set(missing(output, answer)) <= LEFT_OUT
        parsed = botocore.parsers.create_parser("json").parse(
            {"body": reply.body, "headers": reply.headers, "status_code": 200}, output
        )
        parsed.pop("ResponseMetadata")
        assert parsed.keys() == answer.keys()

    def _fresh(self):
        if self._bench is None or self._asked >= MOST_REQUESTS:
            self._bench, self._asked = populated(self._home), 0
        self._asked += 1
        return self._bench


def populated(home):
    """A bench with tuning and training jobs that have ended, go on, and were deleted."""
    bench = Bench(home)
    client = bench.client()
    request = load("v3-tune-CreateHyperParameterTuningJob")
    request["HyperParameterTuningJobConfig"] |= {
        "Strategy": "Random",
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2},
    }
    lone = load("v3-train-CreateTrainingJob")
    done, going, over = JOBS
    ended, lasting = LONE
    for name in (done, over):
        client.create_hyper_parameter_tuning_job(**request | {TUNING: name})
    client.create_training_job(**lone | {TRAINING: ended})
    bench.run()
    client.delete_hyper_parameter_tuning_job(**{TUNING: over})
    client.create_hyper_parameter_tuning_job(**request | {TUNING: going})
    client.create_training_job(**lone | {TRAINING: lasting})
    for _ in range(4):
        bench.engine.loop.turn()
    for child in client.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]:
        bench.logs.written[child["TrainingJobName"], "algo-1"] = ["a line", "and another"]
    return bench


def unknown(shape, value, where=""):
    """Members of an answer that the service model does not have, or not with that value."""
    if shape.type_name in _TYPES:
        wrong_boolean = isinstance(value, bool) != (shape.type_name == "boolean")
        if wrong_boolean or not isinstance(value, _TYPES[shape.type_name]):
            yield f"{where}: {value!r} is no {shape.type_name}"
        elif getattr(shape, "enum", None) and value not in shape.enum:
            yield f"{where}: {value!r} is none of {shape.enum}"
    elif shape.type_name == "structure":
        yield from (f"{where}.{name}" for name in value if name not in shape.members)
    for inner_shape, inner, place in _inside(shape, value, where):
        yield from unknown(inner_shape, inner, place)


def missing(shape, value, where=""):
    """Members that the service model requires of an answer, and that are not there."""
    if shape.type_name == "structure":
        yield from (f"{where}.{name}" for name in shape.required_members if name not in value)
    for inner_shape, inner, place in _inside(shape, value, where):
        yield from missing(inner_shape, inner, place)


def _inside(shape, value, where):
    """(shape, value, where) of everything right inside a value."""
    if shape.type_name == "structure":
        for name in value.keys() & shape.members.keys():
            yield shape.members[name], value[name], f"{where}.{name}"
    elif shape.type_name == "list":
        for inner in value:
            yield shape.member, inner, f"{where}[]"
    elif shape.type_name == "map":
        for inner in value.values():
            yield shape.value, inner, f"{where}{{}}"


_TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": int | float,
    "double": int | float,
    "timestamp": int | float,
}
