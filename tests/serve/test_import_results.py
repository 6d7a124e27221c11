"""A job that ran at one endpoint becomes a finished job of another state folder.

The source is the emulator behind a port, with real training; what is imported is asked about
through the command line, as a user would.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from orchestrator.assembly import Embedded
from orchestrator.endpoint.parse import tuning_spec
from orchestrator.engine.cascade import row as row_of
from orchestrator.settings import Settings
from orchestrator.store.sqlite import SqliteStore
from orchestrator.training.spec import Scope
from orchestrator.tuning.events import Created, Imported
from orchestrator.tuning.invariants import broken
from tests.road import until
from tests.serve.jobs import SCRIPT, tuning_request, upload
from tests.serve.server import ended

pytestmark = pytest.mark.timeout(240)
_FAILING = SCRIPT.replace("with open(os.path.join", "assert x < 0.9\nwith open(os.path.join")
_KEPT = ("TrainingJobStatus", "TunedHyperParameters", "FinalHyperParameterTuningJobObjectiveMetric")


class Elsewhere:
    """The command line with a state folder of its own."""

    def __init__(self, home, url):
        self.home = home
        self.url = url

    def call(self, *words, **variables):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AMT_", "AWS_"))}
        return subprocess.run(
            [sys.executable, "-m", "orchestrator", *words],
            env=environment | {"AMT_HOME": str(self.home), "AMT_RUNTIME": "process"} | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def answer(self, *words):
        done = self.call(*words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ran(served, clients):
    """A tuning job of the server that has ended, one of its training jobs having failed."""
    upload(clients("s3"), "importing", _FAILING)
    request = tuning_request("faraway", "importing", jobs=4, parallel=2)
    request["HyperParameterTuningJobConfig"]["ParameterRanges"] = {
        "CategoricalParameterRanges": [{"Name": "x", "Values": ["0.2", "0.4", "0.6", "0.95"]}]
    }
    request["HyperParameterTuningJobConfig"]["Strategy"] = "Grid"
    request["HyperParameterTuningJobConfig"].pop("RandomSeed")
    request["Tags"] = [{"Key": "team", "Value": "a"}]
    sagemaker = clients("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(**request)
    name = {"HyperParameterTuningJobName": "faraway"}

    def last():
        job = sagemaker.describe_hyper_parameter_tuning_job(**name)
        return job if job["HyperParameterTuningJobStatus"] != "InProgress" else None

    return until(last, "it ends")


@pytest.fixture(scope="module")
def elsewhere(ran, served, tmp_path_factory):
    here = Elsewhere(tmp_path_factory.mktemp("elsewhere"), served.url)
    done = here.answer("import", "faraway", "--results", "--on", served.url)
    assert done["name"] == "faraway"
    assert done["origin"] == ran["HyperParameterTuningJobArn"]
    assert done["training_jobs"] == 4
    assert done["values"] >= 4 * 5
    return here


def test_it_is_described_as_it_was_where_it_ran(elsewhere, ran, clients, served):
    job = elsewhere.answer("describe", "faraway")
    same = ("HyperParameterTuningJobStatus", "TrainingJobStatusCounters", "ObjectiveStatusCounters")
    assert {key: job[key] for key in same} == {key: ran[key] for key in same}
    assert job["BestTrainingJob"]["TrainingJobName"] == ran["BestTrainingJob"]["TrainingJobName"]
    assert job["HyperParameterTuningJobConfig"] == ran["HyperParameterTuningJobConfig"]
    assert job["TrainingJobDefinition"] == ran["TrainingJobDefinition"]
    names = [one["HyperParameterTuningJobName"] for one in elsewhere.answer("list")]
    assert names.count("faraway") == 1


def test_its_training_jobs_have_their_names_values_and_logs(elsewhere, served):
    there = Elsewhere(elsewhere.home, served.url)
    here = elsewhere.answer("jobs", "faraway")
    theirs = there.answer("jobs", "faraway", "--on", served.url)
    assert {one["TrainingJobName"] for one in here} == {one["TrainingJobName"] for one in theirs}
    known = {one["TrainingJobName"]: one for one in theirs}
    assert {one["TrainingJobStatus"] for one in here} == {"Completed", "Failed"}
    for one in here:
        twin = known[one["TrainingJobName"]]
        assert {key: one.get(key) for key in _KEPT} == {key: twin.get(key) for key in _KEPT}
        assert one.get("FailureReason") == twin.get("FailureReason")
    name = here[0]["TrainingJobName"]
    assert (
        elsewhere.call("logs", name).stdout == there.call("logs", name, "--on", served.url).stdout
    )


def test_the_books_hold_and_nothing_is_left_to_do(elsewhere):
    store = SqliteStore(elsewhere.home)
    settings = Settings(elsewhere.home)
    try:
        assert store.abandoned() == []
        arn = f"arn:aws:sagemaker:{settings.region}:{settings.account}:hyper-parameter-tuning-job/faraway"
        events = list(store.journal(arn))
        assert [type(event) for event in events] == [Created, Imported]
        row = store.row(arn)
        assert row.state["runtime"] == "imported"
        assert dict(row.tags)["team"] == "a"
        assert "amt:imported-from" in dict(row.tags)
    finally:
        store.close()
    for words in (("resume", "faraway"), ("stop", "faraway")):
        done = elsewhere.call(*words)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_replayed_the_journal_gives_the_row(elsewhere):
    embedded = Embedded(Settings(elsewhere.home), "process")
    try:
        arn = embedded._arn("faraway")
        recovery = embedded.engine.loop.recovery
        stored = embedded.store.row(arn)
        spec = tuning_spec(stored.request, Scope(stored.account, stored.region))
        run = recovery.tuning_run(spec, stored.request, stored.state["seed"])
        for event in embedded.store.journal(arn):
            assert run.machine.handle(event) is not None
        assert broken(run.machine) == []
        assert run.machine.outstanding() == []
        assert row_of(run).state == stored.state
    finally:
        embedded.close()


def test_a_second_import_and_one_from_here_are_refused(elsewhere, served):
    for words, said in (
        (("import", "faraway", "--results", "--on", served.url), "--name"),
        (("import", "faraway", "--results", "--on", served.url, "--name", "b"), "AMT_HOME"),
        (("import", "faraway", "--results"), "--on"),
        (("import", "nobody", "--results", "--on", served.url), "nobody"),
    ):
        done = elsewhere.call(*words)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_it_can_be_the_parent_of_a_warm_start_here(elsewhere, tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT)
    imported = elsewhere.answer("import", "faraway")["job"]
    imported |= {"name": "child", "strategy": "Random", "limits": {"jobs": 2, "parallel": 1}}
    imported["ranges"] = {"x": {"type": "continuous", "min": 0, "max": 1}}
    imported["warm_start"] = {"type": "identical", "parents": ["faraway"]}
    imported.pop("tags", None)
    imported["training"]["source"] = str(tmp_path)
    file = tmp_path / "job.json"
    file.write_text(json.dumps(imported))
    done = elsewhere.call("run", str(file))
    assert done.returncode == 0, done.stderr
    job = elsewhere.answer("describe", "child")
    best = job["OverallBestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    values = [
        one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        for name in ("child", "faraway")
        for one in elsewhere.answer("jobs", name)
        if "FinalHyperParameterTuningJobObjectiveMetric" in one
    ]
    assert best == pytest.approx(min(values))


def test_it_is_continued_here_with_what_lies_there(served, clients, tmp_path):
    upload(clients("s3"), "continuing")
    request = tuning_request("onward", "continuing", jobs=3)
    request["HyperParameterTuningJobConfig"]["Strategy"] = "Bayesian"
    sagemaker = clients("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(**request)
    ended(sagemaker, "onward")
    here = Elsewhere(tmp_path, served.url)
    said = here.call("import", "onward", "--results", "--on", served.url).stderr
    assert f"AMT_S3={served.url} amt extend onward" in said
    access = {
        "AMT_S3": served.url,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "amt",
    }
    done = here.call("extend", "onward", "--jobs", "2", **access)
    assert done.returncode == 0, done.stderr
    own = here.answer("describe", "onward-2")
    assert own["TrainingJobStatusCounters"]["Completed"] == 2
    (parent,) = own["WarmStartConfig"]["ParentHyperParameterTuningJobs"]
    assert parent == {"HyperParameterTuningJobName": "onward"}
    assert "training jobs  5 of 5" in here.call("campaign", "onward").stdout
