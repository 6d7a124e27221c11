"""Objective values made fit for a Gaussian process: smaller is better, about normal.

Three monotone steps, so the best stays the best. Values are centred at their median and
measured in median absolute deviations; what lies far out is drawn in by two logarithms, so a
diverged training at 1e300 is merely bad; and a power transform (Yeo and Johnson 2000), its
exponent chosen by likelihood, takes out skew, as in HEBO (Cowen-Rivers et al. 2022).
Ties, constants and any finite numbers are allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LARGEST = 1e300
_FAR = 8.0  # deviations from the median; beyond, logarithmic
_POWERS = np.linspace(-1.0, 3.0, 33)
_TRUST = 0.2  # standard deviation of the prior on the power, about 1 (no change)


@dataclass(frozen=True, slots=True)
class Targets:
    """A monotone map from objective values to targets of mean 0 and deviation 1."""

    sign: float
    centre: float
    spread: float
    power: float
    mean: float = 0.0
    deviation: float = 1.0

    def of(self, values: Floats) -> Floats:
        """The targets of some objective values."""
        bent = _bend(self.measured(values), self.power)
        return (bent - self.mean) / self.deviation

    def values(self, targets: Floats) -> Floats:
        """The objective values of some targets: the inverse of `of`."""
        far = _unbend(targets * self.deviation + self.mean, self.power)
        beyond = np.abs(far) - _FAR
        with np.errstate(over="ignore"):
            outer = np.sign(far) * (_FAR + np.expm1(np.expm1(np.clip(beyond, 0.0, 6.5))))
            measured = np.where(beyond > 0, outer, far)
            return self.sign * np.clip(measured * self.spread + self.centre, -_LARGEST, _LARGEST)

    def measured(self, values: Floats) -> Floats:
        """Deviations from the median, drawn in where they are far out."""
        clipped = np.clip(self.sign * values, -_LARGEST, _LARGEST)
        with np.errstate(over="ignore"):
            away = np.clip((clipped - self.centre) / self.spread, -_LARGEST, _LARGEST)
        beyond = np.abs(away) - _FAR
        drawn = np.sign(away) * (_FAR + np.log1p(np.log1p(np.maximum(beyond, 0.0))))
        return np.where(beyond > 0, drawn, away)


def fitted(values: Floats, *, maximize: bool) -> Targets:
    """The map that suits these objective values."""
    sign = -1.0 if maximize else 1.0
    signed = np.clip(sign * values, -_LARGEST, _LARGEST)
    centre = float(np.median(signed))
    raw = Targets(sign, centre, _spread(np.abs(signed - centre)), 1.0)
    measured = raw.measured(values)
    power = _best_power(measured)
    bent = _bend(measured, power)
    deviation = float(bent.std())
    return Targets(
        sign, centre, raw.spread, power, float(bent.mean()), deviation if deviation > 0 else 1.0
    )


def _spread(away: Floats) -> float:
    """The typical distance from the centre that is not nothing."""
    for share in (0.5, 0.75, 0.9, 1.0):
        spread = float(np.quantile(away, share))
        if spread > np.finfo(float).tiny:
            return spread
    return 1.0


def _best_power(measured: Floats) -> float:
    """The exponent under which the values look most normal, near 1 when there is doubt."""
    logs = np.sign(measured) * np.log1p(np.abs(measured))
    scores = [
        -0.5 * len(measured) * np.log(max(float(_bend(measured, power).var()), 1e-12))
        + (power - 1.0) * logs.sum()
        - 0.5 * ((power - 1.0) / _TRUST) ** 2
        for power in _POWERS
    ]
    return float(_POWERS[int(np.argmax(scores))])


def _bend(values: Floats, power: float) -> Floats:
    """Yeo and Johnson's transform."""
    up, down = np.maximum(values, 0.0), np.maximum(-values, 0.0)
    return _grown(up, power) - _grown(down, 2.0 - power)


def _unbend(values: Floats, power: float) -> Floats:
    """Its inverse; targets beyond its range go to its edge."""
    up, down = np.maximum(values, 0.0), np.maximum(-values, 0.0)
    return _shrunk(up, power) - _shrunk(down, 2.0 - power)


def _grown(values: Floats, power: float) -> Floats:
    if abs(power) < 1e-9:  # noqa: PLR2004  (the limit)
        return np.log1p(values)
    return np.expm1(power * np.log1p(values)) / power


def _shrunk(values: Floats, power: float) -> Floats:
    if abs(power) < 1e-9:  # noqa: PLR2004  (the limit)
        return np.expm1(np.minimum(values, 700.0))
    inside = np.maximum(power * values, -1.0 + 1e-12)
    return np.expm1(np.minimum(np.log1p(inside) / power, 700.0))
