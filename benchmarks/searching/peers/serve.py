"""A peer's side of the line: JSON objects in, one each out.

    python -m benchmarks.searching.peers.serve optuna-tpe

``{"start": {"ranges", "seed", "parallel", "trials"}}`` begins a search, with ``epochs`` for the
last two that of a scheduler; ``{"ask": n}`` wants the configuration of trial n; ``{"tell": [n, value]}`` says what came of it, in any order;
``{"load": [[configuration, value], …]}`` brings observations that were never asked for;
``{"report": [n, epoch, value, last]}`` tells a scheduler of an epoch and answers ``go_on``;
``{"time": [n, value]}`` tells trial n and asks for the next one, and answers the seconds of
processor time that took. An answer with ``error`` says that the library failed.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks.searching.peers.parameters import outward, parameters_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.searching.peers.parameters import Parameter

PEERS = {
    "optuna-tpe": ("with_optuna", "Tpe", "optuna"),
    "optuna-gp": ("with_optuna", "Gp", "optuna"),
    "hyperopt": ("with_hyperopt", "Hyperopt", "hyperopt"),
    "skopt": ("with_skopt", "Skopt", "scikit-optimize"),
    "smac": ("with_smac", "Smac", "smac"),
    "syne-cqr": ("with_syne_tune", "Cqr", "syne-tune"),
    "syne-botorch": ("with_syne_tune", "Botorch", "syne-tune"),
    "hebo": ("with_hebo", "Hebo", "HEBO"),
    "ax": ("with_ax", "Ax", "ax-platform"),
    "optuna-tpe-median": ("with_optuna", "Median", "optuna"),
    "optuna-tpe-hyperband": ("with_optuna", "Hyperband", "optuna"),
    "syne-asha": ("with_syne_tune", "Asha", "syne-tune"),
    "syne-bohb": ("with_syne_tune", "Bohb", "syne-tune"),
    "syne-median": ("with_syne_tune", "Median", "syne-tune"),
    "syne-asha-cqr": ("with_syne_tune", "AshaCqr", "syne-tune"),
}
"""Name -> (module, class, distribution)."""


class Library(Protocol):
    """Somebody's search. Values are to be minimised; a trial asked and not told is running."""

    def __init__(
        self, parameters: Sequence[Parameter], *, seed: int, parallel: int, trials: int
    ) -> None: ...

    def ask(self, number: int) -> Mapping[str, Any]:
        """The configuration of a trial."""
        ...

    def tell(self, number: int, value: float) -> None:
        """What came of a trial."""
        ...

    def load(self, observations: Sequence[tuple[Mapping[str, Any], float]]) -> None:
        """Know these as well."""
        ...


class Scheduler(Protocol):
    """Somebody's search that also says which trainings are to stop."""

    def __init__(self, parameters: Sequence[Parameter], *, seed: int, epochs: int) -> None: ...

    def ask(self, number: int) -> Mapping[str, Any]:
        """The configuration of a trial."""
        ...

    def report(self, number: int, epoch: int, value: float, last: bool) -> bool:  # noqa: FBT001
        """The value of a trial after an epoch; whether it goes on."""
        ...


class Server:
    """Answers one line after the other."""

    def __init__(self, name: str) -> None:
        module, kind, distribution = PEERS[name]
        self._kind = getattr(import_module(f"benchmarks.searching.peers.{module}"), kind)
        self._version = version(distribution)
        self._parameters: list[Parameter] = []
        self._library: Any = None

    def answer(self, line: Mapping[str, Any]) -> dict[str, Any]:
        ((verb, given),) = line.items()
        return getattr(self, f"_{verb}")(given)

    def _start(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._parameters = parameters_of(given["ranges"])
        options = {name: value for name, value in given.items() if name != "ranges"}
        self._library = self._kind(self._parameters, **options)
        return {"version": self._version}

    def _ask(self, number: int) -> dict[str, Any]:
        return {"configuration": outward(self._parameters, self._library.ask(number))}

    def _tell(self, given: tuple[int, float]) -> dict[str, Any]:
        self._library.tell(*given)
        return {}

    def _report(self, given: tuple[int, int, float, bool]) -> dict[str, Any]:
        return {"go_on": bool(self._library.report(*given))}

    def _load(self, given: Sequence[tuple[Mapping[str, Any], float]]) -> dict[str, Any]:
        self._library.load(given)
        return {}

    def _time(self, given: tuple[int, float]) -> dict[str, Any]:
        begin = time.process_time()
        self._library.tell(*given)
        answer = self._ask(given[0] + 1)
        return answer | {"seconds": time.process_time() - begin}


def main(name: str) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    server = Server(name)
    for line in sys.stdin:
        try:
            answer = server.answer(json.loads(line))
        except Exception:  # noqa: BLE001 - whatever a library raises is told
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
