"""Whole tuning jobs from their requests, in virtual time: strategies, stops and ends."""

import math
from datetime import UTC, datetime

import pytest

from orchestrator.aws.folder import FolderObjects
from orchestrator.clock import VirtualClock
from orchestrator.endpoint import render_training, render_tuning
from orchestrator.endpoint.parse import Requests
from orchestrator.engine.engine import Engine
from orchestrator.engine.lanes import Inline
from orchestrator.engine.runs import World
from orchestrator.engine.simulate import run_to_end
from orchestrator.report.reasons import ended_by, stopped_for
from orchestrator.runtime.simulated import SimulatedRuntime
from orchestrator.store.memory import MemoryStore
from orchestrator.store.protocol import JobKind, Query
from orchestrator.strategy.guided_hyperband import GuidedHyperband
from orchestrator.strategy.random_search import RandomSearch
from tests.builders import SCOPE

EPOCHS = 27


def a_definition(*ranges, epochs=EPOCHS):
    return {
        "AlgorithmSpecification": {
            "TrainingImage": "trainer:latest",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": r"loss=(\S+)"}],
        },
        "RoleArn": "arn:aws:iam::000000000000:role/Role",
        "StaticHyperParameters": {"epochs": str(epochs)},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
    }


def continuous(*names):
    rows = [{"Name": name, "MinValue": "0", "MaxValue": "1"} for name in names]
    return {"ContinuousParameterRanges": rows}


def a_request(name="tune", *, strategy="Bayesian", jobs=20, parallel=2, ranges=None, **config):
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": strategy,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": jobs,
                "MaxParallelTrainingJobs": parallel,
            },
            "ParameterRanges": ranges or continuous("x", "y"),
            "RandomSeed": 5,
            **config,
        },
        "TrainingJobDefinition": a_definition(),
    }


def curve(hyperparameters):
    """A loss that falls by a power of the epoch towards what the configuration allows."""
    x, y = (float(hyperparameters.get(name, "0.5")) for name in ("x", "y"))
    floor = 0.1 + (x - 0.3) ** 2 + (y - 0.6) ** 2
    epochs = int(hyperparameters["epochs"])
    return [(60.0, floor + 0.5 / epoch) for epoch in range(1, epochs + 1)]


class Emulator:
    """Books that outlive a tuning job, for those that start from others."""

    def __init__(self, folder, objective=curve, *, guided=False, store=None):
        self.clock, self.store = VirtualClock(), store or MemoryStore()
        world = World(
            store=self.store,
            runtimes={"simulated": SimulatedRuntime(objective, self.clock)},
            choose=lambda _: "simulated",
            objects=FolderObjects(folder),
            clock=self.clock,
            workers=Inline(),
            specs=Requests(),
            entropy=lambda: 1,
            guided=guided,
        )
        self.engine = Engine(world, shared=False)

    def run(self, request):
        """The job's row, and those of its training jobs in launch order."""
        spec = Requests().tuning(request, SCOPE)
        self.engine.create_tuning_job(spec, request)
        run_to_end(self.engine.loop, self.clock)
        query = Query(JobKind.TRAINING, SCOPE.account, SCOPE.region, root=spec.arn, limit=1000)
        children = sorted(self.store.find(query), key=lambda row: row.number)
        return self.store.row(spec.arn), children


@pytest.fixture
def emulator(tmp_path):
    return Emulator(tmp_path)


def epochs_of(child):
    return round(child.state["seconds_run"] / 60.0)


def best(children):
    return min(child.objective for child in children if child.objective is not None)


def told(row, children):
    """Describe's answer as a client has it."""
    (child,) = [child for child in children if child.name == row.state["best"]]
    best_one = with_moments(render_training.child_summary(child))
    return with_moments(render_tuning.described(row, 0.0)) | {"BestTrainingJob": best_one}


def with_moments(answer):
    return {
        key: datetime.fromtimestamp(value, UTC) if key.endswith("Time") else value
        for key, value in answer.items()
    }


