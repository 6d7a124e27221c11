"""run, watch, wait, resume: following a job to its end, and leaving it early."""

import json

import pytest

from orchestrator.clock import SystemClock
from orchestrator.errors import StateError, Unreachable
from tests.cli.conftest import Refused, a_child, a_job

JOB = """
strategy: Random
objective: {metric: accuracy, goal: maximize}
limits: {jobs: 3, parallel: 2}
ranges:
  lr: {type: continuous, min: 0.001, max: 1.0}
metrics: {accuracy: 'accuracy=([-+0-9.eE]+)'}
training:
  entry_point: train.py
  source: src
  channels: {training: data}
"""
BEST = a_child("demo-002", 0.9)


@pytest.fixture
def file(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text("print('accuracy=0.5')")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "points.csv").write_text("1,2\n")
    path = tmp_path / "demo.yaml"
    path.write_text(JOB)
    return str(path)


def states(final="Completed", **members):
    running = {"Completed": 1, "InProgress": 2}
    done = {"Completed": 2, "NonRetryableError": 1, "InProgress": 0}
    return [
        a_job("demo", TrainingJobStatusCounters=running),
        a_job("demo", final, TrainingJobStatusCounters=done, **members),
    ]


def test_run_uploads_creates_follows_and_prints_the_best(world, file):
    world.endpoint.on_create = states(BestTrainingJob=BEST)
    result = world.amt("run", file, "--name", "demo")
    assert result.exit_code == 0
    assert "Created demo on local." in result.stderr
    assert "demo-002" in result.stdout
    request = world.endpoint.created[0]
    definition = request["TrainingJobDefinition"]
    source = definition["StaticHyperParameters"]["sagemaker_submit_directory"]
    assert source.strip('"') in world.bucket.objects
    uri = definition["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
    assert world.bucket.objects[uri + "points.csv"] == b"1,2\n"
    assert definition["RoleArn"] == "arn:aws:iam::000000000000:role/amt"


def test_the_same_files_go_up_once(world, file):
    world.amt("run", file, "--name", "one")
    first = dict(world.bucket.objects)
    result = world.amt("run", file, "--name", "two")
    assert "Uploading" not in result.stderr
    assert world.bucket.objects == first


def test_run_as_json_prints_one_object(world, file):
    world.endpoint.on_create = states(BestTrainingJob=BEST)
    found = json.loads(world.amt("run", file, "--name", "demo", "--json").stdout)
    assert found["status"] == "Completed"
    assert found["best"]["hyperparameters"] == {"lr": "0.123456789", "depth": "3"}


def test_run_names_a_job_by_its_file_and_the_time(world, file):
    assert world.amt("run", file).exit_code == 0
    name = world.endpoint.created[0]["HyperParameterTuningJobName"]
    assert name.startswith("demo-")
    assert len(name) <= 32


def test_a_failed_job_shows_each_reason_with_the_end_of_a_log(world):
    failed = [
        a_child(f"demo-00{number}", status="Failed") | {"FailureReason": "AlgorithmError: exit 1"}
        for number in (1, 2)
    ]
    reason = "No training job succeeded after 5 attempts."
    world.endpoint.add(*states("Failed", FailureReason=reason), children=failed)
    world.endpoint.lines["demo-001"] = ["line 1", "ValueError: no such file"]
    result = world.amt("watch", "demo")
    assert result.exit_code == 1
    assert "2 failed: AlgorithmError: exit 1" in result.stderr
    assert "ValueError: no such file" in result.stderr
    assert reason in result.stderr


def test_the_end_tells_what_early_stopping_saved(world):
    job = a_job("demo", "Completed", TrainingJobStatusCounters={"Completed": 1, "Stopped": 1})
    job["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] = "Auto"
    stopped = a_child("demo-001", 0.1, "Stopped")
    stay = {"Status": "Stopping", "StartTime": 2.0, "StatusMessage": "It: Early stopping: worse"}
    stopped |= {"TrainingEndTime": stopped["TrainingStartTime"] + 6}
    stopped["SecondaryStatusTransitions"] = [stay]
    world.endpoint.add(job, children=[stopped, BEST])
    told = "Early stopping: 1 of 2 training jobs stopped, about 6.0 s of training saved (25%)."
    assert told in world.amt("watch", "demo").stderr


def test_a_stopped_job_leaves_with_three(world):
    world.endpoint.add(*states("Stopped"))
    assert world.amt("watch", "demo").exit_code == 3
    assert world.amt("wait", "demo").exit_code == 3


def test_watch_without_a_terminal_tells_each_end_once(world):
    world.endpoint.add(*states(BestTrainingJob=BEST), children=[a_child("demo-001", 0.5), BEST])
    world.endpoint.states["demo"][0]["BestTrainingJob"] = BEST
    lines = world.amt("watch", "demo").stderr.splitlines()
    assert len([line for line in lines if line.startswith("[")]) == 2
    assert any("demo-002  Completed  accuracy=0.9 (best)  12 s  depth=3" in line for line in lines)


def test_watch_as_json_prints_a_line_for_every_change(world):
    world.endpoint.add(*states(), *states()[1:])
    lines = [json.loads(line) for line in world.amt("watch", "demo", "--json").stdout.splitlines()]
    assert [line["status"] for line in lines] == ["InProgress", "Completed"]


def test_a_metric_that_never_shows_is_told_with_what_almost_matched(world):
    definition = {"MetricDefinitions": [{"Name": "accuracy", "Regex": "accuracy=([0-9.]+)"}]}
    job = {"TrainingJobDefinition": {"AlgorithmSpecification": definition}}
    world.endpoint.add(*states(**job), children=[a_child("demo-001")])
    world.endpoint.states["demo"][0] |= job
    world.endpoint.lines["demo-001"] = ["loading", "Accuracy: 0.93"]
    result = world.amt("watch", "demo")
    assert "nothing that matches the metric accuracy" in result.stderr
    assert "almost: Accuracy: 0.93" in result.stderr


def test_wait_that_runs_out_of_time_leaves_with_124(world):
    world.endpoint.add(a_job("demo"))
    result = world.amt("wait", "demo", "--timeout", "5", "--json")
    assert result.exit_code == 124
    assert json.loads(result.stdout)["error"] == "WaitTimedOut"


def test_a_job_that_nobody_drives_is_not_waited_for(world):
    world.emulator.pid = None
    world.endpoint.add(a_job("demo"))
    result = world.amt("wait", "demo")
    assert result.exit_code == 4
    assert "amt resume demo" in result.stderr


def test_resume_drives_and_follows(world):
    world.emulator.pid = None
    world.endpoint.add(*states(BestTrainingJob=BEST))
    result = world.amt("resume", "demo", "--json")
    assert result.exit_code == 0
    assert world.emulator.asked == ["resume demo", "idle"]
    assert json.loads(result.stdout)["best"]["training_job"] == "demo-002"


def test_resume_elsewhere_is_bad_input(world):
    world.emulator = None
    result = world.amt("resume", "demo", "--on", "http://127.0.0.1:4566")
    assert result.exit_code == 2
    assert "amt watch demo --on http://127.0.0.1:4566" in result.stderr


def test_resume_cleans_up_after_a_driver_that_died_at_the_end(world):
    world.emulator.pid, world.emulator.remains = None, True
    world.endpoint.add(states(BestTrainingJob=BEST)[-1])
    result = world.amt("resume", "demo")
    assert result.exit_code == 0
    assert "Cleaning up after demo." in result.stderr
    assert world.emulator.asked == ["resume demo", "idle"]


@pytest.mark.parametrize(
    ("status", "pid", "said"),
    [
        ("Completed", None, "has ended"),
        ("Completed", 4242, "Process 4242 drives demo"),  # it is cleaning up
        ("InProgress", 4242, "Process 4242 drives demo"),
    ],
)
def test_resume_of_an_ended_or_driven_job_is_refused(world, status, pid, said):
    world.emulator.pid = pid
    world.endpoint.add(a_job("demo", status))
    result = world.amt("resume", "demo")
    assert result.exit_code == 2
    assert said in result.stderr
    assert world.emulator.asked == []


def test_what_keeps_the_emulator_from_going_on_is_said_once(world):
    world.endpoint.add(states()[0], states()[0], *states())
    world.emulator.troubles = ["No space left on device.", "No space left on device."]
    result = world.amt("watch", "demo")
    assert result.stderr.count("No space left on device.") == 1
    assert "Going on." in result.stderr


def interrupt(world):
    describe = world.endpoint.DescribeHyperParameterTuningJob
    looks = iter(range(2))

    def describe_then_ctrl_c(query):
        if next(looks, None) is None:
            raise KeyboardInterrupt
        return describe(query)

    world.endpoint.DescribeHyperParameterTuningJob = describe_then_ctrl_c


def test_ctrl_c_on_an_embedded_job_stops_what_runs_and_says_how_to_resume(world, file):
    world.endpoint.on_create = [a_job("demo")]
    world.emulator.driven = ("arn:tuning/demo",)
    interrupt(world)
    result = world.amt("run", file, "--name", "demo")
    assert result.exit_code == 130
    assert world.emulator.asked == ["interrupt", "idle"]
    assert "`amt resume demo` goes on with demo" in result.stderr


def test_a_second_ctrl_c_leaves_at_once(world, file):
    world.endpoint.on_create = [a_job("demo")]
    world.emulator.driven = ("arn:tuning/demo",)
    world.emulator.impatient = True
    interrupt(world)
    result = world.amt("run", file, "--name", "demo")
    assert result.exit_code == 130
    assert world.emulator.asked == ["interrupt", "idle", "abandon"]


def test_ctrl_c_elsewhere_leaves_the_view_alone(world):
    world.endpoint.add(a_job("demo"))
    interrupt(world)
    result = world.amt("watch", "demo")
    assert result.exit_code == 130
    assert world.emulator.asked == []
    assert "`amt watch demo` comes back" in result.stderr


def test_detach_elsewhere_creates_and_leaves(world, file):
    world.emulator = None
    url = "http://127.0.0.1:4566"
    result = world.amt("run", file, "--name", "demo", "--detach", "--json", "--on", url)
    assert json.loads(result.stdout) == {"name": "demo", "status": "InProgress"}
    assert f"amt watch demo --on {url}" in result.stderr


def test_a_taken_name_is_bad_input(world, file):
    world.endpoint.add(a_job("demo"))
    result = world.amt("run", file, "--name", "demo")
    assert result.exit_code == 2
    assert "The name demo is taken" in result.stderr
    assert world.amt("run", file, "--name", "demo", "--detach").exit_code == 2


def test_the_same_command_again_follows_the_job_that_is_there(world, file):
    world.endpoint.on_create = states(BestTrainingJob=BEST)
    assert world.amt("run", file, "--name", "demo").exit_code == 0
    result = world.amt("run", file, "--name", "demo")
    assert result.exit_code == 0
    assert "demo is on local already, with this very definition (Completed)" in result.stderr
    assert "demo-002" in result.stdout
    assert len(world.endpoint.created) == 1


def test_another_definition_under_the_name_is_refused_with_what_differs(world, file):
    job = {"TrainingJobDefinition": {"StaticHyperParameters": {"epochs": "3"}}}
    world.endpoint.add(a_job("demo", **job))
    world.endpoint.tags["demo"] = [{"Key": "amt:definition", "Value": "other"}]
    result = world.amt("run", file, "--name", "demo", "--set", "limits.jobs=5")
    assert result.exit_code == 2
    assert "The name demo is taken" in result.stderr
    assert "~ limits.jobs: 3 -> 5" in result.stderr
    assert "- hyperparameters.epochs: 3" in result.stderr
    assert world.bucket.objects == {}  # refused before anything was sent


def test_a_generated_name_that_is_taken_is_replaced(world, file, monkeypatch):
    names = iter(["demo-1", "demo-1", "demo-2"])
    monkeypatch.setattr("orchestrator.cli.job_file.generated_name", lambda *_: next(names))
    world.endpoint.add(a_job("demo-1"))
    assert world.amt("run", file).exit_code == 0
    assert [each["HyperParameterTuningJobName"] for each in world.endpoint.created] == ["demo-2"]


def test_our_own_create_whose_answer_was_lost_is_not_made_twice(world, file):
    create = world.endpoint.CreateHyperParameterTuningJob

    def create_and_lose_the_answer(query):
        create(query)
        raise Refused("ResourceInUse", "names must be unique within an account.")

    world.endpoint.CreateHyperParameterTuningJob = create_and_lose_the_answer
    assert world.amt("run", file).exit_code == 0
    assert len(world.endpoint.created) == 1


def test_a_dry_run_shows_all_and_makes_nothing(world, file):
    result = world.amt("run", file, "--name", "demo", "--dry-run", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["does"], found["name"], found["missing_buckets"]) == ("create", "demo", [])
    assert [upload["sent_objects"] for upload in found["uploads"]] == [1, 1]
    assert found["roles"] == ["arn:aws:iam::000000000000:role/amt"]
    assert len(found["tags"]["amt:definition"]) == 64
    assert world.endpoint.created == []
    assert world.bucket.objects == {}
    world.amt("run", file, "--name", "demo")
    assert world.endpoint.created == [found["request"]]
    again = world.amt("run", file, "--name", "demo", "--dry-run")
    assert "follow demo" in again.stdout


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unreachable("http://x refuses the connection"), 4),
        (StateError("the state folder is newer"), 4),
        (PermissionError(13, "Permission denied", "/state"), 4),
        (OSError(28, "No space left on device"), 4),
        (ZeroDivisionError("ours"), 70),
    ],
)
def test_every_error_ends_as_one_message_without_a_traceback(world, error, code):
    world.broken = error
    result = world.amt("list", "--json")
    assert result.exit_code == code
    assert "Traceback" not in result.stderr
    assert json.loads(result.stdout)["error"] == type(error).__name__


