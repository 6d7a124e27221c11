"""Some of many trials, for what would cost too much with all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchestrator.strategy.seeds import generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

FITTED = 150
"""Trials that a process's parameters are fitted to."""


def subset(targets: NDArray[np.float64], limit: int, seed: int, purpose: str) -> NDArray[np.intp]:
    """The indices of at most `limit` trials, in order: the best quarter and some of the rest.

    Args:
        targets: Of all trials; smaller is better.
        limit: How many to keep.
        seed: Root of every random choice.
        purpose: What they are kept for; with the seed and the number of trials it decides
            which of the rest.
    """
    if len(targets) <= limit:
        return np.arange(len(targets))
    order = np.argsort(targets, kind="stable")
    best, rest = order[: limit // 4], order[limit // 4 :]
    chance = generator(seed, purpose, len(targets))
    drawn = rest[np.argsort(chance.random(len(rest)))[: limit - len(best)]]
    return np.sort(np.concatenate([best, drawn]))
