"""How much memory the Bayesian search adds to a process that asks a strategy.

    python -m benchmarks.searching.memory Bayesian 750     the most that one such process took

The same is done by random search and by the Bayesian one, each in a process of its own: so many
observations are told, four more are asked for and told, and three are left running. What the
second took more at its peak is what the search adds, its libraries (numpy, scipy) included.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from orchestrator.strategy.ask_tell import AskTell

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
SIZES = (100, 750)
WIDTH = 10
TOLD, RUNNING = 4, 3


def added() -> Iterator[tuple[int, float]]:
    """(observations, MB)."""
    for size in SIZES:
        random, bayesian = (_most(strategy, size) for strategy in ("Random", "Bayesian"))
        yield size, bayesian - random


def _most(strategy: str, size: int) -> float:
    """The MB that a process took at its peak."""
    command = [sys.executable, "-m", "benchmarks.searching.memory", strategy, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return float(done.stdout)


def _searched(strategy: str, size: int) -> None:
    """No numpy here: random search would pay for it."""
    generator = Random(0)
    names = [f"x{index}" for index in range(WIDTH)]
    ranges = [{"Name": name, "MinValue": "0", "MaxValue": "1"} for name in names]
    search = AskTell({"ContinuousParameterRanges": ranges}, "Minimize", strategy=strategy)
    for number in range(size + TOLD):
        asked = search.ask() if number >= size else {name: generator.random() for name in names}
        search.tell(asked, sum((float(value) - 0.4) ** 2 for value in asked.values()))
    for _ in range(RUNNING):
        search.ask()


if __name__ == "__main__":
    _searched(sys.argv[1], int(sys.argv[2]))
    # Linux only; getrusage would count the process that this one was forked from
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(int(status["VmHWM"].split()[0]) / 1024)
