"""Objective values made fit for a Gaussian process: smaller is better, mean 0, deviation 1.

A map of values to targets is monotone, so the best stays the best. Which one suits depends on the
objective: a loss that grows by powers of ten wants its logarithm, a sum of small effects wants
to stay as it is. So there are several forms, and the process of each tells how probable
it makes the values (`orchestrator.strategy.fitting`; the idea is Snelson et al. 2004, "Warped
Gaussian processes"). That compares densities of values, hence `Targets.log_slope`.

Ties, constants and any finite numbers are allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LARGEST = 1e300
_FAR = 8.0  # deviations from the median; beyond, logarithmic
_POWERS = np.linspace(-1.0, 3.0, 33)
_TRUST = 0.2  # standard deviation of the prior on the power, about 1 (no change)


class Form(Enum):
    """The kinds of map.

    Attributes:
        STRAIGHT: Values as they are.
        ROOT: About the square root of the distance from the best.
        LOGARITHM: Its logarithm, for distances beyond the typical one.
        POWER: What lies far from the median drawn in by two logarithms, so that a diverged
            training at 1e300 is merely bad; then a power transform (Yeo and Johnson 2000), its
            exponent chosen by likelihood, as in HEBO (Cowen-Rivers et al. 2022).
    """

    STRAIGHT = "straight"
    ROOT = "root"
    LOGARITHM = "logarithm"
    POWER = "power"


@dataclass(frozen=True, slots=True)
class Targets:
    """A monotone map from objective values to targets of mean 0 and deviation 1.

    Attributes:
        sign: 1 if smaller values are better, else -1.
        centre: The value, times the sign, that is measured from.
        spread: The unit of that.
        far: Units from the centre beyond which values are drawn in.
        power: The exponent of the power transform; 1 changes nothing.
        mean: What is taken off at the end.
        deviation: What that is divided by.
    """

    sign: float
    centre: float
    spread: float
    far: float = np.inf
    power: float = 1.0
    mean: float = 0.0
    deviation: float = 1.0

    def of(self, values: Floats) -> Floats:
        """The targets of some objective values."""
        bent = _bend(self.measured(values), self.power)
        return (bent - self.mean) / self.deviation

    def values(self, targets: Floats) -> Floats:
        """The objective values of some targets: the inverse of `of`."""
        measured = _unbend(targets * self.deviation + self.mean, self.power)
        beyond = np.abs(measured) - self.far
        with np.errstate(over="ignore", invalid="ignore"):
            outer = self.far + np.expm1(np.expm1(np.clip(beyond, 0.0, 6.5)))
            away = np.where(beyond > 0, np.sign(measured) * outer, measured)
            return self.sign * np.clip(away * self.spread + self.centre, -_LARGEST, _LARGEST)

    def measured(self, values: Floats) -> Floats:
        """Units from the centre, drawn in where they are far out."""
        away = self._away(values)
        beyond = np.maximum(np.abs(away) - self.far, 0.0)
        with np.errstate(invalid="ignore"):
            drawn = np.sign(away) * (self.far + np.log1p(np.log1p(beyond)))
        return np.where(beyond > 0, drawn, away)

    def log_slope(self, values: Floats) -> float:
        """The logarithm of the derivatives of `of` at these values, summed."""
        beyond = np.maximum(np.abs(self._away(values)) - self.far, 0.0)
        drawn = np.log1p(beyond)
        bent = (self.power - 1.0) * _signed_logs(self.measured(values))
        slopes = bent - drawn - np.log1p(drawn)
        return float(slopes.sum() - len(values) * (np.log(self.spread) + np.log(self.deviation)))

    def _away(self, values: Floats) -> Floats:
        clipped = np.clip(self.sign * values, -_LARGEST, _LARGEST)
        with np.errstate(over="ignore"):
            away: Floats = np.clip((clipped - self.centre) / self.spread, -_LARGEST, _LARGEST)
        return away


def fitted(values: Floats, form: Form = Form.POWER, *, maximize: bool) -> Targets:
    """The map of that form that suits these objective values."""
    sign = -1.0 if maximize else 1.0
    signed = np.clip(sign * values, -_LARGEST, _LARGEST)
    best, median = float(signed.min()), float(np.median(signed))
    match form:
        case Form.STRAIGHT:
            raw = Targets(sign, median, _spread(np.abs(signed - median), 1.0))
        case Form.ROOT:
            raw = Targets(sign, best, _spread(signed - best), power=0.5)
        case Form.LOGARITHM:
            raw = Targets(sign, best, _spread(signed - best), power=0.0)
        case _:
            raw = Targets(sign, median, _spread(np.abs(signed - median)), _FAR)
            raw = replace(raw, power=_best_power(raw.measured(values)))
    bent = raw.of(values)
    deviation = float(bent.std())
    return replace(raw, mean=float(bent.mean()), deviation=deviation if deviation > 0 else 1.0)


def _spread(away: Floats, *shares: float) -> float:
    """The typical distance from the centre that is not nothing."""
    for share in shares or (0.5, 0.75, 0.9, 1.0):
        spread = float(np.quantile(away, share))
        if spread > np.finfo(float).tiny:
            return spread
    return 1.0


def _best_power(measured: Floats) -> float:
    """The exponent under which the values look most normal, near 1 when there is doubt."""
    logs = _signed_logs(measured)
    scores = [
        -0.5 * len(measured) * np.log(max(float(_bend(measured, power).var()), 1e-12))
        + (power - 1.0) * logs.sum()
        - 0.5 * ((power - 1.0) / _TRUST) ** 2
        for power in _POWERS
    ]
    return float(_POWERS[int(np.argmax(scores))])


def _signed_logs(values: Floats) -> Floats:
    """The logarithms of the slopes of the power transform, for an exponent one above 1."""
    logs: Floats = np.sign(values) * np.log1p(np.abs(values))
    return logs


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
