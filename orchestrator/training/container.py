"""The training container's contract as data: files, variables, command, failure text.

Pure: nothing here touches a disk. ``base`` is where the host finds its ``/opt/ml``; a host
without a container of its own has it elsewhere, and every path follows.
Sources: the developer guide's pages on training containers (documented) and files seen in
published logs of real jobs (observed).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from orchestrator.training.spec import InputMode

if TYPE_CHECKING:
    from orchestrator.training.spec import Channel, InstanceGroup, TrainingSpec

BASE = "/opt/ml"
"""Where a container finds everything the platform gives it (documented)."""

METRICS_FOLDER = "output/metrics/sagemaker"
"""Below the base: where a container may write metric files (observed)."""

LONGEST_REASON = 1024
"""Characters of a ``FailureReason`` (API model)."""

NETWORK_INTERFACE = "eth0"


class Command(NamedTuple):
    """What a container is started with; `entrypoint` None keeps the image's own."""

    entrypoint: tuple[str, ...] | None
    arguments: tuple[str, ...]


def group_of(spec: TrainingSpec, host: str) -> InstanceGroup:
    """The instance group that `host` belongs to; hosts are numbered group by group."""
    position = spec.hosts.index(host)
    for group in spec.instance_groups:
        if position < group.count:
            return group
        position -= group.count
    raise AssertionError(f"{host} is beyond every instance group")


def channels_of(spec: TrainingSpec, host: str) -> tuple[Channel, ...]:
    """The channels that `host` sees: those without groups and those that name its group."""
    group = group_of(spec, host).name
    return tuple(c for c in spec.channels if not c.groups or group in c.groups)


def relocated(path: str, base: str = BASE) -> str:
    """`path` as the host sees it: what stands below ``/opt/ml`` moves with the base."""
    if path != BASE and not path.startswith(f"{BASE}/"):
        return path
    return base + path[len(BASE) :]


def config_files(spec: TrainingSpec, host: str, base: str = BASE) -> dict[str, str]:
    """Names and JSON texts of the files in ``input/config``."""
    contents: dict[str, object] = {
        "hyperparameters.json": dict(spec.hyperparameters),
        "inputdataconfig.json": input_data_config(spec, host),
        "resourceconfig.json": resource_config(spec, host),
        "metric-definition-regex.json": [{"Name": m.name, "Regex": m.regex} for m in spec.metrics],
    }
    if spec.checkpoints is not None:
        path = relocated(spec.checkpoints.local_path, base)
        contents["checkpointconfig.json"] = {"LocalPath": path}
    return {name: json.dumps(content) for name, content in contents.items()}


def input_data_config(spec: TrainingSpec, host: str) -> dict[str, dict[str, str]]:
    """``inputdataconfig.json``: the container's spelling, which is not the API's (documented)."""
    return {channel.name: _channel_entry(channel) for channel in channels_of(spec, host)}


def _channel_entry(channel: Channel) -> dict[str, str]:
    entry = {} if channel.content_type is None else {"ContentType": channel.content_type}
    return entry | {
        "TrainingInputMode": channel.mode.value,
        "S3DistributionType": "ShardedByS3Key" if channel.sharded else "FullyReplicated",
        "RecordWrapperType": "RecordIO" if channel.record_io else "None",
    }


def resource_config(spec: TrainingSpec, host: str) -> dict[str, object]:
    """``resourceconfig.json`` as jobs have it today, hosts in lexical order (documented)."""
    groups = [
        {
            "instance_group_name": group.name,
            "instance_type": group.instance_type,
            "hosts": sorted(h for h in spec.hosts if group_of(spec, h) == group),
        }
        for group in spec.instance_groups
    ]
    group = group_of(spec, host)
    return {
        "current_host": host,
        "current_instance_type": group.instance_type,
        "current_group_name": group.name,
        "hosts": sorted(spec.hosts),
        "instance_groups": groups,
        "network_interface_name": NETWORK_INTERFACE,
        "topology": None,
    }


def environment(
    spec: TrainingSpec, base: str = BASE, *, threads: int | None = None
) -> dict[str, str]:
    """The variables the platform sets, the request's own last; no credentials.

    Args:
        spec: The training job.
        base: Where the host finds ``/opt/ml``.
        threads: CPUs the host is limited to, or None. A limit is invisible inside a
            container, so thread pools are told (our reading).
    """
    variables = {
        "TRAINING_JOB_NAME": spec.name,
        "TRAINING_JOB_ARN": spec.arn,
        "AWS_REGION": spec.scope.region,
        "SAGEMAKER_METRICS_DIRECTORY": f"{base}/{METRICS_FOLDER}",
        "PYTHONUNBUFFERED": "1",  # metrics must be seen while it trains (AWS's images set it)
    }
    if base != BASE:
        variables["SAGEMAKER_BASE_DIR"] = base
    if threads is not None:
        variables["OMP_NUM_THREADS"] = str(threads)
    return variables | dict(spec.environment)


def command(spec: TrainingSpec) -> Command:
    """What the request's entry point and arguments make of the image's (documented)."""
    if spec.entrypoint:
        return Command(spec.entrypoint, spec.arguments)
    return Command(None, spec.arguments or ("train",))


OUT_OF_MEMORY = "OutOfMemory: the kernel killed a process of this training for its memory"


def failure_reason(code: int, failure: str, *, out_of_memory: bool = False) -> str:
    """``FailureReason`` of a container that ended with `code` (observed).

    The whole text is held under the API's length, the exit code always readable. What the
    kernel did is said where the failure text does not say it (ours: AWS leaves it at the code).
    """
    told = f", {OUT_OF_MEMORY}" if out_of_memory and "OutOfMemory" not in failure else ""
    tail = f"{told}, exit code: {code}"
    head = f"AlgorithmError: {failure}"
    return head[: LONGEST_REASON - len(tail)] + tail


def piped(spec: TrainingSpec, host: str) -> tuple[Channel, ...]:
    """The channels of `host` that come through a named pipe."""
    return tuple(c for c in channels_of(spec, host) if c.mode is InputMode.PIPE)
