"""Tuning jobs from Python, on this machine and at a server."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from orchestrator import Best, Definition, TuningJob
from orchestrator.client.watch import WaitTimedOut
from orchestrator.errors import BadInput, JobNotFound, NameTaken, Unreachable, WrongStatus
from orchestrator.serving import Listening, Served
from orchestrator.settings import Settings
from tests.visitor import ROOT

pytestmark = pytest.mark.timeout(180)

SCRIPT = """
import os, sys
open(os.path.join(os.environ["SM_MODEL_DIR"], "model"), "w").close()
x = float(sys.argv[sys.argv.index("-x") + 1])
print(f"size is {sys.argv[sys.argv.index('--size') + 1]}")
print(f"score={x}")
"""


def document(**changes):
    return {
        "strategy": "Random",
        "seed": 3,
        "objective": {"metric": "score", "goal": "maximize"},
        "metrics": {"score": "score=([-+0-9.eE]+)"},
        "limits": {"jobs": 3, "parallel": 2},
        "ranges": {
            "x": {"type": "continuous", "min": 0.0, "max": 1.0},
            "size": {"type": "categorical", "values": ["small", "0.5", "8"]},
        },
        "training": {"image": "any/image:1", "entry_point": "train.py", "source": "src"},
    } | changes


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMT_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("AMT_RUNTIME", "process")
    monkeypatch.setenv("AMT_LOCKSTEP", "1")
    monkeypatch.delenv("AMT_ON", raising=False)
    return tmp_path


def test_a_definition_runs_to_its_best_and_its_results_are_rows():
    with Definition.of(document(), ".").run(name="demo") as job:
        seen = list(job.follow())
        assert (seen[-1].status, seen[-1].ended) == ("Completed", 3)
        assert job.wait() == job.status == "Completed"
        results = job.results()
        best = job.best()
        assert isinstance(best, Best)
        assert best.value == results[0].value == max(row.value for row in results)
        assert best.model.endswith(f"{best.training_job}/output/model.tar.gz")
        assert best.value == pytest.approx(best.hyperparameters["x"], rel=1e-6)
        assert {type(row.hyperparameters["size"]) for row in results} <= {str, float, int}
        (first, *_) = job.records()
        assert job.frame().iloc[0].to_dict() == first
        assert list(first)[:4] == ["training_job", "status", "value", "seconds"]
        assert set(first) > {"size", "x"}
        assert f"score={best.hyperparameters['x']}"[:8] in job.logs(best.training_job)[-1]
    with TuningJob("demo") as again:
        assert again.results() == results
        again.delete()
    with pytest.raises(JobNotFound):
        TuningJob("demo")


def test_the_same_definition_is_the_same_job_and_another_is_refused():
    with Definition.of(document()).run(name="demo") as job:
        job.wait()
    with Definition.of(document()).run(name="demo") as job:
        assert len(job.results()) == 3
    with pytest.raises(NameTaken, match=r"~ seed: 3 -> 4"):
        Definition.of(document(seed=4)).run(name="demo")


def test_a_file_is_loaded_with_settings(folder):
    (folder / "job.yaml").write_text(
        textwrap.dedent("""
        strategy: Random
        objective: {metric: score, goal: maximize}
        metrics: {score: "score=(.*)"}
        limits: {jobs: 9}
        ranges: {x: {type: continuous, min: 0, max: 1}}
        training: {entry_point: train.py, source: src}
        """)
    )
    definition = Definition.load(folder / "job.yaml", {"limits.jobs": 1, "limits.parallel": 1})
    assert definition.faults() == []
    assert [fault.path for fault in definition.faults("aws")] == ["training.role"]


def test_faults_come_all_at_once_before_anything_is_made(folder):
    broken = Definition.of(document(strategy="Rundom", limits={"jobs": 0}))
    assert len(broken.faults()) >= 2
    with pytest.raises(BadInput) as caught:
        broken.run()
    assert len(caught.value.faults) >= 2
    assert not (folder / "state").exists()


def test_a_job_can_be_waited_for_stopped_and_is_told_from_another_endpoint(folder):
    slow = document(limits={"jobs": 50, "parallel": 1})
    served = Served(Settings(folder / "served", lockstep=True), "process", Listening(port=0))
    served.start()
    try:
        with Definition.of(slow).run(on=served.url, name="slow") as job:
            with pytest.raises(WaitTimedOut):
                job.wait(timeout=0)
            with pytest.raises(WrongStatus, match="goes on by itself"):
                job.resume()
            job.stop()
            assert job.wait() == "Stopped"
            assert repr(job) == f"TuningJob('slow', on={served.url!r})"
    finally:
        served.close()
    with pytest.raises(Unreachable):
        TuningJob("slow", on=served.url)


def test_a_hyperparameter_called_as_a_column_keeps_its_value():
    from orchestrator import Result

    row = Result("demo-001", "Completed", "score", 1.0, 2.0, {"value": 7})
    assert row.record() == {
        "training_job": "demo-001", "status": "Completed", "value": 1.0, "seconds": 2.0, "value_": 7,
    }  # fmt: skip


USE = """
from orchestrator import Definition, TuningJob

definition = Definition.load("job.yaml", {"limits.jobs": 4})
with definition.run(on="local") as job:
    status: str = job.wait(timeout=3.5)
    best = job.best()
    reveal_type(best.hyperparameters)
    reveal_type(best.model)
    reveal_type(job.results())
    reveal_type(TuningJob("a").progress().status)
definition.run(anywhere="local")
"""


def test_the_names_are_typed(folder):
    (folder / "use.py").write_text(USE)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "use.py"]
    done = subprocess.run(
        [*command, "--config-file", str(ROOT / "pyproject.toml")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "MYPYPATH": str(ROOT)},
    )
    said = done.stdout
    assert 'Mapping[str, str | int | float]"' in said.replace("typing.", "").replace(
        "builtins.", ""
    )
    assert "str | None" in said.replace("builtins.", "")
    assert "list[orchestrator.api.Result]" in said.replace("builtins.", "")
    assert said.count("error:") == 1, said
    assert 'Unexpected keyword argument "anywhere"' in said


def test_importing_the_package_imports_no_client():
    code = "import sys, orchestrator; print([m for m in sys.modules if m.startswith('boto')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
