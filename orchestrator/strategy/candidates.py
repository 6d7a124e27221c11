"""Where the promise is greatest: the search of a mixed space for its best points.

Points spread over the cube and points near the best known ones are scored together; the
best are then climbed from, by gradient along what is continuous and by single changes of
what is not (each other category, each neighbouring integer), in turn until nothing gains.
Only points that stand for a configuration are ever scored at the end, so a category is a
category and an integer an integer, and no promise is lost by rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtri

from orchestrator.space.ranges import CategoricalRange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from orchestrator.space.lattice import Axis, Lattice

    Floats = NDArray[np.float64]

_SPREAD = 400
_NEAR = 400
_CLIMBERS = 4
_ROUNDS = 3
_STEPS = 30  # of each climb
_FINE = 12  # whole numbers; where there are more, they are climbed like a continuous range
_REACHES = (0.25, 0.08, 0.025, 0.008)  # how far from a known point its near points lie


class Promise(Protocol):
    """How much points promise; more is better."""

    def __call__(self, points: Floats) -> Floats:
        """The promise of each point."""
        ...

    def with_gradient(self, points: Floats) -> tuple[Floats, Floats]:
        """The promise of each point and its derivatives by the coordinates."""
        ...


def ranked(
    lattice: Lattice, promise: Promise, known: Floats, chance: np.random.Generator
) -> tuple[Floats, Floats]:
    """Points of the space, the most promising first, and their promise.

    Args:
        lattice: The space's columns; columns of `known` beyond them stay as they are.
        promise: What to look for.
        known: The best known points, best first.
        chance: Where spread and near points come from.
    """
    pool = sample(lattice, known, chance)
    scores = promise(pool)
    order = np.argsort(-scores, kind="stable")
    climbers = pool[_first_distinct(pool[order], _CLIMBERS, order)]
    found = _climbed(lattice, promise, climbers)
    every = np.vstack([found, pool])
    scores = np.concatenate([promise(found), scores])
    order = np.argsort(-scores, kind="stable")
    return every[order], scores[order]


def sample(lattice: Lattice, known: Floats, chance: np.random.Generator) -> Floats:
    """Points of the space: some from everywhere, some near the known ones, and these."""
    everywhere = spread(lattice, known, chance)
    around = lattice.snapped(np.vstack([_near(lattice, known, chance), known]))
    return np.vstack([everywhere, around])


def spread(
    lattice: Lattice, known: Floats, chance: np.random.Generator, count: int = _SPREAD
) -> Floats:
    """So many points from everywhere in the space."""
    points = np.repeat(known[:1], count, axis=0)
    points[:, : lattice.width] = chance.random((count, lattice.width))
    return lattice.snapped(points)


def _near(lattice: Lattice, known: Floats, chance: np.random.Generator) -> Floats:
    """Known points changed on some of their axes, by more or by less."""
    points = known[np.arange(_NEAR) % len(known)].copy()
    reach = np.array(_REACHES)[(np.arange(_NEAR) // len(known)) % len(_REACHES)]
    axes = len(lattice.axes)
    share = chance.random((_NEAR, 1)) ** 2  # of axes changed: often few, sometimes all
    changed = chance.random((_NEAR, axes)) < np.maximum(share, 1.0 / max(axes, 1))
    changed[np.arange(_NEAR), (chance.random(_NEAR) * axes).astype(int)] = True
    for index, axis in enumerate(lattice.axes):
        rows = np.flatnonzero(changed[:, index])
        points[rows, axis.columns] = _moved(
            axis, points[rows, axis.columns], reach[rows, None], chance
        )
    return points


def _moved(axis: Axis, places: Floats, reach: Floats, chance: np.random.Generator) -> Floats:
    drawn = chance.random(places.shape)
    if axis.one_hot or axis.count == 2:  # noqa: PLR2004  (a pair)
        return drawn
    least = 0.7 / axis.count
    moved: Floats = places + np.maximum(reach, least) * ndtri(np.clip(drawn, 1e-9, 1 - 1e-9))
    return moved


def _first_distinct(points: Floats, count: int, order: NDArray[np.intp]) -> NDArray[np.intp]:
    """The first `count` of `order` whose points are not alike."""
    _, firsts = np.unique(points[: 20 * count].round(2), axis=0, return_index=True)
    return order[np.sort(firsts)[:count]]


def _climbed(lattice: Lattice, promise: Promise, points: Floats) -> Floats:
    """Every point that the climbs from `points` came by, snapped."""
    visited = [points]
    scores = promise(points)
    stepped = any(np.isfinite(axis.count) for axis in lattice.axes)
    for _ in range(_ROUNDS if stepped else 1):
        before = scores
        for step in (_uphill, _changed):
            moved = step(lattice, promise, points)
            gains = promise(moved)
            better = gains > scores
            points = np.where(better[:, None], moved, points)
            scores = np.where(better, gains, scores)
        visited.append(points)
        if not (scores > before + 1e-3).any():
            break
    return np.vstack(visited)


def _uphill(lattice: Lattice, promise: Promise, points: Floats) -> Floats:
    """The points moved along their gradients, all in one problem, then snapped."""
    free = [
        axis.columns.start
        for axis in lattice.axes
        if axis.count > _FINE and not isinstance(axis.parameter, CategoricalRange)
    ]
    if not free:
        return points

    def lost(flat: Floats) -> tuple[float, Floats]:
        moved = points.copy()
        moved[:, free] = flat.reshape(len(points), -1)
        scores, slopes = promise.with_gradient(moved)
        return -float(scores.sum()), -slopes[:, free].ravel()

    start = points[:, free].ravel()
    found = minimize(
        lost,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * len(start),
        options={"maxiter": _STEPS, "maxfun": 2 * _STEPS},
    )
    moved = points.copy()
    moved[:, free] = found.x.reshape(len(points), -1)
    return lattice.snapped(moved)


def _changed(lattice: Lattice, promise: Promise, points: Floats) -> Floats:
    """Each point replaced by the best of those that differ from it on one stepped axis."""
    rows, neighbours = [], []
    for row, point in enumerate(points):
        for axis in lattice.axes:
            for others in axis.others(point[axis.columns]):
                neighbour = point.copy()
                neighbour[axis.columns] = others
                neighbours.append(neighbour)
                rows.append(row)
    if not neighbours:
        return points
    moved, scores = points.copy(), np.full(len(points), -np.inf)
    every = np.array(neighbours)
    for row, neighbour, score in zip(rows, every, promise(every), strict=True):
        if score > scores[row]:
            moved[row], scores[row] = neighbour, score
    return moved
