"""Names of a tuning job's training jobs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.space.ranges import Configuration
    from orchestrator.tuning.spec import TuningSpec


def child_name(spec: TuningSpec, created: float, number: int, configuration: Configuration) -> str:
    """``<tuning job>-<NNN>-<8 hex>`` (observed); the counter widens beyond 999 (our reading).

    The digits hash what makes the child: the tuning job (its ARN and moment of creation, so
    that a name used again after a delete does not collide), its number and configuration.
    A repeated decision therefore gives the same name.
    """
    parts = [
        spec.arn,
        f"{created:.3f}",
        str(number),
        *(f"{name}={text}" for name, text in configuration),
    ]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{spec.name}-{number:03d}-{digest[:8]}"
