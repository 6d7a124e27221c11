"""What the engine itself costs: simulated training jobs, and process ones that do nothing.

    python benchmarks/engine.py

Prints: seconds, memory and cost a job of 10,000 simulated training jobs, and the ratio to
the cost at 1,000; the gap between a process child's end and the next one's start; how busy
the slots are with trainings of two seconds.
"""

from __future__ import annotations

import io
import resource
import statistics
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent))

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
from tests.simulation.world import KnownSpecs, parabola

if TYPE_CHECKING:
    from orchestrator.tuning.spec import TuningSpec

ARCHIVE = "s3://bucket/sourcedir.tar.gz"


def simulated(jobs: int) -> float:
    """Seconds a training job costs."""
    spec, clock = a_tuning(jobs=jobs, parallel=10), VirtualClock()
    world = World(
        store=MemoryStore(),
        runtimes={"simulated": SimulatedRuntime(parabola, clock)},
        choose=lambda _: "simulated",
        objects=FolderObjects(Path(tempfile.gettempdir())),
        clock=clock,
        workers=Inline(),
        specs=KnownSpecs(spec),
        entropy=lambda: 1,
    )
    engine = Engine(world, shared=False)
    begin = time.perf_counter()
    engine.create_tuning_job(spec, {"name": spec.name})
    run_to_end(engine.loop, clock)
    return (time.perf_counter() - begin) / jobs


def archive(program: str) -> bytes:
    """A source archive of one script."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("train.py")
        member.size = len(program)
        tar.addfile(member, io.BytesIO(program.encode()))
    return packed.getvalue()


def processes(program: str, *, jobs: int, parallel: int) -> tuple[float, list[dict[str, Any]]]:
    """Whole seconds, and the state of each training job in launch order."""
    script = (("sagemaker_program", "train.py"), ("sagemaker_submit_directory", ARCHIVE))
    spec: TuningSpec = a_tuning(
        jobs=jobs, parallel=parallel, definition=a_definition(hyperparameters=script)
    )
    with tempfile.TemporaryDirectory() as folder:
        home, clock = Path(folder), SystemClock()
        objects, store = FolderObjects(home / "s3"), SqliteStore(home)
        objects.write(ARCHIVE, archive(program))
        world = World(
            store=store,
            runtimes={"process": ProcessRuntime(home, clock)},
            choose=lambda _: "process",
            objects=objects,
            clock=clock,
            workers=Lanes(),
            specs=KnownSpecs(spec),
            entropy=lambda: 1,
        )
        engine = Engine(world)
        engine.loop.start()
        begin = time.perf_counter()
        engine.create_tuning_job(spec, {"name": spec.name})
        engine.loop.idle()
        seconds = time.perf_counter() - begin
        query = Query(JobKind.TRAINING, SCOPE.account, SCOPE.region, root=spec.arn, limit=jobs)
        rows = sorted(store.find(query), key=lambda row: row.number)
        states = [dict(row.state) for row in rows]
        engine.loop.close()
        store.close()
    return seconds, states


def main() -> None:
    simulated(100)
    thousand, ten_thousand = simulated(1_000), simulated(10_000)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"simulated, 10,000 jobs:   {ten_thousand * 10_000:.1f} s, {memory:.0f} MB at most")
    print(f"  cost a job:             {ten_thousand * 1e6:.0f} us")
    print(f"  ratio to 1,000 jobs:    {ten_thousand / thousand:.2f}")

    _, states = processes("print('loss=0.5')", jobs=40, parallel=1)
    ends = [
        stay["started"]
        for state in states
        for stay in state["transitions"]
        if stay["status"] == "Uploading"
    ]
    gaps = [state["started"] - end for end, state in zip(ends, states[1:], strict=False)]
    print(
        f"process, no-op, gap:      {statistics.median(gaps) * 1000:.1f} ms (median of {len(gaps)})"
    )

    seconds, states = processes("import time\ntime.sleep(2)\nprint('loss=1')", jobs=12, parallel=2)
    busy = sum(state["seconds_run"] for state in states) / (2 * seconds)
    print(f"process, 2 s, slots busy: {100 * busy:.1f} %")


if __name__ == "__main__":
    main()
