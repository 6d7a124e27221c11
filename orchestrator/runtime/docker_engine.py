"""The Docker engine's HTTP API, as far as training needs it; the only import of `docker`.

The SDK is imported when an engine is first spoken to, for it costs more than a whole
``amt list``. Its low-level client is used: one request a call, connections kept.
Every fault becomes one of two errors: nobody answered, or the engine refused.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.errors import AmtError, Unreachable
from orchestrator.runtime.docker_request import EngineFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from docker import APIClient

    from orchestrator.runtime.docker_request import ContainerRequest

NOT_FOUND = 404
CONFLICT = 409
TIMEOUT_SECONDS = 120
"""A loaded engine takes long to start a container; nothing takes this long."""

CONNECTIONS = 64
DEFAULT_SOCKETS = ("/var/run/docker.sock", "~/.docker/run/docker.sock")
ONE_LOG_FILE = {"max-size": "1000g"}
"""Logs are read again from their beginning after a restart, so none may be rotated away."""

START_DOCKER = (
    "Start Docker (Linux: `sudo systemctl start docker`, elsewhere Docker Desktop), let your user "
    "use it (`sudo usermod -aG docker $USER`), or set DOCKER_HOST"
)


class EngineDown(Unreachable):
    """No engine answers, or it went away in the middle of a sentence."""


class EngineRefused(AmtError):
    """The engine answered with an error; `status` is its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class DockerEngine:
    """A connection to one engine, for any number of threads; made when it is first used."""

    def __init__(self, host: str | None = None) -> None:
        self._host = host
        self._connected: APIClient | None = None
        self._facts: EngineFacts | None = None
        self._lock = threading.Lock()

    # ------------------------------------------------------------------ the engine itself

    def facts(self) -> EngineFacts:
        """What the machine has; asked once."""
        if self._facts is None:
            with self._talking() as client:
                told: Mapping[str, Any] = client.info()
            self._facts = EngineFacts(
                cpus=int(told["NCPU"]),
                memory_bytes=int(told["MemTotal"]),
                gpus="nvidia" in (told.get("Runtimes") or {}),
                rootless=any("rootless" in option for option in told.get("SecurityOptions") or ()),
            )
        return self._facts

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            if self._connected is not None:
                self._connected.close()
            self._connected = None

    # ------------------------------------------------------------------ images

    def has_image(self, image: str) -> bool:
        """True when the engine has `image`."""
        try:
            with self._talking() as client:
                client.inspect_image(image)  # type: ignore[no-untyped-call]  # stub without types
        except EngineRefused as refusal:
            if refusal.status == NOT_FOUND:
                return False
            raise
        return True

    def pull(self, image: str) -> None:
        """Fetch `image` from its registry, with this user's Docker logins; blocks."""
        with self._talking() as client:
            client.pull(image)

    def logged_in(self, registry: str) -> bool:
        """True when this user's Docker configuration has a login for `registry`."""
        from docker import auth  # noqa: PLC0415  (the SDK is slow to import)

        with self._talking():
            configuration = auth.load_config()
            return bool(configuration.resolve_authconfig(registry))

    # ------------------------------------------------------------------ containers

    def create(self, request: ContainerRequest) -> None:
        """Create a container under its name."""
        with self._talking() as client:
            client.create_container(
                request.image,
                list(request.command),
                entrypoint=None if request.entrypoint is None else list(request.entrypoint),
                hostname=request.hostname,
                user=request.user,
                environment=dict(request.environment),
                labels=dict(request.labels),
                name=request.name,
                host_config=_host_config(client, request),
                networking_config=_networking_config(client, request),
            )

    def start(self, container: str) -> None:
        """Start a created container; one that runs already is left alone."""
        with self._talking() as client:
            client.start(container)

    def inspect(self, container: str) -> Mapping[str, Any]:
        """What the engine knows of a container."""
        with self._talking() as client:
            answer: Mapping[str, Any] = client.inspect_container(container)
            return answer

    def output(
        self, container: str, opened: Callable[[Any], None], *, follow: bool
    ) -> Iterator[bytes]:
        """What a container printed, from its beginning; `follow`: and will print, to its end.

        `opened` gets the stream, so that another thread can close it.
        """
        with self._talking() as client:
            stream = client.logs(container, stream=True, follow=follow)
            opened(stream)
            try:
                yield from stream
            finally:
                stream.close()

    def last_output(self, container: str, lines: int) -> bytes:
        """The last `lines` lines that a container printed."""
        with self._talking() as client:
            told: bytes = client.logs(container, tail=lines)
            return told

    def wait(self, container: str) -> int:
        """Block until a container has ended; its exit code."""
        with self._talking() as client:
            return int(client.wait(container)["StatusCode"])

    def send_signal(self, container: str, signal: str) -> None:
        """Send a signal to a container's first process; nothing happens if it does not run."""
        with self._allowing(NOT_FOUND, CONFLICT), self._talking() as client:
            client.kill(container, signal)

    def remove(self, container: str) -> None:
        """Remove a container and its anonymous volumes, running or not; again does no harm."""
        try:
            with self._allowing(NOT_FOUND), self._talking() as client:
                client.remove_container(container, v=True, force=True)
        except EngineRefused as refusal:
            if refusal.status != CONFLICT:
                raise
            with self._allowing(NOT_FOUND), self._talking() as client:  # somebody removes it
                client.wait(container, condition="removed")

    # ------------------------------------------------------------------ networks

    def create_network(
        self, name: str, subnet: str, *, internal: bool, labels: Mapping[str, str]
    ) -> None:
        """Create a network with a fixed range of addresses."""
        from docker.types import IPAMConfig, IPAMPool  # noqa: PLC0415  (the SDK is slow to import)

        with self._talking() as client:
            client.create_network(
                name,
                driver="bridge",
                ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=subnet)]),
                internal=internal,
                labels=dict(labels),
                check_duplicate=True,
            )

    def subnet_of(self, network: str) -> str | None:
        """A network's range of addresses; None when there is no such network."""
        try:
            with self._talking() as client:
                pools: Sequence[Mapping[str, str]] = client.inspect_network(network)["IPAM"][
                    "Config"
                ]
        except EngineRefused as refusal:
            if refusal.status == NOT_FOUND:
                return None
            raise
        return pools[0]["Subnet"]

    def remove_network(self, name: str) -> None:
        """Remove a network; again does no harm."""
        with self._allowing(NOT_FOUND), self._talking() as client:
            client.remove_network(name)

    # ------------------------------------------------------------------ how it is spoken to

    @contextlib.contextmanager
    def _talking(self) -> Generator[APIClient]:
        from docker import errors  # noqa: PLC0415  (the SDK is slow to import)
        from urllib3.exceptions import HTTPError  # noqa: PLC0415  (comes with the SDK)

        try:
            yield self._client()
        except errors.APIError as error:
            status = error.status_code or 0
            raise EngineRefused(status, str(error.explanation or error)) from error
        except (errors.DockerException, HTTPError, OSError) as error:
            place = f" at {self._host}" if self._host else ""
            reason = f"Docker does not answer{place} ({_reason(error)}). {START_DOCKER}."
            raise EngineDown(reason) from error

    def _client(self) -> APIClient:
        with self._lock:
            if self._connected is None:
                self._connected = _connect(self._host)
            return self._connected

    @staticmethod
    @contextlib.contextmanager
    def _allowing(*statuses: int) -> Generator[None]:
        try:
            yield
        except EngineRefused as refusal:
            if refusal.status not in statuses:
                raise


