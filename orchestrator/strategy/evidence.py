"""What a history says about one definition, as matrices.

Rows are points of the definition's lattice and one more column, 0 for this job's trials and
1 for those of the parents of a warm start. A trial whose configuration does not fit the
ranges (a parent's of other ranges, a value told from outside) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestrator.errors import BadInput
from orchestrator.space.encoding import encode
from orchestrator.space.lattice import Lattice
from orchestrator.space.ranges import contains, from_text
from orchestrator.strategy.protocol import TrialState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from orchestrator.space.ranges import Configuration, Space
    from orchestrator.strategy.protocol import History, Trial

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The trials of one definition.

    Attributes:
        points: Where a final value is known.
        values: These values.
        failed: Points whose training failed.
        pending: Points that run.
    """

    points: Floats
    values: Floats
    failed: Floats
    pending: Floats


class Reader:
    """Reads histories for one definition; keeps the points of configurations it has seen."""

    def __init__(self, space: Space, definition: int) -> None:
        self.lattice = Lattice(space)
        self.space = space
        self.definition = definition
        self._names = [parameter.name for parameter in space]
        self._points: dict[Configuration, list[float] | None] = {}

    def read(self, history: History) -> Evidence:
        """The trials of this definition, and those of the parents."""
        own = [each for each in history.trials if each.suggestion.definition == self.definition]
        finished = [each for each in own if each.value is not None]
        points, values = self._valued(finished, 0.0)
        old_points, old_values = self._valued(history.parents, 1.0)
        failed = [each for each in own if each.value is None and each.state is TrialState.FAILED]
        running = [each for each in own if each.value is None and each.state is TrialState.RUNNING]
        return Evidence(
            np.vstack([points, old_points]),
            np.concatenate([values, old_values]),
            self.points(each.suggestion.configuration for each in failed),
            self.points(each.suggestion.configuration for each in running),
        )

    def points(self, configurations: Iterable[Configuration], mark: float = 0.0) -> Floats:
        """A row for each configuration that fits the ranges."""
        found = [self._point(each) for each in configurations]
        rows = [[*point, mark] for point in found if point is not None]
        return np.array(rows).reshape(len(rows), self.lattice.width + 1)

    def _valued(self, trials: Sequence[Trial], mark: float) -> tuple[Floats, Floats]:
        fitting = [
            each
            for each in trials
            if each.value is not None and self._point(each.suggestion.configuration) is not None
        ]
        points = self.points((each.suggestion.configuration for each in fitting), mark)
        return points, np.array([each.value for each in fitting], dtype=float)

    def _point(self, configuration: Configuration) -> list[float] | None:
        if configuration not in self._points:
            self._points[configuration] = self._encoded(configuration)
        return self._points[configuration]

    def _encoded(self, configuration: Configuration) -> list[float] | None:
        if [name for name, _ in configuration] != self._names:
            return None
        try:
            fits = all(
                contains(parameter, from_text(parameter, text))
                for parameter, (_, text) in zip(self.space, configuration, strict=True)
            )
        except BadInput:
            return None
        return encode(self.space, configuration) if fits else None