def test_bayesian_search_with_early_stopping_saves_epochs_and_finds_the_same(tmp_path):
    found = {}
    for kind in ("Off", "Auto"):
        request = a_request(jobs=24, TrainingJobEarlyStoppingType=kind)
        found[kind] = Emulator(tmp_path).run(request)[1]
    spent = {kind: sum(map(epochs_of, children)) for kind, children in found.items()}
    assert spent["Off"] == 24 * EPOCHS
    assert spent["Auto"] < 0.9 * spent["Off"]
    assert best(found["Auto"]) == pytest.approx(best(found["Off"]), abs=0.005)
    stopped = [child for child in found["Auto"] if child.status == "Stopped"]
    assert stopped
    for child in stopped:
        reason = stopped_for(render_training.described(child))
        assert reason.startswith("Early stopping: at epoch ")
        assert "the median of the running averages of" in reason
        assert child.state["objective_status"] == "Succeeded"


def test_hyperband_stops_at_rungs_only_and_never_beyond_its_resource(emulator):
    resource = {"HyperbandStrategyConfig": {"MinResource": 2, "MaxResource": 18}}
    request = a_request(strategy="Hyperband", jobs=60, parallel=4, StrategyConfig=resource)
    row, children = emulator.run(request)
    assert row.status == "Completed"
    reached = [epochs_of(child) for child in children]
    assert set(reached) == {2, 6, 18}
    assert reached.count(2) > reached.count(6) > 0
    assert reached.count(2) > reached.count(18) > 0


def test_hyperband_takes_its_most_from_the_static_hyperparameters(emulator):
    request = a_request(strategy="Hyperband", jobs=40, parallel=4)
    _, children = emulator.run(request)
    reached = {epochs_of(child) for child in children}
    assert max(reached) == EPOCHS
    assert reached <= {1, 3, 9, EPOCHS}
    whole = [child for child in children if epochs_of(child) == EPOCHS]
    assert best(whole) < 0.2


def test_a_guided_hyperband_finds_better_in_the_same_time_and_resumes_as_it_began(tmp_path):
    found = {}
    for guided in (False, True):
        emulator = Emulator(tmp_path, guided=guided)
        limits = {"MaxParallelTrainingJobs": 4, "MaxRuntimeInSeconds": 8 * EPOCHS * 60}
        request = a_request(strategy="Hyperband", ResourceLimits=limits)
        row, found[guided] = emulator.run(request)
        (created, *_) = emulator.store.journal(row.arn)
        assert created.guided is guided
        later = Emulator(tmp_path, guided=not guided, store=emulator.store)
        resumed = later.engine.loop.recovery.load(row.arn, 0.0)
        assert isinstance(resumed.strategy, GuidedHyperband) is guided
    least = 0.1 + 0.5 / EPOCHS
    assert best(found[True]) - least < (best(found[False]) - least) / 3


def test_of_several_definitions_the_better_one_gets_most(tmp_path):
    def objective(hyperparameters):
        lost = 1.0 if "z" in hyperparameters else 0.0
        return [(at, value + lost) for at, value in curve(hyperparameters)]

    request = a_request(jobs=24)
    config = request["HyperParameterTuningJobConfig"]
    del config["HyperParameterTuningJobObjective"], config["ParameterRanges"]
    definition = request.pop("TrainingJobDefinition")
    request["TrainingJobDefinitions"] = [
        definition
        | {
            "DefinitionName": name,
            "TuningObjective": {"Type": "Minimize", "MetricName": "loss"},
            "HyperParameterRanges": continuous(*names),
        }
        for name, names in (("poor", ("z", "y")), ("good", ("x", "y")))
    ]
    _, children = Emulator(tmp_path, objective).run(request)
    names = [child.state["definition"] for child in children]
    assert names[:8].count("poor") == names[:8].count("good") == 4
    assert names[8:].count("good") > names[8:].count("poor")


