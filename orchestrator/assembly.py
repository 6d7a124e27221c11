"""The composition root: settings in, a connection to an endpoint out.

Everything below receives what it needs; only here is it known what is wired to what. The
embedded emulator is assembled in two steps, because reading must stay cheap: the books and
the endpoint at once, the engine with its runtimes and searches when a command first needs
something done. Hence the imports inside functions here.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orchestrator.client import remote, session
from orchestrator.client.tuning_jobs import TERMINAL
from orchestrator.clock import SystemClock, VirtualClock
from orchestrator.errors import BadInput, Fault, JobNotFound, WrongStatus
from orchestrator.runtime.choice import SAGEMAKER, chooser
from orchestrator.training.spec import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import WSGIApplication

    from orchestrator.aws.protocol import Objects
    from orchestrator.clock import Clock
    from orchestrator.endpoint.emulator import Emulator
    from orchestrator.endpoint.state_changes import Bus, StateChanges
    from orchestrator.engine.engine import Engine
    from orchestrator.runtime.protocol import Runtime
    from orchestrator.settings import Settings
    from orchestrator.store.sqlite import SqliteStore
    from orchestrator.training.spec import TrainingSpec
    from orchestrator.tuning.spec import TuningSpec

    Objective = Callable[[Mapping[str, str]], Iterable[tuple[float, Any]]]

RUNTIMES = ("auto", "docker", "process", "simulated", "sagemaker")
APART = frozenset({"simulated", SAGEMAKER})
"""Runtimes of which an engine has one and no other."""
LOCAL, AWS = "local", "aws"
ENDING_SECONDS = 30.0
"""How long jobs that are stopped may take to clean up after their processes have ended."""


def connect(settings: Settings, on: str, runtime: str) -> session.Connection:
    """Open the endpoint `on`: ``local``, ``aws`` or a URL.

    Raises:
        BadInput: There is no such endpoint or runtime.
        StateError: The state folder cannot be used.
    """
    if runtime not in RUNTIMES:
        mend = f"Choose one of {', '.join(RUNTIMES)}."
        raise BadInput([Fault("--runtime", "there is no such runtime", runtime, mend)])
    if on == LOCAL:
        return _local(Embedded(settings, runtime), settings)
    if on == AWS:
        return remote.aws(settings)
    if on.startswith(("http://", "https://")):
        return remote.served(settings, on)
    mend = "Give local, aws or the URL of an endpoint."
    raise BadInput([Fault("--on", "is no endpoint", on, mend)])


def _local(embedded: Embedded, settings: Settings) -> session.Connection:
    access = session.Access(
        settings.region, account=settings.account, application=embedded.application
    )
    # The jobs are this state folder's; what SageMaker trains lies in the user's own account.
    account, cloud = settings.account, None
    own = session.Access(settings.region)
    if embedded.in_cloud:
        cloud = remote.cloud(own)
        account = cloud.account
    return session.Connection(
        label=LOCAL,
        sagemaker=session.sagemaker_client(access),
        logs=session.logs_client(access),
        bucket=embedded.objects,
        account=settings.account,
        region=settings.region,
        default_bucket=f"sagemaker-{settings.region}-{account}",
        default_role=remote.ANY_ROLE.format(account=account) if cloud is None else None,
        emulator=embedded,
        on_close=embedded.close,
        price_list=None if cloud is None else session.price_list_client(own),
        service_quotas=None if cloud is None else session.service_quotas_client(own),
        cloud=cloud,
    )


@dataclass(frozen=True, slots=True)
class Around:
    """What a server puts around the emulator.

    Attributes:
        process_environment: Further variables of training that runs as a process.
        container_environment: The same for containers.
        throttle: Requests a second that each account may send; None for any number.
        bus: Receives an event for every status change; None when there is none.
    """

    process_environment: Mapping[str, str] | None = None
    container_environment: Mapping[str, str] | None = None
    throttle: float | None = None
    bus: Bus | None = None


_NOTHING = Around()


class Embedded:
    """The emulator inside this process: books and endpoint now, the engine when needed.

    Args:
        settings: What the environment says.
        runtime: One of `RUNTIMES`.
        objective: What simulated training answers; None takes the settings'.
        around: What a server puts around it.
    """

    def __init__(
        self,
        settings: Settings,
        runtime: str,
        *,
        objective: Objective | None = None,
        around: Around = _NOTHING,
    ) -> None:
        self._settings = settings
        self._runtime = runtime
        self._objective = objective
        self._around = around
        self._changes: StateChanges | None = None
        self._engine: Engine | None = None
        self._starting = threading.Lock()
        self._scope = Scope(settings.account, settings.region)

    # ------------------------------------------------------------------ what reading needs

    @property
    def in_cloud(self) -> bool:
        """True when SageMaker does the training, with data in AWS's S3."""
        return self._runtime == SAGEMAKER

    @cached_property
    def store(self) -> SqliteStore:
        """The books."""
        from orchestrator.store.sqlite import SqliteStore  # noqa: PLC0415

        return SqliteStore(self._settings.home)

    @cached_property
    def objects(self) -> Objects:
        """S3: a folder, unless the settings or the runtime send it elsewhere."""
        where = AWS if self.in_cloud and self._settings.s3 == LOCAL else self._settings.s3
        if where == LOCAL:
            from orchestrator.aws.folder import FolderObjects  # noqa: PLC0415

            return FolderObjects(self._settings.home / "s3")
        from orchestrator.aws.s3 import S3Objects  # noqa: PLC0415

        url = None if where == AWS else where
        return S3Objects(session.s3_client(session.Access(self._settings.region, endpoint_url=url)))

    @cached_property
    def emulator(self) -> Emulator:
        """What stands behind the endpoint."""
        from orchestrator.endpoint.emulator import Emulator  # noqa: PLC0415
        from orchestrator.runtime.training_logs import TrainingLogs  # noqa: PLC0415

        return Emulator(
            driver=self,
            store=self.store,
            clock=SystemClock(),
            has_objects=lambda prefix: any(True for _ in self.objects.list(prefix)),
            logs=TrainingLogs(self._settings.home),
            strategies=_strategies,
        )

    @cached_property
    def application(self) -> WSGIApplication:
        """The endpoint."""
        from orchestrator.endpoint.app import Endpoint  # noqa: PLC0415

        return Endpoint(
            self.emulator,
            account=self._scope.account,
            region=self._scope.region,
            throttle=self._around.throttle,
        )

    # ------------------------------------------------------------------ the engine, when needed

    @property
    def engine(self) -> Engine:
        """The engine, running, having cleaned up after drivers that died."""
        with self._starting:
            if self._engine is None:
                self._engine = self._started()
        return self._engine

    def create_tuning_job(self, spec: TuningSpec, request: Mapping[str, Any]) -> None:
        """Accept a tuning job (`engine.Engine.create_tuning_job`)."""
        self.engine.create_tuning_job(spec, request)

    def create_training_job(self, spec: TrainingSpec, request: Mapping[str, Any]) -> None:
        """Accept a training job (`engine.Engine.create_training_job`)."""
        self.engine.create_training_job(spec, request)

    def stop(self, arn: str) -> None:
        """Begin to stop a job (`engine.Engine.stop`)."""
        self.engine.stop(arn)

    def delete(self, arn: str) -> None:
        """Remove a job from the books (`engine.Engine.delete`)."""
        self.engine.delete(arn)

    # ------------------------------------------------------------------ what no endpoint has

    def resume(self, name: str) -> None:
        """Drive a tuning job whose driver is gone, or clean up after it."""
        arn = self._arn(name)
        row = self.store.row(arn)
        if row is not None and self._runtime == "auto":
            self._runtime = str(row.state["runtime"])
        remains = row is not None and row.status in TERMINAL and self.left_over(name)
        engine = self.engine
        if not remains or self.left_over(name):  # else starting the engine has cleaned up
            engine.resume(arn)

    def left_over(self, name: str) -> bool:
        """True when the driver of that tuning job died with work left to do."""
        return self._arn(name) in self.store.abandoned()

    def resume_all(self) -> list[str]:
        """Drive every unfinished job whose driver is gone; the ARNs of those now driven."""
        taken = []
        for root in self.store.abandoned():
            row = self.store.row(root)
            if row is None or not self._has(str(row.state.get("runtime"))):
                continue
            with contextlib.suppress(JobNotFound, WrongStatus):
                self.engine.resume(root)
                taken.append(root)
        return taken

    def end_all(self) -> None:
        """Stop every job that this process drives and wait until nothing of them runs."""
        for root in self.driving():
            with contextlib.suppress(JobNotFound, WrongStatus):
                self.stop(root)
        self.idle(self._settings.grace_seconds + ENDING_SECONDS)

    def interrupt(self) -> None:
        """Ask what runs to end and leave the jobs resumable; returns at once."""
        if self._engine is not None:
            self._engine.loop.interrupt()

    def abandon(self) -> None:
        """Leave at once; what runs goes on."""
        self.close()

    def idle(self, timeout_seconds: float | None = None) -> bool:
        """Wait until this process drives nothing any more; False when time ran out first."""
        return self._engine is None or self._engine.loop.idle(timeout_seconds)

    def driving(self) -> tuple[str, ...]:
        """ARNs of the jobs this process drives."""
        return self._engine.loop.driving() if self._engine else ()

    def driver(self, name: str) -> int | None:
        """Process id of whoever drives that tuning job, or None."""
        return self.store.driver(self._arn(name))

    def trouble(self) -> str:
        """What keeps the engine from going on, in words; empty when nothing does."""
        return self._engine.loop.trouble if self._engine else ""

    def close(self) -> None:
        """Let go of everything; what runs goes on."""
        if self._engine is not None:
            self._engine.loop.close()
        if self._changes is not None:
            self._changes.close()
        if "store" in self.__dict__:
            self.store.close()

    # ------------------------------------------------------------------ wiring

    def _has(self, runtime: str) -> bool:
        """Whether this process's engine has that runtime."""
        return runtime == self._runtime or not {runtime, self._runtime} & APART

    def _arn(self, name: str) -> str:
        return self._scope.arn("hyper-parameter-tuning-job", name)

    def _started(self) -> Engine:
        from orchestrator.endpoint.parse import Requests  # noqa: PLC0415
        from orchestrator.engine.engine import Engine  # noqa: PLC0415
        from orchestrator.engine.lanes import Inline, Lanes  # noqa: PLC0415
        from orchestrator.engine.runs import World  # noqa: PLC0415

        if self._around.bus is not None:
            from orchestrator.endpoint.state_changes import StateChanges  # noqa: PLC0415

            self._changes = StateChanges(self.emulator, self._around.bus)
        virtual = self._runtime == "simulated"
        clock: Clock = VirtualClock(SystemClock().now()) if virtual else SystemClock()
        runtimes = self._runtimes(clock)
        world = World(
            store=self.store,
            runtimes=runtimes,
            choose=chooser(self._runtime, runtimes),
            objects=self.objects,
            clock=clock,
            workers=Inline() if virtual else Lanes(),
            specs=Requests(),
            entropy=lambda: secrets.randbits(63),
            lockstep=self._settings.lockstep,
            guided=self._settings.hyperband_search == "Bayesian",
            announcer=self._changes,
        )
        engine = Engine(world, grace_seconds=self._settings.grace_seconds)
        engine.loop.start()
        engine.sweep()
        return engine

    def _runtimes(self, clock: Clock) -> dict[str, Runtime]:
        home = self._settings.home
        if self._runtime == "simulated":
            return {"simulated": self._simulated(clock)}
        if self.in_cloud:
            return {SAGEMAKER: self._sagemaker(clock)}
        from orchestrator.runtime.docker import DockerRuntime  # noqa: PLC0415
        from orchestrator.runtime.process import ProcessRuntime  # noqa: PLC0415

        return {
            "docker": DockerRuntime(
                home,
                clock,
                docker_host=self._settings.docker_host,
                image_map=dict(self._settings.images),
                extra_environment=self._around.container_environment,
            ),
            "process": ProcessRuntime(
                home, clock, extra_environment=self._around.process_environment
            ),
        }

    def _sagemaker(self, clock: Clock) -> Runtime:
        """Training jobs in the user's own account."""
        from orchestrator.endpoint.compose_training import training_request  # noqa: PLC0415
        from orchestrator.runtime.sagemaker import SageMakerRuntime  # noqa: PLC0415
        from orchestrator.runtime.sagemaker_job import Service  # noqa: PLC0415

        access = session.Access(self._settings.region)
        clients = session.sagemaker_client(access), session.logs_client(access)
        return SageMakerRuntime(self._settings.home, clock, Service(*clients, training_request))

    def _simulated(self, clock: Clock) -> Runtime:
        """Training that is only told, by a function of the user's own."""
        from orchestrator.runtime import objectives  # noqa: PLC0415  (see the module's docstring)
        from orchestrator.runtime.simulated import SimulatedRuntime  # noqa: PLC0415

        reference = self._settings.objective
        if self._objective is None and reference is None:
            mend = "Set AMT_OBJECTIVE=file.py:function; docs/operations.md shows one."
            fault = Fault("--runtime", "has no objective to answer from", "simulated", mend)
            raise BadInput([fault])
        objective = self._objective or objectives.load(str(reference))
        return SimulatedRuntime(objective, clock, say=objectives.spoken)


def _strategies() -> frozenset[str]:
    from orchestrator.strategy import registry  # noqa: PLC0415  (see the module's docstring)

    return registry.supported()
