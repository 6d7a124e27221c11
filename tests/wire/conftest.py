"""A botocore client talking to the endpoint in this process, over the real engine.

Training is simulated in virtual time, so whole tuning jobs end in milliseconds.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from orchestrator.aws.folder import FolderObjects
from orchestrator.client import session
from orchestrator.clock import VirtualClock
from orchestrator.endpoint.app import Endpoint
from orchestrator.endpoint.emulator import Emulator
from orchestrator.endpoint.parse import Requests
from orchestrator.engine.engine import Engine
from orchestrator.engine.lanes import Inline
from orchestrator.engine.runs import World
from orchestrator.engine.simulate import run_to_end
from orchestrator.runtime.simulated import SimulatedRuntime
from orchestrator.store.memory import MemoryStore
from orchestrator.strategy import registry

REQUESTS = Path(__file__).parents[1] / "unit" / "wire" / "requests"
ACCOUNT, REGION = "111122223333", "eu-west-1"


class Line(NamedTuple):
    offset: int
    epoch_ms: int
    text: str


class ListedLogs:
    """Logs that a test writes down: (training job, host) -> lines, one a second.

    Of whatever account and region: what keeps these apart is `TrainingLogs`' to show.
    """

    def __init__(self):
        self.written = {}
        self.start_ms = 0

    def lines(self, _scope, training_job, host, start):
        offset = 0
        for number, text in enumerate(self.written.get((training_job, host), ())):
            offset += len(text.encode()) + 1
            if offset > start:
                yield Line(offset, self.start_ms + 1_000 * number, text)


class Bench:
    """The endpoint with all that stands behind it, and clients for it."""

    def __init__(self, home):
        self.clock = VirtualClock()
        self.store = MemoryStore()
        self.logs = ListedLogs()
        self.objects = {"s3://bkt/"}
        runtime = SimulatedRuntime(self.values, self.clock, say=self.say)
        self.losses = {}
        world = World(
            store=self.store,
            runtimes={"simulated": runtime},
            choose=lambda _: "simulated",
            objects=FolderObjects(home / "s3"),
            clock=self.clock,
            workers=Inline(),
            specs=Requests(),
            entropy=lambda: 7,
        )
        self.engine = Engine(world, shared=False)
        self.emulator = Emulator(
            driver=self.engine,
            store=self.store,
            clock=self.clock,
            has_objects=lambda uri: any(uri.startswith(known) for known in self.objects),
            logs=self.logs,
            strategies=registry.supported,
        )
        numbers = itertools.count(1)
        self.endpoint = Endpoint(self.emulator, request_ids=lambda: f"request-{next(numbers)}")

    def values(self, hyperparameters):
        rate = float(hyperparameters.get("learning-rate", "0.01"))
        return [(60.0, rate + 1), (60.0, rate)]

    def say(self, _spec, value):
        return f"validation-loss={value:.8f};"

    def client(self, account=ACCOUNT, region=REGION):
        access = session.Access(region, account=account, application=self.endpoint)
        return session.sagemaker_client(access)

    def logs_client(self):
        access = session.Access(REGION, account=ACCOUNT, application=self.endpoint)
        return session.logs_client(access)

    def run(self):
        """Let all training end."""
        run_to_end(self.engine.loop, self.clock)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def sagemaker(bench):
    return bench.client()


def load(name):
    return json.loads((REQUESTS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def tuning():
    """A tuning job that the emulator can run: at random, three training jobs, two at once."""
    request = load("v3-tune-CreateHyperParameterTuningJob")
    config = request["HyperParameterTuningJobConfig"]
    config["Strategy"] = "Random"
    config["TrainingJobEarlyStoppingType"] = "Off"
    config["ResourceLimits"] = {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2}
    request["HyperParameterTuningJobName"] = "Tune"
    return request


@pytest.fixture
def several():
    request = load("v2-several-CreateHyperParameterTuningJob")
    request["HyperParameterTuningJobConfig"]["Strategy"] = "Random"
    return request


@pytest.fixture
def training():
    return load("v3-train-CreateTrainingJob")
