"""What is searched: spaces as the API gives them, and objectives to minimise.

Functions stand for what tuning meets: narrow valleys, many basins, many ranges, scales that are wrong
by default, integers, categories, noise, plateaus. The trainings are of
scikit-learn and xgboost on scikit-learn's data, tabulated (`lattices`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.searching.lattices import LATTICES, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Values = Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """A space and an objective.

    `least` is the least value there is; `noise` the deviation of what a searcher is told.
    """

    ranges: dict[str, list[dict[str, Any]]]
    objective: Callable[[Values], float]
    least: float
    noise: float = 0.0


def ranges(**of: tuple[Any, ...]) -> dict[str, list[dict[str, Any]]]:
    """``x=(0.0, 1.0)`` continuous, ``n=(1, 9)`` integer, ``k=("a", "b")`` categorical.

    A third member names the scale.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for name, spec in of.items():
        if all(isinstance(each, str) for each in spec):
            entry: dict[str, Any] = {"Name": name, "Values": list(spec)}
            found.setdefault("CategoricalParameterRanges", []).append(entry)
            continue
        low, high, *scale = spec
        entry = {"Name": name, "MinValue": repr(low), "MaxValue": repr(high)}
        entry |= {"ScalingType": scale[0]} if scale else {}
        kind = "Integer" if isinstance(low, int) else "Continuous"
        found.setdefault(f"{kind}ParameterRanges", []).append(entry)
    return found


def cube(width: int) -> dict[str, list[dict[str, Any]]]:
    return ranges(**{f"x{index}": (0.0, 1.0) for index in range(width)})


def point(values: Values) -> np.ndarray[Any, Any]:
    return np.array([values[f"x{index}"] for index in range(len(values))])


# ------------------------------------------------------------------ functions


