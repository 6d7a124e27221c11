"""A create request as the rules read it: never raising, whatever was written.

Shape faults are `wire.validate`'s to report. A rule that meets a value of the wrong shape says
nothing about it, so that all faults of a request can be told at once.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.wire import path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")

CONFIG = "HyperParameterTuningJobConfig"
ONE = "TrainingJobDefinition"
MANY = "TrainingJobDefinitions"
RANGE_LISTS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
INJECTED = "_tuning_objective_metric"
"""The hyperparameter that AMT adds; it counts against the limit (documented)."""


def mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return list(value) if isinstance(value, list | tuple) else []


def text(value: object) -> str | None:
    """`value` if it is text, else None."""
    return value if isinstance(value, str) else None


def whole(value: object) -> int | None:
    """`value` if it is a whole number, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: object) -> float | None:
    """The finite decimal number that a text spells, else None."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return None
    parsed = float(value)
    return parsed if math.isfinite(parsed) else None


def inside(value: object, *keys: str) -> Any:  # noqa: ANN401  (whatever was written there)
    """What stands at ``value[key][key]…``; None where there is nothing."""
    for key in keys:
        value = mapping(value).get(key)
    return value


@dataclass(frozen=True, slots=True)
class Range:
    """One entry of a range list, where it stands, and the list it is in."""

    path: str
    kind: str
    written: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        """The hyperparameter's name."""
        return text(self.written.get("Name"))

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Both ends of a numeric range; None where one is no number."""
        return number(self.written.get("MinValue")), number(self.written.get("MaxValue"))


@dataclass(frozen=True, slots=True)
class Part:
    """One training-job definition with the objective and ranges that belong to it."""

    path: str
    written: Mapping[str, Any]
    objective_path: str
    objective: Mapping[str, Any]
    ranges_path: str
    range_lists: Mapping[str, Any]

    @property
    def static(self) -> Mapping[str, Any]:
        """The hyperparameters that are not searched."""
        return mapping(self.written.get("StaticHyperParameters"))

    @property
    def static_path(self) -> str:
        """Where they stand."""
        return path.member(self.path, "StaticHyperParameters")

    def ranges(self) -> Iterator[Range]:
        """Every range, list by list."""
        for kind in RANGE_LISTS:
            where = path.member(self.ranges_path, kind)
            for index, written in enumerate(sequence(self.range_lists.get(kind))):
                yield Range(path.item(where, index), kind, mapping(written))

    def names(self) -> set[str]:
        """Names of the searched hyperparameters."""
        return {found.name for found in self.ranges() if found.name is not None}


@dataclass(frozen=True, slots=True)
class TuningRequest:
    """A CreateHyperParameterTuningJob request."""

    written: Mapping[str, Any]

    @property
    def config(self) -> Mapping[str, Any]:
        """Its HyperParameterTuningJobConfig."""
        return mapping(self.written.get(CONFIG))

    @property
    def strategy(self) -> str | None:
        """The strategy's name."""
        return text(self.config.get("Strategy"))

    @property
    def limits(self) -> Mapping[str, Any]:
        """Its ResourceLimits."""
        return mapping(self.config.get("ResourceLimits"))

    @property
    def several(self) -> bool:
        """True for the form with ``TrainingJobDefinitions``."""
        return self.written.get(MANY) is not None

    @property
    def autotune(self) -> bool:
        """True when AMT may choose what was left out."""
        return self.written.get("Autotune") is not None

    @property
    def training_jobs(self) -> int | None:
        """MaxNumberOfTrainingJobs as written."""
        return whole(self.limits.get("MaxNumberOfTrainingJobs"))

    def parts(self) -> list[Part]:
        """Every definition; objective and ranges are the configuration's for a single one."""
        if self.several:
            definitions = sequence(self.written[MANY])
            return [_own(path.item(MANY, i), mapping(d)) for i, d in enumerate(definitions)]
        return [self._single()] if self.written.get(ONE) is not None else []

    def _single(self) -> Part:
        return Part(
            ONE,
            mapping(self.written[ONE]),
            f"{CONFIG}.HyperParameterTuningJobObjective",
            mapping(self.config.get("HyperParameterTuningJobObjective")),
            f"{CONFIG}.ParameterRanges",
            mapping(self.config.get("ParameterRanges")),
        )


def _own(where: str, written: Mapping[str, Any]) -> Part:
    return Part(
        where,
        written,
        path.member(where, "TuningObjective"),
        mapping(written.get("TuningObjective")),
        path.member(where, "HyperParameterRanges"),
        mapping(written.get("HyperParameterRanges")),
    )
