"""The same examples on this machine, at a server, and on the path to AWS: the same answers.

In lock-step nothing depends on which training ends first; what is left to differ are names,
times and the label of the endpoint.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.serve.server import Command
from tests.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROLE = "arn:aws:iam::000000000000:role/training"
IMAGE = "any/image:1"  # AWS is not sent an image of this machine
FEW = ("limits.jobs=3", f"training.role={ROLE}")
EXAMPLES = {
    "quickstart": (
        "quickstart/job.yaml",
        "process",
        (*FEW, "hyperparameters.epochs=2", f"training.image={IMAGE}"),
    ),
    "raw-request": (
        "raw-request/request.json",
        "process",
        (f"TrainingJobDefinition.AlgorithmSpecification.TrainingImage={IMAGE}",),
    ),
    "own-container": ("own-container/job.yaml", "docker", FEW),
}
_TIMES = re.compile(
    r'"(?:at|CreationTime|TrainingStartTime|TrainingEndTime|LastModifiedTime|elapsed|'
    r'HyperParameterTuningEndTime|RuntimeInSeconds)": [^,\n}]+'
)
_CHILD = re.compile(r"\bit-(\d{3})-[0-9a-f]{8}\b")


def told_alike(text):
    """An answer without times, and training jobs by their number alone."""
    return _CHILD.sub(r"it-\1", _TIMES.sub('"when": 0', text))


class Place:
    """One of the three endpoints, and the command that talks to it."""

    def __init__(self, label, visitor, variables):
        self.label, self.visitor, self.variables = label, visitor, variables

    def amt(self, *words):
        environment = self.visitor.environment() | self.variables
        return subprocess.run(
            [sys.executable, "-m", "orchestrator", *words],
            cwd=self.visitor.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def answer(self, *words):
        """What is answered under ``--json``, without what may differ."""
        done = self.amt(*words, "--json")
        assert done.returncode == 0, f"{self.label}: {words}\n{done.stderr}"
        return json.loads(told_alike(done.stdout))


@pytest.fixture(params=EXAMPLES)
def example(request):
    if EXAMPLES[request.param][1] == "docker":
        request.applymarker(pytest.mark.docker)
        request.getfixturevalue("own_trainer_image")
    return EXAMPLES[request.param]


@pytest.fixture
def places(example, tmp_path):
    """Three state folders, so that every name is free and every seed is used afresh."""
    made, servers = [], []
    runtime = example[1]
    for label in ("local", "url", "aws"):
        folder = tmp_path / label
        folder.mkdir()
        visitor = Visitor.copied(folder, "amt/own-trainer:latest=amt-test/own-trainer:latest")
        variables = {"AMT_LOCKSTEP": "1", "AMT_RUNTIME": runtime, "AMT_ON": label}
        prepared = visitor.call(sys.executable, "examples/raw-request/prepare.py")
        assert prepared.returncode == 0, prepared.stderr
        if label != "local":
            server = Command(visitor.folder / ".amt")
            servers.append(server)
            url = server.start("--runtime", runtime, AMT_LOCKSTEP="1", AMT_IMAGE_MAP=visitor.images)
            variables["AMT_HOME"] = str(folder / "nothing-here")
            variables["AMT_ON"] = url if label == "url" else "aws"
        if label == "aws":
            nothing = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
            variables |= server.environment | dict.fromkeys(nothing, "/dev/null")
        made.append(Place(label, visitor, variables))
    yield made
    for server in servers:
        server.close()


def story(place, file, changes):
    """All that the commands answer about one example, from its launch to its end."""
    ran = place.answer("run", f"examples/{file}", "--name", "it", *changes)
    jobs = place.answer("jobs", "it")
    best = place.answer("best", "it")
    names = json.loads(place.amt("best", "it", "--json").stdout)
    log = place.amt("logs", names["training_job"])
    again = place.visitor.folder / "again.json"
    assert place.amt("best", "it", "--write-definition", str(again)).returncode == 0
    return {
        "run": ran,
        "jobs": jobs,
        "best": best,
        "list": place.answer("list"),
        "describe": place.answer("describe", "it"),
        "wait": place.answer("wait", "it"),
        "watch": place.answer("watch", "it"),
        "log": log.stdout,
        "all logs": sorted(told_alike(place.amt("logs", "it").stdout).splitlines()),
        "again": json.loads(told_alike(again.read_text())),
        "same again": place.answer("run", f"examples/{file}", "--name", "it", *changes),
        "stop": place.amt("stop", "it").returncode,
        "unknown": place.amt("describe", "other").returncode,
        "delete": place.answer("delete", "it"),
    }


def test_an_example_runs_to_the_same_best_everywhere_with_the_same_answers(example, places):
    file, _, settings = example
    changes = [word for setting in settings for word in ("--set", setting)]
    told = [story(place, file, changes) for place in places]
    for name in told[0]:
        for place, other in zip(places[1:], told[1:], strict=True):
            assert other[name] == told[0][name], f"{name} at {place.label}"
