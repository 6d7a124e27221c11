"""When a search expects no more gain worth having.

The regret still possible is at most the least upper bound at a known point less the least
lower bound anywhere, each one deviation from the mean (Makarova et al. 2022, "Automatic
termination for hyperparameter optimization"). When that is within 1 % of the best value
the search has converged: AWS documents the 1 %, the rest is our reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.strategy.gaussian_process import GaussianProcess
    from orchestrator.strategy.targets import Targets

    Floats = NDArray[np.float64]

LEAST = 10
"""Finished training jobs of its own (failed ones and parents' do not count) before which no search
has converged; our reading."""
_GAIN = 0.01  # of the best value


def converged(process: GaussianProcess, targets: Targets, known: Floats, elsewhere: Floats) -> bool:
    """True when no point of `elsewhere` is likely to be better by 1 % than the best known."""
    mean, deviation = process.predict(known)
    best = mean.min()
    reached = (mean + deviation).min()
    mean, deviation = process.predict(elsewhere)
    hoped = min((mean - deviation).min(), reached)
    value, low, high = targets.values(np.array([best, hoped, reached]))
    return bool(abs(high - low) <= _GAIN * abs(value))
