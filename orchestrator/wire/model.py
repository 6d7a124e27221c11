"""The service model as data: operations, shapes, enums, read from botocore's own layout.

`FOLDER` holds a slim extract of botocore's data (Apache-2.0): the operations we own, without
prose. It is complete enough to be botocore's *only* data folder, which makes a first client
cheap: neither the 2.5 MB SageMaker model nor the 1.2 MB endpoint list is read. The extract is
written and checked by ``tests/meta/test_service_model.py``.

This module imports nothing of botocore, so a validator costs about a millisecond to load.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent / "models"
"""A data folder for ``botocore.loaders.Loader``, sufficient on its own."""

_VERSIONS = {"sagemaker": "2017-07-24", "logs": "2014-03-28"}


@dataclass(frozen=True)
class Shape:
    """One shape of the model; what it refers to is looked up when it is asked for.

    Attributes:
        type: ``structure``, ``list``, ``map``, ``string``, ``integer``, ``long``, ``float``,
            ``double``, ``boolean``, ``timestamp`` or ``blob``.
        minimum: Of a length (string, list, map) or a value (number).
        enum: The values a string may have; empty where any may be.
    """

    name: str
    type: str
    required: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    document: bool = False
    service: ServiceModel = field(repr=False, compare=False, kw_only=True)

    @cached_property
    def members(self) -> Mapping[str, Shape]:
        """A structure's members by name, in the model's order."""
        members = self.service.definitions[self.name].get("members", {})
        return {name: self.service.shape(member["shape"]) for name, member in members.items()}

    def part(self, key: str) -> Shape:
        """The shape of a list's ``member``, or of a map's ``key`` or ``value``."""
        return self.service.shape(self.service.definitions[self.name][key]["shape"])


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `errors` are the codes it declares (ValidationException never is)."""

    name: str
    input: Shape | None
    output: Shape | None
    errors: tuple[str, ...]


class ServiceModel:
    """The operations and shapes of one service.

    Attributes:
        definitions: Shape name -> its raw definition.
        target_prefix: What stands before the operation in ``X-Amz-Target``.
    """

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.definitions: Mapping[str, Any] = raw["shapes"]
        self.target_prefix: str = raw["metadata"]["targetPrefix"]
        self._operations: Mapping[str, Any] = raw["operations"]
        self._shapes: dict[str, Shape] = {}

    @property
    def operations(self) -> tuple[str, ...]:
        """Names of the operations we own."""
        return tuple(self._operations)

    def operation(self, name: str) -> Operation:
        """One operation.

        Raises:
            KeyError: We do not own it.
        """
        raw = self._operations[name]
        return Operation(
            name,
            self.shape(raw["input"]["shape"]) if "input" in raw else None,
            self.shape(raw["output"]["shape"]) if "output" in raw else None,
            tuple(error["shape"] for error in raw.get("errors", ())),
        )

    def shape(self, name: str) -> Shape:
        """One shape, made when it is first asked for.

        Raises:
            KeyError: There is none of that name.
        """
        if name not in self._shapes:
            raw = self.definitions[name]
            self._shapes[name] = Shape(
                name,
                raw["type"],
                tuple(raw.get("required", ())),
                raw.get("min"),
                raw.get("max"),
                raw.get("pattern"),
                tuple(raw.get("enum", ())),
                raw.get("document", False),
                service=self,
            )
        return self._shapes[name]

    def enum(self, name: str) -> tuple[str, ...]:
        """The values of an enumeration, in AWS's order."""
        return self.shape(name).enum


@cache
def service(name: str) -> ServiceModel:
    """The model of ``sagemaker`` or ``logs``."""
    path = FOLDER / name / _VERSIONS[name] / "service-2.json"
    return ServiceModel(json.loads(path.read_text(encoding="utf-8")))


def sagemaker() -> ServiceModel:
    """SageMaker, API of 2017-07-24."""
    return service("sagemaker")


def logs() -> ServiceModel:
    """CloudWatch Logs, API of 2014-03-28."""
    return service("logs")
