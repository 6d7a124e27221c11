"""How long a training job takes: as the user expects, as earlier ones took, or its time-out."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEW = 4  # training jobs of which quarters can be told


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds of one training job with its whole resource.

    Attributes:
        low: A quarter take less; None when nothing is known.
        expected: On average; None when nothing is known.
        worst: Its time-out.
        source: Where low and expected are from.
        stops_included: Training jobs that were stopped early are in the average already.
    """

    low: float | None
    expected: float | None
    worst: float
    source: str
    stops_included: bool = False


def unknown(timeout: float) -> Durations:
    """Nothing but the time-out is known."""
    return Durations(None, None, timeout, "only the time-out is known; --expect 10m says more")


def stated(seconds: float, timeout: float) -> Durations:
    """What the user expects."""
    usual = min(seconds, timeout)
    return Durations(usual, usual, timeout, "as given with --expect")


def measured(
    seconds: Sequence[float], jobs: Sequence[str], timeout: float, *, stops_included: bool
) -> Durations:
    """What `seconds` of earlier training jobs of the tuning `jobs` say."""
    low = quantiles(seconds, n=4)[0] if len(seconds) >= _FEW else min(seconds)
    source = f"{len(seconds)} training jobs of {', '.join(jobs)}"
    usual = min(fmean(seconds), timeout)
    return Durations(min(low, usual), usual, timeout, source, stops_included)
