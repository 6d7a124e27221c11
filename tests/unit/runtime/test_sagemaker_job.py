"""One attempt at SageMaker, by what a scripted SageMaker answers."""

import pytest

from orchestrator.endpoint.compose_training import training_request
from orchestrator.errors import LaunchRefused
from orchestrator.runtime.protocol import Began, Exited, Gone, Launch
from orchestrator.runtime.sagemaker_job import RemoteJob, Service
from orchestrator.runtime.workspace import Workspace
from tests.builders import a_training

STARTING = {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Pending"}
TRAINING = {
    "TrainingJobStatus": "InProgress",
    "SecondaryStatus": "Training",
    "TrainingStartTime": 1,
}
NO_CAPACITY = {
    "TrainingJobStatus": "Failed",
    "SecondaryStatus": "Failed",
    "FailureReason": "CapacityError: Unable to provision requested ML compute capacity.",
}
NO_QUOTA = "The account-level service limit 'ml.p3' is 0 Instances, with current utilization of 0"
FULL = "The account-level service limit 'ml.p3' is 2 Instances, with current utilization of 2"


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(f"An error occurred ({code}): {message}")
        self.response = {"Error": {"Code": code, "Message": message}}


class Missing(Refused):
    pass


class Exceptions:
    ClientError = Refused
    ResourceNotFoundException = Missing


class SageMaker:
    """Answers create with `refusals` first; describe with `states`, the last for ever."""

    exceptions = Exceptions

    def __init__(self, states=(), refusals=()):
        self.states, self.refusals = list(states), list(refusals)
        self.created, self.stopped = [], []

    def create_training_job(self, **request):
        if self.refusals and (refusal := self.refusals.pop(0)):
            raise refusal
        self.created.append(request)

    def describe_training_job(self, **query):
        if query["TrainingJobName"] not in [job["TrainingJobName"] for job in self.created]:
            raise Refused("ValidationException", "Requested resource not found.")
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def stop_training_job(self, **query):
        self.stopped.append(query["TrainingJobName"])


class Logs:
    """Events by stream; an account without the group has none."""

    exceptions = Exceptions

    def __init__(self, streams=None):
        self.streams = streams

    def describe_log_streams(self, **_):
        if self.streams is None:
            raise Missing("ResourceNotFoundException", "The specified log group does not exist.")
        return {"logStreams": [{"logStreamName": name} for name in self.streams]}

    def get_log_events(self, **query):
        begin = int(query.get("nextToken", 0))
        events = self.streams[query["logStreamName"]][begin:]
        token = str(begin + len(events))
        return {"events": [{"message": each} for each in events], "nextForwardToken": token}


FALLBACKS = {
    "HyperParameterTuningResourceConfig": {
        "VolumeKmsKeyId": "key",
        "AllocationStrategy": "Prioritized",
        "InstanceConfigs": [
            {"InstanceType": kind, "InstanceCount": 1, "VolumeSizeInGB": 10}
            for kind in ("ml.p3.2xlarge", "ml.g5.xlarge")
        ],
    }
}


@pytest.fixture
def make(tmp_path):
    def make(sagemaker, logs=None, request=FALLBACKS, **spec):
        launch = Launch(a_training(**spec), 1, {"RoleArn": "role", **request})
        workspace = Workspace.under(tmp_path, launch.spec)
        service = Service(sagemaker, logs or Logs(), training_request, settle_seconds=0.0)
        return RemoteJob(launch, service, workspace, owner="me", offsets={})

    return make


def types(sagemaker):
    return [request["ResourceConfig"]["InstanceType"] for request in sagemaker.created]


def test_waiting_for_machines_is_not_yet_begun(make):
    job = make(SageMaker([STARTING, STARTING, TRAINING]))
    job.create()
    assert [job.look(at) for at in (1, 2)] == [[], []]
    assert job.look(3) == [Began(*key(job))]
    assert job.look(4) == []


def test_instances_without_capacity_give_way_to_the_next_in_the_list(make):
    sagemaker = SageMaker([NO_CAPACITY, TRAINING])
    job = make(sagemaker)
    job.create()
    assert job.look(1) == []
    assert job.look(2) == [Began(*key(job))]
    assert types(sagemaker) == ["ml.p3.2xlarge", "ml.g5.xlarge"]
    name = job.launch.spec.name
    assert [each["TrainingJobName"] for each in sagemaker.created] == [name, f"{name}-i2"]
    assert sagemaker.created[1]["ResourceConfig"]["VolumeKmsKeyId"] == "key"


def test_when_no_instances_have_capacity_the_attempt_fails_and_may_be_tried_again(make):
    job = make(SageMaker([NO_CAPACITY]))
    job.create()
    assert job.look(1) == []
    assert job.look(2) == [Gone(*key(job), NO_CAPACITY["FailureReason"], retryable=True)]


def test_a_full_quota_queues_the_attempt_until_there_is_room(make):
    full = Refused("ResourceLimitExceeded", FULL)
    sagemaker = SageMaker([TRAINING], [full, full, full, full, None])
    job = make(sagemaker)
    job.create()
    assert job.look(1) == []
    assert not sagemaker.created
    assert job.look(2) == [Began(*key(job))]
    assert types(sagemaker) == ["ml.p3.2xlarge"]


def test_a_full_quota_of_one_type_leaves_the_next_to_be_tried(make):
    sagemaker = SageMaker([TRAINING], [Refused("ResourceLimitExceeded", FULL)])
    make(sagemaker).create()
    assert types(sagemaker) == ["ml.g5.xlarge"]


@pytest.mark.parametrize(
    "refusal",
    [
        Refused("ResourceLimitExceeded", NO_QUOTA),
        Refused("ValidationException", "Could not assume role arn:aws:iam::1:role/x."),
        Refused("AccessDeniedException", "User is not authorized to perform: iam:PassRole"),
    ],
    ids=lambda refusal: refusal.response["Error"]["Code"],
)
def test_a_refusal_that_waiting_cannot_help_is_told_at_once(make, refusal):
    with pytest.raises(LaunchRefused, match="SageMaker refuses it") as refused:
        make(SageMaker(refusals=[refusal])).create()
    assert not refused.value.retryable
    assert refusal.response["Error"]["Message"] in str(refused.value)


def test_a_network_that_is_down_may_be_tried_again(make):
    with pytest.raises(LaunchRefused) as refused:
        make(SageMaker(refusals=[OSError("no route")])).create()
    assert refused.value.retryable


def test_one_called_back_from_the_queue_never_ran(make):
    full = Refused("ResourceLimitExceeded", FULL)
    sagemaker = SageMaker(refusals=[full] * 9)
    job = make(sagemaker)
    job.create()
    job.stop_wanted = True
    assert isinstance(job.look(1)[0], Gone)
    assert (sagemaker.created, sagemaker.stopped) == ([], [])


def test_one_stopped_while_it_waits_for_machines_never_ran(make):
    stopped = {"TrainingJobStatus": "Stopped", "SecondaryStatus": "Stopped"}
    sagemaker = SageMaker([STARTING, stopped])
    job = make(sagemaker)
    job.create()
    job.look(1)
    job.stop_wanted = True
    assert isinstance(job.look(2)[0], Gone)
    assert sagemaker.stopped == [job.name]


def test_a_time_limit_that_sagemaker_keeps_is_named(make):
    over = TRAINING | {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxRuntimeExceeded"}
    job = make(SageMaker([TRAINING, over]))
    job.create()
    job.look(1)
    (exited,) = job.look(2)
    assert exited == Exited(*key(job), 143, stopped_for="stopped at SageMaker (MaxRuntimeExceeded)")


def test_one_deleted_at_sagemaker_is_gone(make):
    sagemaker = SageMaker([TRAINING])
    job = make(sagemaker)
    job.create()
    job.look(1)
    sagemaker.created.clear()
    (gone,) = job.look(2)
    assert gone.reason.startswith("InternalServerError")
    assert not gone.retryable


def test_an_engine_that_comes_back_finds_the_choice_of_instances_that_was_taken(make):
    sagemaker = SageMaker([NO_CAPACITY, TRAINING])
    first = make(sagemaker)
    first.create()
    first.look(1)
    first.look(2)
    sagemaker.states = [NO_CAPACITY, TRAINING]
    again = make(sagemaker)
    assert again.exists()
    assert again.name == first.name
    assert again.look(3) == [Began(*key(again))]


def test_a_spot_instance_that_comes_back_goes_on_in_the_same_log(make, tmp_path):
    done = TRAINING | {"TrainingJobStatus": "Completed", "SecondaryStatus": "Completed"}
    logs = Logs({})
    job = make(SageMaker([TRAINING, TRAINING, done]), logs)
    job.create()
    name = job.name
    logs.streams[f"{name}/algo-1-1"] = ["epoch 1"]
    assert [each.text for each in job.look(1)[1:]] == ["epoch 1\n"]
    logs.streams[f"{name}/algo-1-2"] = ["epoch 2"]
    job.look(2)
    seen = job.look(3)
    log = Workspace.under(tmp_path, job.launch.spec).log("algo-1")
    assert log.read_text() == "epoch 1\nepoch 2\n"
    assert seen[-1] == Exited(*key(job), 0)


def test_the_request_is_the_definition_in_the_words_of_a_training_job(make):
    request = {
        "DefinitionName": "one",
        "StaticHyperParameters": {"epochs": "3"},
        "RetryStrategy": {"MaximumRetryAttempts": 3},
        "VpcConfig": {"SecurityGroupIds": ["sg"], "Subnets": ["subnet"]},
        "CheckpointConfig": {"S3Uri": "s3://b/c"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    }
    sagemaker = SageMaker()
    job = make(sagemaker, request=request, tags=(("team", "x"),))
    job.create()
    (sent,) = sagemaker.created
    assert sent.keys() == {
        "RoleArn",
        "VpcConfig",
        "CheckpointConfig",
        "ResourceConfig",
        "TrainingJobName",
        "HyperParameters",
        "StoppingCondition",
        "Tags",
    }
    assert sent["HyperParameters"] == dict(job.launch.spec.hyperparameters)
    assert sent["Tags"] == [
        {"Key": "team", "Value": "x"},
        {"Key": "amt:owner", "Value": "me"},
    ]


def key(job):
    return job.launch.key, job.launch.attempt
