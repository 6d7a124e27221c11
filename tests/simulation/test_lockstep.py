"""In lock-step two runs of one request decide the same, whichever training job is faster."""

import io
import random
import tarfile

import pytest

from orchestrator.aws.folder import FolderObjects
from orchestrator.clock import SystemClock, VirtualClock
from orchestrator.engine.engine import Engine
from orchestrator.engine.lanes import Inline, Lanes
from orchestrator.engine.runs import World
from orchestrator.engine.simulate import run_to_end
from orchestrator.runtime.process import ProcessRuntime
from orchestrator.runtime.simulated import SimulatedRuntime
from orchestrator.store.memory import MemoryStore
from orchestrator.store.protocol import JobKind, Query
from orchestrator.store.sqlite import SqliteStore
from tests.builders import SCOPE, a_definition, a_tuning
from tests.simulation.world import KnownSpecs

ARCHIVE = "s3://bucket/sourcedir.tar.gz"
PROGRAM = """
import random, sys, time
x = float(sys.argv[sys.argv.index("-x") + 1])
for epoch in range(1, 5):
    time.sleep(random.SystemRandom().random() / 50)
    print(f"loss={(x - 0.3) ** 2 + 1 / epoch}", flush=True)
"""


def a_world(store, runtime, clock, **rest):
    return World(
        store=store,
        runtimes={"it": runtime},
        choose=lambda _: "it",
        clock=clock,
        entropy=lambda: 1,
        **rest,
    )


def children(store, spec):
    """What each training job trained, and whether it was stopped, in launch order."""
    query = Query(JobKind.TRAINING, SCOPE.account, SCOPE.region, root=spec.arn, limit=100)
    rows = sorted(store.find(query), key=lambda row: row.number)
    return [(row.state["tuned"], row.status, row.state["stopped_for"]) for row in rows]


def simulated(spec, chance, tmp_path, *, lockstep):
    """A run whose epochs take as long as chance has it."""

    def objective(hyperparameters):
        x = float(hyperparameters["x"])
        return [(chance.uniform(1, 100), (x - 0.3) ** 2 + 1 / epoch) for epoch in range(1, 10)]

    clock, store = VirtualClock(), MemoryStore()
    runtime = SimulatedRuntime(objective, clock)
    rest = {"objects": FolderObjects(tmp_path), "workers": Inline(), "specs": KnownSpecs(spec)}
    world = a_world(store, runtime, clock, lockstep=lockstep, **rest)
    engine = Engine(world, shared=False)
    engine.create_tuning_job(spec, {"name": spec.name})
    run_to_end(engine.loop, clock)
    return children(store, spec)


@pytest.mark.parametrize(
    ("strategy", "early_stopping"), [("Bayesian", True), ("Hyperband", False), ("Random", True)]
)
def test_the_same_is_decided_however_long_training_takes(strategy, early_stopping, tmp_path):
    """And without lock-step it is not: the chance is real."""
    options = (("min_resource", 1), ("max_resource", 9)) if strategy == "Hyperband" else ()
    spec = a_tuning(
        jobs=16, parallel=4, strategy=strategy, early_stopping=early_stopping, options=options
    )
    runs = {
        lockstep: [
            simulated(spec, random.Random(seed), tmp_path, lockstep=lockstep) for seed in (1, 2)
        ]
        for lockstep in (True, False)
    }
    one, other = runs[True]
    assert one == other
    assert {status for _, status, _ in one} >= {"Stopped"}
    assert runs[False][0] != runs[False][1]


def trained(spec, home):
    """A run over real processes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("train.py")
        member.size = len(PROGRAM)
        tar.addfile(member, io.BytesIO(PROGRAM.encode()))
    clock, store, objects = SystemClock(), SqliteStore(home), FolderObjects(home / "s3")
    objects.write(ARCHIVE, packed.getvalue())
    rest = {"objects": objects, "workers": Lanes(), "specs": KnownSpecs(spec)}
    world = a_world(store, ProcessRuntime(home, clock), clock, lockstep=True, **rest)
    engine = Engine(world)
    engine.loop.start()
    engine.create_tuning_job(spec, {"name": spec.name})
    assert engine.loop.idle(120)
    found = [tuned for tuned, *_ in children(store, spec)]
    engine.loop.close()
    store.close()
    return found


def test_real_trainings_of_chance_length_get_the_same_configurations(tmp_path):
    script = (("sagemaker_program", "train.py"), ("sagemaker_submit_directory", ARCHIVE))
    spec = a_tuning(
        jobs=12,
        parallel=3,
        strategy="Bayesian",
        early_stopping=True,
        definition=a_definition(hyperparameters=script),
    )
    first, second = trained(spec, tmp_path / "first"), trained(spec, tmp_path / "second")
    assert len(first) == 12
    assert first == second
