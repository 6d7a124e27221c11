"""How far a tuning job has come, and an estimate of what is left. Made from API answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.report import leaderboard
from orchestrator.report.table import configuration, duration, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orchestrator.report.leaderboard import Answer, Row

STATES = ("Completed", "InProgress", "Stopped", "Failed")
"""The states of training jobs in the order that the bar shows them."""

_REASON = 72  # characters of a reason on a training job's line
_NUMBERS = re.compile(r"-?\d[\d.eE+-]*")
_SIGNS: Mapping[str, str] = {"Completed": "=", "InProgress": ">", "Stopped": "-", "Failed": "x"}


@dataclass(frozen=True, slots=True)
class Progress:
    """A tuning job at one moment.

    Attributes:
        counts: How many training jobs are in each of `STATES`.
        total: How many there will be at most, or None when another limit ends the job.
        elapsed: Seconds since it was created, up to its end.
        left: Estimated seconds until its end, None while nothing has ended.
    """

    name: str
    status: str
    strategy: str
    counts: Mapping[str, int]
    total: int | None
    parallel: int
    elapsed: float
    left: float | None
    best: Row | None
    reason: str

    @property
    def ended(self) -> int:
        """Training jobs that have ended."""
        return sum(count for state, count in self.counts.items() if state != "InProgress")


def progress(job: Answer, rows: Sequence[Row], now: float) -> Progress:
    """Where the job stands; `rows` are all its training jobs."""
    config = job["HyperParameterTuningJobConfig"]
    limits = config.get("ResourceLimits", {})
    end = job.get("HyperParameterTuningEndTime")
    status = str(job["HyperParameterTuningJobStatus"])
    elapsed = (end.timestamp() if end is not None else now) - job["CreationTime"].timestamp()
    total = limits.get("MaxNumberOfTrainingJobs")
    parallel = int(limits.get("MaxParallelTrainingJobs", 1))
    left = None if end is not None else _left(rows, total, parallel)
    most = limits.get("MaxRuntimeInSeconds")
    if left is not None and most is not None:
        left = max(0.0, min(left, most - elapsed))
    return Progress(
        name=str(job["HyperParameterTuningJobName"]),
        status=status,
        strategy=str(config.get("Strategy", "")),
        counts=_counts(job),
        total=total,
        parallel=parallel,
        elapsed=max(0.0, elapsed),
        left=left,
        best=leaderboard.best(job),
        reason=str(job.get("FailureReason", "")),
    )


def bar(at: Progress, width: int = 40) -> str:
    """``[====>>x.......]``: one sign a training job, or a share of them when there are many."""
    total = max(at.total or 0, sum(at.counts.values()), 1)
    scale = min(1.0, width / total)
    signs = ""
    seen = 0
    for state in STATES:
        seen += at.counts.get(state, 0)
        signs += _SIGNS[state] * (round(seen * scale) - len(signs))
    return f"[{signs.ljust(round(total * scale), '.')}]"


def headline(at: Progress) -> str:
    """One line: how many ended, what runs, the best, how long it took, what is left."""
    of = f"/{at.total}" if at.total else ""
    parts = [f"{at.ended}{of} ended"]
    parts += [f"{at.counts['InProgress']} running"] if at.counts["InProgress"] else []
    parts += [f"{at.counts['Failed']} failed"] if at.counts["Failed"] else []
    parts += [f"best {valued(at.best)}"] if at.best else []
    parts.append(duration(at.elapsed))
    parts += [f"about {duration(at.left)} left"] if at.left is not None else []
    return f"{at.status}: " + ", ".join(parts)


def ending(row: Row, at: Progress, number_of: int) -> str:
    """One line for a training job that has ended, as the `number_of`-th."""
    of = f"/{at.total}" if at.total else ""
    result = valued(row)
    if row.value is None:
        reason = " ".join(row.reason.split()) or "no objective metric"
        result = reason if len(reason) <= _REASON else f"{reason[:_REASON]}…"
    elif at.best is not None:
        result += " (best)" if row.name == at.best.name else f" (best {number(at.best.value)})"
    return (
        f"[{number_of}{of}] {row.name}  {row.status}  {result}  {duration(row.seconds)}  "
        f"{configuration(row.tuned)}"
    ).rstrip()


def valued(row: Row) -> str:
    """``accuracy=0.93``."""
    return f"{row.objective.metric}={number(row.value)}"


def failures(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Each distinct reason with the training jobs that failed for it, most frequent first.

    Reasons that differ in numbers alone (a command with its hyperparameters) are one; it is
    told in the words of the first.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.status == "Failed":
            found.setdefault(_NUMBERS.sub("#", row.reason), []).append(row)
    groups = sorted(found.values(), key=len, reverse=True)
    return [(group[0].reason or "no reason was given", group) for group in groups]


def _counts(job: Answer) -> dict[str, int]:
    said = job.get("TrainingJobStatusCounters", {})
    failed = said.get("NonRetryableError", 0) + said.get("RetryableError", 0)
    counts = {state: int(said.get(state, 0)) for state in ("Completed", "InProgress", "Stopped")}
    return counts | {"Failed": int(failed)}


def _left(rows: Sequence[Row], total: int | None, parallel: int) -> float | None:
    """Mean duration of the ended ones, for those that run and those to come, side by side."""
    took = [row.seconds for row in rows if row.ended and row.seconds is not None]
    if not took or total is None:
        return None
    mean = sum(took) / len(took)
    running = [max(0.0, mean - (row.seconds or 0.0)) for row in rows if not row.ended]
    work = max(0, total - len(rows)) * mean + sum(running)
    return max(work / max(1, parallel), *running, 0.0) if running else work / max(1, parallel)
