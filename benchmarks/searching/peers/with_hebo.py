"""HEBO with its defaults.

It knows nothing of what runs: a running trial is shown to a copy of its records as if it had
come to the least value so far, the lie that its users tell it.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from hebo.design_space.design_space import DesignSpace
from hebo.optimizers.hebo import HEBO

from benchmarks.searching.peers.parameters import inward

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.searching.peers.parameters import Parameter


class Hebo:
    """A Gaussian process."""

    def __init__(
        self, parameters: Sequence[Parameter], *, seed: int, parallel: int, trials: int
    ) -> None:
        del parallel, trials
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
        np.random.seed(seed)  # noqa: NPY002 - its draws come from there
        torch.manual_seed(seed)
        self._parameters = parameters
        space = DesignSpace().parse([_parameter(each) for each in parameters])
        self._search = HEBO(space, scramble_seed=seed)
        self._asked: dict[int, pd.DataFrame] = {}

    def ask(self, number: int) -> Mapping[str, Any]:
        values, inputs = self._search.y, self._search.X
        if self._asked and len(values):
            lie = np.full((len(self._asked), 1), float(np.min(values)))
            self._search.X = pd.concat([inputs, *self._asked.values()], ignore_index=True)
            self._search.y = np.concatenate([values, lie])
        proposed = self._search.suggest(n_suggestions=1)
        self._search.X, self._search.y = inputs, values
        self._asked[number] = proposed
        return dict(proposed.iloc[0])

    def tell(self, number: int, value: float) -> None:
        self._search.observe(self._asked.pop(number), np.array([[value]]))

    def load(self, observations: Sequence[tuple[Mapping[str, Any], float]]) -> None:
        frame = pd.DataFrame([inward(self._parameters, values) for values, _ in observations])
        self._search.observe(frame, np.array([[value] for _, value in observations]))


def _parameter(each: Parameter) -> dict[str, Any]:
    if each.kind == "choice":
        return {"name": each.name, "type": "cat", "categories": list(each.values)}
    kind = {"int": "int", "float": "num"}[each.kind]
    if each.log:
        kind = {"int": "pow_int", "num": "pow"}[kind]
    return {"name": each.name, "type": kind, "lb": each.low, "ub": each.high}
