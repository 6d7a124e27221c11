"""Any strategy as an object to ask and to tell, for notebooks and benchmarks.

>>> ranges = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]}
>>> search = AskTell(ranges, "Minimize", strategy="Random")
>>> for _ in range(10):
...     configuration = search.ask()
...     search.tell(configuration, (configuration["x"] - 0.3) ** 2)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from orchestrator.errors import BadInput, Fault
from orchestrator.space.ranges import (
    CategoricalRange,
    ContinuousRange,
    IntegerRange,
    Scaling,
    configuration_of,
    from_text,
    values_of,
)
from orchestrator.strategy.protocol import (
    Direction,
    Search,
    SearchDefinition,
    Suggestion,
    Trial,
    TrialState,
)
from orchestrator.strategy.registry import make

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.space.ranges import Configuration, ParameterRange, Space, Value

    Parameters = Mapping[str, Sequence[Mapping[str, object]]]

_Numeric = TypeVar("_Numeric", ContinuousRange, IntegerRange)

_GROUPS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
_NUMERIC = ("Name", "MinValue", "MaxValue", "ScalingType")
_CATEGORICAL = ("Name", "Values")


class AskTell:
    """A search without training jobs.

    A configuration that was asked for and not told counts as running, whether or not it
    is listed as pending. Telling a value that is not finite says that the trial failed. A
    configuration outside the ranges, told or pending, is kept and teaches nothing.

    Args:
        parameter_ranges: The API's ``ParameterRanges``.
        objective_type: ``Maximize`` or ``Minimize``.
        strategy: A name that `orchestrator.strategy.registry` knows. Nothing is stopped here, so
            ``Hyperband`` is no more than the configurations it draws: those of ``Random``.
        seed: Root of every random choice.

    Raises:
        BadInput: The ranges or the objective type cannot be used.
        LaunchRefused: There is no such strategy.
    """

    def __init__(
        self,
        parameter_ranges: Parameters,
        objective_type: str,
        strategy: str = "Bayesian",
        seed: int = 0,
    ) -> None:
        self._space = _space(parameter_ranges)
        definition = SearchDefinition(self._space, _direction(objective_type))
        self._strategy = make(str(strategy), Search((definition,), seed))
        self._record = _Record()

    def ask(self, pending: Sequence[Mapping[str, Value]] = ()) -> dict[str, Value]:
        """A configuration to try next: float, int or str by name.

        Args:
            pending: Configurations being tried now. Those that this object proposed, or was told
                of, are known.

        Raises:
            BadInput: A pending configuration lacks a range, has another, or a value is not of
                its range's kind; or the space is used up.
        """
        if not hasattr(pending, "__iter__"):
            mend = "List the configurations being tried."
            raise BadInput([Fault("pending", "is not a list", str(pending), mend)])
        for configuration in [configuration_of(self._space, values) for values in pending]:
            self._record.running(configuration)
        proposal = self._strategy.ask(self._record, 1)
        if not proposal.suggestions:
            tried = f"{len(self._record.known)} configurations"
            raise BadInput([Fault("ParameterRanges", "are used up", tried, "Widen a range.")])
        configuration = proposal.suggestions[0].configuration
        self._record.add(configuration)
        return values_of(self._space, configuration)

    def tell(self, configuration: Mapping[str, Value], value: float) -> None:
        """Record the objective's value at a configuration, asked for or not.

        Raises:
            BadInput: The configuration lacks a range, has another, or a value is not of its
                range's kind; or the objective's value is no number.
        """
        self._record.finish(configuration_of(self._space, configuration), _number(value))


class _Record:
    """The history: trials in the order in which they were first heard of."""

    def __init__(self) -> None:
        self.trials: list[Trial] = []
        self.parents: tuple[Trial, ...] = ()
        self.known: set[Configuration] = set()
        self._open: dict[Configuration, int] = {}

    def running(self, configuration: Configuration) -> None:
        if configuration not in self.known:
            self.add(configuration)

    def add(self, configuration: Configuration) -> int:
        index = len(self.trials)
        self.trials.append(Trial(index + 1, Suggestion(configuration)))
        self.known.add(configuration)
        self._open[configuration] = index
        return index

    def finish(self, configuration: Configuration, value: float) -> None:
        index = self._open.pop(configuration, None)
        if index is None:
            index = self.add(configuration)
            del self._open[configuration]
        trial = self.trials[index]
        if math.isfinite(value):
            done = replace(trial, state=TrialState.COMPLETED, values=(value,), value=value)
        else:
            done = replace(trial, state=TrialState.FAILED)
        self.trials[index] = done


def _number(value: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        mend = "Give a number; nan where the training failed."
        raise BadInput([Fault("value", "is not a number", str(value), mend)]) from None


def _direction(text: str) -> Direction:
    try:
        return Direction(text)
    except ValueError:
        mend = "Give Maximize or Minimize."
        raise BadInput([Fault("objective_type", "is unknown", text, mend)]) from None


def _space(ranges: Parameters) -> Space:
    """The API's three lists as ranges, in the API's order."""
    if not hasattr(ranges, "keys"):
        mend = f"Give lists of ranges by name: {', '.join(_GROUPS)}."
        raise BadInput([Fault("parameter_ranges", "is not a mapping", str(ranges), mend)])
    for group in ranges:
        if group not in _GROUPS and ranges[group]:
            mend = f"Give ranges under {', '.join(_GROUPS)}."
            raise BadInput([Fault(str(group), "cannot be searched here", mend=mend)])
    integers, continuous, categorical = (_entries(ranges, group) for group in _GROUPS)
    space: list[ParameterRange] = [_numeric(IntegerRange, entry) for entry in integers]
    space += [_numeric(ContinuousRange, entry) for entry in continuous]
    space += [_categorical(entry) for entry in categorical]
    if not space or len({each.name for each in space}) < len(space):
        mend = "Give at least one range, each with a name of its own."
        raise BadInput([Fault("parameter_ranges", "has no range, or two of one name", mend=mend)])
    return tuple(space)


def _entries(ranges: Parameters, group: str) -> Sequence[Mapping[str, object]]:
    entries = ranges.get(group) or ()
    if not isinstance(entries, list | tuple) or not all(isinstance(e, Mapping) for e in entries):
        mend = "Give a list of ranges, each a mapping with a Name."
        raise BadInput([Fault(group, "is not a list of ranges", str(entries), mend)])
    return entries


def _categorical(entry: Mapping[str, object]) -> CategoricalRange:
    name, values = _name(entry, _CATEGORICAL), entry.get("Values")
    texts = tuple(map(str, values)) if isinstance(values, list | tuple) else ()
    if not texts or len(set(texts)) < len(texts):
        mend = "List at least one value, each once."
        raise BadInput([Fault(f"{name}.Values", "cannot be used", str(values), mend)])
    return CategoricalRange(name, texts)


def _name(entry: Mapping[str, object], members: tuple[str, ...]) -> str:
    """The name of a range that has no other members than these."""
    name = entry.get("Name")
    if not isinstance(name, str) or not name:
        mend = "Give each range a Name."
        raise BadInput([Fault("parameter_ranges", "has a range without a name", str(entry), mend)])
    for member in entry:
        if member not in members:
            mend = f"A range like this has {', '.join(members)}."
            raise BadInput([Fault(f"{name}.{member}", "is unknown", mend=mend)])
    return name


def _numeric(kind: type[_Numeric], entry: Mapping[str, object]) -> _Numeric:
    name = _name(entry, _NUMERIC)
    blank = kind(name, 0, 1)
    low = from_text(blank, str(entry.get("MinValue")))
    high = from_text(blank, str(entry.get("MaxValue")))
    assert not isinstance(low, str)
    assert not isinstance(high, str)
    try:
        scaling = Scaling(str(entry.get("ScalingType") or "Auto"))
    except ValueError:
        mend = f"Give one of {', '.join(Scaling)}."
        raise BadInput([Fault(f"{name}.ScalingType", "is unknown", mend=mend)]) from None
    if not (_finite(low) and _finite(high) and low <= high):
        mend = "Give finite numbers, MinValue not above MaxValue."
        raise BadInput([Fault(name, "has no room between its bounds", f"{low}, {high}", mend)])
    if not _scalable(kind, scaling, low, high):
        mend = "Logarithmic needs MinValue > 0; ReverseLogarithmic 0 <= x < 1, not integer."
        raise BadInput([Fault(name, f"cannot be searched on a {scaling} scale", mend=mend)])
    return kind(name, cast(int, low), cast(int, high), scaling)


def _finite(bound: float) -> bool:
    """True also for a whole number, if no greater than floating-point numbers are."""
    try:
        return math.isfinite(bound)
    except OverflowError:
        return False


def _scalable(kind: type[_Numeric], scaling: Scaling, low: float, high: float) -> bool:
    if scaling is Scaling.LOGARITHMIC:
        return low > 0
    if scaling is Scaling.REVERSE_LOGARITHMIC:
        return kind is ContinuousRange and low >= 0 and high < 1
    return True
