"""--max-usd while a job runs: it is stopped before what runs would pass the limit."""

import json
import threading

import pytest

from tests.cli.conftest import START, a_child, a_job
from tests.road import Road, until

NEVER = threading.Event()
DEFINITION = {
    "AlgorithmSpecification": {"TrainingImage": "t", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::000000000000:role/r",
    "OutputDataConfig": {"S3OutputPath": "s3://b/o"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}


def running(*, status="InProgress", live=2):
    counters = {"Completed": 2, "InProgress": live}
    members = {"TrainingJobDefinition": DEFINITION, "TrainingJobStatusCounters": counters}
    return a_job("demo", status, **members)


def children(ended, live):
    done = [
        a_child(f"demo-{number}", 0.5) | {"TrainingEndTime": START + 2 + seconds}
        for number, seconds in enumerate(ended)
    ]
    return [*done, *(a_child(f"demo-live-{number}", status="InProgress") for number in range(live))]


def test_watch_stops_a_job_that_would_pass_the_limit(world):
    world.endpoint.add(
        running(),
        running(status="Stopping"),
        running(status="Stopped"),
        children=children([3600, 3600], live=2),
    )
    # two hours are spent, and two that run for an hour like them make four
    result = world.amt("watch", "demo", "--max-usd", "0.45")
    assert result.exit_code == 3
    assert "StopHyperParameterTuningJob" in world.endpoint.calls
    assert "would make it $0.46. The job is stopped." in result.stderr


def test_watch_leaves_a_job_alone_that_keeps_within_the_limit(world):
    world.endpoint.add(running(), running(status="Completed"), children=children([3600], live=1))
    result = world.amt("watch", "demo", "--max-usd", "0.24")
    assert result.exit_code == 0
    assert "StopHyperParameterTuningJob" not in world.endpoint.calls


def test_those_that_run_count_from_their_creation_while_their_start_is_not_known(world):
    live = a_child("demo-live", status="InProgress")
    del live["TrainingStartTime"]
    world.clock.wait_until(START + 1 + 4 * 3600, NEVER)
    world.endpoint.add(running(), running(), running(status="Stopped"), children=[live])
    result = world.amt("watch", "demo", "--max-usd", "0.45")
    assert "$0.46 are spent" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--price", "cheap"], "--price: is not a price (got cheap)"),
        (["--expect", "soon"], "--expect: "),
    ],
)
def test_watch_refuses_options_that_cannot_be_used(world, words, said):
    world.endpoint.add(running(), running(status="Completed"))
    result = world.amt("watch", "demo", "--max-usd", "1", *words)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.fixture
def road(tmp_path):
    road = Road(tmp_path)
    yield road
    road.close()


def test_a_real_job_is_stopped_when_its_money_is_spent(road):
    file = road.job(jobs=40, parallel=2, seconds=0.5)
    assert road.amt("run", file, "--name", "job", "--detach").returncode == 0
    dollar_a_second = ["--price", "ml.m5.large=3600"]
    watched = road.amt("watch", "job", "--max-usd", "4", *dollar_a_second)
    assert watched.returncode == 3, watched.stderr
    assert "--max-usd 4: " in watched.stderr
    until(lambda: road.status("job") == "Stopped", "the job is stopped")
    launched = len(road.children("job"))
    assert 2 <= launched < 40
    told = json.loads(road.amt("describe", "job", "--json").stdout)
    assert told["HyperParameterTuningJobStatus"] == "Stopped"
