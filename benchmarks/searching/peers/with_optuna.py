"""Optuna's two samplers with their defaults (multivariate TPE with constant liar since 5.0)."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from benchmarks.searching.peers.parameters import inward, least_resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.searching.peers.parameters import Parameter


class _Optuna:
    sampler: str

    def __init__(
        self, parameters: Sequence[Parameter], *, seed: int, parallel: int, trials: int
    ) -> None:
        del parallel, trials
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore")
        self._parameters = parameters
        sampler = getattr(optuna.samplers, self.sampler)(seed=seed)
        self._study = optuna.create_study(sampler=sampler)
        self._space = {each.name: _distribution(each) for each in parameters}
        self._open: dict[int, Any] = {}

    def ask(self, number: int) -> Mapping[str, Any]:
        self._open[number] = self._study.ask(self._space)
        return self._open[number].params

    def tell(self, number: int, value: float) -> None:
        self._study.tell(self._open.pop(number), value)

    def load(self, observations: Sequence[tuple[Mapping[str, Any], float]]) -> None:
        for values, value in observations:
            params = inward(self._parameters, values)
            self._study.add_trial(
                optuna.trial.create_trial(params=params, distributions=self._space, value=value)
            )


class Tpe(_Optuna):
    """Parzen estimators."""

    sampler = "TPESampler"


class Gp(_Optuna):
    """A Gaussian process."""

    sampler = "GPSampler"


class _Pruned:
    """Multivariate TPE whose trials a pruner ends."""

    def __init__(self, parameters: Sequence[Parameter], *, seed: int, epochs: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore")
        sampler = optuna.samplers.TPESampler(seed=seed)
        self._study = optuna.create_study(sampler=sampler, pruner=self.pruner(epochs))
        self._space = {each.name: _distribution(each) for each in parameters}
        self._open: dict[int, Any] = {}

    @staticmethod
    def pruner(epochs: int) -> optuna.pruners.BasePruner:
        raise NotImplementedError

    def ask(self, number: int) -> Mapping[str, Any]:
        self._open[number] = self._study.ask(self._space)
        return self._open[number].params

    def report(self, number: int, epoch: int, value: float, last: bool) -> bool:  # noqa: FBT001
        trial = self._open[number]
        trial.report(value, epoch)
        if last:
            self._study.tell(self._open.pop(number), value)
            return False
        if trial.should_prune():
            self._study.tell(self._open.pop(number), state=optuna.trial.TrialState.PRUNED)
            return False
        return True


class Median(_Pruned):
    """Optuna's default pruner, with its defaults."""

    @staticmethod
    def pruner(epochs: int) -> optuna.pruners.BasePruner:
        del epochs
        return optuna.pruners.MedianPruner()


class Hyperband(_Pruned):
    """Optuna's Hyperband, told the resources."""

    @staticmethod
    def pruner(epochs: int) -> optuna.pruners.BasePruner:
        return optuna.pruners.HyperbandPruner(
            min_resource=least_resource(epochs), max_resource=epochs, reduction_factor=3
        )


def _distribution(each: Parameter) -> BaseDistribution:
    if each.kind == "choice":
        return CategoricalDistribution(each.values)
    if each.kind == "int":
        return IntDistribution(int(each.low), int(each.high), log=each.log)
    return FloatDistribution(each.low, each.high, log=each.log)
