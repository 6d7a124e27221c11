"""A HyperParameterTuningJob of the AWS Controllers for Kubernetes (sagemaker v1alpha1).

Members are spelled with a small first letter, with initialisms in capitals, and ``type_``. The
resource's definition lacks the members in `LACKS` (controller 1.9.1); Kubernetes would prune
them without a word, so a job that has one is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orchestrator.definition.load import as_yaml
from orchestrator.formats import members
from orchestrator.formats.protocol import (
    NAME,
    Format,
    Json,
    Reading,
    Remark,
    Source,
    Weight,
    is_request,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_KIND = "HyperParameterTuningJob"
_GROUP = "sagemaker.services.k8s.aws"
_CONFIG, _TRAINING = "HyperParameterTuningJobConfig", "TrainingJobDefinition"
_SEVERAL = "TrainingJobDefinitions"
_SOURCE = f"{_TRAINING}.InputDataConfig[].DataSource"
LACKS = frozenset(
    {
        f"{_CONFIG}.RandomSeed",
        f"{_CONFIG}.StrategyConfig",
        f"{_CONFIG}.ResourceLimits.MaxRuntimeInSeconds",
        f"{_CONFIG}.TuningJobCompletionCriteria.BestObjectiveNotImproving",
        f"{_CONFIG}.TuningJobCompletionCriteria.ConvergenceDetected",
        f"{_TRAINING}.Environment",
        f"{_TRAINING}.HyperParameterTuningResourceConfig.AllocationStrategy",
        f"{_TRAINING}.HyperParameterTuningResourceConfig.InstanceConfigs",
        f"{_TRAINING}.ResourceConfig.TrainingPlanArn",
        f"{_TRAINING}.ResourceConfig.InstancePlacementConfig",
        f"{_TRAINING}.ResourceConfig.InstancePreferences",
        f"{_TRAINING}.ResourceConfig.SelectedInstanceType",
        f"{_TRAINING}.ResourceConfig.SelectedInstanceCount",
        f"{_SOURCE}.S3DataSource.ModelAccessConfig",
        f"{_SOURCE}.S3DataSource.HubAccessConfig",
        f"{_SOURCE}.DatasetSource",
    }
)
"""Members that the resource's definition has no place for."""
_PLAIN, _TUNING = "ResourceConfig", "HyperParameterTuningResourceConfig"
_INITIALISMS = re.compile(r"(?<=[a-z0-9])(?:Uri|Arn|Id|Ids|Kms)(?![a-z])")
_CAPITALS = {"Uri": "URI", "Arn": "ARN", "Id": "ID", "Ids": "IDs", "Kms": "KMS"}


def spell(_: str, member: str) -> str:
    """``KmsKeyId`` as ``kmsKeyID``."""
    if member == "Type":
        return "type_"
    small = member[:1].lower() + member[1:]
    return _INITIALISMS.sub(lambda found: _CAPITALS[found[0]], small)


def render(request: Json) -> str:
    """The resource as YAML."""
    name = re.sub(r"[^a-z0-9-]", "-", str(request[NAME]).lower())
    spec = members.respelled(in_plain_form(request), members.tuning_shape(), spell)
    resource = {
        "apiVersion": f"{_GROUP}/v1alpha1",
        "kind": _KIND,
        "metadata": {"name": name},
        "spec": spec,
    }
    return as_yaml(resource)


def in_plain_form(request: Json) -> Json:
    """The request with the instances as ResourceConfig, the form that the definition has."""
    changed = dict(request)
    for key, definitions in _definitions(request).items():
        moved = [_moved(one) for one in definitions]
        changed[key] = moved if key == _SEVERAL else moved[0]
    return changed


def _definitions(request: Json) -> dict[str, list[Json]]:
    found = {_TRAINING: [request[_TRAINING]]} if _TRAINING in request else {}
    return found | ({_SEVERAL: request[_SEVERAL]} if _SEVERAL in request else {})


def _moved(definition: Json) -> Json:
    if _TUNING not in definition or _PLAIN in definition:
        return definition
    return {_PLAIN if key == _TUNING else key: value for key, value in definition.items()}


def remarks(request: Json) -> Iterator[Remark]:
    """What the resource lacks; and that it does not wait."""
    yield from members.lost(request, LACKS, "the resource's definition")
    for key, definitions in _definitions(request).items():
        for one in definitions:
            if _TUNING in one:
                weight = Weight.IMPOSSIBLE if _PLAIN in one else Weight.DIFFERS
                yield Remark(key, f"{_TUNING} is said as {_PLAIN}", weight)
    yield Remark("", "The resource is created at once; its status tells how the job goes on")
    yield Remark("", "The job takes its credentials and region from the controller")


def recognises(source: Source) -> bool:
    """A resource of this kind."""
    data = source.data
    return (
        isinstance(data, dict)
        and data.get("kind") == _KIND
        and str(data.get("apiVersion")).startswith(f"{_GROUP}/")
    )


def read(source: Source) -> Reading:
    """The request that the resource's spec says."""
    spec = source.data.get("spec") if recognises(source) else None
    if not isinstance(spec, dict):
        raise source.refused(f"is no {_KIND}", f"It must be one of {_GROUP}, with a spec.")
    request, remarks = members.named(spec, spell)
    if not is_request(request):
        raise source.refused("has no hyperParameterTuningJobConfig", "Give the whole resource.")
    return Reading(request, tuple(remarks))


FORMAT = Format("ack", "an ACK resource", recognises, read, render, remarks)
