"""scikit-optimize's Gaussian process with its defaults (gp_hedge, noise learned).

It knows nothing of what runs but in a batch, where it lies: running trials have the least
value so far (``cl_min``, its default). The same lie is told here, to a fresh optimizer.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from skopt import Optimizer
from skopt.space import Categorical, Integer, Real

from benchmarks.searching.peers.parameters import inward

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.searching.peers.parameters import Parameter

BEGINNING = 10  # its default number of initial points


class Skopt:
    """A Gaussian process."""

    def __init__(
        self, parameters: Sequence[Parameter], *, seed: int, parallel: int, trials: int
    ) -> None:
        del parallel, trials
        warnings.simplefilter("ignore")
        self._parameters = parameters
        self._seed = seed
        self._optimizer = self._new(seed, BEGINNING)
        self._asked: dict[int, list[Any]] = {}
        self._told: dict[int, float] = {}

    def _new(self, seed: int, beginning: int) -> Optimizer:
        dimensions = [_dimension(each) for each in self._parameters]
        return Optimizer(dimensions, random_state=seed, n_initial_points=beginning)

    def ask(self, number: int) -> Mapping[str, Any]:
        running = [point for each, point in self._asked.items() if each not in self._told]
        if running and len(self._told) >= BEGINNING:
            liar = self._new(self._seed + 1000 * number, 0)
            done = [self._asked[each] for each in self._told]
            lie = min(self._told.values())
            liar.tell(done + running, [*self._told.values(), *(lie for _ in running)])
            point = liar.ask()
        else:
            point = self._optimizer.ask()
        self._asked[number] = point
        return {each.name: value for each, value in zip(self._parameters, point, strict=True)}

    def tell(self, number: int, value: float) -> None:
        self._told[number] = value
        running = len(self._asked) > len(self._told)
        self._optimizer.tell(self._asked[number], value, fit=not running)

    def load(self, observations: Sequence[tuple[Mapping[str, Any], float]]) -> None:
        rows = [inward(self._parameters, values) for values, _ in observations]
        points = [[row[each.name] for each in self._parameters] for row in rows]
        self._optimizer.tell(points, [value for _, value in observations])


def _dimension(each: Parameter) -> Any:
    prior = "log-uniform" if each.log else "uniform"
    if each.kind == "choice":
        return Categorical(each.values, name=each.name)
    if each.kind == "int":
        return Integer(int(each.low), int(each.high), prior=prior, name=each.name)
    return Real(each.low, each.high, prior=prior, name=each.name)
