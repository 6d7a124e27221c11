"""State machines launch tuning and training jobs here, wait for them, and stop them."""

from __future__ import annotations

import copy
import json

import pytest

from tests.road import until
from tests.serve.conftest import ACCOUNT
from tests.serve.jobs import SCRIPT, tuning_request, upload
from tests.serve.server import ended

ROLE = f"arn:aws:iam::{ACCOUNT}:role/launcher"
CREATE = "arn:aws:states:::sagemaker:createHyperParameterTuningJob"
FAILING = SCRIPT + "\nsys.exit(3)\n"


@pytest.fixture(scope="module")
def states(clients):
    return clients("stepfunctions")


@pytest.fixture(scope="module")
def sagemaker(clients):
    return clients("sagemaker")


@pytest.fixture(scope="module")
def made(states, s3):
    """Makes state machines, each of its own name."""
    upload(s3, "machines")
    upload(s3, "failing", FAILING)

    def make(name, definition):
        machine = states.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE
        )
        return machine["stateMachineArn"]

    return make


def one(resource, **state):
    task = {"Type": "Task", "Resource": resource, "End": True}
    return {"StartAt": "Tune", "States": {"Tune": task | state}}


def run(states, machine, given):
    execution = states.start_execution(stateMachineArn=machine, input=json.dumps(given))
    return finished(states, execution["executionArn"])


def finished(states, arn):
    def over():
        found = states.describe_execution(executionArn=arn)
        return found if found["status"] != "RUNNING" else None

    return until(over, "the execution ends")


PARAMETERS = {
    f"{name}.$": f"$.{name}"
    for name in (
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobConfig",
        "TrainingJobDefinition",
    )
}


@pytest.fixture(scope="module")
def waiting(made):
    return made("waiting", one(f"{CREATE}.sync", Parameters=PARAMETERS))


