"""Train at every point of every lattice, and write the tables.

    python benchmarks/searching/tabulate.py [TABLE ...]

Needs scikit-learn and xgboost (``pip install xgboost-cpu`` has it without a GPU's libraries).
Takes about twenty minutes of one core; the tables are kept with the code, so that nobody has to.
The data are scikit-learn's own. An objective is the mean over three folds, or the value on a
third that is held out where there are epochs; all are to be minimised.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from sklearn import datasets
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from benchmarks.searching.lattices import FOLDER, LATTICES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Values = Mapping[str, Any]

WORST = 10.0  # a loss beyond says only that the training diverged


def data(name: str, rows: int) -> tuple[Any, Any]:
    """Standardised inputs and targets, shuffled."""
    found = getattr(datasets, f"load_{name}")()
    chosen = np.random.default_rng(0).permutation(len(found.data))[:rows]
    return StandardScaler().fit_transform(found.data[chosen]), found.target[chosen]


def held_out(name: str, rows: int) -> Any:
    """Inputs and targets to train with and to judge by."""
    x, y = data(name, rows)
    return train_test_split(x, y, test_size=1 / 3, random_state=0)


def folds(model: Any, name: str, rows: int = 600) -> list[float]:
    """One less the mean score over three folds."""
    return [1.0 - float(cross_val_score(model, *data(name, rows), cv=3).mean())]


def vectors(values: Values) -> list[float]:
    return folds(SVC(C=values["c"], gamma=values["gamma"], kernel=values["kernel"]), "digits")


MATTER = {"rbf": ("gamma",), "sigmoid": ("gamma", "coef0"), "poly": ("gamma", "coef0", "degree")}


def kernels(values: Values) -> list[float]:
    """The kernel decides which of the other numbers matter."""
    numbers = {"gamma": values["gamma"], "coef0": values["coef"], "degree": values["degree"]}
    kernel = values["kernel"]
    chosen = tuple((name, numbers[name]) for name in MATTER.get(kernel, ()))
    return [_of_kernel(values["c"], kernel, chosen)]


@cache
def _of_kernel(c: float, kernel: str, chosen: tuple[tuple[str, float], ...]) -> float:
    model = SVC(C=c, kernel=kernel, max_iter=3000, **dict(chosen))
    return folds(model, "digits", rows=1797)[0]


def tree(values: Values) -> list[float]:
    model = DecisionTreeClassifier(
        max_depth=values["depth"],
        min_samples_leaf=values["leaf"],
        min_samples_split=values["split"],
        max_features=values["features"],
        criterion=values["criterion"],
        random_state=0,
    )
    return folds(model, "breast_cancer")


def neighbours(values: Values) -> list[float]:
    model = KNeighborsClassifier(values["k"], weights=values["weights"], p=values["p"])
    return folds(model, "wine")


def forest(values: Values) -> list[float]:
    model = RandomForestRegressor(
        30,
        max_depth=values["depth"],
        min_samples_leaf=values["leaf"],
        max_features=values["features"],
        random_state=0,
    )
    return folds(model, "diabetes")


def boost(values: Values) -> list[float]:
    from xgboost import XGBRegressor

    model = XGBRegressor(
        n_estimators=60,
        learning_rate=values["eta"],
        max_depth=values["depth"],
        subsample=values["subsample"],
        reg_lambda=values["lambda"],
        min_child_weight=values["least"],
        n_jobs=1,
        random_state=0,
    )
    return folds(model, "diabetes")


def linear(values: Values) -> list[float]:
    """The hinge loss of a linear model after each pass over the data."""
    x, judge_x, y, judge_y = held_out("breast_cancer", 569)
    model = SGDClassifier(
        loss=values["loss"],
        alpha=values["alpha"],
        l1_ratio=values["ratio"],
        penalty="elasticnet",
        eta0=values["rate"],
        learning_rate="constant",
        random_state=0,
    )
    curve = []
    for _ in range(LATTICES["linear-cancer"].epochs):
        model.partial_fit(x, y, classes=(0, 1))
        side = (2 * judge_y - 1) * model.decision_function(judge_x)
        curve.append(float(np.maximum(0.0, 1.0 - side).mean()))
    return curve


def network(values: Values) -> list[float]:
    """The cross entropy of a small network after each pass over the data."""
    x, judge_x, y, judge_y = held_out("digits", 600)
    model = MLPClassifier(
        (values["width"],),
        activation=values["activation"],
        alpha=values["alpha"],
        batch_size=values["batch"],
        learning_rate_init=values["rate"],
        random_state=0,
    )
    curve = []
    for _ in range(LATTICES["network-digits"].epochs):
        model.partial_fit(x, y, classes=range(10))
        likely = model.predict_proba(judge_x)[range(len(judge_y)), judge_y]
        curve.append(float(-np.log(np.maximum(likely, 1e-6)).mean()))
    return curve


def boost_rounds(values: Values) -> list[float]:
    """The cross entropy of boosted trees after each round."""
    import xgboost

    x, judge_x, y, judge_y = held_out("breast_cancer", 569)
    judge, told = xgboost.DMatrix(judge_x, judge_y), {}
    options = {
        "objective": "binary:logistic",
        "eta": values["eta"],
        "max_depth": values["depth"],
        "subsample": values["subsample"],
        "colsample_bytree": values["columns"],
        "lambda": values["lambda"],
        "nthread": 1,
        "seed": 0,
    }
    rounds = LATTICES["boost-cancer"].epochs
    train = xgboost.DMatrix(x, y)
    evals = [(judge, "judge")]
    xgboost.train(options, train, rounds, evals=evals, evals_result=told, verbose_eval=False)
    return told["judge"]["logloss"]


TRAININGS: dict[str, Callable[[Values], list[float]]] = {
    "vectors-digits": vectors,
    "kernels-digits": kernels,
    "tree-cancer": tree,
    "neighbours-wine": neighbours,
    "forest-diabetes": forest,
    "boost-diabetes": boost,
    "linear-cancer": linear,
    "network-digits": network,
    "boost-cancer": boost_rounds,
}


def tabulate(name: str) -> None:
    """Train everywhere and write one table."""
    lattice, train = LATTICES[name], TRAININGS[name]
    values, seconds = [], []
    for configuration in lattice.configurations():
        begin = time.process_time()
        values.append(train(configuration))
        seconds.append((time.process_time() - begin) / lattice.epochs)
    curves = np.minimum(np.nan_to_num(np.array(values), nan=WORST), WORST)
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(
        FOLDER / f"{name}.npz",
        values=curves.reshape(*lattice.shape(), lattice.epochs).astype(np.float32),
        seconds=np.array(seconds).reshape(lattice.shape()).astype(np.float32),
    )
    print(f"{name}: {len(values)} trainings, {sum(seconds) * lattice.epochs:.0f} s", flush=True)


def main(names: Sequence[str]) -> None:
    warnings.simplefilter("ignore")
    for name in names or LATTICES:
        tabulate(name)


if __name__ == "__main__":
    main(sys.argv[1:])
