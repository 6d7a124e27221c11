"""What a target of a rule receives of an event."""

from __future__ import annotations

import json

import pytest

from orchestrator.endpoint.other_services import event_inputs

EVENT = {
    "source": "aws.sagemaker",
    "detail-type": "SageMaker Training Job State Change",
    "time": "2026-01-02T03:04:05Z",
    "resources": ["arn:one", "arn:two"],
    "detail": {"name": 'a "b"', "counters": {"Completed": 2}, "none": None},
}
RULE = {"rule-arn": "arn:rule", "rule-name": "rule"}


def received(**target):
    return event_inputs.text(target, EVENT, RULE)


def test_without_an_input_it_is_the_event():
    assert json.loads(received()) == EVENT


def test_an_input_is_sent_as_it_is():
    assert received(Input='{"a": 1}') == '{"a": 1}'


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", EVENT),
        ("$.detail.counters.Completed", 2),
        ("$.detail-type", EVENT["detail-type"]),
        ("$['detail']['name']", 'a "b"'),
        ("$.resources[1]", "arn:two"),
        ("$.resources[2]", None),
        ("$.detail.nobody.there", None),
    ],
)
def test_an_input_path_chooses_a_part(path, found):
    assert json.loads(received(InputPath=path)) == found


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"n": <name>, "c": <counters>}', {"n": 'a "b"', "c": {"Completed": 2}}),
        ('"<name> is <counters>"', 'a "b" is {"Completed": 2}'),
        ('{"t": "at <time>", "m": <none>}', {"t": "at 2026-01-02T03:04:05Z", "m": None}),
        ('{"m": "x<none>y"}', {"m": "xy"}),
        ('{"e": <aws.events.event.json>}', {"e": EVENT}),
        ('"<aws.events.rule-name> of <aws.events.rule-arn>"', "rule of arn:rule"),
        ('{"html": "<b>"}', {"html": "<b>"}),
    ],
)
def test_a_template_takes_parts_as_json_and_inside_quotes_as_text(template, expected):
    paths = {
        "name": "$.detail.name",
        "counters": "$.detail.counters",
        "time": "$.time",
        "none": "$.detail.none",
    }
    text = received(InputTransformer={"InputPathsMap": paths, "InputTemplate": template})
    assert json.loads(text) == expected
