"""What early stopping ``Auto`` saves: the same tuning job with and without it."""

from __future__ import annotations

from typing import Any

from benchmarks.searching.curves import HOUR, Curves
from benchmarks.searching.jobs import Emulator, request
from benchmarks.searching.runs import PARALLEL

JOBS = 50


def saved(name: str, strategy: str, seed: int) -> dict[str, Any]:
    """Epochs run and the least last value of a completed training, off and with Auto."""
    row: dict[str, Any] = {"task": name, "strategy": strategy, "seed": seed}
    for kind in ("Off", "Auto"):
        epochs, best = _job(Curves(name), strategy, seed, kind)
        row |= {f"epochs {kind}": epochs, f"best {kind}": float(f"{best:.6g}")}
    return row


def _job(task: Curves, strategy: str, seed: int, kind: str) -> tuple[int, float]:
    limits = {"MaxNumberOfTrainingJobs": JOBS, "MaxParallelTrainingJobs": PARALLEL}
    emulator = Emulator(
        task.ranges(),
        lambda values: [(HOUR * length, value) for length, value in task.emitted(values)],
    )
    made = request(
        task.ranges(),
        seed=seed,
        strategy=strategy,
        limits=limits,
        TrainingJobEarlyStoppingType=kind,
    )
    outcome = emulator.run(made)
    done = [row.objective for row in outcome.children if row.status == "Completed"]
    return len(outcome.emitted), min(value for value in done if value is not None)