def branin(values: Values) -> float:
    x, y = values["x"], values["y"]
    curve = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return float(curve**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann(values: Values) -> float:
    away = (_A * (point(values) - _P) ** 2).sum(1)
    return float(-(np.array([1.0, 1.2, 3.0, 3.2]) * np.exp(-away)).sum())


def rosenbrock(values: Values) -> float:
    x = 4.0 * point(values) - 2.0
    return float((100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum())


def ackley(values: Values) -> float:
    x = 40.0 * point(values) - 17.0
    bumps = np.exp(np.cos(2 * math.pi * x).mean())
    return float(20.0 + math.e - 20.0 * np.exp(-0.2 * np.sqrt((x**2).mean())) - bumps)


def levy(values: Values) -> float:
    """A bowl with ripples."""
    w = 1.0 + (20.0 * point(values) - np.array([11.3, 7.9, 10.7, 13.0, 8.9, 12.2]) - 1.0) / 4
    ends = np.sin(math.pi * w[0]) ** 2 + (w[-1] - 1) ** 2 * (1 + np.sin(2 * math.pi * w[-1]) ** 2)
    return float(ends + ((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(math.pi * w[:-1] + 1) ** 2)).sum())


def styblinski(values: Values) -> float:
    """Two basins on each range, one of them the better: 32 together."""
    x = 10.0 * point(values) - 5.0
    return float(0.5 * (x**4 - 16 * x**2 + 5 * x).sum())


def rastrigin(values: Values) -> float:
    """A bowl with some thousand basins."""
    x = 8.0 * point(values) - np.array([4.7, 2.8, 4.4, 5.9])
    return float((10 + x**2 - 10 * np.cos(2 * math.pi * x)).sum())


def basins(values: Values) -> float:
    """A broad basin, and far from it a narrow one that is deeper."""
    x = point(values)
    broad = np.exp(-((x - np.array([0.3, 0.35])) ** 2).sum() / 0.1)
    narrow = np.exp(-((x - np.array([0.8, 0.7])) ** 2).sum() / 0.01)
    return float(-0.6 * broad - narrow)


def few_matter(values: Values) -> float:
    """Twenty ranges, of which four matter."""
    x = point(values)[[1, 6, 11, 16]]
    return float(((x - np.array([0.2, 0.7, 0.4, 0.9])) ** 2).sum() + 0.3 * abs(x[0] - x[1] + 0.5))


def rates(values: Values) -> float:
    """A learning rate, a decay and a momentum on their own scales."""
    rate = math.log10(values["rate"]) + 3.3
    decay = math.log10(values["decay"]) + 5.0
    late = math.log10(1.0 - values["momentum"]) + 1.7
    return 0.3 * rate**2 + 0.05 * decay**2 + 0.2 * (late + 0.4 * rate) ** 2


def unscaled(values: Values) -> float:
    """A rate whose scale nobody gave, and that diverges where it is great."""
    if values["rate"] > 0.3:
        return 1e6 * values["rate"]
    rate = math.log10(max(values["rate"], 1e-6)) + 2.0
    return 0.3 * rate**2 + (values["share"] - 0.3) ** 2


def trees(values: Values) -> float:
    """Integers with a plateau each."""
    depth, leaves = values["depth"], values["leaves"]
    return 0.1 * abs(depth - 7) + 0.02 * abs(leaves - 40) + (0.3 if leaves > 2**depth else 0.0)


def choices(values: Values) -> float:
    """Categories whose effects partly add up."""
    size = [0.6, 0.0, 0.3, 0.9, 0.5, 0.7]["abcdef".index(values["one"])]
    size += [0.2, 0.5, 0.0, 0.4]["pqrs".index(values["two"])]
    size += 0.0 if (values["one"], values["three"]) in {("b", "u"), ("c", "v")} else 0.25
    return size + 0.2 * (values["x"] - 0.7) ** 2


def models(values: Values) -> float:
    """One of three models, each with ranges of its own; the best one is the hardest to train."""
    if values["model"] == "machine":
        wide = math.log10(values["gamma"]) + 2.0
        return 0.2 + 0.05 * (math.log10(values["c"]) - 1.0) ** 2 + 0.05 * wide**2
    if values["model"] == "tree":
        return 0.15 + 0.01 * abs(values["depth"] - 6) + 0.02 * abs(math.log2(values["leaf"]) - 2.0)
    rate = math.log10(values["rate"]) + 2.5
    return (
        0.1 + 0.08 * rate**2 + abs(values["units"] - 150) / 2500 + abs(values["drop"] - 0.25) / 10
    )


def mixed(values: Values) -> float:
    penalty = {"sgd": 0.6, "adam": 0.0, "rmsprop": 0.3, "adagrad": 0.9}[values["optimiser"]]
    rate = math.log10(values["rate"]) + 3.3 + penalty
    return 0.5 * rate**2 + (values["depth"] - 7) ** 2 / 20 + abs(values["share"] - 0.3) + penalty


def noisy_mixed(values: Values) -> float:
    """What boosted trees are like: a rate, integers on both scales, two shares, a choice."""
    rate = math.log10(values["rate"]) + 1.0
    rounds = math.log10(values["rounds"]) - 2.3
    worse = {"gbtree": 0.0, "dart": 0.15, "gblinear": 0.8}[values["booster"]]
    shares = 0.4 * (values["rows"] - 0.8) ** 2 + 0.4 * (values["columns"] - 0.6) ** 2
    return (
        0.3 * (rate + rounds) ** 2 + 0.1 * rate**2 + abs(values["depth"] - 5) / 15 + shares + worse
    )


# ------------------------------------------------------------------ trainings


def trained(name: str) -> Task:
    """The task of a table: what a training that runs to its end comes to."""
    tuned = {axis.name: axis.range() for axis in LATTICES[name].axes}
    return Task(
        ranges(**tuned),
        table(name).last,
        table(name).least(),
    )


LOG, REVERSE = "Logarithmic", "ReverseLogarithmic"
TASKS: dict[str, Task] = {
    "branin": Task(ranges(x=(-5.0, 10.0), y=(0.0, 15.0)), branin, 0.397887),
    "hartmann-6": Task(cube(6), hartmann, -3.32237),
    "noisy-6": Task(cube(6), hartmann, -3.32237, noise=0.1),
    "rosenbrock-4": Task(cube(4), rosenbrock, 0.0),
    "ackley-12": Task(cube(12), ackley, 0.0),
    "levy-6": Task(cube(6), levy, 0.0),
    "styblinski-5": Task(cube(5), styblinski, -195.830829),
    "rastrigin-4": Task(cube(4), rastrigin, 0.0),
    "basins-2": Task(cube(2), basins, -1.0145466),
    "few-matter-20": Task(cube(20), few_matter, 0.0),
    "rates": Task(
        ranges(rate=(1e-6, 1.0, LOG), decay=(1e-9, 1e-1, LOG), momentum=(0.5, 0.9999, REVERSE)),
        rates,
        0.0,
    ),
    "unscaled": Task(ranges(rate=(1e-6, 1.0), share=(0.0, 1.0)), unscaled, 0.0),
    "trees": Task(ranges(depth=(1, 20), leaves=(2, 512, LOG)), trees, 0.0),
    "choices": Task(
        ranges(one=tuple("abcdef"), two=tuple("pqrs"), three=tuple("uvw"), x=(0.0, 1.0)),
        choices,
        0.0,
    ),
    "models": Task(
        ranges(
            model=("machine", "tree", "network"),
            c=(1e-3, 1e3, LOG),
            gamma=(1e-5, 10.0, LOG),
            depth=(1, 20),
            leaf=(1, 64, LOG),
            rate=(1e-5, 1.0, LOG),
            units=(16, 512),
            drop=(0.0, 0.8),
        ),
        models,
        0.1,
    ),
    "mixed": Task(
        ranges(
            rate=(1e-6, 1.0, LOG),
            depth=(1, 20),
            share=(0.0, 1.0),
            optimiser=("sgd", "adam", "rmsprop", "adagrad"),
        ),
        mixed,
        0.0,
    ),
    "noisy-mixed": Task(
        ranges(
            rate=(1e-3, 1.0, LOG),
            rounds=(10, 2000, LOG),
            depth=(1, 15),
            rows=(0.2, 1.0),
            columns=(0.2, 1.0),
            booster=("gbtree", "dart", "gblinear"),
        ),
        noisy_mixed,
        0.0,
        noise=0.05,
    ),
} | {name: trained(name) for name in LATTICES}
