"""Following a tuning job: what is read, how often, and when it ends."""

import itertools
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from orchestrator.client.session import Cloud, Connection
from orchestrator.client.watch import Children, WaitTimedOut, follow, wait
from orchestrator.clock import VirtualClock
from orchestrator.errors import CredentialsExpired, Interrupted

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


def pauses(label, looks):
    """Seconds between the looks at a job of which nothing changes."""
    sagemaker = FakeSageMaker(statuses=["InProgress"] * looks + ["Completed"])
    seen = [each.at for each in follow(connected(sagemaker, label), "demo", clock=VirtualClock())]
    return [after - before for before, after in itertools.pairwise(seen)]


def test_the_longer_nothing_changes_the_longer_the_pause_within_bounds():
    waited = pauses("aws", 200)
    assert waited == sorted(waited)
    assert (waited[0], waited[-1]) == (2.0, 30.0)
    assert sum(waited[:20]) < 120  # and a job of minutes is not kept waiting


def test_aws_is_asked_less_often_than_this_machine():
    assert pauses("local", 3)[0] < 1
    assert pauses("aws", 3)[0] >= 2


def test_wait_gives_up_after_its_time_and_no_sooner():
    clock = VirtualClock(0.0)
    with pytest.raises(WaitTimedOut, match="still InProgress after 3 s"):
        wait(connected(FakeSageMaker()), "demo", clock=clock, timeout=3)
    assert clock.now() == pytest.approx(3)


def test_wait_for_an_ended_job_returns_at_once_even_without_time():
    sagemaker = FakeSageMaker(statuses=["Failed"])
    job = wait(connected(sagemaker), "demo", clock=VirtualClock(), timeout=0)
    assert job == {"HyperParameterTuningJobStatus": "Failed"}


# ------------------------------------------------------------------ what following costs


