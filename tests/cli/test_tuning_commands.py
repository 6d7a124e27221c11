"""list, describe, best, stop, delete, jobs, logs: what they print and how they leave."""

import json

import pytest

from tests.cli.conftest import a_child, a_job

BEST = a_child("demo-002", 0.9)


def ended(name="demo", status="Completed", **members):
    counters = {"Completed": 2, "InProgress": 0, "NonRetryableError": 1, "Stopped": 0}
    members = {"TrainingJobStatusCounters": counters, "BestTrainingJob": BEST} | members
    return a_job(name, status, **members)


CHILDREN = [
    a_child("demo-001", 0.5),
    BEST,
    a_child("demo-003", status="Failed") | {"FailureReason": "AlgorithmError: exit 1"},
]


def test_list_shows_every_job(world):
    world.endpoint.add(ended("one"))
    world.endpoint.add(a_job("two"))
    result = world.amt("list")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].split()[:2] == ["NAME", "STATUS"]
    assert "one" in result.stdout
    assert "InProgress" in result.stdout


def test_list_reads_every_page_up_to_its_limit(world):
    for number in range(130):
        world.endpoint.add(a_job(f"job-{number}"))
    found = json.loads(world.amt("list", "--json", "--limit", "120").stdout)
    assert len(found) == 120