def test_a_tuning_job_is_waited_for_and_its_best_is_in_the_output(states, waiting):
    end = run(states, waiting, tuning_request("sfn-waits", "machines", jobs=2))
    assert end["status"] == "SUCCEEDED", end
    output = json.loads(end["output"])
    assert output["HyperParameterTuningJobStatus"] == "Completed"
    assert output["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] > 0
    assert output["CreationTime"] > 1_600_000_000_000


def test_a_tuning_job_whose_trainings_fail_fails_the_task_with_its_description(states, waiting):
    end = run(states, waiting, tuning_request("sfn-fails", "failing", jobs=1))
    assert (end["status"], end["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(end["cause"])["HyperParameterTuningJobStatus"] == "Failed"


def test_a_taken_name_is_an_error_of_sagemaker_that_can_be_caught(states, made):
    caught = {"ErrorEquals": ["SageMaker.ResourceInUseException"], "Next": "Told"}
    machine = one(f"{CREATE}.sync", Parameters=PARAMETERS, Catch=[caught])
    machine["States"]["Told"] = {"Type": "Pass", "End": True}
    arn = made("catching", machine)
    request = tuning_request("sfn-twice", "machines", jobs=1)
    assert "HyperParameterTuningJobArn" in json.loads(run(states, arn, request)["output"])
    end = run(states, arn, request)
    assert end["status"] == "SUCCEEDED", end
    error = json.loads(end["output"])
    assert error["Error"] == "SageMaker.ResourceInUseException"
    assert "Error Code: ResourceInUse; Request ID: " in error["Cause"]


def test_a_request_that_breaks_rules_fails_with_the_faults_and_makes_nothing(
    states, waiting, sagemaker
):
    request = tuning_request("sfn-refused", "machines")
    request["HyperParameterTuningJobConfig"]["Strategy"] = "Guessing"
    end = run(states, waiting, request)
    assert (end["status"], end["error"]) == ("FAILED", "SageMaker.AmazonSageMakerException")
    assert "strategy" in end["cause"]
    assert "Error Code: ValidationException" in end["cause"]
    found = sagemaker.list_hyper_parameter_tuning_jobs(NameContains="sfn-refused")
    assert found["HyperParameterTuningJobSummaries"] == []


def test_stopping_the_execution_stops_the_job(states, waiting, sagemaker):
    name = "sfn-stopped"
    request = tuning_request(name, "machines", jobs=50, seconds=2)
    arn = states.start_execution(stateMachineArn=waiting, input=json.dumps(request))["executionArn"]

    def there():
        found = sagemaker.list_hyper_parameter_tuning_jobs(NameContains=name)
        return found["HyperParameterTuningJobSummaries"]

    until(there, "the job exists")
    states.stop_execution(executionArn=arn, error="Enough", cause="really")
    assert finished(states, arn)["status"] == "ABORTED"
    assert ended(sagemaker, name)["HyperParameterTuningJobStatus"] == "Stopped"


def test_a_state_whose_time_is_over_stops_the_job(states, made, sagemaker):
    name = "sfn-late"
    arn = made("hurried", one(f"{CREATE}.sync", Parameters=PARAMETERS, TimeoutSeconds=2))
    end = run(states, arn, tuning_request(name, "machines", jobs=50, seconds=2))
    assert (end["status"], end["error"]) == ("FAILED", "States.Timeout")
    assert ended(sagemaker, name)["HyperParameterTuningJobStatus"] == "Stopped"


def test_an_execution_whose_time_is_over_stops_the_job(states, made, sagemaker):
    name = "sfn-too-late"
    machine = one(f"{CREATE}.sync", Parameters=PARAMETERS) | {"TimeoutSeconds": 2}
    end = run(states, made("whole", machine), tuning_request(name, "machines", jobs=50, seconds=2))
    assert end["status"] == "TIMED_OUT"
    assert ended(sagemaker, name)["HyperParameterTuningJobStatus"] == "Stopped"


def test_a_request_alone_does_not_wait(states, made, sagemaker):
    arn = made("request", one(CREATE, Parameters=PARAMETERS))
    end = run(states, arn, tuning_request("sfn-request", "machines", jobs=1))
    assert json.loads(end["output"])["HyperParameterTuningJobArn"].endswith("/sfn-request")
    assert ended(sagemaker, "sfn-request")["HyperParameterTuningJobStatus"] == "Completed"


def test_a_training_job_is_waited_for(states, made):
    definition = tuning_request("x", "machines")["TrainingJobDefinition"]
    request = {
        "TrainingJobName": "sfn-training",
        "HyperParameters": definition["StaticHyperParameters"] | {"x": "0.5"},
        **{
            name: definition[name]
            for name in (
                "AlgorithmSpecification",
                "RoleArn",
                "OutputDataConfig",
                "ResourceConfig",
                "StoppingCondition",
            )
        },
    }
    arn = made(
        "training",
        one("arn:aws:states:::sagemaker:createTrainingJob.sync", Parameters=request),
    )
    end = run(states, arn, {})
    assert end["status"] == "SUCCEEDED", end
    output = json.loads(end["output"])
    assert output["TrainingJobStatus"] == "Completed"
    assert output["ModelArtifacts"]["S3ModelArtifacts"].startswith("s3://machines/out/")


def test_polling_with_plain_calls_works_and_times_are_texts(states, made):
    sdk = "arn:aws:states:::aws-sdk:sagemaker:"
    about = {"HyperParameterTuningJobName.$": "$$.Execution.Input.HyperParameterTuningJobName"}
    machine = {
        "StartAt": "Create",
        "States": {
            "Create": {
                "Type": "Task",
                "Resource": f"{sdk}createHyperParameterTuningJob",
                "Parameters": PARAMETERS,
                "Next": "Wait",
            },
            "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Describe"},
            "Describe": {
                "Type": "Task",
                "Resource": f"{sdk}describeHyperParameterTuningJob",
                "Parameters": about,
                "Next": "Ended",
            },
            "Ended": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Variable": "$.HyperParameterTuningJobStatus",
                        "StringEquals": "InProgress",
                        "Next": "Wait",
                    }
                ],
                "Default": "List",
            },
            "List": {
                "Type": "Task",
                "Resource": f"{sdk}listTrainingJobsForHyperParameterTuningJob",
                "Parameters": about | {"SortBy": "FinalObjectiveMetricValue"},
                "End": True,
            },
        },
    }
    end = run(states, made("polling", machine), tuning_request("sfn-polled", "machines", jobs=2))
    assert end["status"] == "SUCCEEDED", end
    rows = json.loads(end["output"])["TrainingJobSummaries"]
    assert len(rows) == 2
    assert rows[0]["CreationTime"].endswith("Z")


