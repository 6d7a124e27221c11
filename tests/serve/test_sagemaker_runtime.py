"""Training jobs at SageMaker, driven by our engine; the server stands in for AWS."""

from __future__ import annotations

import threading
import time

import pytest

from orchestrator import assembly
from orchestrator.client import tuning_jobs
from orchestrator.clock import SystemClock
from orchestrator.endpoint.compose_training import training_request
from orchestrator.endpoint.parse import Requests
from orchestrator.errors import LaunchRefused
from orchestrator.runtime.protocol import Began, Exited, Gone, Launch, Printed
from orchestrator.runtime.sagemaker import SageMakerRuntime
from orchestrator.runtime.sagemaker_job import Service
from orchestrator.settings import Settings
from orchestrator.training.spec import Scope
from tests.serve.jobs import ROLE, tuning_request, upload
from tests.serve.server import ended

PATIENCE_SECONDS = 50
IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/any:1"
SCRIPTS = {
    "tells": 'for n in range(3):\n    print(f"loss={n};", flush=True)\n'
    'open(__import__("os").environ["SM_MODEL_DIR"] + "/model", "w").write("weights")\n',
    "fails": 'print("loss=9;", flush=True)\nraise SystemExit(3)\n',
    "waits": 'print("loss=1;", flush=True)\nimport signal\nsignal.pause()\n',
}


class Cloud:
    """The server's account, and runtimes that have it do their training."""

    def __init__(self, clients, home):
        self.sagemaker, self.logs, self.s3 = (clients(each) for each in ("sagemaker", "logs", "s3"))
        self.home = home
        self.clients = clients
        self.runtimes = []
        self.seen = []
        self.woken = threading.Event()
        self.runtime = self.engine()

    def engine(self, home=None):
        """A runtime as a new engine makes it, on the same state folder or on another one."""
        service = Service(self.sagemaker, self.logs, training_request, settle_seconds=1.0)
        runtime = SageMakerRuntime(home or self.home, SystemClock(), service)
        runtime.on_wake(self.woken.set)
        self.runtimes.append(runtime)
        return runtime

    def launch(self, name, script, attempt=1):
        upload(self.s3, "cloud", SCRIPTS[script])
        request = {
            "TrainingJobName": name,
            "HyperParameters": {
                "sagemaker_program": "train.py",
                "sagemaker_submit_directory": "s3://cloud/code/source.tar.gz",
            },
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.e-]+);"}],
            },
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": "s3://cloud/out"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 10,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }
        spec = Requests().training(request, Scope("123456789012", "us-east-1"))
        return Launch(spec, attempt, request)

    def until(self, condition):
        limit = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.woken.clear()
            self.seen += self.runtime.poll()
            if found := condition():
                return found
            assert time.monotonic() < limit, f"waited in vain; seen: {self.seen}"
            self.woken.wait(1)

    def end(self):
        return self.until(lambda: [s for s in self.seen if isinstance(s, Exited | Gone)])[0]

    def text(self):
        return "".join(s.text for s in self.seen if isinstance(s, Printed))

    def jobs(self, name):
        found = self.sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
        return sorted(job["TrainingJobName"] for job in found)


@pytest.fixture
def cloud(clients, tmp_path):
    cloud = Cloud(clients, tmp_path)
    yield cloud
    for runtime in cloud.runtimes:
        runtime.close()


def test_it_begins_prints_and_ends_with_its_model(cloud):
    launch = cloud.launch("whole", "tells")
    cloud.runtime.start(launch)
    exited = cloud.end()
    assert cloud.seen[0] == Began(launch.key, 1)
    assert cloud.text() == "loss=0;\nloss=1;\nloss=2;\n"
    assert exited.code == 0
    assert exited.model_uri == "s3://cloud/out/whole/output/model.tar.gz"
    assert cloud.runtime.due() is None


def test_starting_twice_also_by_two_engines_is_starting_once(cloud):
    launch = cloud.launch("twice", "tells")
    cloud.runtime.start(launch)
    cloud.runtime.start(launch)
    cloud.engine().start(launch)
    cloud.end()
    assert cloud.jobs("twice") == ["twice"]


def test_a_job_of_that_name_that_is_somebody_elses_is_not_taken_for_ours(cloud, tmp_path):
    launch = cloud.launch("theirs", "tells")
    cloud.engine(tmp_path / "theirs").start(launch)
    with pytest.raises(LaunchRefused, match="theirs exists at SageMaker"):
        cloud.runtime.start(launch)


def test_a_failure_is_told_in_the_words_of_sagemaker(cloud):
    launch = cloud.launch("fails", "fails")
    cloud.runtime.start(launch)
    gone = cloud.end()
    assert isinstance(gone, Gone)
    assert gone.reason.startswith("AlgorithmError")
    assert not gone.retryable
    assert cloud.text() == "loss=9;\n"