ENDS = {
    "TargetObjectiveMetricValue": (
        {"TargetObjectiveMetricValue": 0.13},
        "the target 0.13 is reached",
    ),
    "BestObjectiveNotImproving": (
        {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 5}},
        "no improvement in 5 training jobs",
    ),
    "ConvergenceDetected": (
        {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}},
        "the search has converged",
    ),
    "MaxNumberOfTrainingJobs": ({}, "all 12 training jobs are done"),
}


@pytest.mark.parametrize("reason", ENDS)
def test_what_ended_a_job_is_told(emulator, reason):
    """And what a client makes of the answer is what the books say."""
    criteria, words = ENDS[reason]
    request = a_request(
        jobs=60 if criteria else 12, ranges=continuous("x"), TuningJobCompletionCriteria=criteria
    )
    row, children = emulator.run(request)
    assert (row.status, row.state["completion"]) == ("Completed", reason)
    assert len(children) < 60
    assert ended_by(told(row, children)) == words


def test_the_details_of_completion_are_kept_where_nobody_asked_for_them(emulator):
    row, _ = emulator.run(a_request(jobs=40, ranges=continuous("x")))
    details = render_tuning.described(row, 0.0)["TuningJobCompletionDetails"]
    assert details["ConvergenceDetectedTime"] is not None
    assert details["NumberOfTrainingJobsObjectiveNotImproving"] > 0


def warm(request, kind, *parents):
    parents = [{"HyperParameterTuningJobName": name} for name in parents]
    config = {"ParentHyperParameterTuningJobs": parents, "WarmStartType": kind}
    return request | {"WarmStartConfig": config}


def test_what_parents_ran_is_not_run_again_unless_the_data_differ(emulator):
    ranges = {"CategoricalParameterRanges": [{"Name": "kind", "Values": list("abcdef")}]}

    def a_child(name, strategy="Random"):
        return a_request(name, strategy=strategy, jobs=4, ranges=ranges)

    def kinds(children):
        return {child.state["tuned"]["kind"] for child in children}

    _, first = emulator.run(a_child("parent"))
    row, same = emulator.run(warm(a_child("same"), "IdenticalDataAndAlgorithm", "parent"))
    assert kinds(same) == set("abcdef") - kinds(first)
    assert row.state["completion"] == "SpaceExhausted"
    _, other = emulator.run(warm(a_child("other"), "TransferLearning", "parent"))
    assert len(kinds(other)) == 4


def test_what_was_static_in_a_parent_helps_where_it_is_tuned(emulator):
    """Parents that tuned only x, each at another y, know where the best is."""
    parents = []
    for index, y in enumerate(("0.1", "0.5", "0.9")):
        request = a_request(f"parent-{index}", jobs=8, ranges=continuous("x"))
        request["TrainingJobDefinition"]["StaticHyperParameters"]["y"] = y
        emulator.run(request)
        parents.append(f"parent-{index}")
    _, cold = emulator.run(a_request("cold", jobs=6, parallel=1))
    child = warm(a_request("warm", jobs=6, parallel=1), "IdenticalDataAndAlgorithm", *parents)
    _, helped = emulator.run(child)
    assert math.log10(best(helped) - 0.1) < math.log10(best(cold) - 0.1)


def test_a_search_hears_of_its_parents_one_after_another_in_launch_order(emulator, monkeypatch):
    heard = []
    ask = RandomSearch.ask

    def listening(search, history, count):
        heard.append(history.parents)
        return ask(search, history, count)

    for name in ("one", "two"):
        emulator.run(a_request(name, strategy="Random", jobs=6))
    monkeypatch.setattr(RandomSearch, "ask", listening)
    child = a_request("child", strategy="Random", jobs=1, parallel=1)
    emulator.run(warm(child, "TransferLearning", "one", "two"))
    known = heard[0]
    launched = [(parent, number) for parent in (1, 2) for number in range(1, 7)]
    assert [(each.parent, each.number) for each in known] == launched
    values = [each.value for each in known if each.parent == 1]
    assert values != sorted(values)  # the books give the best first
