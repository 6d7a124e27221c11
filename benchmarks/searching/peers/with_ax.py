"""Ax with its defaults: a Sobol beginning, then BoTorch's process.

Its client knows which trials run, and has imagined outcomes for them.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

from benchmarks.searching.peers.parameters import inward

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.searching.peers.parameters import Parameter


class Ax:
    """A Gaussian process."""

    def __init__(
        self, parameters: Sequence[Parameter], *, seed: int, parallel: int, trials: int
    ) -> None:
        del parallel, trials
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
        self._parameters = parameters
        self._client = Client(random_seed=seed)
        self._client.configure_experiment([_parameter(each) for each in parameters])
        self._client.configure_optimization("-loss")
        self._trials: dict[int, int] = {}

    def ask(self, number: int) -> Mapping[str, Any]:
        ((index, values),) = self._client.get_next_trials(1).items()
        self._trials[number] = index
        return values

    def tell(self, number: int, value: float) -> None:
        self._client.complete_trial(self._trials.pop(number), {"loss": value})

    def load(self, observations: Sequence[tuple[Mapping[str, Any], float]]) -> None:
        for values, value in observations:
            index = self._client.attach_trial(inward(self._parameters, values))
            self._client.complete_trial(index, {"loss": value})


def _parameter(each: Parameter) -> Any:
    if each.kind == "choice":
        return ChoiceParameterConfig(
            name=each.name, values=list(each.values), parameter_type="str", is_ordered=False
        )
    if each.kind == "int":
        return RangeParameterConfig(
            name=each.name,
            bounds=(int(each.low), int(each.high)),
            parameter_type="int",
            scaling="log" if each.log else None,
        )
    return RangeParameterConfig(
        name=each.name,
        bounds=(each.low, each.high),
        parameter_type="float",
        scaling="log" if each.log else None,
    )
