"""Real trainings, tabulated: what they tune, on which lattice, and lookups between its points.

``benchmarks/searching/tabulate.py`` trains at every point of a lattice once; its tables lie
in ``tables/``. Between neighbours on a numeric axis a value is interpolated on the axis's own
scale, so that a lookup costs nothing and the least value is one that was really trained. Where
values come in steps, as shares of few answers do, it is the nearest neighbour's instead: steps
and flat ground are what such trainings are like.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).parent / "tables"


@dataclass(frozen=True)
class Axis:
    """One hyperparameter and its points, which are all texts, integers or floats."""

    name: str
    points: tuple[Any, ...]
    log: bool = False

    def range(self) -> tuple[Any, ...]:
        """What `tasks.ranges` makes a range of."""
        if isinstance(self.points[0], str):
            return self.points
        return (self.points[0], self.points[-1], *(["Logarithmic"] if self.log else []))

    def around(self, value: Any) -> list[tuple[int, float]]:
        """The one or two points next to a value, each with its weight."""
        if isinstance(value, str):
            return [(self.points.index(value), 1.0)]
        places = [math.log(each) if self.log else float(each) for each in self.points]
        place = math.log(value) if self.log else float(value)
        right = min(max(int(np.searchsorted(places, place)), 1), len(places) - 1)
        share = (place - places[right - 1]) / (places[right] - places[right - 1])
        share = min(max(share, 0.0), 1.0)
        return [(right - 1, 1.0 - share), (right, share)]


@dataclass(frozen=True)
class Lattice:
    """What is tuned. `epochs` is 1 where a training has one value only; `steps`: values do."""

    axes: tuple[Axis, ...]
    epochs: int = 1
    steps: bool = False

    def around(self, values: Mapping[str, Any]) -> list[list[tuple[int, float]]]:
        """For each axis the points that a lookup takes, each with its weight."""
        around = [axis.around(values[axis.name]) for axis in self.axes]
        if not self.steps:
            return around
        return [[(max(each, key=lambda place: place[1])[0], 1.0)] for each in around]

    def configurations(self) -> Iterator[dict[str, Any]]:
        """Every point, the last axis fastest."""
        for values in product(*(axis.points for axis in self.axes)):
            yield dict(zip((axis.name for axis in self.axes), values, strict=True))

    def shape(self) -> tuple[int, ...]:
        return tuple(len(axis.points) for axis in self.axes)


LATTICES: dict[str, Lattice] = {
    "vectors-digits": Lattice(
        (
            Axis("c", tuple(10.0**k for k in range(-2, 5)), log=True),
            Axis("gamma", tuple(10.0**k for k in range(-5, 2)), log=True),
            Axis("kernel", ("rbf", "poly", "sigmoid")),
        )
    ),
    "kernels-digits": Lattice(
        (
            Axis("c", tuple(10.0**k for k in range(-3, 4)), log=True),
            Axis("gamma", tuple(10.0**k for k in range(-5, 1)), log=True),
            Axis("kernel", ("rbf", "poly", "sigmoid", "linear")),
            Axis("degree", (1, 2, 3, 4, 5)),
            Axis("coef", (0.0, 0.5, 1.0, 2.0)),
        ),
        steps=True,
    ),
    "tree-cancer": Lattice(
        (
            Axis("depth", (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20)),
            Axis("leaf", (1, 2, 3, 5, 8, 12, 20, 40)),
            Axis("split", (2, 4, 8, 16, 40)),
            Axis("features", (0.05, 0.2, 0.4, 0.6, 0.8, 1.0)),
            Axis("criterion", ("gini", "entropy")),
        ),
        steps=True,
    ),
    "neighbours-wine": Lattice(
        (
            Axis("k", (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60)),
            Axis("weights", ("uniform", "distance")),
            Axis("p", (1.0, 1.5, 2.0, 3.0, 4.5, 6.0)),
        )
    ),
    "forest-diabetes": Lattice(
        (
            Axis("depth", (1, 2, 3, 4, 6, 8, 12, 20)),
            Axis("leaf", (1, 2, 4, 8, 16, 32, 64), log=True),
            Axis("features", (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)),
        )
    ),
    "boost-diabetes": Lattice(
        (
            Axis("eta", (0.003, 0.01, 0.03, 0.1, 0.3, 1.0), log=True),
            Axis("depth", (1, 2, 3, 5, 8)),
            Axis("subsample", (0.3, 0.6, 1.0)),
            Axis("lambda", (0.01, 1.0, 100.0), log=True),
            Axis("least", (1, 6, 40), log=True),
        )
    ),
    "linear-cancer": Lattice(
        (
            Axis("loss", ("hinge", "log_loss", "modified_huber", "perceptron")),
            Axis("alpha", tuple(10.0**k for k in range(-6, 1)), log=True),
            Axis("ratio", (0.0, 0.5, 1.0)),
            Axis("rate", tuple(10.0 ** (k / 2) for k in range(-10, 3)), log=True),
        ),
        epochs=27,
    ),
    "network-digits": Lattice(
        (
            Axis("rate", tuple(10.0 ** (k / 2) for k in range(-8, 0)), log=True),
            Axis("width", (4, 16, 64, 128), log=True),
            Axis("batch", (16, 64, 256), log=True),
            Axis("alpha", (1e-5, 1.0), log=True),
            Axis("activation", ("relu", "tanh")),
        ),
        epochs=27,
    ),
    "boost-cancer": Lattice(
        (
            Axis("eta", (0.01, 0.03, 0.1, 0.3, 0.6, 1.0), log=True),
            Axis("depth", (1, 2, 3, 5, 8)),
            Axis("subsample", (0.3, 0.6, 1.0)),
            Axis("columns", (0.1, 0.4, 1.0)),
            Axis("lambda", (0.01, 1.0, 100.0), log=True),
        ),
        epochs=81,
    ),
}


@dataclass(frozen=True)
class Table:
    """What came of the trainings.

    `values` has a last axis of epochs; `seconds` are of processor time, of one epoch.
    """

    lattice: Lattice
    values: np.ndarray[Any, Any]
    seconds: np.ndarray[Any, Any]

    def curve(self, values: Mapping[str, Any]) -> tuple[np.ndarray[Any, Any], float]:
        """The value after each epoch, and the seconds that an epoch takes."""
        curve, seconds = np.zeros(self.lattice.epochs), 0.0
        for corner in product(*self.lattice.around(values)):
            weight = math.prod(share for _, share in corner)
            if weight:
                index = tuple(place for place, _ in corner)
                curve += weight * self.values[index]
                seconds += weight * float(self.seconds[index])
        return curve, seconds

    def last(self, values: Mapping[str, Any]) -> float:
        """The value after the last epoch: what a training that nobody stopped comes to."""
        return float(self.curve(values)[0][-1])

    def least(self) -> float:
        """The least last value of any configuration."""
        return float(self.values[..., -1].min())


@cache
def table(name: str) -> Table:
    """The table of that name."""
    with np.load(FOLDER / f"{name}.npz") as arrays:
        values, seconds = arrays["values"].astype(float), arrays["seconds"].astype(float)
    return Table(LATTICES[name], values, seconds)
