"""Training in containers: any SageMaker training image, unmodified, one container a host.

Containers outlive the engine's process; what adoption needs stands in their names and
labels, so nothing is kept on disk for it. `docker_request` says what a container is given,
`docker_follow` how it is watched, `docker_ownership` whose its files are.

A Docker engine that goes away while jobs run is waited for: nothing is told until it is
back, and then everything, for containers and their output survive in it.
"""

from __future__ import annotations

import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from orchestrator.errors import LaunchRefused
from orchestrator.runtime import (
    docker_image,
    docker_network,
    docker_ownership,
    docker_record,
    pipes,
)
from orchestrator.runtime.docker_engine import (
    CONFLICT,
    NOT_FOUND,
    DockerEngine,
    EngineDown,
    EngineRefused,
)
from orchestrator.runtime.docker_request import Cluster, Naming
from orchestrator.runtime.docker_watch import LogPart, Watch
from orchestrator.runtime.process_program import script_of
from orchestrator.runtime.protocol import Exited
from orchestrator.runtime.source_archive import place_code
from orchestrator.runtime.workspace import Workspace
from orchestrator.training.container import piped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from orchestrator.clock import Clock
    from orchestrator.runtime.docker_request import ContainerRequest
    from orchestrator.runtime.protocol import Launch, Sighting
    from orchestrator.training.spec import TrainingSpec

log = logging.getLogger("amt.runtime")

POLL_SECONDS = 0.1
"""How often is asked what was printed; ends are told at once, through `wake`."""

JOIN_SECONDS = 10.0
RETRY_SECONDS = 1.0
PROGRAM_MISSING = (126, 127)


