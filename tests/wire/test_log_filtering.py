"""FilterLogEvents: what ``aws logs tail`` asks."""

import botocore.exceptions
import pytest

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def logs(bench, sagemaker, training):
    """Two training jobs, the first of two hosts, that have printed; line n of each at second n."""
    training["ResourceConfig"]["InstanceCount"] = 2
    sagemaker.create_training_job(**training | {"TrainingJobName": "job"})
    sagemaker.create_training_job(**training | {"TrainingJobName": "later"})
    bench.run()
    bench.logs.written["job", "algo-1"] = ["a0 x", "a1", "a2 x"]
    bench.logs.written["job", "algo-2"] = ["b0", "b1 x"]
    bench.logs.written["later", "algo-1"] = ["c0"]
    return bench.logs_client()


def read(logs, **question):
    return logs.filter_log_events(logGroupName=GROUP, **question)


def texts(answer):
    return [event["message"] for event in answer["events"]]


def test_streams_are_read_in_one_order_of_time(logs):
    answer = read(logs)
    assert texts(answer) == ["a0 x", "b0", "c0", "a1", "b1 x", "a2 x"]
    assert "nextToken" not in answer
    assert answer["searchedLogStreams"] == []
    streams = [event["logStreamName"].rpartition("-")[0] for event in answer["events"][:3]]
    assert streams == ["job/algo-1", "job/algo-2", "later/algo-1"]


def test_an_event_keeps_its_id_and_no_two_have_one(logs):
    first = [event["eventId"] for event in read(logs)["events"]]
    assert len(set(first)) == len(first)
    again = [event["eventId"] for event in read(logs, filterPattern="x", startTime=1)["events"]]
    assert again == [first[4], first[5]]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"filterPattern": "x"}, ["a0 x", "b1 x", "a2 x"]),
        ({"startTime": 1000}, ["a1", "b1 x", "a2 x"]),
        ({"endTime": 1000}, ["a0 x", "b0", "c0", "a1", "b1 x"]),
        ({"logStreamNamePrefix": "lat"}, ["c0"]),
        ({"logStreamNamePrefix": "job/algo-2"}, ["b0", "b1 x"]),
        ({"logStreamNamePrefix": "nobody"}, []),
        ({"logStreamNames": ["nobody/algo-1-1"]}, []),
    ],
)
def test_events_are_chosen(logs, question, expected):
    assert texts(read(logs, **question)) == expected


def test_streams_are_chosen_by_name(logs):
    found = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    names = [each["logStreamName"] for each in found if "/algo-1-" in each["logStreamName"]]
    assert texts(read(logs, logStreamNames=names)) == ["a0 x", "c0", "a1", "a2 x"]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_pages_together_are_the_whole(logs, size):
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, PaginationConfig={"PageSize": size}
    )
    told = [texts(page) for page in pages]
    assert all(len(page) == size for page in told[:-1])
    assert [text for page in told for text in page] == ["a0 x", "b0", "c0", "a1", "b1 x", "a2 x"]


def test_what_is_written_meanwhile_is_on_the_next_page(bench, logs):
    first = read(logs, limit=5)
    bench.logs.written["later", "algo-1"] += ["c1", "c2"]
    rest = read(logs, nextToken=first["nextToken"])
    assert texts(rest) == ["c1", "a2 x", "c2"]


def test_the_end_can_be_read_first(bench, sagemaker, training):
    """The order is the token's from then on. Times must lie after 2023 for it (documented)."""
    sagemaker.create_training_job(**training | {"TrainingJobName": "job"})
    bench.run()
    since = 1_704_067_200_000
    bench.logs.start_ms = since
    bench.logs.written["job", "algo-1"] = ["1", "2", "3"]
    logs = bench.logs_client()
    first = read(logs, startFromHead=False, startTime=since, limit=2)
    assert texts(first) == ["3", "2"]
    assert texts(read(logs, startTime=since, nextToken=first["nextToken"])) == ["1"]


def test_one_answer_has_a_megabyte_at_most(bench, logs):
    bench.logs.written["job", "algo-1"] = ["x" * 400_000] * 5
    assert len(read(logs, logStreamNamePrefix="job/algo-1")["events"]) == 2


@pytest.mark.parametrize(
    ("question", "match"),
    [
        ({"startFromHead": False}, "January 1, 2024"),
        ({"nextToken": "x"}, "nextToken is invalid"),
        ({"logStreamNames": ["a"], "logStreamNamePrefix": "a"}, "cannot be given together"),
        ({"filterPattern": "{ $.a = 1 }"}, "words and phrases only"),
    ],
)
def test_a_question_that_cannot_be_is_refused(logs, question, match):
    with pytest.raises(logs.exceptions.InvalidParameterException, match=match):
        read(logs, **question)


def test_a_token_of_another_question_is_refused(logs):
    token = read(logs, limit=1)["nextToken"]
    with pytest.raises(botocore.exceptions.ClientError, match="nextToken is invalid"):
        read(logs, nextToken=token, filterPattern="x")


def test_another_group_is_not_found(logs):
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName="/aws/other")
