"""The Bayesian search with one of its parts taken away."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np

from orchestrator.strategy import (
    acquisition,
    bayesian,
    candidates,
    fitting,
    latin_hypercube,
    plateau,
    prospect,
)
from orchestrator.strategy.kernel import Shape
from orchestrator.strategy.targets import Form

if TYPE_CHECKING:
    from collections.abc import Iterator


class Plain(acquisition.Improvement):
    """Expected improvement itself, not its logarithm."""

    def __call__(self, points: Any) -> Any:
        """The promise of each point."""
        return np.exp(super().__call__(points))

    def with_gradient(self, points: Any) -> tuple[Any, Any]:
        """The promise of each point and its derivatives."""
        logs, slopes = super().with_gradient(points)
        return np.exp(logs), np.exp(logs)[:, None] * slopes


class Forgetful(prospect.Prospect):
    """Knows nothing of what runs."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._pending = self._pending[:0]


class Joint:
    """Shapes without main effects."""

    @staticmethod
    def of(*given: Any, **more: Any) -> Shape:
        """The shape of a space's columns."""
        return replace(Shape.of(*given, **more), mains=False)


class Straight:
    """Shapes without warped columns."""

    @staticmethod
    def of(*given: Any, **more: Any) -> Shape:
        """The shape of a space's columns."""
        return replace(Shape.of(*given, **more), warped=np.zeros(0, dtype=np.intp))


class Alike:
    """Shapes whose numbers matter alike with every category."""

    @staticmethod
    def of(*given: Any, **more: Any) -> Shape:
        """The shape of a space's columns."""
        shape = Shape.of(*given, **more)
        return replace(shape, categories=shape.categories[:0], pairs=shape.pairs[:0])


def _still(lattice: Any, promise: Any, points: Any) -> Any:
    del lattice, promise
    return points


def _best(losses: Any, temper: float) -> Any:
    del temper
    return np.eye(len(losses))[np.argmin(losses)]


def _as_drawn(space: Any, row: Any) -> Any:
    del space
    return row


PARTS: dict[str, list[tuple[Any, str, Any]]] = {
    "no middle": [(latin_hypercube, "_moved", _as_drawn)],
    "no warping": [(fitting, "Shape", Straight)],
    "no main effects": [(fitting, "Shape", Joint)],
    "no stretching": [(fitting, "Shape", Alike)],
    "no plateau": [(plateau, "_ENOUGH", np.inf)],
    "refining only": [(prospect, "_REFINED", 0.0)],
    "no forms of targets": [(fitting, "_FORMS", (Form.STRAIGHT,))],
    "one form of targets": [(fitting, "_FORMS", (Form.POWER,))],
    "the best form only": [(fitting, "_shares", _best)],
    "EI, not log-EI": [(prospect, "Improvement", Plain)],
    "pending unknown": [(bayesian, "Prospect", Forgetful)],
    "no discrete moves": [(candidates, "_changed", _still)],
    "no gradient": [(candidates, "_uphill", _still)],
}


@contextmanager
def without(part: str) -> Iterator[None]:
    """Take a part away for a while; another name takes nothing away."""
    patches = [mock.patch.object(*change) for change in PARTS.get(part, ())]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()