def _connect(host: str | None) -> APIClient:
    from docker import APIClient  # noqa: PLC0415  (the SDK is slow to import)
    from docker.utils import kwargs_from_env  # noqa: PLC0415  (the SDK is slow to import)

    class Client(APIClient):
        """Knows that no container of ours has a terminal, which the SDK asks at every log."""

        def _check_is_tty(self, _container: str) -> bool:
            return False

    # DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, Docker's own.
    options: dict[str, Any] = dict(kwargs_from_env())
    if host is not None:
        options["base_url"] = host
    elif "base_url" not in options:
        sockets = [Path(name).expanduser() for name in DEFAULT_SOCKETS]
        found = next((socket for socket in sockets if socket.exists()), sockets[0])
        options["base_url"] = f"unix://{found}"
    return Client(version="auto", timeout=TIMEOUT_SECONDS, max_pool_size=CONNECTIONS, **options)


def _host_config(client: APIClient, request: ContainerRequest) -> dict[str, Any]:
    from docker.types import DeviceRequest, LogConfig, Mount  # noqa: PLC0415  (slow to import)

    devices = [DeviceRequest(count=request.gpus, capabilities=[["gpu"]])] if request.gpus else None
    return client.create_host_config(
        network_mode=request.network,
        extra_hosts=dict(request.peers),
        dns=list(request.name_servers),
        mounts=[
            Mount(bind.target, bind.source, type="bind", read_only=bind.read_only)
            for bind in request.binds
        ],
        nano_cpus=None if request.cpus is None else int(request.cpus * 1e9),
        mem_limit=request.memory_bytes,
        memswap_limit=request.memory_bytes,
        shm_size=request.shm_bytes,
        device_requests=devices,
        log_config=LogConfig(type=LogConfig.types.JSON, config=ONE_LOG_FILE),
    )


def _networking_config(client: APIClient, request: ContainerRequest) -> dict[str, Any] | None:
    if request.address is None:
        return None
    endpoint = client.create_endpoint_config(
        aliases=[request.hostname] if request.hostname else None, ipv4_address=request.address
    )
    configuration: dict[str, Any] = {"EndpointsConfig": {request.network: endpoint}}
    return configuration


def _reason(error: BaseException) -> str:
    """The operating system's word for it, from the bottom of a chain of wrapped errors."""
    deepest, cause = error, error.__cause__ or error.__context__
    while cause is not None:
        deepest, cause = cause, cause.__cause__ or cause.__context__
    return (isinstance(deepest, OSError) and deepest.strerror) or str(error)
