"""Who searches: ours through the adapter, in this process; peers in theirs, at a line's end.

A searcher is begun with ranges and a seed, asked for the configuration of a trial by its
number, and told what came of it, in any order. What was asked and not told is running.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import threading
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks.searching import ablation, environments
from orchestrator.strategy.ask_tell import AskTell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Ranges = dict[str, list[dict[str, Any]]]
    Values = dict[str, Any]

ROOT = Path(__file__).parent.parent.parent
OURS = ("Bayesian", "Random")
PARTS = tuple(ablation.PARTS)
"""The Bayesian search without one of its parts."""
PEERS: dict[str, str] = {
    "optuna-tpe": "optuna",
    "hyperopt": "hyperopt",
    "smac": "smac",
    "optuna-gp": "optuna",
    "syne-cqr": "syne-tune",
    "skopt": "skopt",
    "syne-botorch": "syne-tune",
    "hebo": "hebo",
    "ax": "ax",
}
"""Peer -> its environment; the quick ones first."""
GAUSSIAN = ("optuna-gp", "skopt", "syne-botorch", "hebo", "ax")
"""Those whose model is a Gaussian process."""
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT"), "1"
)
"""The last is joblib's: SMAC begins a pool of threads for each question of its forest otherwise."""


_PROPOSES_NOTHING = {
    "early_stopping.py",
    "guided_hyperband.py",
    "hyperband.py",
    "progress.py",
    "protocol.py",
    "registry.py",
}


@cache
def version_of_ours(*, stopping: bool = False) -> str:
    """A digest of the sources that decide what our searches propose: of what they do, not say.

    Args:
        stopping: Those that decide which trainings are stopped count too.
    """
    files = [
        path
        for room in ("strategy", "space")
        for path in (ROOT / "orchestrator" / room).glob("*.py")
        if stopping or path.name not in _PROPOSES_NOTHING
    ]
    return sha256("".join(_done_by(path) for path in sorted(files)).encode()).hexdigest()[:8]


def _done_by(path: Path) -> str:
    """A source without its comments, docstrings and the like, which may change at any time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
    return ast.dump(tree)


ANSWER_SECONDS = 1800.0
"""How long an answer may take: longer than any that was seen on a busy machine."""


class PeerFailed(RuntimeError):
    """A peer raised, or is gone; the text says what it said."""


class Searcher(Protocol):
    """Somebody who minimises."""

    def start(self, ranges: Ranges, *, seed: int, parallel: int, trials: int) -> str:
        """Begin anew; the version of who searches."""
        ...

    def ask(self, number: int) -> Values:
        """What trial `number` is to try."""
        ...

    def tell(self, number: int, value: float) -> None:
        """What came of it."""
        ...


class Ours:
    """A strategy of this tree."""

    def __init__(self, strategy: str) -> None:
        self._strategy = strategy
        self._open: dict[int, Values] = {}

    def start(self, ranges: Ranges, *, seed: int, parallel: int, trials: int) -> str:
        del parallel, trials
        self._open = {}
        self._search = AskTell(ranges, "Minimize", strategy=self._strategy, seed=seed)
        return version_of_ours()

    def ask(self, number: int) -> Values:
        self._open[number] = self._search.ask()
        return self._open[number]

    def tell(self, number: int, value: float) -> None:
        self._search.tell(self._open.pop(number), value)

    def load(self, observations: Sequence[tuple[Values, float]]) -> None:
        """Know these as well."""
        for values, value in observations:
            self._search.tell(values, value)


class Peer:
    """A library at the other end of a line (`benchmarks.searching.peers.serve`)."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env=os.environ | ONE_THREAD | {"PYTHONPATH": str(ROOT)},
        )

    def say(self, **line: Any) -> dict[str, Any]:
        """Its answer to one line."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            print(json.dumps(line), file=process.stdin, flush=True)
        except BrokenPipeError as error:
            raise PeerFailed("it is gone") from error
        patience = threading.Timer(ANSWER_SECONDS, process.kill)
        patience.start()
        text = process.stdout.readline()
        patience.cancel()
        if not text:
            raise PeerFailed("it is gone, or was ended because it took too long")
        answer = json.loads(text)
        if "error" in answer:
            raise PeerFailed(answer["error"])
        return answer

    def start(self, ranges: Ranges, *, seed: int, parallel: int, trials: int) -> str:
        given = {"ranges": ranges, "seed": seed, "parallel": parallel, "trials": trials}
        return str(self.say(start=given)["version"])

    def ask(self, number: int) -> Values:
        return self.say(ask=number)["configuration"]

    def tell(self, number: int, value: float) -> None:
        self.say(tell=[number, value])

    def load(self, observations: Sequence[tuple[Values, float]]) -> None:
        """Know these as well."""
        self.say(load=list(observations))

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def peer_of(name: str, environment: str) -> Iterator[Peer]:
    """The peer of that name, in its environment."""
    python = str(environments.python(environment))
    peer = Peer([python, "-m", "benchmarks.searching.peers.serve", name])
    try:
        yield peer
    finally:
        peer.close()


@contextmanager
def opened(name: str) -> Iterator[Ours | Peer]:
    """The searcher of that name: one of `OURS`, `PARTS` or `PEERS`."""
    if name in PEERS:
        with peer_of(name, PEERS[name]) as peer:
            yield peer
    else:
        with ablation.without(name):
            yield Ours("Random" if name == "Random" else "Bayesian")


def here() -> list[str]:
    """Peers whose environments stand."""
    return [peer for peer, environment in PEERS.items() if environments.ready(environment)]
