"""Which child is best, and whether a new best is worth calling an improvement."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.strategy.protocol import Direction

SIGNIFICANT = 0.01
"""An improvement under 1 % of the best counts as none (documented, BestObjectiveNotImproving)."""


def beats(direction: Direction, value: float, best: float | None) -> bool:
    """True when `value` takes the place of `best`.

    On a tie the earlier end keeps it (observed once; our reading of it).
    """
    return best is None or direction.better(value, best)


def improves(direction: Direction, value: float, best: float | None) -> bool:
    """True when `value` is better than `best` by at least 1 % of its size (our reading)."""
    if best is None:
        return True
    if not direction.better(value, best):
        return False
    return abs(value - best) >= SIGNIFICANT * abs(best)


def reaches(direction: Direction, value: float, target: float) -> bool:
    """True when `value` is as good as `target` or better."""
    return value == target or direction.better(value, target)
