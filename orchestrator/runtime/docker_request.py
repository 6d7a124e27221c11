"""What the engine is asked for each host of a training job: names, mounts, network, limits.

Pure: a launch in, requests out. Rules:

* Names come from the state folder, the training job's ARN and the attempt, so creating
  twice meets the first one (the engine's name conflict) instead of making a second.
* ``/opt/ml`` is the host's folder; FastFile channels stand in it read-only.
* One host: the default bridge, or no network at all under network isolation. Several: a
  network of their own with fixed addresses, and every peer in ``/etc/hosts``, for a name
  server forgets a host that has ended while its peers still ask for it.
* CPUs and memory are the instance type's, each at most what the machine has; half of the
  memory may be shared memory (no figure is documented; Docker's 64 MB breaks data loaders).
* One GPU is one GPU, more are all that the machine has.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from orchestrator.training import container
from orchestrator.training.instance_types import Capacity, capacity, within
from orchestrator.training.spec import InputMode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestrator.runtime.protocol import Launch
    from orchestrator.runtime.workspace import Workspace

GIB = 1 << 30
DIGEST = 12
"""Hexadecimal digits that tell two jobs, or two state folders, apart."""

BRIDGE = "bridge"
NO_NETWORK = "none"
LOOPBACK = "127.0.0.1"
NOBODY = LOOPBACK
"""No name server: an isolated host's look-ups fail at once instead of timing out."""

LABEL_HOME = "amt.home"
LABEL_JOB = "amt.training-job"
LABEL_ATTEMPT = "amt.attempt"


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What the engine's machine has. `rootless`: root in a container is the engine's user."""

    cpus: int
    memory_bytes: int
    gpus: bool
    rootless: bool


@dataclass(frozen=True, slots=True)
class Bind:
    """A folder of this machine at a path of the container."""

    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class ContainerRequest:
    """One container. `gpus` is a number, or -1 for all; `address` needs a network of our own."""

    name: str
    image: str
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    user: str | None = None
    hostname: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    binds: tuple[Bind, ...] = ()
    network: str = NO_NETWORK
    address: str | None = None
    peers: tuple[tuple[str, str], ...] = ()
    name_servers: tuple[str, ...] = ()
    cpus: float | None = None
    memory_bytes: int | None = None
    shm_bytes: int | None = None
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of everything that one attempt has in the engine."""

    home: Path
    launch: Launch

    @property
    def stem(self) -> str:
        """The network's name, and what every container's begins with."""
        identity = f"{self.home_digest} {self.launch.key}"
        return f"amt-{self.launch.spec.name}-{_digest(identity)}-{self.launch.attempt}"

    @property
    def home_digest(self) -> str:
        """What the state folder is called in labels."""
        return _digest(str(self.home))

    def container(self, host: str) -> str:
        """The name of a host's container."""
        return f"{self.stem}-{host}"

    @property
    def labels(self) -> dict[str, str]:
        """What the containers and the network are found by."""
        return {
            LABEL_HOME: self.home_digest,
            LABEL_JOB: self.launch.key,
            LABEL_ATTEMPT: str(self.launch.attempt),
        }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST]


@dataclass(frozen=True, slots=True)
class Cluster:
    """What all hosts of an attempt share.

    Attributes:
        subnet: Of their own network; None when there is one host.
        extra_environment: Variables beside the contract's; left out under network isolation,
            for they may hold credentials.
    """

    naming: Naming
    workspace: Workspace
    image: str
    facts: EngineFacts
    subnet: str | None
    extra_environment: Mapping[str, str]

    def request(self, host: str) -> ContainerRequest:
        """What the engine is asked for `host`."""
        spec = self.workspace.spec
        command = container.command(spec)
        limits = self._limits(host)
        return ContainerRequest(
            name=self.naming.container(host),
            image=self.image,
            command=command.arguments,
            entrypoint=command.entrypoint,
            hostname=host,
            environment=tuple(self._environment(limits).items()),
            labels=tuple(self.naming.labels.items()),
            binds=tuple(binds(self.workspace, host)),
            network=self._network(),
            address=None if self.subnet is None else addresses(self.subnet, spec.hosts)[host],
            peers=tuple(self._peers().items()),
            name_servers=(NOBODY,) if spec.network_isolation else (),
            cpus=limits.cpus,
            memory_bytes=int(limits.memory_gib * GIB),
            shm_bytes=int(limits.memory_gib * GIB / 2),
            gpus=-1 if limits.gpus > 1 else limits.gpus,
        )

    def _limits(self, host: str) -> Capacity:
        wanted = capacity(container.group_of(self.workspace.spec, host).instance_type)
        gpus = wanted.gpus if self.facts.gpus else 0
        return within(wanted, Capacity(self.facts.cpus, self.facts.memory_bytes / GIB, gpus))

    def _environment(self, limits: Capacity) -> dict[str, str]:
        spec = self.workspace.spec
        threads = int(limits.cpus) if limits.cpus < self.facts.cpus else None
        extra = {} if spec.network_isolation else dict(self.extra_environment)
        return extra | container.environment(spec, threads=threads)

    def _network(self) -> str:
        if self.subnet is not None:
            return self.naming.stem
        return NO_NETWORK if self.workspace.spec.network_isolation else BRIDGE

    def _peers(self) -> dict[str, str]:
        spec = self.workspace.spec
        if self.subnet is not None:
            return addresses(self.subnet, spec.hosts)
        return dict.fromkeys(spec.hosts, LOOPBACK) if spec.network_isolation else {}


def binds(workspace: Workspace, host: str) -> list[Bind]:
    """The folders that a host sees."""
    base = workspace.base(host)
    found = [Bind(str(base), container.BASE)]
    checkpoints = workspace.checkpoints(host)
    if workspace.spec.checkpoints and not checkpoints.is_relative_to(base):
        found.append(Bind(str(checkpoints), workspace.spec.checkpoints.local_path))
    for channel in container.channels_of(workspace.spec, host):
        if channel.mode is InputMode.FAST_FILE:
            folder = workspace.channel(host, channel.name)
            target = f"{container.BASE}/input/data/{channel.name}"
            found.append(Bind(str(folder), target, read_only=True))
    return found


def addresses(subnet: str, hosts: tuple[str, ...]) -> dict[str, str]:
    """Each host's address; the first of the subnet is the gateway's."""
    network = IPv4Network(subnet)
    return {host: str(network[number]) for number, host in enumerate(hosts, 2)}
