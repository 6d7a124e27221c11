"""State changes of jobs reach queues, topics, log groups and state machines through rules."""

from __future__ import annotations

import json

import pytest

from tests.road import until
from tests.serve.conftest import ACCOUNT, Clients, serve
from tests.serve.jobs import tuning_request, upload
from tests.serve.server import ended

TUNING = "SageMaker HyperParameter Tuning Job State Change"
TRAINING = "SageMaker Training Job State Change"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/launcher"


class Queue:
    """A queue and all that it received."""

    def __init__(self, sqs, name):
        self._sqs, self._seen = sqs, []
        self.url = sqs.create_queue(QueueName=name)["QueueUrl"]
        about = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = about["Attributes"]["QueueArn"]

    def all(self):
        while found := self._sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=0
        ).get("Messages"):
            for message in found:
                self._seen.append(message["Body"])
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return self._seen

    def upto(self, wanted):
        """Everything up to a message that `wanted` accepts."""
        return until(lambda: any(map(wanted, self.all())) and self._seen, "the message")


@pytest.fixture(scope="module")
def bus(clients):
    return clients("events")


@pytest.fixture(scope="module")
def sqs(clients):
    return clients("sqs")


def rule(bus, name, pattern, *targets):
    bus.put_rule(Name=name, EventPattern=json.dumps(pattern))
    bus.put_targets(
        Rule=name, Targets=[{"Id": str(n)} | target for n, target in enumerate(targets)]
    )


def about(kind, **detail):
    return {"source": ["aws.sagemaker"], "detail-type": [kind], "detail": detail}


def status(text):
    return json.loads(text)["detail"]["HyperParameterTuningJobStatus"]


def tuned(clients, s3, name, **options):
    upload(s3, "events")
    sagemaker = clients("sagemaker")
    request = tuning_request(name, "events", jobs=2, **options)
    request["Tags"] = [{"Key": "team", "Value": "a"}]
    sagemaker.create_hyper_parameter_tuning_job(**request)
    return ended(sagemaker, name)


def test_a_rule_made_before_a_job_sees_each_of_its_changes_once(clients, s3, bus, sqs):
    tunings, trainings = Queue(sqs, "tunings"), Queue(sqs, "trainings")
    name = "events-all"
    rule(
        bus, "all-tunings", about(TUNING, HyperParameterTuningJobName=[name]), {"Arn": tunings.arn}
    )
    rule(
        bus,
        "all-trainings",
        about(TRAINING, TrainingJobName=[{"prefix": name}]),
        {"Arn": trainings.arn},
    )
    described = tuned(clients, s3, name)
    seen = tunings.upto(lambda text: status(text) == "Completed")
    assert [status(text) for text in seen] == ["InProgress", "Completed"]
    event = json.loads(seen[-1])
    assert event.keys() == {
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"
    }  # fmt: skip
    assert event["resources"] == [described["HyperParameterTuningJobArn"]]
    assert (event["account"], event["region"]) == (ACCOUNT, "us-east-1")
    assert event["time"].endswith("Z")
    detail = event["detail"]
    assert detail["Tags"] == {"team": "a"}
    assert detail["TrainingJobStatusCounters"]["Completed"] == 2
    assert detail["CreationTime"] == str(round(described["CreationTime"].timestamp() * 1000))
    best = detail["BestTrainingJob"]["TrainingJobName"]
    assert best == described["BestTrainingJob"]["TrainingJobName"]
    assert detail["TrainingJobDefinition"]["RoleArn"]

    told = [json.loads(text)["detail"] for text in trainings.all()]
    for number in (1, 2):
        ours = [each for each in told if each["TrainingJobName"].startswith(f"{name}-00{number}-")]
        stays = [each["SecondaryStatus"] for each in ours]
        assert stays[-1] == "Completed"
        assert len(set(stays)) == len(stays)
        assert ours[-1]["TrainingJobStatus"] == "Completed"
        assert ours[-1]["SecondaryStatusTransitions"][-1]["StartTime"].isdigit()
        assert ours[-1]["HyperParameters"]["x"]


def test_a_stopped_job_tells_that_it_stops_and_that_it_has(clients, s3, bus, sqs):
    queue, name = Queue(sqs, "stopped"), "events-stop"
    rule(bus, "stops", about(TUNING, HyperParameterTuningJobName=[name]), {"Arn": queue.arn})
    upload(s3, "events")
    sagemaker = clients("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(
        **tuning_request(name, "events", jobs=9, seconds=60)
    )
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    seen = queue.upto(lambda text: status(text) == "Stopped")
    assert [status(text) for text in seen] == ["InProgress", "Stopping", "Stopped"]


MACHINE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


