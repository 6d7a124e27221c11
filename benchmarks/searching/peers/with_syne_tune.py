"""Syne Tune's searches and schedulers with their defaults.

Its BoTorch search pairs configurations in the order asked with values in the order told, so
that it learns wrongly from trials that overtake one another; it is run as it ships.
"""

from __future__ import annotations

import datetime as dt
import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from syne_tune import config_space
from syne_tune.backend.trial_status import Trial
from syne_tune.optimizer import baselines
from syne_tune.optimizer.schedulers.median_stopping_rule import MedianStoppingRule

from benchmarks.searching.peers.parameters import inward, least_resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.searching.peers.parameters import Parameter


class _Syne:
    scheduler: str

    def __init__(
        self, parameters: Sequence[Parameter], *, seed: int, parallel: int, trials: int
    ) -> None:
        del parallel, trials
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
        np.random.seed(seed)  # noqa: NPY002 - its first draws come from there
        self._parameters = parameters
        space = {each.name: dimension(each) for each in parameters}
        made = getattr(baselines, self.scheduler)
        self._search = made(space, metric="loss", do_minimize=True, random_seed=seed)
        self._open: dict[int, Trial] = {}

    def ask(self, number: int) -> Mapping[str, Any]:
        config = self._search.suggest().config
        self._open[number] = Trial(number, config, dt.datetime.now(dt.UTC))
        self._search.on_trial_add(self._open[number])
        return config

    def tell(self, number: int, value: float) -> None:
        self._search.on_trial_complete(self._open.pop(number), {"loss": value})

    def load(self, observations: Sequence[tuple[Mapping[str, Any], float]]) -> None:
        for number, (values, value) in enumerate(observations):
            config = inward(self._parameters, values)
            searcher = self._search.searcher
            if hasattr(searcher, "pending_trials"):
                searcher.trial_configs[number] = config
            searcher.on_trial_complete(number, config, value)


class Cqr(_Syne):
    """Conformal quantile regression."""

    scheduler = "CQR"


class Botorch(_Syne):
    """A Gaussian process."""

    scheduler = "BOTorch"


class _Scheduled:
    """A search that stops trainings."""

    def __init__(self, parameters: Sequence[Parameter], *, seed: int, epochs: int) -> None:
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
        np.random.seed(seed)  # noqa: NPY002 - its first draws come from there
        space = {each.name: dimension(each) for each in parameters}
        self._search = self.made(space, seed, epochs)
        self._open: dict[int, Trial] = {}

    @staticmethod
    def made(space: Mapping[str, Any], seed: int, epochs: int) -> Any:
        raise NotImplementedError

    def ask(self, number: int) -> Mapping[str, Any]:
        config = self._search.suggest().config
        self._open[number] = Trial(number, config, dt.datetime.now(dt.UTC))
        self._search.on_trial_add(self._open[number])
        return config

    def report(self, number: int, epoch: int, value: float, last: bool) -> bool:  # noqa: FBT001
        result = {"loss": value, "epoch": epoch}
        decision = self._search.on_trial_result(self._open[number], result)
        if last:
            self._search.on_trial_complete(self._open.pop(number), result)
        return bool(decision == "CONTINUE")


def _halving(scheduler: str, space: Mapping[str, Any], seed: int, epochs: int) -> Any:
    return getattr(baselines, scheduler)(
        space,
        metric="loss",
        time_attr="epoch",
        max_t=epochs,
        grace_period=least_resource(epochs),
        random_seed=seed,
    )


class Asha(_Scheduled):
    """Random configurations, asynchronous halving of the stopping kind."""

    @staticmethod
    def made(space: Mapping[str, Any], seed: int, epochs: int) -> Any:
        return _halving("ASHA", space, seed, epochs)


class Bohb(_Scheduled):
    """The same with configurations from kernel densities."""

    @staticmethod
    def made(space: Mapping[str, Any], seed: int, epochs: int) -> Any:
        return _halving("BOHB", space, seed, epochs)


class AshaCqr(_Scheduled):
    """The same with configurations from conformal quantiles."""

    @staticmethod
    def made(space: Mapping[str, Any], seed: int, epochs: int) -> Any:
        return _halving("ASHACQR", space, seed, epochs)


class Median(_Scheduled):
    """Random configurations, the median rule with its defaults."""

    @staticmethod
    def made(space: Mapping[str, Any], seed: int, epochs: int) -> Any:
        del epochs
        search = baselines.RandomSearch(space, metrics=["loss"], random_seed=seed)
        return MedianStoppingRule(search, time_attr="epoch", metric="loss", random_seed=seed)


def dimension(each: Parameter) -> Any:
    """A range as Syne Tune writes it."""
    if each.kind == "choice":
        return config_space.choice(list(each.values))
    if each.kind == "int":
        make = config_space.lograndint if each.log else config_space.randint
        return make(int(each.low), int(each.high))
    return (config_space.loguniform if each.log else config_space.uniform)(each.low, each.high)
