"""What is seen of a running tuning job where there is no terminal: lines, or JSON lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from orchestrator.report import leaderboard
from orchestrator.report.progress import ending, headline, progress

if TYPE_CHECKING:
    from orchestrator.cli.console import Console
    from orchestrator.client.uploads import Meter
    from orchestrator.client.watch import Snapshot

_QUIET_SECONDS = 60.0


class View(Protocol):
    """Something that shows snapshots as they come."""

    def __enter__(self) -> Self:
        """Begin to show."""
        ...

    def __exit__(self, *_: object) -> None:
        """Show no more."""
        ...

    def show(self, snapshot: Snapshot) -> None:
        """Show how the job stands."""
        ...

    def note(self, text: str) -> None:
        """Say something beside the picture."""
        ...


@dataclass(slots=True)
class PlainView:
    """One line for each training job that ends, and one a minute when none does."""

    console: Console
    told: set[str] = field(default_factory=set)
    spoke: float | None = None

    def __enter__(self) -> Self:
        """Begin to show."""
        return self

    def __exit__(self, *_: object) -> None:
        """Show no more."""

    def show(self, snapshot: Snapshot) -> None:
        """Tell what has ended since the last one."""
        rows = leaderboard.rows(snapshot.job, snapshot.children, now=snapshot.at)
        at = progress(snapshot.job, rows, snapshot.at)
        for row in rows:
            settled = row.ended and (row.objective_status != "Pending" or snapshot.ended)
            if settled and row.name not in self.told:
                self.told.add(row.name)
                self.note(ending(row, at, len(self.told)))
                self.spoke = snapshot.at
        self.spoke = snapshot.at if self.spoke is None else self.spoke
        if snapshot.at - self.spoke >= _QUIET_SECONDS:
            self.note(headline(at))
            self.spoke = snapshot.at

    def note(self, text: str) -> None:
        """Say it on a line of its own."""
        self.console.say(text)


@dataclass(slots=True)
class JsonView:
    """One JSON object a line, whenever the job's status, counters or best have changed."""

    console: Console
    last: dict[str, object] | None = None

    def __enter__(self) -> Self:
        """Begin to show."""
        return self

    def __exit__(self, *_: object) -> None:
        """Show no more."""

    def show(self, snapshot: Snapshot) -> None:
        """Print what changed."""
        now = standing(snapshot)
        if now != self.last:
            self.last = now
            self.console.data({"at": snapshot.at} | now, line=True)

    def note(self, text: str) -> None:
        """Say it on stderr."""
        self.console.say(text)


def standing(snapshot: Snapshot) -> dict[str, object]:
    """How a job stands, as JSON."""
    job = snapshot.job
    best = leaderboard.best(job)
    return {
        "name": job["HyperParameterTuningJobName"],
        "arn": job.get("HyperParameterTuningJobArn"),
        "status": job["HyperParameterTuningJobStatus"],
        "failure_reason": job.get("FailureReason"),
        "training_jobs": job.get("TrainingJobStatusCounters", {}),
        "objectives": job.get("ObjectiveStatusCounters", {}),
        "best": None if best is None else best_data(best),
    }


def best_data(row: leaderboard.Row) -> dict[str, object]:
    """The best training job as JSON."""
    return {
        "training_job": row.name,
        "metric": row.objective.metric,
        "goal": "maximize" if row.objective.maximize else "minimize",
        "value": row.value,
        "hyperparameters": dict(row.tuned),
    }


@dataclass(slots=True)
class PlainMeter:
    """Says once what is being sent."""

    console: Console

    def begin(self, what: str, size: int) -> None:
        """Say it."""
        del size
        self.console.say(what)

    def sent(self, size: int) -> None:
        """Say nothing of each piece."""

    def end(self) -> None:
        """Say nothing of the end."""


def meter_for(console: Console) -> Meter:
    """A bar on a terminal, a line elsewhere."""
    if console.live:
        from orchestrator.cli.live import UploadBar  # noqa: PLC0415  (rich, only where it shows)

        return UploadBar()
    return PlainMeter(console)
