"""A Terraform resource: aws_sagemaker_hyper_parameter_tuning_job, of the AWS provider 6.

Structures are blocks, lists of structures are blocks one after another, the rest are
attributes. The members in `LACKS` have no place in the provider's schema (its documentation).
The resource does not wait, and every change of it replaces the job.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from orchestrator.formats import hcl, members
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
    from collections.abc import Iterator, Mapping

    from orchestrator.wire.model import Shape

RESOURCE = "aws_sagemaker_hyper_parameter_tuning_job"
_TRAINING = "TrainingJobDefinition"
_RESOURCES = f"{_TRAINING}.ResourceConfig"
LACKS = frozenset(
    {
        f"{_TRAINING}.InputDataConfig[].DataSource.DatasetSource",
        f"{_RESOURCES}.InstancePreferences",
        f"{_RESOURCES}.SelectedInstanceType",
        f"{_RESOURCES}.SelectedInstanceCount",
    }
)
"""Members that the provider's schema has no place for."""
_SETS = re.compile(r"(?:Values|Subnets|SecurityGroupIds|AttributeNames|InstanceGroupNames)\Z")
_NAMES: Mapping[tuple[str, str], str] = {
    ("", NAME): "name",
    ("", "HyperParameterTuningJobConfig"): "config",
    ("HyperParameterTuningJobConfig", "HyperParameterTuningJobObjective"): "objective",
    ("WarmStartConfig.ParentHyperParameterTuningJobs[]", NAME): "name",
}
_ATTRIBUTES = frozenset({"RetryStrategy"})
"""Structures that the schema has as attributes: a list of one object."""
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def spell(path: str, member: str) -> str:
    """``S3OutputPath`` as ``s3_output_path``."""
    renamed = _NAMES.get((path, member))
    if renamed is not None:
        return renamed
    return _BOUNDARY.sub("_", member.replace("GB", "Gb")).lower()


def render(request: Json) -> str:
    """The resource, and the provider that it needs."""
    provider = {"source": "hashicorp/aws", "version": ">= 6.0, < 7.0"}
    required = hcl.Block("required_providers", (), {"aws": provider})
    label = re.sub(r"[^A-Za-z0-9_-]", "_", str(request[NAME]))
    label = label if label[0].isalpha() else f"job_{label}"
    body = _body(hcl.Block("resource", (RESOURCE, label)), request, members.tuning_shape(), "")
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    if tags:
        body.attributes["tags"] = tags
    return hcl.written([hcl.Block("terraform", (), {}, [required]), body])


def _body(block: hcl.Block, value: Json, shape: Shape, path: str) -> hcl.Block:
    for name, member in shape.members.items():
        if name not in value or (path, name) == ("", "Tags"):
            continue
        word, inner, where = spell(path, name), value[name], f"{path}.{name}" if path else name
        if name in _ATTRIBUTES:
            attributes = {spell(where, key): one for key, one in inner.items()}
            block.attributes[word] = [attributes]
        elif member.type == "structure":
            block.blocks.append(_body(hcl.Block(word), inner, member, where))
        elif member.type == "list" and member.part("member").type == "structure":
            general = members.general(f"{where}[]")
            part = member.part("member")
            block.blocks += [_body(hcl.Block(word), one, part, general) for one in inner]
        else:
            block.attributes[word] = inner
    return block


def remarks(request: Json) -> Iterator[Remark]:
    """What the schema lacks, what it cannot hold, and what Terraform does differently."""
    yield from members.lost(request, LACKS, "the provider's schema")
    keys = [tag["Key"] for tag in request.get("Tags") or ()]
    if len(set(keys)) < len(keys):
        yield Remark("Tags", "are a map, in which no key stands twice", Weight.IMPOSSIBLE)
    for path, _, value in members.walked(request, members.tuning_shape()):
        if isinstance(value, list) and _SETS.search(path):
            if len(set(value)) < len(value):
                yield Remark(path, "is a set, in which nothing stands twice", Weight.IMPOSSIBLE)
            elif len(value) > 1 and value != sorted(value):
                yield Remark(path, "is a set: its order is Terraform's")
    yield Remark("", "Terraform does not wait for the job's end, and a change replaces the job")


def recognises(source: Source) -> bool:
    """A file with such a resource."""
    return f'resource "{RESOURCE}"' in source.text


def read(source: Source) -> Reading:
    """The request of the file's one resource, if its values are literals."""
    try:
        blocks = hcl.read(source.text)
    except hcl.NotLiteral as problem:
        mend = "Import the plan instead: terraform show -json PLANFILE."
        raise source.refused(str(problem), mend, problem.line) from None
    found = [block for block in blocks if block.labels[:1] == (RESOURCE,)]
    if len(found) != 1:
        raise source.refused(f"has {len(found)} resources {RESOURCE}", "Give a file with one.")
    return of_values(source, _values(found[0]))


def _values(block: hcl.Block) -> Json:
    """A block as a plan shows it: blocks are lists of their values."""
    values: Json = dict(block.attributes)
    for inner in block.blocks:
        values.setdefault(inner.type, []).append(_values(inner))
    return values


def of_values(source: Source, values: Json) -> Reading:
    """The request of a resource's values, in the form in which a plan shows them."""
    computed = ("arn", "failure_reason", "id", "region", "status", "tags_all", "timeouts")
    given = {key: value for key, value in values.items() if key not in (*computed, "tags")}
    shape = members.tuning_shape()
    request, told = members.named(_unblocked(given, shape, ""), spell)
    if values.get("tags"):
        request["Tags"] = [{"Key": key, "Value": one} for key, one in values["tags"].items()]
    if not is_request(request):
        raise source.refused("has no config block", f"Give a whole {RESOURCE}.")
    return Reading(request, tuple(told))


def _unblocked(value: Any, shape: Shape, path: str) -> Any:  # noqa: ANN401  (any JSON value)
    """Blocks that stand for one structure taken out of their lists; what is null left out."""
    if shape.type == "list" and isinstance(value, list):
        inner = members.general(f"{path}[]")
        return [_unblocked(one, shape.part("member"), inner) for one in value]
    if shape.type != "structure" or not isinstance(value, dict):
        return value
    shapes = {spell(path, name): (name, member) for name, member in shape.members.items()}
    made: Json = {}
    for word, one in value.items():
        name, member = shapes.get(word, (word, None))
        single = member is not None and member.type == "structure" and isinstance(one, list)
        plain = (one[0] if one else None) if single else one
        if plain is None or plain == []:
            continue  # a plan shows a block that is not there as an empty list
        where = f"{path}.{name}" if path else name
        made[word] = plain if member is None else _unblocked(plain, member, where)
    return made


FORMAT = Format("terraform", "a Terraform resource", recognises, read, render, remarks)
