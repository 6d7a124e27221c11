"""The flat ground around the best value, where more of the same is not worth a training.

Objectives of real trainings are often flat in steps: a share of right answers on a small set, a
depth that no tree reaches, a parameter that another one's choice switches off. A stationary
process cannot believe that: it goes on to expect a gain from what has told the same value many
times. So between trials that told exactly the best value, with no other trial there that told
another, nothing new is expected; nor a little beyond, whatever was told there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ENOUGH = 3  # trials of the very same value
_LATEST = 40  # of them, from which boxes are grown
_BEYOND = 0.05  # of a range, on either side, where equals differ at all
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Plateau:
    """Boxes of the space in which the best value is all that was told.

    Attributes:
        low: Their lower corners, a row each.
        high: Their upper corners.
    """

    low: Floats
    high: Floats

    @classmethod
    def of(cls, points: Floats, values: Floats, failed: Floats, *, maximize: bool) -> Plateau:
        """The plateau that these trials show, and those that failed do not."""
        best = values == (values.max(initial=-np.inf) if maximize else values.min(initial=np.inf))
        _, firsts = np.unique(points[best], axis=0, return_index=True)
        tied = points[best][np.sort(firsts)]
        if len(tied) < _ENOUGH:
            return cls(tied[:0], tied[:0])
        low, high = _grown(tied[-_LATEST:], np.vstack([points[~best], failed]))
        beyond = _BEYOND * (high - low > _SAME)
        return cls(low - beyond - _SAME, high + beyond + _SAME)

    @property
    def seen(self) -> bool:
        """Whether the best value was told often enough to speak of one."""
        return len(self.low) > 0

    def covers(self, points: Floats) -> NDArray[np.bool_]:
        """For each point, whether it lies there."""
        covered = np.zeros(len(points), dtype=bool)
        for low, high in zip(self.low, self.high, strict=True):
            covered |= np.logical_and(points >= low, points <= high).all(axis=1)
        return covered


def _grown(tied: Floats, others: Floats) -> tuple[Floats, Floats]:
    """From each of the equals a box, grown to its neighbours while no other value is within."""
    away = ((tied[:, None] - tied[None]) ** 2).sum(2)
    low, high = tied.copy(), tied.copy()
    for nearest in np.argsort(away, axis=1, kind="stable")[:, 1:].T:
        lower, higher = np.minimum(low, tied[nearest]), np.maximum(high, tied[nearest])
        within = (others[None] >= lower[:, None]) & (others[None] <= higher[:, None])
        flat = ~within.all(axis=2).any(axis=1)
        low[flat], high[flat] = lower[flat], higher[flat]
    corners = np.unique(np.hstack([low, high]), axis=0)
    return corners[:, : low.shape[1]], corners[:, low.shape[1] :]
