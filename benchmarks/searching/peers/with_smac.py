"""SMAC's facade for hyperparameters: a Sobol design, then random forests, its defaults.

The objective is called deterministic, so that no configuration is bought twice: the budget
is of configurations, here as for everybody.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import warnings
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ConfigSpace import Categorical, Configuration, ConfigurationSpace, Float, Integer
from smac import HyperparameterOptimizationFacade, Scenario
from smac.runhistory.dataclasses import TrialInfo, TrialValue

from benchmarks.searching.peers.parameters import inward

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.searching.peers.parameters import Parameter


class Smac:
    """Random forests."""

    def __init__(
        self, parameters: Sequence[Parameter], *, seed: int, parallel: int, trials: int
    ) -> None:
        warnings.simplefilter("ignore")
        self._parameters = parameters
        self._space = ConfigurationSpace(seed=seed)
        self._space.add([_dimension(each) for each in parameters])
        folder = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        scenario = Scenario(
            self._space,
            deterministic=True,
            n_trials=trials,
            seed=seed,
            output_directory=Path(folder),
        )
        del parallel
        self._smac = HyperparameterOptimizationFacade(
            scenario, _never, logging_level=False, overwrite=True
        )
        self._open: dict[int, TrialInfo] = {}

    def ask(self, number: int) -> Mapping[str, Any]:
        self._open[number] = self._smac.ask()
        return dict(self._open[number].config)

    def tell(self, number: int, value: float) -> None:
        self._smac.tell(self._open.pop(number), TrialValue(cost=value), save=False)

    def load(self, observations: Sequence[tuple[Mapping[str, Any], float]]) -> None:
        for values, value in observations:
            configuration = Configuration(self._space, inward(self._parameters, values))
            self._smac.tell(TrialInfo(configuration, seed=0), TrialValue(cost=value), save=False)


def _never(config: Configuration, seed: int = 0) -> float:
    """A target is asked for, although it is never called; its arguments have these names."""
    raise NotImplementedError(config, seed)


def _dimension(each: Parameter) -> Any:
    if each.kind == "choice":
        return Categorical(each.name, each.values)
    if each.kind == "int":
        return Integer(each.name, (math.ceil(each.low), math.floor(each.high)), log=each.log)
    return Float(each.name, (each.low, each.high), log=each.log)
