"""Rounds of parallel training jobs, and what they leave a search to learn from."""

from __future__ import annotations

from dataclasses import dataclass

_FEW = 4  # rounds in which a search that learns is hardly better than chance


@dataclass(frozen=True, slots=True)
class Rounds:
    """Training jobs side by side.

    Attributes:
        parallel: At once.
        count: Rounds, the last one perhaps not full.
        learning: Rounds that begin with results of earlier ones; None where a strategy learns
            nothing.
    """

    parallel: int
    count: int
    learning: int | None

    @property
    def few(self) -> bool:
        """True where a search that learns has too few rounds to learn in."""
        return self.learning is not None and self.count <= _FEW


def rounds(strategy: str, most: int, parallel: int) -> Rounds:
    """`most` training jobs, at most `parallel` at once.

    Training jobs of different length overlap, so rounds are a measure and not a schedule.
    """
    beside = max(1, min(parallel, most))
    count = -(-most // beside)
    learns = strategy not in {"Random", "Grid", "Hyperband"}
    return Rounds(beside, count, max(0, count - 1) if learns else None)


def in_words(found: Rounds, most: int) -> str:
    """``12 parallel of 48 = 4 rounds: …``, with what that means for a search that learns."""
    words = f"{found.parallel} parallel of {most} = {found.count} round{'s' * (found.count > 1)}"
    if found.learning is None:
        return f"{words}; the strategy learns nothing from results, so parallelism costs nothing"
    if not found.learning:
        return f"{words}: every configuration is chosen before the first result is known"
    if found.parallel == 1:
        return f"{words}: each configuration is chosen with every result before it"
    out = found.parallel - 1
    return (
        f"{words}: a configuration is chosen while {out} result{'s are' if out > 1 else ' is'} "
        f"still out; {found.learning} of {found.count} rounds begin with results"
    )
