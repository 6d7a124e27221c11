"""The state machines of `infra/`, run at a server that trains for real, to each of their ends."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.infra.files import machine
from tests.road import until
from tests.serve.conftest import ACCOUNT, Clients, serve
from tests.serve.jobs import SCRIPT, tuning_request, upload
from tests.serve.server import ended

pytestmark = pytest.mark.xdist_group("infra-executions")

ROLE = f"arn:aws:iam::{ACCOUNT}:role/states"
FAILING = SCRIPT + "\nsys.exit(3)\n"


class Machines:
    """The three state machines, their topic, and a queue that hears what is announced."""

    def __init__(self, url):
        self.clients = Clients(url)
        self.states = self.clients("stepfunctions")
        self.sagemaker = self.clients("sagemaker")
        self._sqs = self.clients("sqs")
        sns = self.clients("sns")
        self.topic = sns.create_topic(Name="results")["TopicArn"]
        self._queue = self._sqs.create_queue(QueueName="results")["QueueUrl"]
        queue_arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:results"
        raw = {"RawMessageDelivery": "true"}
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=queue_arn, Attributes=raw)
        self.tuning = self.made("tuning", "sync")
        self.poll = self.made("poll", "poll", changes={("Wait", "Seconds"): 1})
        self.sweep = self.made("sweep", "sweep")
        s3 = self.clients("s3")
        upload(s3, "training")
        upload(s3, "failing", FAILING)

    def made(self, name, file, changes=()):
        """A state machine from a file, with members of its states changed."""
        definition = json.loads(machine(file, topic_arn=self.topic))
        for (state, member), value in dict(changes).items():
            assert member in definition["States"][state]
            definition["States"][state][member] = value
        made = self.states.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE
        )
        return made["stateMachineArn"]

    def start(self, arn, given):
        started = self.states.start_execution(stateMachineArn=arn, input=json.dumps(given))
        return started["executionArn"]

    def end(self, execution):
        """What DescribeExecution says at the end of an execution."""

        def over():
            found = self.states.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        return until(over, "the execution ends")

    def run(self, arn, given):
        return self.end(self.start(arn, given))

    def announcement(self, execution):
        """What was announced of an execution."""

        def told():
            found = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
            bodies = [json.loads(each["Body"]) for each in found.get("Messages", ())]
            mine = [body for body in bodies if body["detail"]["execution"] == execution]
            return mine[0] if mine else None

        said = until(told, "the failure is announced")
        assert (said["source"], said["detail-type"]) == ("amt", "Tuning Execution Failed")
        return said["detail"]

    def exists(self, name):
        found = self.sagemaker.list_hyper_parameter_tuning_jobs(NameContains=name)
        return bool(found["HyperParameterTuningJobSummaries"])

    def close(self):
        self.clients.close()


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    served = serve(tmp_path_factory.mktemp("state"))
    machines = Machines(served.url)
    yield machines
    machines.close()
    served.close()
    served._others.reset()  # moto's state belongs to the process


def test_state_machines_of_two_languages_can_be_made_at_once_as_terraform_does(machines):
    with ThreadPoolExecutor(6) as pool:
        made = pool.map(lambda number: machines.made(f"at-once-{number}", "sync"), range(12))
        assert len(set(made)) == 12


@pytest.mark.parametrize("kind", ["tuning", "poll"])
def test_the_output_has_the_best_hyperparameters_and_the_model(machines, kind):
    end = machines.run(getattr(machines, kind), tuning_request(f"best-{kind}", "training", jobs=2))
    assert end["status"] == "SUCCEEDED", end
    output = json.loads(end["output"])
    assert output["HyperParameterTuningJobName"] == f"best-{kind}"
    assert output["TrainingJobStatusCounters"]["Completed"] == 2
    best = output["BestTrainingJob"]
    assert 0 <= float(best["TunedHyperParameters"]["x"]) <= 1
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] > 0
    uri = f"s3://training/out/{best['TrainingJobName']}/output/model.tar.gz"
    assert best["ModelArtifacts"] == {"S3ModelArtifacts": uri}
    assert machines.clients("s3").head_object(Bucket="training", Key=uri.split("/", 3)[3])


@pytest.mark.parametrize("kind", ["tuning", "poll"])
def test_a_definition_with_faults_fails_with_them_and_makes_nothing(machines, kind):
    request = tuning_request(f"faults-{kind}", "training")
    request["HyperParameterTuningJobConfig"]["Strategy"] = "Guessing"
    del request["TrainingJobDefinition"]["RoleArn"]
    execution = machines.start(getattr(machines, kind), request)
    end = machines.end(execution)
    assert end["status"] == "FAILED"
    assert "strategy" in end["cause"]
    assert "roleArn" in end["cause"]
    assert not machines.exists(f"faults-{kind}")
    assert machines.announcement(execution) == {
        "execution": execution,
        "error": end["error"],
        "cause": end["cause"],
    }


@pytest.mark.parametrize("kind", ["tuning", "poll"])
def test_a_job_whose_trainings_fail_is_announced_with_the_reason(machines, kind):
    request = tuning_request(f"fails-{kind}", "failing", jobs=1)
    execution = machines.start(getattr(machines, kind), request)
    end = machines.end(execution)
    assert end["status"] == "FAILED"
    assert end["error"] == "TuningJobFailed"
    described = machines.sagemaker.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=f"fails-{kind}"
    )
    assert described["FailureReason"] in end["cause"]
    assert machines.announcement(execution)["cause"] == end["cause"]


def test_a_taken_name_is_announced_and_the_first_job_goes_on(machines):
    request = tuning_request("taken", "training", jobs=2)
    first = machines.start(machines.tuning, request)
    until(lambda: machines.exists("taken"), "the first job exists")
    second = machines.start(machines.tuning, request)
    assert machines.end(second)["error"] == "SageMaker.ResourceInUseException"
    assert machines.announcement(second)["error"] == "SageMaker.ResourceInUseException"
    assert machines.end(first)["status"] == "SUCCEEDED"


def test_stopping_the_execution_stops_the_job(machines):
    request = tuning_request("stopped", "training", jobs=50, seconds=2)
    execution = machines.start(machines.tuning, request)
    until(lambda: machines.exists("stopped"), "the job exists")
    machines.states.stop_execution(executionArn=execution)
    assert machines.end(execution)["status"] == "ABORTED"
    job = ended(machines.sagemaker, "stopped")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"


def test_when_its_time_is_over_the_job_is_stopped_and_that_is_announced(machines):
    hurried = machines.made("hurried", "sync", {("Tune", "TimeoutSeconds"): 6})
    request = tuning_request("late", "training", jobs=50, seconds=2)
    execution = machines.start(hurried, request)
    assert machines.end(execution)["error"] == "TuningTimeout"
    assert machines.announcement(execution)["error"] == "States.Timeout"
    job = ended(machines.sagemaker, "late")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"


def test_a_job_stopped_by_somebody_fails_the_poll_machine(machines):
    request = tuning_request("else", "training", jobs=50, seconds=2)
    execution = machines.start(machines.poll, request)
    until(lambda: machines.exists("else"), "the job exists")
    machines.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="else")
    assert machines.end(execution)["error"] == "TuningJobStopped"


def test_a_sweep_ranks_its_jobs_and_goes_on_without_those_that_fail(machines):
    wide, narrow = (tuning_request(name, "training", jobs=2) for name in ("wide", "narrow"))
    ranges = narrow["HyperParameterTuningJobConfig"]["ParameterRanges"]
    ranges["ContinuousParameterRanges"][0] |= {"MinValue": "0.499", "MaxValue": "0.501"}
    broken = tuning_request("broken", "failing", jobs=1)
    end = machines.run(machines.sweep, {"Definitions": [wide, broken, narrow]})
    assert end["status"] == "SUCCEEDED", end
    output = json.loads(end["output"])
    assert output["Ranking"] == ["narrow", "wide"]
    assert output["HyperParameterTuningJobName"] == "narrow"
    assert output["BestTrainingJob"]["ModelArtifacts"]["S3ModelArtifacts"].startswith("s3://")
    assert [each["HyperParameterTuningJobName"] for each in output["Failed"]] == ["broken"]


def test_a_sweep_whose_jobs_all_fail_fails(machines):
    broken = tuning_request("broken-too", "failing", jobs=1)
    execution = machines.start(machines.sweep, {"Definitions": [broken]})
    assert machines.end(execution)["error"] == "NothingToCompare"
    assert machines.announcement(execution)["error"] == "NothingToCompare"


@pytest.mark.parametrize("definitions", ["none", "two objectives", "no name"])
def test_a_sweep_that_cannot_be_compared_creates_nothing(machines, definitions):
    one, other = (tuning_request(name, "training") for name in ("vain-1", "vain-2"))
    if definitions == "two objectives":
        other["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"] |= {
            "Type": "Maximize"
        }
    elif definitions == "no name":
        del other["HyperParameterTuningJobName"]
    given = [] if definitions == "none" else [one, other]
    end = machines.run(machines.sweep, {"Definitions": given})
    assert (end["status"], end["error"]) == ("FAILED", "NotComparable")
    assert not machines.exists("vain")
