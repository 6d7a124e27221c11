"""JSON 1.1: bodies in, answers and refusals out."""

import json

import pytest

from orchestrator.wire import codec, faults, model

DESCRIBE = model.sagemaker().operation("DescribeHyperParameterTuningJob").output


@pytest.mark.parametrize("body", [b"", b"  ", b"{}"])
def test_an_empty_body_is_an_empty_request(body):
    assert codec.decode(body) == {}


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b"null"]
)
def test_what_is_no_json_object_is_refused(body):
    with pytest.raises(faults.SerializationException):
        codec.decode(body)


def test_an_answer_has_the_members_of_its_shape_only():
    answer = {
        "HyperParameterTuningJobName": "a",
        "FailureReason": None,
        "Unknown": 1,
        "ConsumedResources": {"RuntimeInSeconds": 3, "More": 1},
        "TrainingJobDefinitions": [{"RoleArn": "r", "X": 1}],
    }
    assert json.loads(codec.encode(DESCRIBE, answer)) == {
        "HyperParameterTuningJobName": "a",
        "ConsumedResources": {"RuntimeInSeconds": 3},
        "TrainingJobDefinitions": [{"RoleArn": "r"}],
    }


def test_times_are_epoch_seconds_with_milliseconds():
    body = codec.encode(DESCRIBE, {"CreationTime": 1750000000.123456})
    assert body == b'{"CreationTime":1750000000.123}'


def test_a_number_json_cannot_say_is_left_out():
    metric = {"MetricName": "m", "Value": float("nan")}
    answer = {"BestTrainingJob": {"FinalHyperParameterTuningJobObjectiveMetric": metric}}
    assert b"NaN" not in codec.encode(DESCRIBE, answer)


def test_an_operation_without_output_answers_nothing():
    assert codec.encode(None, {"a": 1}) == b""


def test_a_refusal_says_code_and_message():
    body = json.loads(codec.encode_error(faults.ResourceInUse("taken")))
    assert body == {"__type": "ResourceInUse", "message": "taken", "Message": "taken"}


def test_a_modelled_message_has_at_most_1024_characters():
    assert len(faults.ResourceInUse("x" * 5000).message) == 1024


def test_every_error_an_operation_declares_has_its_class():
    declared = {
        error
        for name in model.sagemaker().operations
        for error in model.sagemaker().operation(name).errors
    }
    assert all(hasattr(faults, error) for error in declared)
