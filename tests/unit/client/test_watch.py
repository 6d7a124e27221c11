"""Following a tuning job: what is read, how often, and when it ends."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from orchestrator.client.session import Connection
from orchestrator.client.watch import Children, WaitTimedOut, follow, wait
from orchestrator.clock import VirtualClock

PAGE = 2


def a_child(number, status="Completed"):
    return {
        "TrainingJobName": f"job-{number:03d}",
        "TrainingJobStatus": status,
        "ObjectiveStatus": "Pending" if status == "InProgress" else "Succeeded",
        "CreationTime": datetime.fromtimestamp(1_750_000_000 + number, UTC),
    }


@dataclass
class FakeSageMaker:
    """Answers from lists, newest first, two a page; counts the pages."""

    children: list = field(default_factory=list)
    statuses: list = field(default_factory=lambda: ["InProgress"])
    pages: int = 0

    def describe_hyper_parameter_tuning_job(self, **_):
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return {"HyperParameterTuningJobStatus": status, "ResponseMetadata": {}}

    def list_training_jobs_for_hyper_parameter_tuning_job(self, **query):
        self.pages += 1
        begin = int(query.get("NextToken", 0))
        rows = self.children[::-1]
        more = {"NextToken": str(begin + PAGE)} if begin + PAGE < len(rows) else {}
        return {"TrainingJobSummaries": rows[begin : begin + PAGE]} | more


def connected(sagemaker, label="local"):
    return Connection(label, sagemaker, None, None, "0", "us-east-1", "bucket", None)


def test_the_first_look_reads_all_and_later_ones_only_what_can_have_changed():
    sagemaker = FakeSageMaker([a_child(number) for number in range(10)])
    known = Children(connected(sagemaker), "demo")
    assert next(row["TrainingJobName"] for row in known.refresh()) == "job-000"
    assert sagemaker.pages == 5
    known.refresh()
    assert sagemaker.pages == 6


def test_a_running_one_behind_many_ended_ones_is_read_again():
    sagemaker = FakeSageMaker([a_child(0, "InProgress"), *(a_child(n) for n in range(1, 8))])
    known = Children(connected(sagemaker), "demo")
    known.refresh()
    sagemaker.children[0] = a_child(0)
    assert known.refresh()[0]["TrainingJobStatus"] == "Completed"


def test_new_ones_are_found_however_many_came():
    sagemaker = FakeSageMaker([a_child(0)])
    known = Children(connected(sagemaker), "demo")
    known.refresh()
    sagemaker.children += [a_child(number) for number in range(1, 9)]
    assert len(known.refresh()) == 9


def test_follow_ends_with_a_snapshot_of_the_end():
    sagemaker = FakeSageMaker(statuses=["InProgress", "Stopping", "Stopped"])
    seen = list(follow(connected(sagemaker), "demo", clock=VirtualClock()))
    assert [snapshot.ended for snapshot in seen] == [False, False, True]


def test_aws_is_asked_less_often_than_this_machine():
    def seconds(label):
        sagemaker = FakeSageMaker(statuses=["InProgress", "InProgress", "Completed"])
        first, *_, last = follow(connected(sagemaker, label), "demo", clock=VirtualClock())
        return last.at - first.at

    assert seconds("local") < 1
    assert seconds("aws") >= 10


def test_wait_gives_up_after_its_time_and_no_sooner():
    clock = VirtualClock(0.0)
    with pytest.raises(WaitTimedOut, match="still InProgress after 3 s"):
        wait(connected(FakeSageMaker()), "demo", clock=clock, timeout=3)
    assert clock.now() == pytest.approx(3)


def test_wait_for_an_ended_job_returns_at_once_even_without_time():
    sagemaker = FakeSageMaker(statuses=["Failed"])
    job = wait(connected(sagemaker), "demo", clock=VirtualClock(), timeout=0)
    assert job == {"HyperParameterTuningJobStatus": "Failed"}
