"""Who searches: ours through the adapter, and peers where they are installed.

A searcher is made from ranges and a seed, is asked for a configuration and told its value.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from orchestrator.strategy.ask_tell import AskTell

if TYPE_CHECKING:
    from collections.abc import Callable

    Ranges = dict[str, list[dict[str, Any]]]


class Searcher(Protocol):
    """Somebody who minimises."""

    def ask(self) -> dict[str, Any]:
        """What to try next."""
        ...

    def tell(self, configuration: dict[str, Any], value: float) -> None:
        """What came of it."""
        ...


class Optuna:
    """A study whose sampler is named."""

    def __init__(self, sampler: str, ranges: Ranges, seed: int, *, parallel: bool) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        options = {"constant_liar": True} if sampler == "TPESampler" and parallel else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = getattr(optuna.samplers, sampler)(seed=seed, **options)
        self._study = optuna.create_study(sampler=made)
        self._space = {
            entry["Name"]: self._distribution(kind, entry)
            for kind, entries in ranges.items()
            for entry in entries
        }
        self._open: dict[tuple[Any, ...], Any] = {}

    def _distribution(self, kind: str, entry: dict[str, Any]) -> Any:
        from optuna import distributions

        if kind.startswith("Categorical"):
            return distributions.CategoricalDistribution(entry["Values"])
        log = entry.get("ScalingType") == "Logarithmic"
        low, high = entry["MinValue"], entry["MaxValue"]
        if kind.startswith("Integer"):
            return distributions.IntDistribution(int(low), int(high), log=log)
        return distributions.FloatDistribution(float(low), float(high), log=log)

    def ask(self) -> dict[str, Any]:
        """What to try next."""
        trial = self._study.ask(self._space)
        self._open[tuple(sorted(trial.params.items()))] = trial
        return dict(trial.params)

    def tell(self, configuration: dict[str, Any], value: float) -> None:
        """What came of it."""
        self._study.tell(self._open.pop(tuple(sorted(configuration.items()))), value)


def make(name: str, ranges: Ranges, seed: int, *, parallel: bool) -> Searcher:
    """The searcher of that name."""
    if name in {"Bayesian", "Random"}:
        return AskTell(ranges, "Minimize", strategy=name, seed=seed)
    return Optuna(_PEERS[name], ranges, seed, parallel=parallel)


def installed() -> list[str]:
    """Peers that this interpreter has."""
    has: Callable[[str], bool] = lambda module: find_spec(module) is not None  # noqa: E731
    names = ["optuna-tpe"] if has("optuna") else []
    return names + (["optuna-gp"] if has("optuna") and has("torch") else [])


_PEERS = {"optuna-tpe": "TPESampler", "optuna-gp": "GPSampler"}
