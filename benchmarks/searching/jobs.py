"""Whole tuning jobs of the emulator, from their requests, in virtual time."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.aws.folder import FolderObjects
from orchestrator.clock import VirtualClock
from orchestrator.endpoint.parse import Requests
from orchestrator.engine.engine import Engine
from orchestrator.engine.lanes import Inline
from orchestrator.engine.runs import World
from orchestrator.engine.simulate import run_to_end
from orchestrator.runtime.simulated import SimulatedRuntime
from orchestrator.store.memory import MemoryStore
from orchestrator.store.protocol import JobKind, Query
from orchestrator.training.spec import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from orchestrator.store.protocol import JobRow
    from orchestrator.training.spec import TrainingSpec

    Values = dict[str, Any]
    Ranges = dict[str, list[dict[str, Any]]]

SCOPE = Scope("000000000000", "us-east-1")


@dataclass(frozen=True)
class Outcome:
    """What a tuning job did.

    Attributes:
        children: Rows of its training jobs, in launch order.
        emitted: (seconds since it was created, value) of every value printed.
    """

    children: tuple[JobRow, ...]
    emitted: tuple[tuple[float, float], ...]


class Emulator:
    """Books and a clock that outlive a tuning job, for those that start from others."""

    def __init__(
        self,
        ranges: Ranges,
        curve: Callable[[Values], Iterable[tuple[float, float]]],
        *,
        guided: bool = False,
    ) -> None:
        """Take the space, and what a configuration emits: (seconds, value) for each epoch.

        `guided`: Hyperband's configurations come from the Bayesian search.
        """
        self._types = {
            entry["Name"]: _TYPES[kind] for kind, entries in ranges.items() for entry in entries
        }
        self._curve = curve
        self._clock, self._store = VirtualClock(), MemoryStore()
        self._emitted: list[tuple[float, float]] = []
        runtime = SimulatedRuntime(self._emissions, self._clock, say=self._say)
        world = World(
            store=self._store,
            runtimes={"simulated": runtime},
            choose=lambda _: "simulated",
            objects=FolderObjects(Path(tempfile.gettempdir())),
            clock=self._clock,
            workers=Inline(),
            specs=Requests(),
            entropy=lambda: 1,
            guided=guided,
        )
        self._engine = Engine(world, shared=False)

    def _emissions(self, hyperparameters: Mapping[str, str]) -> Iterable[tuple[float, float]]:
        return self._curve(
            {name: kind(hyperparameters[name]) for name, kind in self._types.items()}
        )

    def _say(self, spec: TrainingSpec, value: float) -> str:
        del spec
        self._emitted.append((self._clock.now(), value))
        return f"loss={value!r}"

    def run(self, request: Mapping[str, Any]) -> Outcome:
        """Run a tuning job to its end."""
        begin = self._clock.now()
        self._emitted.clear()
        spec = Requests().tuning(request, SCOPE)
        self._engine.create_tuning_job(spec, request)
        run_to_end(self._engine.loop, self._clock)
        query = Query(JobKind.TRAINING, SCOPE.account, SCOPE.region, root=spec.arn, limit=1000)
        children = sorted(self._store.find(query), key=lambda row: row.number)
        return Outcome(tuple(children), tuple((at - begin, value) for at, value in self._emitted))


_TYPES: dict[str, Callable[[str], Any]] = {
    "ContinuousParameterRanges": float,
    "IntegerParameterRanges": int,
    "CategoricalParameterRanges": str,
}


def request(
    ranges: Ranges,
    *,
    name: str = "job",
    seed: int = 0,
    strategy: str = "Bayesian",
    limits: Mapping[str, int],
    **config: Any,
) -> dict[str, Any]:
    """A request to tune these ranges; `config` are further members of the job's configuration."""
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": strategy,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": dict(limits),
            "ParameterRanges": ranges,
            "RandomSeed": seed,
            **config,
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": {
                "TrainingImage": "trainer:latest",
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": r"loss=(\S+)"}],
            },
            "RoleArn": "arn:aws:iam::000000000000:role/Role",
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 1,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
        },
    }
