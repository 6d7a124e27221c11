"""What is wrong with a state machine is told, all of it, with its place."""

from __future__ import annotations

import json

import pytest

from orchestrator.endpoint.other_services import asl


def machine(start="A", **states):
    return json.dumps({"StartAt": start, "States": states})


PASS = {"Type": "Pass", "End": True}

SOUND = {
    "one state": machine(A=PASS),
    "a choice": machine(
        A={"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "B"}], "Default": "C"},
        B={"Type": "Succeed"},
        C={"Type": "Fail"},
    ),
    "caught errors": machine(
        A={
            "Type": "Task",
            "Resource": "arn:aws:states:::sagemaker:createHyperParameterTuningJob.sync",
            "Retry": [{"ErrorEquals": ["SageMaker.ThrottlingException"]}, {"ErrorEquals": ["States.ALL"]}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
            "End": True,
        },
        B={"Type": "Fail"},
    ),
    "machines inside": machine(
        A={
            "Type": "Parallel",
            "Branches": [{"StartAt": "X", "States": {"X": PASS}}],
            "Next": "B",
        },
        B={"Type": "Map", "ItemProcessor": {"StartAt": "Y", "States": {"Y": PASS}}, "End": True},
    ),
    "JSONata": json.dumps(
        {
            "QueryLanguage": "JSONata",
            "StartAt": "A",
            "States": {"A": {"Type": "Wait", "Seconds": "{% 1 %}", "End": True}},
        }
    ),
}  # fmt: skip


@pytest.mark.parametrize("definition", SOUND.values(), ids=SOUND)
def test_a_sound_definition_has_no_faults(definition):
    assert asl.faults(definition) == []


FAULTY = {
    "no JSON": ("{", [(asl.INVALID, "")]),
    "no object": ("[]", [(asl.INVALID, "")]),
    "nothing": ("{}", [(asl.SCHEMA, ""), (asl.SCHEMA, "")]),
    "no such start": (
        machine("Z", A=PASS),
        [(asl.TARGET, "/StartAt"), ("UNREACHABLE_STATE", "/States/A"), (asl.NO_END, "/States")],
    ),
    "no such next": (
        machine(A={"Type": "Pass", "Next": "Z"}),
        [(asl.TARGET, "/States/A/Next"), (asl.NO_END, "/States")],
    ),
    "no such kind": (machine(A={"Type": "Tusk", "End": True}), [(asl.SCHEMA, "/States/A/Type")]),
    "no resource": (machine(A={"Type": "Task", "End": True}), [(asl.SCHEMA, "/States/A")]),
    "neither next nor end": (
        machine(A={"Type": "Pass"}),
        [(asl.SCHEMA, "/States/A"), (asl.NO_END, "/States")],
    ),
    "both next and end": (
        machine(A={"Type": "Pass", "End": True, "Next": "B"}, B=PASS),
        [(asl.SCHEMA, "/States/A")],
    ),
    "a loop without an end": (
        machine(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Next": "A"}),
        [(asl.NO_END, "/States")],
    ),
    "unreachable": (machine(A=PASS, B=PASS), [("UNREACHABLE_STATE", "/States/B")]),
    "two waits": (
        machine(A={"Type": "Wait", "Seconds": 1, "Timestamp": "x", "End": True}),
        [(asl.SCHEMA, "/States/A")],
    ),
    "a catch that catches nothing": (
        machine(A={"Type": "Task", "Resource": "r", "End": True, "Catch": [{"Next": "B"}]}, B=PASS),
        [(asl.SCHEMA, "/States/A/Catch[0]")],
    ),
    "everything caught too early": (
        machine(
            A={
                "Type": "Task",
                "Resource": "r",
                "End": True,
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Next": "B"},
                    {"ErrorEquals": ["x"], "Next": "B"},
                ],
            },
            B=PASS,
        ),
        [(asl.SCHEMA, "/States/A/Catch[0]/ErrorEquals")],
    ),
    "a choice without a way": (
        machine(A={"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True}], "Default": "B"}, B=PASS),
        [(asl.SCHEMA, "/States/A/Choices[0]")],
    ),
    "a map of nothing": (machine(A={"Type": "Map", "End": True}), [(asl.SCHEMA, "/States/A/Iterator")]),
    "a fault inside": (
        machine(A={"Type": "Map", "ItemProcessor": {"StartAt": "X", "States": {"X": {"Type": "Pass"}}}, "End": True}),
        [
            (asl.SCHEMA, "/States/A/ItemProcessor/States/X"),
            (asl.NO_END, "/States/A/ItemProcessor/States"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("definition", "expected"), FAULTY.values(), ids=FAULTY)
def test_each_fault_is_told_with_its_place(definition, expected):
    assert [(each.code, each.location) for each in asl.faults(definition)] == expected
