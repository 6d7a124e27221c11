"""The process of one definition, at a bounded cost from ask to ask.

One of the forms of targets is drawn for each ask, one that makes the values more probable more
often. It is not always the most probable one, since no process is quite right: one form may see
a way on where another sees none. So probabilities are taken to a power below one, as for
models that are known to be wrong (Grünwald and van Ommen 2017, "Inconsistency of Bayesian
inference for misspecified linear models, and a proposal for repairing it").

Which forms suit, and the parameters of each, would from scratch be most of an ask's cost. So that
is done at few lengths of the history (`orchestrator.strategy.landmarks`), and again when a training
job ends that was launched before others of them; in between the search for parameters begins where
the last one from scratch ended, and takes few steps. What is kept between asks is only a cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestrator.strategy.failures import Failures
from orchestrator.strategy.gaussian_process import GaussianProcess, improbability, most_probable
from orchestrator.strategy.kernel import Shape
from orchestrator.strategy.landmarks import last_landmark
from orchestrator.strategy.subset import FITTED, subset
from orchestrator.strategy.targets import Form, fitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.strategy.evidence import Evidence, Reader
    from orchestrator.strategy.kernel import Parameters

    Floats = NDArray[np.float64]

HELD = 1000  # trials that a process is conditioned on
LEAST = 3  # trials that a process can be fitted to
_CACHED = 2  # landmarks: with and without parents
_STEPS = 12  # from where the fit of fewer trials ended
_FORMS = tuple(Form)
_TEMPER = 0.3  # of the number of trials: what a logarithm of probability is divided by
_AS_THEY_ARE = 1.0  # how much more probable values are expected as they are; a logarithm
_SELDOM = 0.05  # a form less probable is not drawn


@dataclass(frozen=True, slots=True)
class Landmark:
    """What was found at one length of the history.

    Attributes:
        weights: How often each form is drawn.
        parameters: The most probable parameters of each form's process.
    """

    weights: dict[Form, float]
    parameters: dict[Form, Parameters]

    def form(self, chance: float) -> Form:
        """The form that a number from 0 to 1 stands for."""
        drawn = [form for form, weight in self.weights.items() if weight]
        sums = np.cumsum([self.weights[form] for form in drawn])
        return drawn[int(np.searchsorted(sums[:-1], chance, side="right"))]


class Fitter:
    """Fits the processes of one definition.

    Args:
        reader: The definition's.
        seed: Root of every random choice.
        maximize: Whether greater values are better.
    """

    def __init__(self, reader: Reader, seed: int, *, maximize: bool) -> None:
        self._lattice = reader.lattice
        self._seed = seed
        self._purpose = f"bayesian/{reader.definition}/sample"
        self._maximize = maximize
        self._failures = Failures(seed, self._purpose)
        self._cache: dict[bytes, Landmark] = {}

    def form(self, evidence: Evidence, chance: float) -> Form:
        """The form that a number from 0 to 1 stands for."""
        if len(evidence.values) < LEAST or not self._lattice.width:
            return Form.POWER
        return self._landmark(evidence).form(chance)

    def process(self, evidence: Evidence, targets: Floats, form: Form) -> GaussianProcess:
        """The process of what is known, failures that count as bad as the worst that ended.

        Args:
            evidence: With objective values.
            targets: What these are on the scale of the process.
            form: Which form of targets that is.
        """
        shape = Shape.of(self._lattice, marks=evidence.marks)
        counts = self._failures.count(shape, evidence.points, evidence.failed)
        failed = evidence.failed if counts else evidence.failed[:0]
        points = np.vstack([evidence.points, failed])
        targets = np.concatenate([targets, np.full(len(failed), targets.max())])
        held = self._some(targets, HELD)
        points, targets = points[held], targets[held]
        some = self._some(targets, FITTED)
        start = self._landmark(evidence).parameters[form]
        parameters = most_probable(shape, points[some], targets[some], start=start, steps=_STEPS)
        return GaussianProcess(parameters, points, targets)

    def _landmark(self, evidence: Evidence) -> Landmark:
        """What the first trials alone say; those of parents come before this job's own."""
        length = last_landmark(len(evidence.values), LEAST)
        order = np.argsort(evidence.parents == 0, kind="stable")[:length]
        points, values = evidence.points[order], evidence.values[order]
        key = points.tobytes() + values.tobytes()
        if key not in self._cache:
            latest = list(self._cache.items())[1 - _CACHED :]
            self._cache = dict([*latest, (key, self._found(points, values, evidence.marks))])
        return self._cache[key]

    def _found(self, points: Floats, values: Floats, marks: int) -> Landmark:
        some = self._some(-values if self._maximize else values, FITTED)
        points, values = points[some], values[some]
        parameters, losses = {}, []
        shape = Shape.of(self._lattice, marks=marks)
        for form in _FORMS:
            scale = fitted(values, form, maximize=self._maximize)
            targets = scale.of(values)
            parameters[form] = most_probable(shape, points, targets)
            loss = improbability(parameters[form], points, targets) - scale.log_slope(values)
            losses.append(loss - _AS_THEY_ARE * (form is Form.STRAIGHT))
        shares = _shares(np.array(losses), max(_TEMPER * len(values), 1.0))
        return Landmark(dict(zip(_FORMS, shares.tolist(), strict=True)), parameters)

    def _some(self, targets: Floats, limit: int) -> NDArray[np.intp]:
        return subset(targets, limit, self._seed, self._purpose)


def _shares(losses: Floats, temper: float) -> Floats:
    """How often each is drawn: the less it loses the more often; one far behind never."""
    shares = np.exp((losses.min() - losses) / temper)
    shares[shares < _SELDOM * shares.sum()] = 0.0
    drawn: Floats = shares / shares.sum()
    return drawn