def test_list_of_nothing_says_what_to_do_and_keeps_stdout_clean(world):
    result = world.amt("list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "amt init" in result.stderr
    assert json.loads(world.amt("list", "--json").stdout) == []


def test_describe_tells_the_state_and_the_best(world):
    world.endpoint.add(ended())
    result = world.amt("describe", "demo")
    assert "3/3 ended, 1 failed, best accuracy=0.9" in result.stdout
    assert "demo-002" in result.stdout
    answer = json.loads(world.amt("describe", "demo", "--json").stdout)
    assert answer["HyperParameterTuningJobName"] == "demo"
    assert "ResponseMetadata" not in answer


def test_best_gives_whole_values_as_json_and_short_ones_to_people(world):
    world.endpoint.add(ended())
    result = world.amt("best", "demo", "--json")
    assert json.loads(result.stdout) == {
        "training_job": "demo-002",
        "metric": "accuracy",
        "goal": "maximize",
        "value": 0.9,
        "hyperparameters": {"lr": "0.123456789", "depth": "3"},
        "model": None,
    }
    assert "0.123457" in world.amt("best", "demo").stdout


def test_best_of_a_job_without_one_says_so(world):
    world.endpoint.add(a_job("demo"))
    result = world.amt("best", "demo")
    assert result.exit_code == 2
    assert "has no best training job" in result.stderr


def test_jobs_come_best_first(world):
    world.endpoint.add(ended(), children=CHILDREN)
    lines = world.amt("jobs", "demo").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["demo-002", "demo-001", "demo-003"]
    assert lines[0].split() == ["TRAINING", "JOB", "STATUS", "ACCURACY", "TOOK", "depth", "lr"]
    found = json.loads(world.amt("jobs", "demo", "--json", "--limit", "1").stdout)
    assert [child["TrainingJobName"] for child in found] == ["demo-002"]


def test_jobs_say_why_a_training_job_was_stopped(world):
    stopped = a_child("demo-002", 0.2, "Stopped")
    stays = [
        {"Status": "Training", "StartTime": 1.0, "EndTime": 2.0, "StatusMessage": "In progress: 1"},
        {"Status": "Stopping", "StartTime": 2.0, "StatusMessage": "Stopping it: worse than 0.5"},
    ]
    stopped["SecondaryStatusTransitions"] = stays
    world.endpoint.add(ended(), children=[a_child("demo-001", 0.5), stopped])
    lines = world.amt("jobs", "demo").stdout.splitlines()
    assert lines[0].endswith("STOPPED FOR")
    assert lines[1].split()[-1] == "0.123457"
    assert lines[2].endswith("  worse than 0.5")
    found = json.loads(world.amt("jobs", "demo", "--json").stdout)
    assert [child.get("StatusMessage") for child in found] == [None, "worse than 0.5"]


def test_describe_tells_what_early_stopping_saved(world):
    job = ended(TrainingJobStatusCounters={"Completed": 1, "Stopped": 2})
    job["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] = "Auto"
    children = [a_child("demo-001", 0.5), *(a_child(f"demo-00{n}", 0, "Stopped") for n in (2, 3))]
    for child, reason in zip(
        children[1:], ("Early stopping: at epoch 2", "met MAX_RUNTIME"), strict=True
    ):
        child["TrainingEndTime"] -= 6
        stay = {"Status": "Stopping", "StartTime": 2.0, "StatusMessage": f"Stopping it: {reason}"}
        child["SecondaryStatusTransitions"] = [stay]
    world.endpoint.add(job, children=children)
    told = world.amt("describe", "demo").stdout
    assert (
        "early stopping  Auto: 1 of 3 training jobs stopped, about 6.0 s of training saved (20%)"
        in told
    )
    world.endpoint.add(job, children=children[:1])
    assert "Auto: none of 1 training jobs stopped" in world.amt("describe", "demo").stdout
    world.endpoint.add(job, children=[])
    assert "early stopping  Auto\n" in world.amt("describe", "demo").stdout


def test_describe_says_what_ended_the_job(world):
    world.endpoint.add(ended())
    assert "ended by" in world.amt("describe", "demo").stdout
    world.endpoint.add(a_job("other"))
    assert "ended by" not in world.amt("describe", "other").stdout


def test_logs_print_every_line_once(world):
    world.endpoint.add(ended(), children=CHILDREN)
    world.endpoint.lines["demo-001"] = ["epoch 1", "epoch 2"]
    assert world.amt("logs", "demo-001").stdout == "epoch 1\nepoch 2\n"
    lines = world.amt("logs", "demo-001", "--follow", "--json").stdout.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["epoch 1", "epoch 2"]


def test_logs_of_a_silent_job_say_so(world):
    world.endpoint.add(ended(), children=CHILDREN)
    result = world.amt("logs", "demo-001")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "has printed nothing" in result.stderr


@pytest.mark.parametrize(
    "words", [("describe",), ("best",), ("jobs",), ("stop",), ("delete",), ("watch",), ("wait",)]
)
def test_an_unknown_job_is_named_with_its_nearest(world, words):
    world.endpoint.add(a_job("demonstration"))
    result = world.amt(*words, "demonstratoin")
    assert result.exit_code == 2
    assert "no tuning job called demonstratoin" in result.stderr
    assert "Did you mean demonstration?" in result.stderr
    assert result.stdout == ""


def test_an_unknown_training_job_says_where_to_look(world):
    result = world.amt("logs", "nope")
    assert result.exit_code == 2
    assert "no training job called nope" in result.stderr


def test_stop_leaves_a_driven_job_to_its_driver(world):
    world.endpoint.add(a_job("demo"))
    result = world.amt("stop", "demo")
    assert result.exit_code == 0
    assert "demo is Stopping. `amt wait demo`" in result.stderr
    assert "resume demo" not in world.emulator.asked


def test_stop_waits_for_what_this_process_had_to_take_up(world):
    world.emulator.pid = None
    world.endpoint.add(a_job("demo"))
    world.amt("stop", "demo")
    assert world.emulator.asked == ["idle"]
    assert "StopHyperParameterTuningJob" in world.endpoint.calls


def test_stop_takes_up_a_job_whose_driver_died_while_it_was_stopping(world):
    world.emulator.pid = None
    world.endpoint.add(a_job("demo", "Stopping"))
    assert world.amt("stop", "demo").exit_code == 0
    assert world.emulator.asked == ["resume demo", "idle"]


def test_stop_of_an_ended_job_is_bad_input(world):
    world.endpoint.add(ended())
    result = world.amt("stop", "demo", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"] == "WrongStatus"


def test_delete_removes_an_ended_job_and_refuses_a_running_one(world):
    world.endpoint.add(ended())
    world.endpoint.add(a_job("busy"))
    assert world.amt("delete", "demo").exit_code == 0
    assert world.amt("describe", "demo").exit_code == 2
    assert world.amt("delete", "busy").exit_code == 2


def test_logs_of_a_tuning_job_are_interleaved_and_labelled(world):
    world.endpoint.add(a_job("demo", "Completed"))
    one, two = "demo-001-0123abcd", "demo-002-0123abce"
    world.endpoint.lines |= {one: ["a1", "a2"], two: ["b1", "b2", "b3"]}
    world.endpoint.lines["demo-2-001-0123abcf"] = ["of another tuning job"]
    result = world.amt("logs", "demo")
    assert result.stdout.splitlines() == [
        f"{one} a1", f"{two} b1", f"{one} a2", f"{two} b2", f"{two} b3",
    ]  # fmt: skip
    lines = [json.loads(each) for each in world.amt("logs", "demo", "--json").stdout.splitlines()]
    assert [line["training_job"] for line in lines] == [one, two, one, two, two]


def test_logs_of_a_tuning_job_are_followed_without_a_line_twice(world):
    world.endpoint.add(*[a_job("demo")] * 3, a_job("demo", "Completed"))
    lines = world.endpoint.lines["demo-001-0123abcd"] = ["1"]
    describe = world.endpoint.DescribeHyperParameterTuningJob

    def describe_and_print(query):
        lines.append(str(len(lines) + 1))
        return describe(query)

    world.endpoint.DescribeHyperParameterTuningJob = describe_and_print
    printed = world.amt("logs", "demo", "-f").stdout.splitlines()
    assert printed == [f"demo-001-0123abcd {number + 1}" for number in range(len(printed))]
    assert len(printed) == len(lines) > 4


def test_logs_of_several_training_jobs_are_labelled(world):
    world.endpoint.add(a_job("demo"), children=[a_child("demo-001"), a_child("demo-002")])
    world.endpoint.lines |= {"demo-001": ["a"], "demo-002": ["b"]}
    assert world.amt("logs", "demo-001", "demo-002").stdout == "demo-001 a\ndemo-002 b\n"


def test_best_tells_the_model_and_writes_a_request_that_trains_it_again(world, tmp_path):
    child = a_child("demo-002", 0.9)
    described = child | {
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/model.tar.gz"},
        "HyperParameters": {"lr": "0.1", "_tuning_objective_metric": "accuracy"},
        "AlgorithmSpecification": {
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": "accuracy", "Regex": "a=(.*)"},
                {"Name": "ObjectiveMetric", "Regex": "a=(.*)"},
            ],
        },
        "RoleArn": "arn:aws:iam::000000000000:role/amt",
        "CheckpointConfig": {"S3Uri": "s3://b/checkpoints"},
        "SecondaryStatus": "Completed",
    }
    world.endpoint.add(a_job("demo", "Completed", BestTrainingJob=child), children=[described])
    found = json.loads(world.amt("best", "demo", "--json").stdout)
    assert found["model"] == "s3://b/model.tar.gz"
    file = tmp_path / "again.json"
    assert world.amt("best", "demo", "--write-definition", str(file)).exit_code == 0
    assert json.loads(file.read_text()) == {
        "TrainingJobName": "demo-002-again",
        "HyperParameters": {"lr": "0.1"},
        "AlgorithmSpecification": {
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "accuracy", "Regex": "a=(.*)"}],
        },
        "RoleArn": "arn:aws:iam::000000000000:role/amt",
    }
