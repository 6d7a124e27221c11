"""What a warm start earns, and what a misleading one costs, over whole tuning jobs.

A cold job, one training at a time, on each task; then the same job with a parent that had as many
trainings: of the same objective (`IdenticalDataAndAlgorithm`), or of its opposite, whose best is
this one's worst (`TransferLearning`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.searching.jobs import Emulator, request
from benchmarks.searching.tasks import TASKS

if TYPE_CHECKING:
    from benchmarks.searching.tasks import Task

NAMES = ("branin", "hartmann-6", "rates", "mixed", "vectors-digits", "boost-cancer")
JOBS, EARLY = 30, 10
ALMOST = 0.01
"""A value counts as good as another if it lacks this share of the way from the first value."""


def warmth(name: str, seed: int) -> dict[str, Any]:
    """Run the three jobs and their parents.

    Returns:
        ``first``: the trainings that the cold job needed to its best; ``needed``: those that
        the warm one needed to be as good, None when it never was. ``cold`` and ``misled``:
        regrets after ten trainings.
    """
    task = TASKS[name]
    cold = _least(task, seed, JOBS)
    warm = _least(task, seed, JOBS, kind="IdenticalDataAndAlgorithm")
    misled = _least(task, seed, EARLY, kind="TransferLearning", sign=-1.0)
    target = cold[-1] + ALMOST * (cold[0] - cold[-1])
    good = np.flatnonzero(warm <= target)
    return {
        "task": name,
        "seed": seed,
        "first": int(np.argmax(cold <= target)) + 1,
        "needed": int(good[0]) + 1 if len(good) else None,
        "cold": float(f"{cold[EARLY - 1] - task.least:.6g}"),
        "misled": float(f"{misled[-1] - task.least:.6g}"),
    }


def _least(task: Task, seed: int, jobs: int, *, kind: str = "", sign: float = 1.0) -> Any:
    """The least value after each training of a job, with a parent where `kind` is given."""
    side = [sign]
    emulator = Emulator(task.ranges, lambda values: [(60.0, side[0] * task.objective(values))])
    more: dict[str, Any] = {}
    if kind:
        parent = request(task.ranges, name="parent", seed=seed + 100, limits=_limits(JOBS))
        emulator.run(parent)
        parents = [{"HyperParameterTuningJobName": "parent"}]
        more = {
            "WarmStartConfig": {"ParentHyperParameterTuningJobs": parents, "WarmStartType": kind}
        }
    side[0] = 1.0
    made = request(task.ranges, name="child", seed=seed, limits=_limits(jobs)) | more
    values = [value for _, value in emulator.run(made).emitted]
    return np.minimum.accumulate(values)


def _limits(jobs: int) -> dict[str, int]:
    return {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": 1}
