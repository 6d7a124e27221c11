"""The lengths of a growing history at which costly things are found afresh.

What is found at such a length is taken until the next one, which is a fifth longer: the cost
of an ask stays bounded, and the history alone decides what is found.
"""

from __future__ import annotations

_GROWTH = 1.2


def last_landmark(count: int, first: int) -> int:
    """The last of these lengths that is at most `count`; 0 when that is less than `first`."""
    if count < first:
        return 0
    length = first
    while (following := max(length + 1, int(length * _GROWTH))) <= count:
        length = following
    return length
