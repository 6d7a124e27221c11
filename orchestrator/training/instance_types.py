"""What an instance type has: virtual CPUs, memory, GPUs; and what of it fits this machine.

Figures are AWS's instance pages (documented). Most types follow a rule: the size says the
CPUs, the family says the memory for each; the table holds those that do not.
"""

from __future__ import annotations

from typing import NamedTuple


class Capacity(NamedTuple):
    """Virtual CPUs, memory in GiB, GPUs."""

    cpus: float
    memory_gib: float
    gpus: int = 0


GIB_PER_CPU = {
    "c": 2.0,
    "m": 4.0,
    "r": 8.0,
    "g": 4.0,
    "g6e": 8.0,
    "t": 4.0,
    "x": 16.0,
    "trn": 4.0,
    "inf": 2.0,
}
SMALL_SIZES = {"medium": 1, "large": 2, "xlarge": 4}

EXCEPTIONS = {
    "t3.medium": Capacity(2, 4),
    "c4.large": Capacity(2, 3.75),
    "c4.xlarge": Capacity(4, 7.5),
    "c4.2xlarge": Capacity(8, 15),
    "c4.4xlarge": Capacity(16, 30),
    "c4.8xlarge": Capacity(36, 60),
    "p2.xlarge": Capacity(4, 61, 1),
    "p2.8xlarge": Capacity(32, 488, 8),
    "p2.16xlarge": Capacity(64, 732, 16),
    "p3.2xlarge": Capacity(8, 61, 1),
    "p3.8xlarge": Capacity(32, 244, 4),
    "p3.16xlarge": Capacity(64, 488, 8),
    "p3dn.24xlarge": Capacity(96, 768, 8),
    "p4d.24xlarge": Capacity(96, 1152, 8),
    "p4de.24xlarge": Capacity(96, 1152, 8),
    "p5.4xlarge": Capacity(16, 256, 1),
    "p5.48xlarge": Capacity(192, 2048, 8),
    "p5e.48xlarge": Capacity(192, 2048, 8),
    "p5en.48xlarge": Capacity(192, 2048, 8),
}
GPUS_BY_SIZE = {
    "g4dn": {"12xlarge": 4, "metal": 8},
    "g5": {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8},
    "g6": {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8},
    "g6e": {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8},
}
"""GPUs where there is more than one; every other size of these families has one."""

FALLBACK_CPUS = 2


def capacity(instance_type: str) -> Capacity:
    """What `instance_type` (``ml.m5.xlarge``) has; an unknown one is taken by its size."""
    family, _, size = instance_type.removeprefix("ml.").partition(".")
    if known := EXCEPTIONS.get(f"{family}.{size}"):
        return known
    cpus = _cpus(size)
    per_cpu = _gib_per_cpu(family)
    gpus = GPUS_BY_SIZE[family].get(size, 1) if family in GPUS_BY_SIZE else 0
    return Capacity(cpus, cpus * per_cpu, gpus)


def _cpus(size: str) -> int:
    count = size.removesuffix("xlarge")
    return 4 * int(count) if count.isdecimal() else SMALL_SIZES.get(size, FALLBACK_CPUS)


def _gib_per_cpu(family: str) -> float:
    prefixes = sorted(GIB_PER_CPU, key=len, reverse=True)
    return next((GIB_PER_CPU[p] for p in prefixes if family.startswith(p)), 4.0)


def within(wanted: Capacity, machine: Capacity) -> Capacity:
    """`wanted` scaled to `machine`: in each respect no more than it has."""
    return Capacity(
        min(wanted.cpus, machine.cpus),
        min(wanted.memory_gib, machine.memory_gib),
        min(wanted.gpus, machine.gpus),
    )