def test_every_kind_of_target_is_reached_although_others_fail(clients, s3, bus, sqs):
    queue, raw = Queue(sqs, "direct"), Queue(sqs, "by-topic")
    sns, logs, states = clients("sns"), clients("logs"), clients("stepfunctions")
    topic = sns.create_topic(Name="finished")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=raw.arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    logs.create_log_group(logGroupName="/events")
    machine = states.create_state_machine(
        name="told", definition=json.dumps(MACHINE), roleArn=ROLE
    )["stateMachineArn"]
    about_job = {
        "InputPathsMap": {"job": "$.detail.HyperParameterTuningJobName"},
        "InputTemplate": '{"finished": <job>}',
    }
    rule(
        bus,
        "finished",
        about(
            TUNING,
            HyperParameterTuningJobName=["events-many"],
            HyperParameterTuningJobStatus=["Completed", "Failed", "Stopped"],
        ),
        {"Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:nobody"},
        {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:no-such-queue"},
        {"Arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:none", "RoleArn": ROLE},
        {"Arn": queue.arn, "InputPath": "$.detail.HyperParameterTuningJobStatus"},
        {"Arn": topic},
        {"Arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/events"},
        {"Arn": machine, "RoleArn": ROLE, "InputTransformer": about_job},
    )
    tuned(clients, s3, "events-many")
    assert queue.upto(lambda text: text == '"Completed"') == ['"Completed"']
    assert [status(text) for text in raw.upto(bool)] == ["Completed"]

    def executions():
        return states.list_executions(stateMachineArn=machine)["executions"]

    [execution] = until(executions, "the state machine was started")
    started = states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(started["input"]) == {"finished": "events-many"}
    streams = logs.describe_log_streams(logGroupName="/events")["logStreams"]
    events = logs.get_log_events(logGroupName="/events", logStreamName=streams[0]["logStreamName"])[
        "events"
    ]
    assert [status(each["message"]) for each in events] == ["Completed"]


def test_users_cannot_send_events_in_the_name_of_aws(bus, sqs):
    queue = Queue(sqs, "sent")
    rule(bus, "anything", {"detail-type": ["mine"]}, {"Arn": queue.arn})
    entry = {"DetailType": "mine", "Detail": '{"a": 1}'}
    answer = bus.put_events(
        Entries=[
            entry | {"Source": "aws.sagemaker"},
            entry | {"Source": "my.app"},
            entry | {"Source": "my.app", "Detail": "{"},
        ]
    )
    codes = [each.get("ErrorCode") for each in answer["Entries"]]
    assert codes == ["NotAuthorizedForSourceException", None, "MalformedDetail"]
    assert answer["FailedEntryCount"] == 2
    assert [json.loads(text)["source"] for text in queue.upto(bool)] == ["my.app"]


def test_a_disabled_rule_and_a_schedule_send_nothing(bus, sqs):
    queue, last = Queue(sqs, "disabled"), Queue(sqs, "enabled")
    rule(bus, "off", {"source": ["my.off"]}, {"Arn": queue.arn})
    bus.disable_rule(Name="off")
    bus.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    bus.put_targets(Rule="hourly", Targets=[{"Id": "0", "Arn": queue.arn}])
    rule(bus, "on", {"source": ["my.off"]}, {"Arn": last.arn})
    bus.put_events(Entries=[{"Source": "my.off", "DetailType": "d", "Detail": "{}"}])
    assert last.upto(bool)
    assert queue.all() == []


def test_no_event_makes_the_server_load_what_nobody_asked_for(tmp_path):
    served = serve(tmp_path)
    own = Clients(served.url)
    try:
        upload(own("s3"), "events")
        own("sagemaker").create_hyper_parameter_tuning_job(
            **tuning_request("alone", "events", jobs=1)
        )
        ended(own("sagemaker"), "alone")
        assert served._others.state == "not loaded"
    finally:
        own.close()
        served.close()


def test_jobs_that_a_restarted_server_takes_up_tell_their_end_to_rules_made_anew(tmp_path):
    served = serve(tmp_path)
    own = Clients(served.url)
    upload(own("s3"), "events")
    own("sagemaker").create_hyper_parameter_tuning_job(
        **tuning_request("long", "events", jobs=1, parallel=1, seconds=5)
    )
    own.close()
    served.close()
    served = serve(tmp_path)
    own = Clients(served.url)
    try:
        queue = Queue(own("sqs"), "later")
        rule(own("events"), "later", about(TUNING), {"Arn": queue.arn})
        assert ended(own("sagemaker"), "long")["HyperParameterTuningJobStatus"] == "Completed"
        assert status(queue.upto(lambda text: status(text) == "Completed")[-1]) == "Completed"
    finally:
        own.close()
        served.close()
