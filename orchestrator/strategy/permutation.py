"""A random order of the whole numbers below a size, read at any position.

Small sizes are shuffled. Large ones are walked by a keyed Feistel network on the next even
number of bits, repeated until the result is below the size (cycle walking; Black and
Rogaway 2002, "Ciphers with arbitrary finite domains"): a bijection by construction, with
no memory and about the same cost at every position and size.
"""

from __future__ import annotations

import math
from hashlib import shake_256
from typing import TYPE_CHECKING

from orchestrator.strategy.seeds import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHUFFLED = 1024
_ROUNDS = 6


def weighted_order(seed: int, purpose: str, weights: Iterable[float]) -> list[int]:
    """The indices of `weights`, each next one drawn by weight from those left.

    One exponential race instead of many draws (Efraimidis and Spirakis 2006, "Weighted random
    sampling with a reservoir").
    """
    stream = Stream(seed, purpose)
    finish = [-math.log1p(-stream.fraction()) / weight for weight in weights]
    return sorted(range(len(finish)), key=finish.__getitem__)


class Permutation:
    """Every number below `size` exactly once, in an order that `seed` and `purpose` decide."""

    __slots__ = ("_half", "_key", "_size", "_table")

    def __init__(self, seed: int, purpose: str, size: int) -> None:
        stream = Stream(seed, purpose)
        self._size = size
        self._table = stream.shuffled(range(size)) if size <= _SHUFFLED else []
        self._half = ((size - 1).bit_length() + 1) // 2
        self._key = f"{seed}/{purpose}/".encode()

    def __getitem__(self, position: int) -> int:
        """The number at `position`, from 0 to the size less one."""
        if self._table:
            return self._table[position]
        place = self._scrambled(position)
        while place >= self._size:
            place = self._scrambled(place)
        return place

    def _scrambled(self, number: int) -> int:
        """`number` through the network: a bijection on 2 * half bits."""
        mask = (1 << self._half) - 1
        left, right = number >> self._half, number & mask
        for turn in range(_ROUNDS):
            left, right = right, left ^ (self._hashed(turn, right) & mask)
        return left << self._half | right

    def _hashed(self, turn: int, number: int) -> int:
        length = self._half // 8 + 1
        message = self._key + turn.to_bytes(1) + number.to_bytes(length)
        return int.from_bytes(shake_256(message).digest(length))
