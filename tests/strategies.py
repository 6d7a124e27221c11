"""Hypothesis strategies: valid requests, generated from the service model of this botocore."""

from __future__ import annotations

import re
from functools import cache

import botocore.loaders
import botocore.model
from hypothesis import strategies as st

OPERATION = "CreateHyperParameterTuningJob"
_MOST = 3
_TEXT = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=20)


@cache
def input_shape(operation: str = OPERATION):
    data = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")
    return botocore.model.ServiceModel(data).operation_model(operation).input_shape


def tuning_requests() -> st.SearchStrategy[dict]:
    """Requests whose every shape is valid; what goes together is left to chance."""
    return values_of(input_shape())


@cache
def values_of(shape) -> st.SearchStrategy:
    """Any valid value of a shape of the service model."""
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
    if shape.type_name == "list":
        longest = min(high or _MOST, max(low, _MOST))
        return st.lists(values_of(shape.member), min_size=low, max_size=longest)
    if shape.type_name == "map":
        return st.dictionaries(values_of(shape.key), values_of(shape.value), max_size=_MOST)
    if shape.type_name == "string":
        pattern = str(shape.metadata.get("pattern", ".*"))
        return _texts(tuple(shape.enum), pattern, low, high or 2048)
    made = _MADE[shape.type_name]  # a new kind of shape fails here
    return made(shape)


def _integers(shape):
    return st.integers(shape.metadata.get("min", 0), shape.metadata.get("max", 2**31 - 1))


def _floats(_):
    return st.floats(allow_nan=False, allow_infinity=False) | st.integers(-100, 100)


def _booleans(_):
    return st.booleans()


def _moments(_):
    return st.floats(0, 4e9) | st.integers(0, 2**32)


def _structures(shape):
    needed = {name: values_of(shape.members[name]) for name in shape.required_members}
    others = {
        name: st.deferred(lambda member=member: values_of(member))
        for name, member in shape.members.items()
        if name not in shape.required_members
    }
    return st.fixed_dictionaries(needed, optional=others)


_MADE = {
    "structure": _structures,
    "integer": _integers,
    "long": _integers,
    "float": _floats,
    "double": _floats,
    "boolean": _booleans,
    "timestamp": _moments,
}


@cache
def _texts(enum: tuple[str, ...], pattern: str, low: int, high: int):
    if enum:
        return st.sampled_from(enum)
    numbers = st.integers().map(str) | st.floats(allow_nan=False).map(repr)
    words = st.sampled_from(["true", "off", "no", "null", "1e-4", "~", '"sgd"', '{"a": 1}', "010"])
    free = _TEXT | numbers | words
    if pattern in {".*", ".+", r"[\S\s]*", r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"}:
        if "p{" in pattern:
            free = st.text(alphabet="abc XYZ019_.:/=+-@é", max_size=20)
        return free.filter(lambda text: low <= len(text) <= high)
    exact = re.compile(pattern.replace(r"\p{Alnum}", "a-zA-Z0-9"), re.ASCII)
    return st.from_regex(exact, fullmatch=True).filter(lambda text: low <= len(text) <= high)


def members(shape, above=()) -> list[tuple]:
    """The path of every member that can be reached from `shape`; ``[]`` and ``{}`` go inside."""
    found: list[tuple] = []
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            found.append((*above, name))
            found += members(member, (*above, name))
    elif shape.type_name == "list":
        found += members(shape.member, (*above, "[]"))
    elif shape.type_name == "map":
        found += members(shape.value, (*above, "{}"))
    return found


def example_of(shape, path=()):
    """A small valid value of `shape` that has the member at `path`."""
    match shape.type_name:
        case "structure":
            wanted = {*shape.required_members, *path[:1]}
            return {
                name: example_of(shape.members[name], path[1:] if path[:1] == (name,) else ())
                for name in shape.members
                if name in wanted
            }
        case "list":
            needed = max(1, shape.metadata.get("min", 0))
            return [example_of(shape.member, path[1:]) for _ in range(needed)]
        case "map":
            return {"key": example_of(shape.value, path[1:])}
        case "string":
            return _EXAMPLES.get(shape.name) or (shape.enum[0] if shape.enum else "text")
        case "boolean":
            return True
        case _:
            return max(7, shape.metadata.get("min", 0))


_ROLE = "arn:aws:iam::123456789012:role/Role"
_EXAMPLES = {
    "RoleArn": _ROLE,
    "S3Uri": "s3://bucket/key",
    "FileSystemId": "fs-0123456789",
    "TrainingPlanArn": "arn:aws:sagemaker:us-east-1:123456789012:training-plan/plan",
    "HubDataSetArn": "arn:aws:sagemaker:us-east-1:aws:hub-content/hub/DataSet/name/1.0.0",
}
