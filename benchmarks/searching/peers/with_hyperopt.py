"""Hyperopt's TPE with its defaults. It counts what runs as of infinite loss."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import hyperopt
import numpy as np
from hyperopt import hp, tpe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.searching.peers.parameters import Parameter


class Hyperopt:
    """Parzen estimators."""

    def __init__(
        self, parameters: Sequence[Parameter], *, seed: int, parallel: int, trials: int
    ) -> None:
        del parallel, trials
        logging.disable(logging.WARNING)
        self._parameters = parameters
        space = {each.name: _dimension(each) for each in parameters}
        self._domain = hyperopt.base.Domain(lambda _: 0.0, space)
        self._trials = hyperopt.Trials()
        self._chance = np.random.default_rng(seed)

    def ask(self, number: int) -> Mapping[str, Any]:
        del number
        seed = int(self._chance.integers(2**31 - 1))
        ids = self._trials.new_trial_ids(1)
        docs = tpe.suggest(ids, self._domain, self._trials, seed, verbose=False)
        self._trials.insert_trial_docs(docs)
        self._trials.refresh()
        found = {name: drawn[0] for name, drawn in docs[0]["misc"]["vals"].items()}
        for each in self._parameters:
            if each.kind == "choice":
                found[each.name] = each.values[int(found[each.name])]
        return found

    def tell(self, number: int, value: float) -> None:
        doc = self._trials._dynamic_trials[number]  # noqa: SLF001 - as its own loop does
        doc["state"] = hyperopt.JOB_STATE_DONE
        doc["result"] = {"status": hyperopt.STATUS_OK, "loss": value}
        self._trials.refresh()

    def load(self, observations: Sequence[tuple[Mapping[str, Any], float]]) -> None:
        raise NotImplementedError


def _dimension(each: Parameter) -> Any:
    if each.kind == "choice":
        return hp.choice(each.name, each.values)
    if each.kind == "int" and not each.log:
        return hp.uniformint(each.name, int(each.low), int(each.high))
    if each.kind == "int":
        low, high = math.log(max(each.low - 0.5, 0.5)), math.log(each.high + 0.5)
        return hp.qloguniform(each.name, low, high, 1)
    if each.log:
        return hp.loguniform(each.name, math.log(each.low), math.log(each.high))
    return hp.uniform(each.name, each.low, each.high)
