"""Ways through the service model, and small requests that have the member at one of them."""

from __future__ import annotations

from orchestrator.wire import validate

ELEMENT, VALUE = "[]", "{}"
_ARN = "arn:aws:sagemaker:eu-west-1:111122223333"
_TEXTS = (
    "text",
    "1",
    "s3://bkt/key",
    "https://bkt/key",
    "arn:aws:iam::111122223333:role/Role",
    f"{_ARN}:training-plan/plan",
    f"{_ARN}:model-package/package",
    f"{_ARN}:hub-content/hub/DataSet/name/1.0.0",
    "arn:aws:sagemaker:eu-west-1:aws:hub-content/hub/Model/name/1.0.0",
    f"{_ARN}:model-package-group/group",
    "4K",
    f"{_ARN}:mlflow-tracking-server/server",
    f"{_ARN}:mlflow-app/app",
    "arn:aws:lambda:eu-west-1:111122223333:function:name",
    "fs-0123456789",
    "sg-0123",
    "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1",
    "2026-11-21T00:00:00",
    "Tags.team",
)


_OF_SHAPE = {
    "DirectoryPath": "/opt/ml/checkpoints",
    "MetricRegex": "loss=(.*)",
    "ResourcePropertyName": "InputDataConfig.ChannelName",
}
"""Where a rule asks for more than the shape does."""


def paths(shape, above=(), inside=()):
    """The path of every member that can be reached; a shape is not entered within itself."""
    if shape.name in inside:
        return
    within = (*inside, shape.name)
    if shape.type == "structure":
        for name, member in shape.members.items():
            yield (*above, name)
            yield from paths(member, (*above, name), within)
    elif shape.type == "list":
        yield from paths(shape.part("member"), (*above, ELEMENT), within)
    elif shape.type == "map":
        yield from paths(shape.part("value"), (*above, VALUE), within)


def present(shape, value, above=()):
    """The path of every member that `value` has."""
    if shape.type == "structure":
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield (*above, name)
                yield from present(member, value[name], (*above, name))
    elif shape.type == "list":
        for item in value:
            yield from present(shape.part("member"), item, (*above, ELEMENT))
    elif shape.type == "map":
        for item in value.values():
            yield from present(shape.part("value"), item, (*above, VALUE))


def with_member(shape, base, path=()):
    """`base`, or a small valid value, with the member at `path`; what is there stays."""
    if shape.type == "structure":
        made = dict(base or {})
        for name in (*shape.required, *path[:1]):
            if name not in made or path[:1] == (name,):
                inner = path[1:] if path[:1] == (name,) else ()
                made[name] = with_member(shape.members[name], made.get(name), inner)
        return made
    if shape.type == "list":
        first, *rest = base or [None] * max(1, shape.minimum or 0)
        part = shape.part("member")
        return [with_member(part, first, path[1:]), *(with_member(part, one) for one in rest)]
    if base is not None and not path:
        return base
    if shape.type == "map":
        held = dict(base or {"key": None})
        key = next(iter(held))
        return held | {key: with_member(shape.part("value"), held[key], path[1:])}
    return _leaf(shape)


def _leaf(shape):
    match shape.type:
        case "boolean":
            return True
        case "string":
            return _text(shape)
        case "timestamp":
            return 1_800_000_000.0
        case _:
            return max(7, shape.minimum or 0) if (shape.maximum or 7) >= 7 else shape.maximum


def _text(shape):
    if shape.enum or shape.name in _OF_SHAPE:
        return _OF_SHAPE.get(shape.name) or shape.enum[0]
    for text in _TEXTS:
        if not list(validate.shape_faults(shape, text)):
            return text
    raise LookupError(f"no example fits {shape.name}: {shape.pattern}")


def dotted(path):
    """A path as it is written in the table."""
    return ".".join(path).replace(".[]", "[]").replace(".{}", "{}")
