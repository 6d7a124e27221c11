"""What a training job, or a definition of one, must be: image, resources, time, places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from orchestrator.errors import Fault
from orchestrator.wire import path
from orchestrator.wire.rules import reading
from orchestrator.wire.rules.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.wire.quotas import Quotas

WAIT_NEEDS_SPOT = (
    "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to "
    "true"
)
"""AWS's literal text (observed)."""

_S3 = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/.*)?", re.DOTALL)
_TUNING_RESOURCES = "HyperParameterTuningResourceConfig"


def algorithm_faults(definition: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """Exactly one of TrainingImage and AlgorithmName (documented)."""
    algorithm = definition.get("AlgorithmSpecification")
    if not isinstance(algorithm, dict):
        return
    place = path.member(where, "AlgorithmSpecification")
    image, name = algorithm.get("TrainingImage"), algorithm.get("AlgorithmName")
    if image is not None and name is not None:
        problem = "Exactly one of TrainingImage and AlgorithmName is allowed, and both are given"
        yield Fault(place, problem, None, "Remove one of them.")
    elif not image and not name:
        problem = "Exactly one of TrainingImage and AlgorithmName is required"
        yield Fault(place, problem, None, "Give TrainingImage.")


def resource_faults(definition: Mapping[str, Any], where: str, *, tuning: bool) -> Iterator[Fault]:
    """One way of saying which instances, and a whole one (documented)."""
    own, shared = definition.get("ResourceConfig"), definition.get(_TUNING_RESOURCES)
    if own is not None and shared is not None:
        yield Fault(
            path.member(where, _TUNING_RESOURCES),
            f"Exactly one of ResourceConfig and {_TUNING_RESOURCES} is allowed, and both are given",
            None,
            "Remove one of them.",
        )
    if own is None and shared is None:
        either = f"Exactly one of ResourceConfig and {_TUNING_RESOURCES}" if tuning else "It"
        mend = "Give InstanceType, InstanceCount and VolumeSizeInGB."
        yield Fault(path.member(where, "ResourceConfig"), f"{either} is required", None, mend)
    if isinstance(own, dict):
        yield from _instances(own, path.member(where, "ResourceConfig"), "InstanceGroups")
        if tuning and own.get("KeepAlivePeriodInSeconds") is not None:
            # Tuning jobs keep their instances between children by default (documented).
            at = path.member(path.member(where, "ResourceConfig"), "KeepAlivePeriodInSeconds")
            yield Fault(at, "It is not supported in a tuning job", None, "Remove it.")
    if isinstance(shared, dict):
        yield from _instances(shared, path.member(where, _TUNING_RESOURCES), "InstanceConfigs")


def _instances(written: Mapping[str, Any], where: str, several: str) -> Iterator[Fault]:
    plain = [key for key in ("InstanceType", "InstanceCount") if written.get(key) is not None]
    if written.get("InstancePreferences") is not None:
        return  # a third way, which needs neither of the others
    if written.get(several):
        yield from _no_plain(written, where, several)
        yield from _group_names(written, where, several)
    else:
        for key in ("InstanceType", "InstanceCount"):
            if key not in plain:
                mend = f"Give {key}, or {several}."
                yield Fault(path.member(where, key), f"{key} is required", None, mend)
        if written.get("VolumeSizeInGB") is None:
            at = path.member(where, "VolumeSizeInGB")
            yield Fault(at, "VolumeSizeInGB is required", None, "Give it, such as 30.")
    for key in ("InstanceCount", "VolumeSizeInGB"):
        if written.get(key) == 0 and written.get(key) is not False:
            yield Fault(
                path.member(where, key), f"{key} must be at least 1", "0", "Give 1 or more."
            )


def _no_plain(written: Mapping[str, Any], where: str, several: str) -> Iterator[Fault]:
    forbidden = ["InstanceType", "InstanceCount"]
    forbidden += ["VolumeSizeInGB"] if several == "InstanceConfigs" else []
    for key in forbidden:
        if written.get(key) is not None:
            problem = f"{key} and {several} exclude each other"
            yield Fault(path.member(where, key), problem, str(written[key]), f"Remove {key}.")


def _group_names(written: Mapping[str, Any], where: str, several: str) -> Iterator[Fault]:
    names: set[str] = set()
    for index, group in enumerate(reading.sequence(written.get(several))):
        at = path.item(path.member(where, several), index)
        name = reading.text(reading.inside(group, "InstanceGroupName"))
        if name is not None and name in names:
            at_name = path.member(at, "InstanceGroupName")
            yield Fault(at_name, "Group names must be distinct", name, "Rename one of the two.")
        names.add(name or "")
        if reading.inside(group, "InstanceCount") == 0:
            problem = "InstanceCount must be at least 1"
            yield Fault(path.member(at, "InstanceCount"), problem, "0", "Give 1 or more.")


def time_faults(definition: Mapping[str, Any], where: str, quotas: Quotas) -> Iterator[Fault]:
    """Time limits, and what spot training needs of them (documented)."""
    place = path.member(where, "StoppingCondition")
    condition = reading.mapping(definition.get("StoppingCondition"))
    spot = definition.get("EnableManagedSpotTraining") is True
    run = reading.whole(condition.get("MaxRuntimeInSeconds"))
    wait = reading.whole(condition.get("MaxWaitTimeInSeconds"))
    if run is not None and run > quotas.training_runtime_seconds:
        yield Fault(
            path.member(place, "MaxRuntimeInSeconds"),
            f"MaxRuntimeInSeconds must be at most {quotas.training_runtime_seconds} (28 days)",
            str(run),
            "Lower it.",
        )
    at_wait = path.member(place, "MaxWaitTimeInSeconds")
    if wait is not None and not spot:
        mend = "Remove it, or set EnableManagedSpotTraining to true."
        yield Recorded(at_wait, WAIT_NEEDS_SPOT, str(wait), mend)
    elif wait is None and spot:
        problem = "MaxWaitTimeInSeconds is required when EnableManagedSpotTraining is true"
        yield Fault(at_wait, problem, None, "Give at least MaxRuntimeInSeconds.")
    elif wait is not None and wait < (86_400 if run is None else run):
        least = "MaxRuntimeInSeconds, 86400 by default" if run is None else "MaxRuntimeInSeconds"
        problem = f"MaxWaitTimeInSeconds must be equal to or greater than {least}"
        yield Fault(at_wait, problem, str(wait), "Raise it: it counts waiting and running.")


def place_faults(definition: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """Every S3 URI that the job reads or writes, and the checkpoints' local folder."""
    for keys in (("OutputDataConfig", "S3OutputPath"), ("CheckpointConfig", "S3Uri")):
        uri = reading.text(reading.inside(definition, *keys))
        if uri is not None:
            yield from uri_faults(uri, path.member(path.member(where, keys[0]), keys[1]))
    local = reading.text(reading.inside(definition, "CheckpointConfig", "LocalPath"))
    if local is not None and not local.startswith("/"):
        at = path.member(path.member(where, "CheckpointConfig"), "LocalPath")
        problem = "LocalPath must be an absolute path in the container"
        yield Fault(at, problem, local, "Leave it out, or give one like /opt/ml/checkpoints.")


def uri_faults(uri: str, where: str) -> Iterator[Fault]:
    """An S3 URI that names a possible bucket (S3's own naming rules, documented)."""
    if not _S3.fullmatch(uri):
        mend = "Give s3://bucket/prefix; a bucket has 3 to 63 lower-case letters, digits, . and -."
        yield Fault(where, "It must be an S3 URI with a valid bucket name", uri, mend)
