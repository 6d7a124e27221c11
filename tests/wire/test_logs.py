"""The logs of training jobs, as CloudWatch Logs tells them."""

import botocore.exceptions
import pytest

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def logs(bench, sagemaker, training):
    """A training job of two hosts that has printed."""
    training["TrainingJobName"] = "job"
    training["ResourceConfig"]["InstanceCount"] = 2
    sagemaker.create_training_job(**training)
    bench.run()
    bench.logs.written["job", "algo-1"] = ["[0]\tloss:1", "zwei", "drei", "", "fünf"]
    return bench.logs_client()


def stream(logs, host="algo-1"):
    found = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=f"job/{host}")
    return found["logStreams"][0]["logStreamName"]


def read(logs, **question):
    return logs.get_log_events(logGroupName=GROUP, logStreamName=stream(logs), **question)


def texts(answer):
    return [event["message"] for event in answer["events"]]


def test_there_is_a_stream_for_each_host(logs):
    found = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="job/")
    names = [each["logStreamName"] for each in found["logStreams"]]
    assert [name.rsplit("-", 1)[0] for name in names] == ["job/algo-1", "job/algo-2"]


def test_streams_come_in_pages_without_a_prefix_too(logs):
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=GROUP, PaginationConfig={"PageSize": 1}
    )
    assert [len(page["logStreams"]) for page in pages] == [1, 1]


def test_a_tab_is_written_as_the_transport_writes_it(logs):
    answer = read(logs, startFromHead=True)
    assert texts(answer) == ["[0]#011loss:1", "zwei", "drei", "", "fünf"]
    assert [event["timestamp"] for event in answer["events"]] == [0, 1000, 2000, 3000, 4000]


def test_a_reader_goes_on_where_it_stopped(bench, logs):
    first = read(logs, startFromHead=True, limit=3)
    second = read(logs, startFromHead=True, limit=3, nextToken=first["nextForwardToken"])
    end = read(logs, startFromHead=True, nextToken=second["nextForwardToken"])
    assert texts(first) + texts(second) == ["[0]#011loss:1", "zwei", "drei", "", "fünf"]
    assert end["events"] == []
    assert end["nextForwardToken"] == second["nextForwardToken"]
    bench.logs.written["job", "algo-1"].append("sechs")
    assert texts(read(logs, startFromHead=True, nextToken=end["nextForwardToken"])) == ["sechs"]


def test_without_a_head_the_end_is_read_and_one_can_go_back(logs):
    last = read(logs, limit=2)
    assert texts(last) == ["", "fünf"]
    before = read(logs, limit=2, nextToken=last["nextBackwardToken"])
    assert texts(before) == ["zwei", "drei"]
    first = read(logs, limit=2, nextToken=before["nextBackwardToken"])
    assert texts(first) == ["[0]#011loss:1"]
    assert read(logs, limit=2, nextToken=first["nextBackwardToken"])["events"] == []
    assert texts(read(logs, startFromHead=True, nextToken=last["nextForwardToken"])) == []


def test_times_bound_what_is_read(logs):
    assert texts(read(logs, startFromHead=True, startTime=1000, endTime=3000)) == ["zwei", "drei"]
    assert texts(read(logs, startTime=1000, endTime=3000, limit=1)) == ["drei"]


def test_one_answer_has_a_megabyte_at_most(bench, logs):
    bench.logs.written["job", "algo-1"] = ["x" * 400_000] * 5
    assert len(read(logs, startFromHead=True)["events"]) == 2
    assert len(read(logs)["events"]) == 2


@pytest.mark.parametrize(
    ("group", "name"), [("/aws/other", "job/algo-1-1"), (GROUP, "job/algo-1-1"), (GROUP, "nobody")]
)
def test_what_is_not_there_is_not_found(logs, group, name):
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_log_events(logGroupName=group, logStreamName=name)


def test_a_foreign_token_is_refused(logs):
    with pytest.raises(botocore.exceptions.ClientError, match="nextToken is invalid"):
        read(logs, nextToken="x/1")


def test_a_job_that_has_not_started_has_no_stream(bench, training, sagemaker):
    logs = bench.logs_client()
    found = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="job/")
    assert found["logStreams"] == []
