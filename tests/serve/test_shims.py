"""What moto lacks and Terraform and pipelines ask is answered."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.serve.conftest import ACCOUNT
from tests.serve.jobs import tuning_request, upload
from tests.serve.server import ended

ROLE = f"arn:aws:iam::{ACCOUNT}:role/launcher"


def definition(**state):
    return json.dumps({"StartAt": "A", "States": {"A": state or {"Type": "Pass", "End": True}}})


@pytest.fixture(scope="module")
def states(clients):
    return clients("stepfunctions")


def test_a_sound_definition_is_valid(states):
    said = states.validate_state_machine_definition(definition=definition())
    assert (said["result"], said["diagnostics"]) == ("OK", [])


@pytest.mark.parametrize(
    ("text", "code", "location"),
    [
        (definition(Type="Pass", Next="B"), "MISSING_TRANSITION_TARGET", "/States/A/Next"),
        (definition(Type="Pass", End=True, InputPath=7), "SCHEMA_VALIDATION_FAILED", None),
    ],
)
def test_a_faulty_definition_is_told_and_makes_no_state_machine(states, text, code, location):
    said = states.validate_state_machine_definition(definition=text)
    assert said["result"] == "FAIL"
    first = said["diagnostics"][0]
    assert (first["severity"], first["code"], first.get("location")) == ("ERROR", code, location)
    with pytest.raises(states.exceptions.InvalidDefinition, match=code):
        states.create_state_machine(name="faulty", definition=text, roleArn=ROLE)
    names = [each["name"] for each in states.list_state_machines()["stateMachines"]]
    assert "faulty" not in names


def test_diagnostics_are_as_many_as_asked_for(states):
    said = states.validate_state_machine_definition(definition="{}", maxResults=1)
    assert (len(said["diagnostics"]), said["truncated"]) == (1, True)


def test_versions_of_a_state_machine_are_listed(states):
    made = states.create_state_machine(name="versioned", definition=definition(), roleArn=ROLE)
    arn = made["stateMachineArn"]
    assert states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] == []
    states.update_state_machine(stateMachineArn=arn, roleArn=ROLE, publish=True)
    [version] = states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert version["stateMachineVersionArn"] == f"{arn}:1"
    with pytest.raises(states.exceptions.StateMachineDoesNotExist):
        states.list_state_machine_versions(stateMachineArn=arn + "-none")


def test_executions_without_a_name_get_one_each(states):
    made = states.create_state_machine(name="unnamed", definition=definition(), roleArn=ROLE)
    arn = made["stateMachineArn"]
    first, second = (states.start_execution(stateMachineArn=arn)["executionArn"] for _ in "12")
    assert first != second
    assert not first.endswith(":None")


BUDGET = {
    "BudgetName": "monthly",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "10", "Unit": "USD"},
}
NOTIFICATION = {
    "NotificationType": "FORECASTED",
    "ComparisonOperator": "GREATER_THAN",
    "Threshold": 80.0,
    "ThresholdType": "PERCENTAGE",
}


def test_a_budget_keeps_its_tags_and_its_subscribers(clients):
    budgets = clients("budgets")
    told = [{"SubscriptionType": "EMAIL", "Address": "a@b.example"}]
    budgets.create_budget(
        AccountId=ACCOUNT,
        Budget=BUDGET,
        NotificationsWithSubscribers=[{"Notification": NOTIFICATION, "Subscribers": told}],
        ResourceTags=[{"Key": "a", "Value": "1"}],
    )
    asked = {"AccountId": ACCOUNT, "BudgetName": "monthly", "Notification": NOTIFICATION}
    assert budgets.describe_subscribers_for_notification(**asked)["Subscribers"] == told
    arn = f"arn:aws:budgets::{ACCOUNT}:budget/monthly"
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "b", "Value": "2"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["a"])
    tags = budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"]
    assert tags == [{"Key": "b", "Value": "2"}]
    with pytest.raises(budgets.exceptions.NotFoundException):
        budgets.describe_subscribers_for_notification(**asked | {"BudgetName": "none"})
    with pytest.raises(ClientError, match="DuplicateRecordException"):
        budgets.create_budget(AccountId=ACCOUNT, Budget=BUDGET, ResourceTags=[])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == tags


GROUP = "/aws/sagemaker/TrainingJobs"


def test_the_log_group_of_training_jobs_is_among_the_others(clients, s3):
    logs = clients("logs")

    def groups(**asked):
        found = logs.describe_log_groups(**asked)["logGroups"]
        return {each["logGroupName"]: each for each in found}

    logs.create_log_group(logGroupName="/theirs")
    assert groups().keys() == {"/theirs"}
    upload(s3, "logged")
    clients("sagemaker").create_hyper_parameter_tuning_job(
        **tuning_request("logged", "logged", jobs=1)
    )
    ended(clients("sagemaker"), "logged")
    assert groups().keys() == {"/theirs", GROUP}
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=14)
    found = groups(logGroupNamePrefix="/aws/")[GROUP]
    assert found["retentionInDays"] == 14
    arn = found["arn"].removesuffix(":*")
    logs.tag_resource(resourceArn=arn, tags={"a": "b"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}
    assert logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    logs.delete_log_group(logGroupName=GROUP)
    assert groups().keys() == {"/theirs"}
