"""What a history says about one definition, as matrices.

Rows are points of the definition's lattice, and one more column for each parent of a warm
start: 1 for that parent's trials, 0 for all others. A trial whose configuration does not fit the
ranges (a parent's of other ranges, a value told from outside) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
        parents: For each of these, which parent it is of, from 1; 0 for this job's own.
        failed: Points whose training failed.
        pending: Points that run.
        marks: How many columns are parents'.
    """

    points: Floats
    values: Floats
    parents: NDArray[np.intp]
    failed: Floats
    pending: Floats
    marks: int

    def keeping(self, parents: Sequence[int]) -> Evidence:
        """The same with only these parents."""
        kept = np.isin(self.parents, (0, *parents))
        return replace(
            self,
            points=self.points[kept],
            values=self.values[kept],
            parents=self.parents[kept],
        )

    def alone(self) -> Evidence:
        """The same without the parents."""
        return self.keeping(()).joined()

    def joined(self) -> Evidence:
        """The same, parents' trials being told apart no more in the points."""
        width = self.points.shape[1] - self.marks
        return replace(
            self,
            points=self.points[:, :width],
            failed=self.failed[:, :width],
            pending=self.pending[:, :width],
            marks=0,
        )


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
        mine, theirs = self._fitting(finished), self._fitting(history.parents)
        known = [*mine, *theirs]
        numbers = [0 for _ in mine] + [max(each.parent, 1) for each in theirs]
        parents = np.array(numbers, dtype=np.intp)
        marks = int(parents.max(initial=0))
        points = self.points((each.suggestion.configuration for each in known), marks)
        points[parents > 0, self.lattice.width + parents[parents > 0] - 1] = 1.0
        failed = [each for each in own if each.value is None and each.state is TrialState.FAILED]
        running = [each for each in own if each.value is None and each.state is TrialState.RUNNING]
        return Evidence(
            points,
            np.array([each.value for each in known], dtype=float),
            parents,
            self.points((each.suggestion.configuration for each in failed), marks),
            self.points((each.suggestion.configuration for each in running), marks),
            marks,
        )

    def points(self, configurations: Iterable[Configuration], marks: int) -> Floats:
        """A row for each configuration that fits the ranges, with `marks` noughts behind."""
        found = [self._point(each) for each in configurations]
        rows = [[*point, *[0.0] * marks] for point in found if point is not None]
        return np.array(rows).reshape(len(rows), self.lattice.width + marks)

    def _fitting(self, trials: Sequence[Trial]) -> list[Trial]:
        return [
            each
            for each in trials
            if each.value is not None and self._point(each.suggestion.configuration) is not None
        ]

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
