"""An engine in virtual time over simulated training, and ways to make it crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.aws.folder import FolderObjects
from orchestrator.clock import VirtualClock
from orchestrator.engine.engine import Engine
from orchestrator.engine.lanes import Inline
from orchestrator.engine.runs import World
from orchestrator.engine.simulate import run_to_end
from orchestrator.runtime.simulated import SimulatedRuntime
from orchestrator.store.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestrator.store.protocol import Change, JobRow
    from orchestrator.training.spec import Scope, TrainingSpec
    from orchestrator.tuning.spec import TuningSpec


class Crash(BaseException):
    """The process died here."""


class KnownSpecs:
    """Specifications by name, where an endpoint would parse requests."""

    def __init__(self, *specs: Any) -> None:
        self.by_name = {spec.name: spec for spec in specs}

    def tuning(self, request: Mapping[str, Any], scope: Scope) -> TuningSpec:
        del scope
        return self.by_name[request["name"]]

    def training(self, request: Mapping[str, Any], scope: Scope) -> TrainingSpec:
        del scope
        return self.by_name[request["name"]]

    def child_request(self, request: Mapping[str, Any], definition: int) -> Mapping[str, Any]:
        del definition
        return request


class CountingRuntime(SimulatedRuntime):
    """Remembers how often each attempt was really started, and which had ended."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.starts: dict[tuple[str, int], int] = {}

    def start(self, launch: Any) -> None:
        known = self._known(launch)
        super().start(launch)
        if not known:
            key = (launch.spec.name, launch.attempt)
            self.starts[key] = self.starts.get(key, 0) + 1


class FragileStore(MemoryStore):
    """Dies before or after a commit when its countdown ends."""

    countdown: int | None = None

    def step(self) -> None:
        """One point at which a process may die."""
        if self.countdown is not None:
            self.countdown -= 1
            if self.countdown < 0:
                self.countdown = None
                raise Crash

    def commit(self, change: Change) -> None:
        self.step()
        super().commit(change)
        self.step()


def parabola(hyperparameters: Mapping[str, str]) -> list[tuple[float, float]]:
    """Three epochs of a minute, ending at (x - 0.3)^2."""
    lowest = (float(hyperparameters["x"]) - 0.3) ** 2
    return [(60.0, lowest + 1 / epoch) for epoch in (1, 2)] + [(60.0, lowest)]


class Heard:
    """Hears of status changes: the name, the status and the secondary status of each."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, str, str | None]] = []

    def wanted(self) -> bool:
        return True

    def announce(self, row: JobRow) -> None:
        self.changes.append((row.name, row.state["status"], row.state.get("secondary")))


class Simulation:
    """Books, runtime and clock that outlive any number of engines."""

    def __init__(
        self,
        spec: TuningSpec,
        *,
        objective: Any = parabola,
        fate: Any = None,
        folder: Path | None = None,
    ) -> None:
        self.spec = spec
        self.clock = VirtualClock()
        self.store = FragileStore()
        self.runtime = CountingRuntime(objective, self.clock, fate=fate)
        self.folder = folder
        self.crashes = 0
        self.heard = Heard()
        self.engine = self.new_engine()

    def new_engine(self) -> Engine:
        """An engine that knows only what the books say."""
        world = World(
            store=self.store,
            runtimes={"simulated": self.runtime},
            choose=lambda _: "simulated",
            objects=FolderObjects(self.folder or _nowhere()),
            clock=self.clock,
            workers=Inline(),
            specs=KnownSpecs(self.spec),
            entropy=lambda: 1,
            announcer=self.heard,
        )
        engine = Engine(world, shared=False)
        perform, announce = engine.loop._performer.perform, engine.loop._performer.announce

        def fragile(act: Any) -> None:
            self.store.step()
            perform(act)
            self.store.step()

        def fragile_too(told: Any) -> None:
            self.store.step()
            announce(told)

        engine.loop._performer.perform = fragile  # type: ignore[method-assign]
        engine.loop._performer.announce = fragile_too  # type: ignore[method-assign]
        return engine

    def create(self) -> None:
        self.engine.create_tuning_job(self.spec, {"name": self.spec.name})

    def run(self) -> JobRow:
        """Drive to the end; the tuning job's row."""
        run_to_end(self.engine.loop, self.clock)
        return self.row()

    def row(self) -> JobRow:
        row = self.store.row(self.spec.arn)
        assert row is not None
        return row

    def crash_and_come_back(self) -> None:
        """The engine's process is gone; another one takes over, from the books alone."""
        for lease in tuple(self.store._drivers.values()):
            lease.abandon()
        self.engine = self.new_engine()
        self.engine.sweep()
        row = self.store.row(self.spec.arn)
        if row is None:
            self.create()
        elif row.status in {"InProgress", "Stopping"}:
            self.engine.resume(self.spec.arn)

    def run_through_crashes(self, countdowns: list[int]) -> JobRow:
        """Drive to the end, dying after each countdown of steps."""
        left = list(countdowns)
        begin = self.create
        while True:
            if self.store.countdown is None and left:
                self.store.countdown = left.pop(0)
            try:
                begin()
                return self.run()
            except Crash:
                self.crashes += 1
                begin = self.crash_and_come_back


def _nowhere() -> Path:
    from pathlib import Path

    return Path("/nonexistent")