def test_amt_debug_shows_where(world):
    world.broken = ZeroDivisionError("ours")
    assert "Traceback" in world.amt("list", debug=True).stderr


def stand_in(tmp_path, monkeypatch, script):
    """Let `script` be the process that is started to drive a detached job."""
    program = tmp_path / "driver"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr("orchestrator.cli.run.sys.executable", str(program))


def test_detach_leaves_once_the_other_process_has_made_the_job(world, file, tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, 'echo "$@"; cat')
    world.clock = SystemClock()
    describe = world.endpoint.DescribeHyperParameterTuningJob
    log = world.home / "drivers" / "demo.log"

    def describe_once_driven(query):
        if log.exists() and log.read_text():
            return a_job("demo")
        return describe(query)

    world.endpoint.DescribeHyperParameterTuningJob = describe_once_driven
    words = ("run", file, "--name", "demo", "--detach", "--set", "seed=3", "--runtime", "process")
    result = world.amt(*words, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["log"] == str(log)
    assert "amt watch demo" in result.stderr
    driven = "-m orchestrator run {} --on local --name demo --runtime process --set seed=3"
    assert log.read_text().strip() == driven.format(file)


def test_a_driver_that_dies_at_birth_is_told_with_its_words(world, file, tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, "echo no disk left; exit 4")
    world.clock = SystemClock()
    result = world.amt("run", file, "--name", "demo", "--detach")
    assert result.exit_code == 4
    assert "no disk left" in result.stderr
