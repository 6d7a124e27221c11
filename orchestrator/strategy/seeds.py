"""Chance: one stream per (job seed, purpose, number), so no feature disturbs another.

A stream is a counter under a hash (BLAKE2b), in the spirit of counter-based generators
(Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): the same on every
machine and for every version of every library, with no state to save and no import cost.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

Item = TypeVar("Item")

_WORD = 8  # bytes
_BLOCK = 64  # bytes, the longest BLAKE2b digest


class Stream:
    """An endless row of random numbers that (`seed`, `purpose`, `number`) alone decide."""

    __slots__ = ("_block", "_key", "_words")

    def __init__(self, seed: int, purpose: str, number: int = 0) -> None:
        self._key = blake2b(f"{seed}/{purpose}/{number}".encode()).digest()
        self._block = 0
        self._words: list[int] = []

    def word(self) -> int:
        """The next 64 random bits."""
        if not self._words:
            digest = blake2b(self._block.to_bytes(_WORD), key=self._key).digest()
            self._block += 1
            self._words = [
                int.from_bytes(digest[start : start + _WORD]) for start in range(0, _BLOCK, _WORD)
            ]
        return self._words.pop()

    def fraction(self) -> float:
        """A number from 0 (included) to 1 (excluded), every multiple of 2^-53 alike."""
        return float(self.word() >> 11) * 2.0**-53

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1 (at most 2^64), each exactly as likely."""
        span = (1 << 64) // limit * limit
        while (word := self.word()) >= span:  # the incomplete last lap would favour the small
            pass
        return word % limit

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in random order, every order alike (Fisher and Yates)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


def generator(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """The same for arrays: a numpy generator that (`seed`, `purpose`, `number`) decide."""
    import numpy as np  # noqa: PLC0415  (slow to import; only searches with a model come here)

    return np.random.Generator(np.random.Philox(key=Stream(seed, purpose, number).word()))