class DockerRuntime:
    """Runs training jobs on a Docker engine.

    Args:
        home: The state folder.
        clock: Tells when lines were seen.
        docker_host: The engine's address; None is Docker's own default.
        image_map: This machine's image for a training image, by its exact name.
        extra_environment: Variables for every container without network isolation, such as
            the address of an S3 endpoint and credentials for it.
    """

    queues = False

    def __init__(
        self,
        home: Path,
        clock: Clock,
        docker_host: str | None = None,
        *,
        image_map: Mapping[str, str] | None = None,
        extra_environment: Mapping[str, str] | None = None,
    ) -> None:
        self._home = home.absolute()
        self._clock = clock
        self._engine = DockerEngine(docker_host)
        self._images = dict(image_map or {})
        self._extra_environment = dict(extra_environment or {})
        self._watched: dict[str, Watch] = {}
        self._lock = threading.Lock()
        self._wake: Callable[[], None] = lambda: None
        self._woken = threading.Event()
        self._senders: list[threading.Thread] = []
        self._closing = threading.Event()

    # ------------------------------------------------------------------ before the start

    def check(self, spec: TrainingSpec) -> None:
        """Say whether an engine answers and has, or can pull, the image."""
        image = docker_image.chosen(spec, self._images)
        try:
            docker_image.ensure(self._engine, image)
        except (EngineDown, EngineRefused) as error:
            raise LaunchRefused(str(error), retryable=True) from error

    def workspace(self, launch: Launch) -> Workspace:
        """The folder whose hosts' parts are mounted at ``/opt/ml``."""
        return Workspace.under(self._home, launch.spec)

    # ------------------------------------------------------------------ start, adopt

    def start(self, launch: Launch) -> None:
        """Create and start every host's container; those that exist already are adopted."""
        if self._is_watched(launch):
            return
        naming = Naming(self._home, launch)
        try:
            starts = self._run(naming)
        except (EngineDown, EngineRefused, OSError) as error:
            self._abandon(naming)
            raise LaunchRefused(str(error), retryable=True) from error
        except LaunchRefused:
            self._abandon(naming)
            raise
        self._follow(naming, starts, {})

    def _run(self, naming: Naming) -> dict[str, int]:
        """Bring every host up; where each one's log begins."""
        spec = naming.launch.spec
        workspace = self.workspace(naming.launch)
        workspace.prepare()
        for host in spec.hosts:
            _place_code(workspace, host)
        subnet = docker_network.ensure(self._engine, naming) if len(spec.hosts) > 1 else None
        cluster = Cluster(
            naming=naming,
            workspace=workspace,
            image=docker_image.chosen(spec, self._images),
            facts=self._engine.facts(),
            subnet=subnet,
            extra_environment=self._extra_environment,
        )
        starts = docker_record.begin(workspace, naming.launch.attempt)
        for host in spec.hosts:
            for channel in piped(spec, host):
                pipes.start(workspace, host, channel, sys.executable)
        if len(spec.hosts) == 1:
            self._bring_up(cluster, spec.hosts[0])
        else:
            with ThreadPoolExecutor(len(spec.hosts)) as pool:
                list(pool.map(lambda host: self._bring_up(cluster, host), spec.hosts))
        return starts

    def _bring_up(self, cluster: Cluster, host: str) -> None:
        """Create and start a host's container; one that was started already is left alone."""
        request = cluster.request(host)
        try:
            self._create(request)
        except EngineRefused as refusal:
            if refusal.status != CONFLICT:
                raise
            if _was_started(self._engine.inspect(request.name)):
                return
        try:
            self._engine.start(request.name)
        except EngineRefused:  # an image without the program has ended, as its follower tells
            if self._engine.inspect(request.name)["State"]["ExitCode"] not in PROGRAM_MISSING:
                raise

    def _create(self, request: ContainerRequest) -> None:
        try:
            self._engine.create(request)
        except EngineRefused as refusal:
            if refusal.status != NOT_FOUND:
                raise
            docker_image.ensure(self._engine, request.image)
            self._engine.create(request)

    def _abandon(self, naming: Naming) -> None:
        """Leave nothing running after a start that failed; what cannot be done is logged."""
        try:
            pipes.stop(self.workspace(naming.launch))
            self._remove(naming)
        except (EngineDown, EngineRefused, OSError) as error:
            log.warning("%s: not removed: %s", naming.stem, error)

    def adopt(self, launch: Launch, offsets: Mapping[str, int]) -> bool:
        """Watch the attempt's containers again; False unless every host's was started.

        While no engine answers the record on disk is believed, and the engine waited for.
        """
        if self._is_watched(launch):
            return True
        naming = Naming(self._home, launch)
        starts = docker_record.begun(self.workspace(launch), launch.attempt)
        if starts is None or not self._all_were_started(naming):
            return False
        self._follow(naming, starts, offsets)
        return True

    def _all_were_started(self, naming: Naming) -> bool:
        names = [naming.container(host) for host in naming.launch.spec.hosts]
        try:
            return all(_was_started(self._engine.inspect(name)) for name in names)
        except EngineDown as down:
            log.warning("%s: %s", naming.stem, down)
            return True
        except EngineRefused as refusal:
            return refusal.status != NOT_FOUND

    def _is_watched(self, launch: Launch) -> bool:
        with self._lock:
            watch = self._watched.get(launch.key)
            return watch is not None and watch.launch.attempt == launch.attempt

    def _follow(
        self, naming: Naming, starts: Mapping[str, int], offsets: Mapping[str, int]
    ) -> None:
        launch = naming.launch
        workspace = self.workspace(launch)
        watch = Watch(
            self._engine,
            naming,
            workspace,
            {host: LogPart(start, offsets.get(host, start)) for host, start in starts.items()},
            settle=lambda: self._settle(naming, workspace),
            urgent=self._news,
        )
        with self._lock:
            before = self._watched.get(launch.key)
            self._watched[launch.key] = watch
        if before is not None:
            before.close()
        watch.begin()

    # ------------------------------------------------------------------ watching

    def poll(self) -> Sequence[Sighting]:
        """What the followers brought since the last call."""
        self._woken.clear()
        with self._lock:
            watches = list(self._watched.values())
        told: list[Sighting] = []
        for watch in watches:
            fresh = list(watch.sightings(self._clock.now()))
            told += fresh
            if fresh and isinstance(fresh[-1], Exited):
                self._forget(watch.launch)
        return told

    def due(self) -> float | None:
        """At once when something has ended, else soon; None when nothing is watched."""
        if not self._watched:
            return None
        now = self._clock.now()
        return now if self._woken.is_set() else now + POLL_SECONDS

    def on_wake(self, wake: Callable[[], None]) -> None:
        """Call `wake`, once between two polls, when something has ended."""
        self._wake = wake

    def _news(self) -> None:
        if not self._woken.is_set():
            self._woken.set()
            self._wake()

    def _settle(self, naming: Naming, workspace: Workspace) -> None:
        """Every host has ended: end what served them, hand their files over."""
        try:
            pipes.stop(workspace)
        except OSError as error:
            log.warning("%s: its input pipes go on: %s", naming.stem, error)
        self._reclaim(naming, workspace)

    def _reclaim(self, naming: Naming, workspace: Workspace) -> None:
        image = docker_image.chosen(workspace.spec, self._images)
        docker_ownership.reclaim(self._engine, naming, image, workspace.root)

    # ------------------------------------------------------------------ ending

    def signal(self, key: str) -> None:
        """SIGTERM to every host's first process, as ``docker stop`` does."""
        self._send(key, "SIGTERM")

    def kill(self, key: str) -> None:
        """SIGKILL to every host."""
        self._send(key, "SIGKILL")

    def _send(self, key: str, signal: str) -> None:
        """In a thread, for the engine answers a SIGKILL only when the container is dead."""
        with self._lock:
            watch = self._watched.get(key)
        if watch is None:
            return

        def send() -> None:
            try:
                watch.send(signal)
            except (EngineDown, EngineRefused) as error:
                log.warning("%s: %s was not sent: %s", key, signal, error)

        sender = threading.Thread(target=send, name=f"{signal} {key}", daemon=True)
        self._senders = [thread for thread in self._senders if thread.is_alive()]
        self._senders.append(sender)
        sender.start()

    def discard(self, launch: Launch) -> None:
        """Remove containers, network and files, also those of a start that was cut short.

        Raises:
            EngineDown: No engine answers; it is done when one does, while this process lives.
        """
        self._forget(launch)
        try:
            self._clean(launch)
        except EngineDown:
            args = (launch,)
            threading.Thread(target=self._clean_later, args=args, daemon=True).start()
            raise

    def _clean(self, launch: Launch) -> None:
        naming, workspace = Naming(self._home, launch), self.workspace(launch)
        self._remove(naming)
        pipes.stop(workspace)
        try:
            workspace.clear()
        except PermissionError:
            self._reclaim(naming, workspace)
            workspace.clear()

    def _clean_later(self, launch: Launch) -> None:
        while not self._closing.wait(RETRY_SECONDS) and not self._is_watched(launch):
            try:
                self._clean(launch)
            except EngineDown:
                continue
            except (EngineRefused, OSError) as error:
                log.warning("%s could not be cleaned up: %s", launch.key, error)
            return

    def _remove(self, naming: Naming) -> None:
        hosts = naming.launch.spec.hosts
        for host in hosts:
            self._engine.remove(naming.container(host))
        if len(hosts) > 1:
            self._engine.remove_network(naming.stem)

    def _forget(self, launch: Launch) -> None:
        with self._lock:
            watch = self._watched.get(launch.key)
            if watch is None or watch.launch.attempt != launch.attempt:
                return
            del self._watched[launch.key]
        watch.close()

    def close(self) -> None:
        """Stop watching; signals on their way are sent first."""
        self._closing.set()
        for sender in self._senders:
            sender.join(JOIN_SECONDS)
        with self._lock:
            watches = list(self._watched.values())
            self._watched.clear()
        for watch in watches:
            watch.close()
        self._engine.close()


def _place_code(workspace: Workspace, host: str) -> None:
    """Unpack staged script-mode code, so that no container needs S3 to get it."""
    if not workspace.code_archive(host).exists():
        return
    place_code(workspace, host, script_of(workspace, host, {}))


def _was_started(container: Mapping[str, Any]) -> bool:
    """True once the container was started, also in vain."""
    state = container["State"]
    return bool(state["Status"] != "created" or state["ExitCode"])