@dataclass
class Paced:
    """A job of many training jobs that goes on with the clock; every call is counted.

    Ten run at once, each for a minute and a bit; the listing comes newest first, 100 a page.
    """

    clock: VirtualClock
    count: int = 200
    parallel: int = 10
    calls: Counter = field(default_factory=Counter)
    changed: list = field(default_factory=list)
    refusal: str = ""
    every: int = 3
    asked: int = 0

    def __post_init__(self):
        self.begun = self.clock.now()

    def __call__(self, operation):
        self.asked += 1
        if self.refusal and self.asked % self.every == 0:
            error = {"Error": {"Code": self.refusal, "Message": "Rate exceeded"}}
            raise ClientError(error, operation)
        self.calls[operation] += 1

    def rows(self):
        passed = self.clock.now() - self.begun
        for number in range(self.count):
            length = 60 + (number * 7) % 20
            begins = (number // self.parallel) * 80 + number % self.parallel
            if begins <= passed:
                ended = begins + length <= passed
                yield a_child(number, "Completed" if ended else "InProgress")

    def describe_hyper_parameter_tuning_job(self, **_):
        self("Describe")
        rows = list(self.rows())
        done = sum(row["TrainingJobStatus"] == "Completed" for row in rows)
        jobs = {"Completed": done, "InProgress": len(rows) - done}
        if not self.changed or self.changed[-1] != jobs:
            self.changed.append(jobs)
        return {
            "HyperParameterTuningJobStatus": "Completed" if done == self.count else "InProgress",
            "TrainingJobStatusCounters": jobs,
            "ObjectiveStatusCounters": {"Succeeded": done, "Pending": len(rows) - done},
        }

    def list_training_jobs_for_hyper_parameter_tuning_job(self, **query):
        self("List")
        rows = list(self.rows())[::-1]
        begin = int(query.get("NextToken", 0))
        end = begin + query["MaxResults"]
        more = {"NextToken": str(end)} if end < len(rows) else {}
        return {"TrainingJobSummaries": rows[begin:end]} | more


def watched(**members):
    clock = VirtualClock(0.0)
    sagemaker = Paced(clock, **members)
    seen = list(follow(connected(sagemaker, "aws"), "demo", clock=clock))
    return sagemaker, seen


def test_two_hundred_training_jobs_cost_one_describe_a_look_and_one_page_a_change():
    sagemaker, seen = watched()
    assert len(seen[-1].children) == 200
    assert {row["TrainingJobStatus"] for row in seen[-1].children} == {"Completed"}
    assert sagemaker.calls["Describe"] == len(seen)
    assert sagemaker.calls["List"] <= len(sagemaker.changed)


def test_a_job_that_stands_still_is_not_listed_again():
    sagemaker, _ = watched(count=1)
    assert sagemaker.calls["Describe"] > 5
    assert sagemaker.calls["List"] == 2  # it began, it ended


def test_a_job_of_which_all_has_happened_is_read_in_as_many_pages_as_it_has():
    clock = VirtualClock(0.0)
    sagemaker = Paced(clock)
    clock.wait_until(1e6, threading.Event())
    (last,) = follow(connected(sagemaker, "aws"), "demo", clock=clock)
    assert len(last.children) == 200
    assert sagemaker.calls == {"Describe": 1, "List": 2}


@pytest.mark.parametrize("refusal", ["ThrottlingException", "ServiceUnavailable"])
def test_a_throttling_endpoint_changes_nothing_but_time(refusal):
    _, smooth = watched()
    sagemaker, seen = watched(refusal=refusal)
    assert sagemaker.asked > sum(sagemaker.calls.values())
    assert seen[-1].children == smooth[-1].children


def test_an_endpoint_that_stays_away_is_given_up_with_the_way_back():
    clock = VirtualClock(0.0)
    sagemaker = Paced(clock)
    seen = follow(connected(sagemaker, "aws"), "demo", clock=clock)
    next(seen)
    sagemaker.refusal, sagemaker.every = "ThrottlingException", 1
    with pytest.raises(Interrupted, match="`amt watch demo` comes back"):
        list(seen)
    assert 300 < clock.now() < 600


def test_an_endpoint_that_refuses_at_once_is_not_waited_for():
    clock = VirtualClock(0.0)
    sagemaker = Paced(clock, refusal="ThrottlingException", every=1)
    with pytest.raises(Interrupted):
        next(follow(connected(sagemaker, "aws"), "demo", clock=clock))
    assert clock.now() == 0


def on_aws(sagemaker, renewed):
    cloud = Cloud("1", "arn:aws:iam::1:user/me", None, None, None, renewed)
    return Connection("aws", sagemaker, None, None, "1", "us-east-1", "b", None, cloud=cloud)


def test_expired_credentials_are_read_afresh_once():
    clock = VirtualClock(0.0)
    stale, good = Paced(clock, refusal="ExpiredTokenException", every=4), Paced(clock)
    seen = list(follow(on_aws(stale, lambda: on_aws(good, None)), "demo", clock=clock))
    assert seen[-1].ended
    assert stale.calls.total() == 3
    assert good.calls["Describe"] > 0


def test_credentials_that_stay_expired_are_told_with_the_way_back():
    clock = VirtualClock(0.0)
    stale = Paced(clock, refusal="ExpiredTokenException", every=4)
    expired = Paced(clock, refusal="ExpiredTokenException", every=1)
    with pytest.raises(CredentialsExpired, match=r"Log in again.*`amt watch demo` comes back"):
        list(follow(on_aws(stale, lambda: on_aws(expired, None)), "demo", clock=clock))


def test_far_away_one_running_training_job_is_asked_for_its_metric_at_each_look():
    clock = VirtualClock(0.0)
    sagemaker = Paced(clock, count=3, parallel=3)
    sagemaker.asked_for = []
    sagemaker.describe_training_job = lambda **query: (
        sagemaker.asked_for.append(query["TrainingJobName"]) or {"FinalMetricDataList": []}
    )
    looks = len(list(follow(connected(sagemaker, "aws"), "demo", clock=clock, metrics=True)))
    assert len(sagemaker.asked_for) <= looks
    assert set(sagemaker.asked_for) == {"job-000", "job-001", "job-002"}
