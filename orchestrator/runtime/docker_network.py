"""A network of their own for the hosts of one training job.

Addresses must be known before the first host starts, so the subnet is chosen here. It comes
from 198.19.0.0/16, half of the range set aside for benchmarks (RFC 2544), which no office
network, VPN or default of Docker uses. The engine refuses a subnet that another network of
its own overlaps; then the next one is tried.
"""

from __future__ import annotations

import zlib
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from orchestrator.errors import LaunchRefused
from orchestrator.runtime.docker_engine import CONFLICT, EngineRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.runtime.docker_engine import DockerEngine
    from orchestrator.runtime.docker_request import Naming

RANGE = IPv4Network("198.19.0.0/16")
SMALLEST_BITS = 4
NOT_FOR_HOSTS = 3
"""Addresses of a subnet that no host can have: network, gateway, broadcast."""

ATTEMPTS = 256
OVERLAP = "overlaps"


def ensure(engine: DockerEngine, naming: Naming) -> str:
    """Make the attempt's network, or find the one that is there; its subnet.

    Raises:
        LaunchRefused: Every subnet is taken.
    """
    spec = naming.launch.spec
    for subnet in subnets(len(spec.hosts), naming.stem):
        try:
            engine.create_network(
                naming.stem, subnet, internal=spec.network_isolation, labels=naming.labels
            )
        except EngineRefused as refusal:
            if refusal.status == CONFLICT and (found := engine.subnet_of(naming.stem)):
                return found
            if OVERLAP not in str(refusal):
                raise
        else:
            return subnet
    raise LaunchRefused(
        "no free network addresses for the hosts; remove unused networks: docker network prune",
        retryable=True,
    )


def subnets(hosts: int, name: str) -> Iterator[str]:
    """Subnets with room for `hosts`, beginning at a place that `name` decides."""
    bits = max(SMALLEST_BITS, (hosts + NOT_FOR_HOSTS - 1).bit_length())
    count = 1 << max(0, RANGE.max_prefixlen - RANGE.prefixlen - bits)
    first = zlib.crc32(name.encode())
    for number in range(min(count, ATTEMPTS)):
        start = RANGE[((first + number) % count) << bits]
        yield f"{start}/{RANGE.max_prefixlen - bits}"
