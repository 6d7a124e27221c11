"""JSON 1.1 as it goes over the wire: targets, refusals, and answers that keep to their shapes."""

import json
import logging

import pytest

from orchestrator.client.embedding import Request, call
from orchestrator.endpoint.operations import LOGS, SAGEMAKER
from orchestrator.errors import StateError
from orchestrator.wire import model, validate

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def post(bench):
    """Send one raw request; (status, answer)."""

    def send(target, body=b"{}", headers=None):
        named = {} if target is None else {"X-Amz-Target": target}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = call(
            bench.endpoint,
            Request("POST", "http://localhost/", named | (headers or {}), content),
        )
        assert reply.headers["content-type"] == "application/x-amz-json-1.1"
        assert reply.headers["x-amzn-requestid"].startswith("request-")
        return reply.status, json.loads(reply.body) if reply.body else None

    return send


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "SageMaker.CreateModel",
        "Nobody.ListTags",
        "ListTags",
        "Logs_20140328.ListTags",
    ],
)
def test_an_unknown_operation_is_refused(post, target):
    status, answer = post(target)
    assert (status, answer["__type"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_is_refused(post, body):
    status, answer = post("SageMaker.ListTrainingJobs", body)
    assert (status, answer["__type"]) == (400, "SerializationException")


def test_a_wrong_json_type_is_a_serialization_fault(post):
    status, answer = post("SageMaker.ListTrainingJobs", {"MaxResults": "10"})
    assert (status, answer["__type"]) == (400, "SerializationException")
    assert "MaxResults" in answer["message"]


def test_a_value_out_of_bounds_is_a_validation_fault(post):
    _, answer = post("SageMaker.ListTrainingJobs", {"MaxResults": 101})
    assert answer["message"] == (
        "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 100"
    )


def test_logs_call_it_an_invalid_parameter(post):
    _, answer = post("Logs_20140328.GetLogEvents", {"logStreamName": ""})
    assert answer["__type"] == "InvalidParameterException"


def test_a_request_larger_than_any_is_refused(post):
    status, answer = post("SageMaker.ListTrainingJobs", b" " * (9 << 20))
    assert (status, answer["__type"]) == (413, "RequestEntityTooLargeException")


def test_stop_and_delete_answer_with_an_empty_body(post, bench, sagemaker, training):
    sagemaker.create_training_job(**training)
    signed = {
        "Authorization": "AWS4 Credential=111122223333/20261121/eu-west-1/sagemaker/aws4_request"
    }
    body = {"TrainingJobName": training["TrainingJobName"]}
    assert post("SageMaker.StopTrainingJob", body, signed) == (200, None)


def test_an_unsigned_request_is_the_default_accounts(post, bench, tuning):
    _, answer = post("SageMaker.CreateHyperParameterTuningJob", tuning)
    assert answer["HyperParameterTuningJobArn"].startswith(
        "arn:aws:sagemaker:us-east-1:000000000000:"
    )


def test_a_key_that_is_no_account_is_the_default_accounts(bench):
    client = bench.client(account="AKIDEXAMPLE")
    assert client.list_training_jobs()["TrainingJobSummaries"] == []


def test_a_fault_of_ours_shows_no_trace(post, bench, monkeypatch, caplog):
    def broken(_query):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(bench.store, "find", broken)
    with caplog.at_level(logging.CRITICAL):
        status, answer = post("SageMaker.ListTrainingJobs")
    assert (status, answer["__type"]) == (500, "InternalFailure")
    assert "secret" not in answer["message"]
    assert "request-1" in answer["message"]


def test_a_broken_world_is_told_as_it_is(post, bench, monkeypatch):
    def full(_query):
        raise StateError("the disk is full")

    monkeypatch.setattr(bench.store, "find", full)
    status, answer = post("SageMaker.ListTrainingJobs")
    assert status == 500
    assert answer["message"] == "the disk is full"


def faults_of(service, operation, answer):
    """What is wrong with an answer; a training job without a model shows no place of one."""
    shape = service.operation(operation).output
    found = [fault.path for fault in validate.shape_faults(shape, answer)]
    return [path for path in found if path != "ModelArtifacts"]


@pytest.fixture
def ask(post):
    """Send a signed request whose answer must keep to its shape."""
    scope = "111122223333/20261121/eu-west-1/sagemaker/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host"}

    def send(operation, **request):
        service = model.sagemaker() if operation in SAGEMAKER else model.logs()
        status, answer = post(f"{service.target_prefix}.{operation}", request, signed)
        assert status == 200, answer
        if answer is not None:
            assert faults_of(service, operation, answer) == []
        send.asked.add(operation)
        return answer

    send.asked = set()
    return send


def look_at_everything(ask):
    for row in ask("ListHyperParameterTuningJobs")["HyperParameterTuningJobSummaries"]:
        name = row["HyperParameterTuningJobName"]
        ask("DescribeHyperParameterTuningJob", HyperParameterTuningJobName=name)
        ask("ListTrainingJobsForHyperParameterTuningJob", HyperParameterTuningJobName=name)
        arn = row["HyperParameterTuningJobArn"]
        ask("AddTags", ResourceArn=arn, Tags=[{"Key": "seen", "Value": ""}])
        ask("ListTags", ResourceArn=arn)
        ask("DeleteTags", ResourceArn=arn, TagKeys=["seen"])
    for row in ask("ListTrainingJobs", MaxResults=50)["TrainingJobSummaries"]:
        ask("DescribeTrainingJob", TrainingJobName=row["TrainingJobName"])
    for resource in ("HyperParameterTuningJob", "TrainingJob"):
        ask("Search", Resource=resource, MaxResults=100)
    ask("FilterLogEvents", logGroupName=GROUP)
    for stream in ask("DescribeLogStreams", logGroupName=GROUP)["logStreams"]:
        ask("GetLogEvents", logGroupName=GROUP, logStreamName=stream["logStreamName"])


def test_every_answer_keeps_to_its_shape_at_every_stage(ask, bench, tuning, several, training):
    ask("CreateHyperParameterTuningJob", **tuning)
    ask("CreateHyperParameterTuningJob", **several | {"HyperParameterTuningJobName": "several"})
    ask("CreateTrainingJob", **training)
    look_at_everything(ask)
    for _ in range(20):
        bench.engine.loop.turn()
    look_at_everything(ask)
    ask("StopHyperParameterTuningJob", HyperParameterTuningJobName="several")
    ask("StopTrainingJob", TrainingJobName=training["TrainingJobName"])
    look_at_everything(ask)
    bench.run()
    look_at_everything(ask)
    ask("DeleteHyperParameterTuningJob", HyperParameterTuningJobName="several")
    ask("DeleteTrainingJob", TrainingJobName=training["TrainingJobName"])
    look_at_everything(ask)
    assert ask.asked == {*SAGEMAKER, *LOGS}
