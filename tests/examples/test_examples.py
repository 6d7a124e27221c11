"""Every example does what its page says, by the command its page gives."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tarfile

import pytest

from tests.visitor import ROOT, Visitor

SKLEARN_IMAGE = "amt/script-mode:latest"


@pytest.fixture
def visitor(tmp_path):
    return Visitor.copied(tmp_path)


@pytest.fixture
def containers(tmp_path, script_mode_image, own_trainer_image):
    """The same with this test run's own images in place of those of `make images`."""
    images = {SKLEARN_IMAGE: script_mode_image, "amt/own-trainer:latest": own_trainer_image}
    return Visitor.copied(tmp_path, ",".join(f"{name}={local}" for name, local in images.items()))


def run(visitor, example, *words, name="it"):
    """Run an example's job to its end; its description and its training jobs, best first."""
    done = visitor.amt("run", f"examples/{example}", "--name", name, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return visitor.answer("describe", name), visitor.answer("jobs", name)


def values(jobs):
    return [job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for job in jobs]


def model_of(visitor, job):
    """Contents of a training job's model archive, by name."""
    name = job["TrainingJobName"]
    (archive,) = (visitor.folder / ".amt" / "s3").rglob(f"{name}/output/model.tar.gz")
    with tarfile.open(archive) as packed:
        return {m.name: packed.extractfile(m).read() for m in packed if m.isfile()}


def has_the_sklearn_image():
    command = ["docker", "image", "inspect", SKLEARN_IMAGE]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_every_example_is_tested_here():
    folders = {path.parent.name for path in (ROOT / "examples").glob("*/*.*")}
    examples = {"quickstart", "raw-request", "own-container", "two-instances", "notebook"}
    assert folders == examples


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_demo_ends_with_a_best_above_the_median_of_a_dozen_real_trainings(visitor):
    job, jobs = run(visitor, "quickstart/job.yaml", "--runtime", "process")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == len(jobs) >= 12
    best = job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert best == max(values(jobs)) > statistics.median(values(jobs))


def test_the_quickstart_prints_a_metric_an_epoch_and_keeps_the_model(visitor):
    few = ("--set", "limits.jobs=2", "--set", "hyperparameters.epochs=3")
    job, jobs = run(visitor, "quickstart/job.yaml", "--runtime", "process", *few)
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 2, "Pending": 0, "Failed": 0}
    log = visitor.amt("logs", jobs[0]["TrainingJobName"]).stdout.splitlines()
    assert [line.split()[0] for line in log] == ["epoch=1", "epoch=2", "epoch=3"]
    last = float(log[-1].split()[1].removeprefix("validation-accuracy="))
    assert values(jobs)[0] == pytest.approx(last)
    assert set(model_of(visitor, jobs[0])) == {"model.pkl"}


@pytest.mark.docker
def test_the_same_job_file_trains_the_same_models_in_containers(visitor):
    if not has_the_sklearn_image():
        if os.environ.get("AMT_REQUIRE_DOCKER") == "1":
            pytest.fail(f"`make images` has not built {SKLEARN_IMAGE}")
        pytest.skip(f"{SKLEARN_IMAGE} is not there; `make images` builds it")
    few = ("--set", "limits.jobs=2", "--set", "hyperparameters.epochs=2")
    job_file = "quickstart/job.yaml"
    _, inside = run(visitor, job_file, "--runtime", "docker", *few)
    _, outside = run(visitor, job_file, "--runtime", "process", *few, name="again")
    tuned = [[job["TunedHyperParameters"] for job in jobs] for jobs in (inside, outside)]
    assert tuned[0] == tuned[1]
    assert values(inside) == pytest.approx(values(outside), abs=0.02)  # another numpy
    assert set(model_of(visitor, inside[0])) == {"model.pkl"}


@pytest.mark.parametrize("runtime", ["process", pytest.param("docker", marks=pytest.mark.docker)])
def test_the_raw_request_tries_every_combination(runtime, request, tmp_path):
    visitor = request.getfixturevalue("containers" if runtime == "docker" else "visitor")
    prepared = visitor.call(sys.executable, "examples/raw-request/prepare.py")
    assert prepared.returncode == 0, prepared.stderr
    job, jobs = run(visitor, "raw-request/request.json", "--runtime", runtime)
    tried = {tuple(sorted(job["TunedHyperParameters"].items())) for job in jobs}
    assert len(jobs) == len(tried) == 9
    assert values(jobs) == sorted(values(jobs))
    best = job["BestTrainingJob"]["TunedHyperParameters"]
    assert best["bandwidth"] == "0.3"  # neither every wiggle nor one flat line


@pytest.mark.docker
def test_a_trainer_that_is_not_python_learns_from_local_files(containers):
    few = ("--set", "limits.jobs=3")
    job, jobs = run(containers, "own-container/job.yaml", "--runtime", "docker", *few)
    assert job["TrainingJobStatusCounters"]["Completed"] == 3
    assert min(values(jobs)) < 40  # the rents differ by some 200
    assert set(model_of(containers, jobs[0])) == {"weights.csv"}


@pytest.mark.docker
def test_two_instances_share_the_data_and_learn_one_model(containers):
    few = ("--set", "limits.jobs=1", "--set", "ranges.batch-share.min=0.999")
    _, (job,) = run(containers, "two-instances/job.yaml", "--runtime", "docker", *few)
    log = containers.amt("logs", job["TrainingJobName"]).stdout
    assert "host 1 of 2: 120 rows" in log
    assert "host 2 of 2: 120 rows" in log
    assert "epoch=20 rows=240 " in log  # gradients of both halves
    assert values([job])[0] < 0.69  # better than a coin
    assert set(model_of(containers, job)) == {"weights.json"}


def test_the_notebook_runs_from_its_first_cell_to_its_last(visitor):
    written = json.loads((visitor.folder / "examples/notebook/tuning.ipynb").read_text())
    assert (written["nbformat"], written["nbformat_minor"]) == (4, 5)
    assert all(set(cell) >= {"id", "cell_type", "metadata", "source"} for cell in written["cells"])
    cells = ["".join(c["source"]) for c in written["cells"] if c["cell_type"] == "code"]
    assert all(not cell.get("outputs") for cell in written["cells"])
    done = visitor.call(sys.executable, "-c", "\n".join(cells))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Completed: 4 of 4" in done.stdout
    assert "epoch=3" in done.stdout
