"""What AMT fills in when Autotune is enabled: ranges from hints, budget, stopping, retries.

That it derives them at Create and that Describe then shows ordinary ranges is documented; the
one documented example is an integer hint 4 that becomes the range 2 to 8. All other numbers here
are our reading.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from orchestrator.wire.rules import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRAINING_JOBS = 50
_RETRIES = 3
INTEGER, CONTINUOUS = "IntegerParameterRanges", "ContinuousParameterRanges"


def resolved(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with everything that Autotune chooses written out; others come back equal."""
    filled: dict[str, Any] = copy.deepcopy(dict(request))
    job = reading.TuningRequest(filled)
    if not job.autotune or not isinstance(filled.get(reading.CONFIG), dict):
        return filled
    config = filled[reading.CONFIG]
    _fill_config(config, single=not job.several)
    if job.several:
        for definition in reading.sequence(filled[reading.MANY]):
            if isinstance(definition, dict):
                _convert(definition, "HyperParameterRanges", definition)
                definition.setdefault("RetryStrategy", {"MaximumRetryAttempts": _RETRIES})
    elif isinstance(filled.get(reading.ONE), dict):
        _convert(config, "ParameterRanges", filled[reading.ONE])
        filled[reading.ONE].setdefault("RetryStrategy", {"MaximumRetryAttempts": _RETRIES})
    return filled


def _fill_config(config: dict[str, Any], *, single: bool) -> None:
    strategy = config.get("Strategy")
    limits = config.get("ResourceLimits")
    if isinstance(limits, dict) and strategy != "Grid":
        limits.setdefault("MaxNumberOfTrainingJobs", _TRAINING_JOBS)
    if single and strategy != "Hyperband":  # neither may stop early that way
        config.setdefault("TrainingJobEarlyStoppingType", "Auto")
    criteria = config.setdefault("TuningJobCompletionCriteria", {})
    if isinstance(criteria, dict):
        criteria.setdefault("ConvergenceDetected", {"CompleteOnConvergence": "Enabled"})


def _convert(holder: dict[str, Any], key: str, definition: dict[str, Any]) -> None:
    ranges = holder.get(key)
    if not isinstance(ranges, dict) or not ranges.get("AutoParameters"):
        return
    for auto in reading.sequence(ranges.pop("AutoParameters")):
        name, hint = reading.inside(auto, "Name"), reading.inside(auto, "ValueHint")
        found = _range(str(name), str(hint))
        if found is None:
            definition.setdefault("StaticHyperParameters", {})[str(name)] = str(hint)
        else:
            ranges.setdefault(found[0], []).append(found[1])


def _range(name: str, hint: str) -> tuple[str, dict[str, str]] | None:
    """The range list and entry for a hint; None when it stays static (zero, negative, text)."""
    value = reading.number(hint)
    if value is None or value <= 0:
        return None
    if hint.strip().lstrip("+").isdigit():
        whole = int(hint)
        low, high = max(1, whole // 2), 2 * whole
        kind, bounds = INTEGER, (str(low), str(high))
    else:
        # A fraction, such as a dropout, is kept below one.
        top = min(2 * value, (1 + value) / 2) if value < 1 else 2 * value
        kind, bounds = CONTINUOUS, (repr(value / 2), repr(top))
    return kind, {
        "Name": name,
        "MinValue": bounds[0],
        "MaxValue": bounds[1],
        "ScalingType": "Auto",
    }