def test_an_error_of_a_plain_call_is_named_as_sagemakers(states, made):
    resource = "arn:aws:states:::aws-sdk:sagemaker:describeHyperParameterTuningJob"
    machine = one(resource, Parameters={"HyperParameterTuningJobName": "nobodys"})
    end = run(states, made("nobody", machine), {})
    assert end["error"] == "SageMaker.ResourceNotFoundException"


def test_several_definitions_are_tuned_side_by_side(states, made):
    machine = {
        "StartAt": "Sweep",
        "States": {
            "Sweep": {
                "Type": "Map",
                "ItemsPath": "$.jobs",
                "MaxConcurrency": 3,
                "ItemProcessor": one(f"{CREATE}.sync", Parameters=PARAMETERS),
                "End": True,
            }
        },
    }
    jobs = [tuning_request(f"sfn-map-{n}", "machines", jobs=1) for n in range(3)]
    end = run(states, made("map", machine), {"jobs": jobs})
    assert end["status"] == "SUCCEEDED", end
    names = [each["HyperParameterTuningJobName"] for each in json.loads(end["output"])]
    assert names == ["sfn-map-0", "sfn-map-1", "sfn-map-2"]


def test_jsonata_picks_the_best_and_texts_survive_whatever_stands_in_them(states, made):
    request = tuning_request("sfn-jsonata", "machines", jobs=2)
    given = copy.deepcopy(request) | {"note": 'she said "no"\n\\ and left'}
    machine = {
        "QueryLanguage": "JSONata",
        "StartAt": "Tune",
        "States": {
            "Tune": {
                "Type": "Task",
                "Resource": f"{CREATE}.sync",
                "Arguments": {
                    name.removesuffix(".$"): f"{{% $states.input.{name.removesuffix('.$')} %}}"
                    for name in PARAMETERS
                },
                "Output": {
                    "best": "{% $states.result.BestTrainingJob.TunedHyperParameters %}",
                    "note": "{% $states.input.note %}",
                },
                "End": True,
            }
        },
    }
    end = run(states, made("jsonata", machine), given)
    assert end["status"] == "SUCCEEDED", end
    output = json.loads(end["output"])
    assert 0 <= float(output["best"]["x"]) <= 1
    assert output["note"] == given["note"]


@pytest.mark.parametrize(
    ("resource", "state", "text"),
    [
        (f"{CREATE}.sync", {"Parameters": {"Name": "x"}}, "'Name' is not supported"),
        (f"{CREATE}.waitForTaskToken", {}, "integration pattern .waitForTaskToken"),
        ("arn:aws:states:::sagemaker:createTransformJob.sync", {}, "not waited for here"),
        ("arn:aws:states:::sagemaker:createNothing", {}, "not recognized"),
    ],
)
def test_what_the_integration_does_not_have_is_refused_when_the_machine_is_made(
    states, made, resource, state, text
):
    with pytest.raises(states.exceptions.InvalidDefinition, match=text):
        made("refused", one(resource, **state))


def test_tasks_act_in_the_account_of_their_role(clients, states):
    other = "111122223333"
    theirs = clients("stepfunctions", account=other)
    resource = "arn:aws:states:::aws-sdk:sts:getCallerIdentity"
    machine = theirs.create_state_machine(
        name="who",
        definition=json.dumps(one(resource)),
        roleArn=f"arn:aws:iam::{other}:role/r",
    )
    end = run(theirs, machine["stateMachineArn"], {})
    assert json.loads(end["output"])["Account"] == other, end