def test_a_stop_reaches_sagemaker_and_counts_as_ours(cloud):
    launch = cloud.launch("stopped", "waits")
    cloud.runtime.start(launch)
    cloud.until(lambda: "loss=1" in cloud.text())
    cloud.runtime.signal(launch.key)
    exited = cloud.end()
    assert (exited.code, exited.stopped_for) == (143, "")


def test_a_stop_by_somebody_else_says_so(cloud):
    launch = cloud.launch("halted", "waits")
    cloud.runtime.start(launch)
    cloud.until(lambda: "loss=1" in cloud.text())
    cloud.sagemaker.stop_training_job(TrainingJobName="halted")
    assert cloud.end().stopped_for == "stopped at SageMaker (Stopped)"


def test_a_new_engine_adopts_what_runs_and_hears_every_line_once(cloud):
    launch = cloud.launch("adopted", "waits")
    cloud.runtime.start(launch)
    cloud.until(lambda: "loss=1" in cloud.text())
    offset = cloud.seen[-1].offset
    cloud.runtime.close()
    cloud.runtime = cloud.engine()
    assert cloud.runtime.adopt(launch, {"algo-1": offset})
    cloud.runtime.signal(launch.key)
    cloud.end()
    assert cloud.text() == "loss=1;\n"


def test_what_was_told_but_not_recorded_is_told_again(cloud):
    launch = cloud.launch("again", "tells")
    cloud.runtime.start(launch)
    cloud.end()
    first, cloud.seen = cloud.seen, []
    cloud.runtime.close()
    cloud.runtime = cloud.engine()
    assert cloud.runtime.adopt(launch, {})
    cloud.end()
    told = [s for s in cloud.seen if isinstance(s, Printed)]
    assert "".join(s.text for s in told) == "loss=0;\nloss=1;\nloss=2;\n"
    assert cloud.seen[-1] == first[-1]


def test_what_was_never_started_cannot_be_adopted(cloud):
    assert not cloud.runtime.adopt(cloud.launch("never", "tells"), {})


def test_discard_stops_what_runs_and_leaves_the_log(cloud):
    launch = cloud.launch("discarded", "waits")
    cloud.runtime.start(launch)
    cloud.until(lambda: "loss=1" in cloud.text())
    cloud.runtime.discard(launch)
    cloud.runtime.discard(launch)
    status = cloud.sagemaker.describe_training_job(TrainingJobName="discarded")
    assert status["TrainingJobStatus"] in {"Stopping", "Stopped"}
    folder = cloud.home / "training" / "123456789012.us-east-1" / "discarded"
    assert [path.name for path in folder.iterdir()] == ["logs"]


def test_a_second_attempt_is_another_training_job(cloud):
    cloud.runtime.start(cloud.launch("tried", "tells"))
    cloud.end()
    cloud.seen.clear()
    launch = cloud.launch("tried", "tells", attempt=2)
    cloud.runtime.start(launch)
    cloud.end()
    assert cloud.jobs("tried") == ["tried", "tried-r2"]
    assert cloud.text() == "loss=0;\nloss=1;\nloss=2;\n"


@pytest.mark.parametrize(
    ("change", "mend"),
    [({"TrainingImage": "amt/script-mode:latest"}, "an image in ECR"), ({}, "an execution role")],
)
def test_what_sagemaker_cannot_reach_is_refused_before_anything_is_made(cloud, change, mend):
    request = dict(cloud.launch("refused", "tells").request)
    request["AlgorithmSpecification"] = request["AlgorithmSpecification"] | change
    request["RoleArn"] = ROLE if change else "arn:aws:iam::000000000000:role/amt-local"
    with pytest.raises(LaunchRefused, match=mend):
        cloud.runtime.check(Requests().training(request, Scope("123456789012", "us-east-1")))


def test_a_whole_tuning_job_of_the_command_line_trains_at_sagemaker(
    served, cloud, tmp_path, monkeypatch
):
    for name, value in {
        "AWS_ENDPOINT_URL": served.url,
        "AWS_ACCESS_KEY_ID": "123456789012",
        "AWS_SECRET_ACCESS_KEY": "amt",
    }.items():
        monkeypatch.setenv(name, value)
    upload(cloud.s3, "tuned")
    connection = assembly.connect(Settings(tmp_path / "ours"), "local", "sagemaker")
    try:
        assert connection.default_bucket == "sagemaker-us-east-1-123456789012"
        assert connection.default_role is None
        tuning_jobs.create(connection, tuning_request("afar", "tuned", jobs=3))
        job = ended(connection.sagemaker, "afar")
    finally:
        connection.close()
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == 3
    best = job["BestTrainingJob"]["TrainingJobName"]
    there = cloud.clients("sagemaker", account="123456789012")
    trained = there.describe_training_job(TrainingJobName=best)
    final = job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert final == next(
        each["Value"] for each in trained["FinalMetricDataList"] if each["MetricName"] == "loss"
    )
    assert [
        tag["Key"] for tag in there.list_tags(ResourceArn=trained["TrainingJobArn"])["Tags"]
    ] == ["amt:owner"]
