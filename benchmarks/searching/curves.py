"""Many fidelities at equal cost: tuning jobs over learning curves, in virtual time.

Four workers train for as long as `BUDGET` full trainings take one after the other, each at
the cost of its own epochs. Ours are whole tuning jobs of the engine, from their requests.
Peers' schedulers stand in a loop that does the same: a free worker takes the next
configuration, every epoch is told as it ends, and what is to stop stops at once. What counts
is the least value that any training has emitted by a moment.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.searching.jobs import Emulator, request
from benchmarks.searching.lattices import LATTICES, table
from benchmarks.searching.peers.parameters import least_resource
from benchmarks.searching.runs import PARALLEL, Found
from benchmarks.searching.searchers import version_of_ours
from benchmarks.searching.tasks import ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.searching.searchers import Peer

    Values = dict[str, Any]

MODE = "equal-cost"
HOUR = 3600.0  # a full training of mean cost, so that virtual times are as of real jobs
BUDGET = 40
END = BUDGET / PARALLEL
TASKS = tuple(name for name, lattice in LATTICES.items() if lattice.epochs > 1)
OURS: dict[str, dict[str, Any]] = {
    "ours-random": {"strategy": "Random"},
    "ours-random-auto": {"strategy": "Random", "TrainingJobEarlyStoppingType": "Auto"},
    "ours-bayesian": {},
    "ours-bayesian-auto": {"TrainingJobEarlyStoppingType": "Auto"},
    "ours-hyperband": {"strategy": "Hyperband"},
    "ours-hyperband-bayesian": {"strategy": "Hyperband"},
}
"""Ours, by what the request says."""
GUIDED = "ours-hyperband-bayesian"
"""The one with ``AMT_HYPERBAND_SEARCH=Bayesian``."""
PEERS: dict[str, str] = {
    "optuna-tpe-median": "optuna",
    "optuna-tpe-hyperband": "optuna",
    "syne-asha": "syne-tune",
    "syne-bohb": "syne-tune",
    "syne-median": "syne-tune",
    "syne-asha-cqr": "syne-tune",
}
"""Peer's scheduler -> its environment."""


@dataclass(frozen=True)
class Curves:
    """A space, and what its configurations emit; a unit of time is a full training."""

    name: str

    def ranges(self) -> dict[str, list[dict[str, Any]]]:
        return ranges(**{axis.name: axis.range() for axis in LATTICES[self.name].axes})

    def epochs(self) -> int:
        return LATTICES[self.name].epochs

    def emitted(self, values: Values) -> list[tuple[float, float]]:
        """(time an epoch takes, value after it) for each epoch."""
        curve, seconds = table(self.name).curve(values)
        length = seconds / (float(table(self.name).seconds.mean()) * self.epochs())
        return [(length, float(value)) for value in curve]

    def least(self) -> float:
        """The least value of any epoch of any training."""
        return float(table(self.name).values.min())


def ours(task: Curves, name: str, seed: int) -> Found:
    """A tuning job of the engine."""
    begin = time.perf_counter()
    options = dict(OURS[name])
    if options.get("strategy") == "Hyperband":
        resource = {"MinResource": least_resource(task.epochs()), "MaxResource": task.epochs()}
        options["StrategyConfig"] = {"HyperbandStrategyConfig": resource}
    limits = {
        "MaxNumberOfTrainingJobs": 750,
        "MaxParallelTrainingJobs": PARALLEL,
        "MaxRuntimeInSeconds": int(END * HOUR),
    }

    def seconds(values: Values) -> list[tuple[float, float]]:
        return [(HOUR * length, value) for length, value in task.emitted(values)]

    emulator = Emulator(task.ranges(), seconds, guided=name == GUIDED)
    outcome = emulator.run(request(task.ranges(), seed=seed, limits=limits, **options))
    emitted = ((at / HOUR, value) for at, value in outcome.emitted)
    return _found(
        version_of_ours(stopping=True), len(outcome.children), emitted, time.perf_counter() - begin
    )


def theirs(task: Curves, peer: Peer, seed: int) -> Found:
    """A peer's scheduler.

    Raises:
        PeerFailed: It did.
    """
    begin = time.perf_counter()
    answer = peer.say(start={"ranges": task.ranges(), "seed": seed, "epochs": task.epochs()})
    emitted = list(_emitted(task, peer))
    started = 1 + max(number for number, _, _ in emitted)
    ends = ((at, value) for _, at, value in emitted)
    return _found(str(answer["version"]), started, ends, time.perf_counter() - begin)


def _emitted(task: Curves, peer: Peer) -> Iterator[tuple[int, float, float]]:
    """(trial, time, value) of every epoch that ends before the budget does."""
    running: list[tuple[float, int, int, list[tuple[float, float]]]] = []

    def launch(number: int, now: float) -> None:
        curve = task.emitted(peer.ask(number))
        heapq.heappush(running, (now + curve[0][0], number, 0, curve))

    for number in range(PARALLEL):
        launch(number, 0.0)
    following = PARALLEL
    while running:
        now, number, epoch, curve = heapq.heappop(running)
        if now > END:
            return
        value, last = curve[epoch][1], epoch + 1 == len(curve)
        yield number, now, value
        go_on = peer.say(report=[number, epoch + 1, value, last])["go_on"]
        if go_on and not last:
            heapq.heappush(running, (now + curve[epoch + 1][0], number, epoch + 1, curve))
        else:
            launch(following, now)
            following += 1


def _found(
    version: str, started: int, emitted: Iterable[tuple[float, float]], seconds: float
) -> Found:
    least, incumbents = np.inf, []
    for at, value in emitted:
        if value < least and at <= END:
            least = value
            incumbents.append((round(at, 4), value))
    return Found(version, started, tuple(incumbents), seconds)


def shown(found: Found, at: float) -> float:
    """The least value shown by a moment; the first one before there was any."""
    return found.at(at) if found.incumbents[0][0] <= at else found.incumbents[0][1]


def reached(found: Sequence[Found], target: float) -> float:
    """When the mean over runs reached the target; infinite when it did not."""
    moments = sorted({at for each in found for at, _ in each.incumbents})
    whole = max(each.incumbents[0][0] for each in found)
    for at in (moment for moment in moments if moment >= whole):
        if np.mean([shown(each, at) for each in found]) <= target:
            return at
    return np.inf
