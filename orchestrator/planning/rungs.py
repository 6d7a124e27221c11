"""Hyperband's rungs, and how many training jobs are expected at each.

The emulator's rule is asynchronous halving (`orchestrator.strategy.hyperband`): of k jobs that
have reached a rung, the newest goes on when it is among the best third of them. In random order
that happens with probability (floor((k - 1) / 3) + 1) / k, so of n jobs the sum of these over
k = 1 … n goes on. A rung further up is reckoned the same way from those that reach it, as if
their order there were new: jobs whose rank never changes leave somewhat more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.strategy.hyperband import ETA, rungs

if TYPE_CHECKING:
    from orchestrator.tuning.spec import TuningSpec


@dataclass(frozen=True, slots=True)
class Rung:
    """One point at which training jobs are judged, or their end.

    Attributes:
        resource: The emission (epoch) at which it stands.
        reaching: How many training jobs are expected to come so far.
    """

    resource: int
    reaching: float


def expected(spec: TuningSpec, count: int) -> tuple[Rung, ...]:
    """Every rung and, last, the whole resource; empty for another strategy than Hyperband."""
    options = dict(spec.options)
    most = options.get("max_resource")
    if spec.strategy != "Hyperband" or most is None:
        return ()
    found, reaching = [], float(count)
    for resource in rungs(options.get("min_resource", 1), most):
        found.append(Rung(resource, reaching))
        reaching = _going_on(reaching)
    return (*found, Rung(most, reaching))


def share(found: tuple[Rung, ...]) -> float:
    """The part of the whole resource that a training job uses on average; 1 without rungs."""
    if not found:
        return 1.0
    used, before = 0.0, 0
    for rung in found:
        used += rung.reaching * (rung.resource - before)
        before = rung.resource
    return used / (found[0].reaching * found[-1].resource)


def _going_on(reaching: float) -> float:
    """Of so many that reach a rung, how many go on; between whole numbers by straight line."""
    whole = int(reaching)
    passed = sum(((k - 1) // ETA + 1) / k for k in range(1, whole + 1))
    return passed + (reaching - whole) * (whole // ETA + 1) / (whole + 1)
