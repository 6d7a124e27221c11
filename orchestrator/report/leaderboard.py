"""Training jobs of a tuning job as rows, and which is best. Made from API answers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Answer = Mapping[str, Any]
"""One answer of the API, or one item of a list."""

ENDED = frozenset({"Completed", "Failed", "Stopped"})


@dataclass(frozen=True, slots=True)
class Objective:
    """The metric to make better, and which way better is."""

    metric: str
    maximize: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One training job.

    Attributes:
        value: The objective metric's final value; for a running one its last, or None.
        goodness: The higher the better; None without a final value.
        seconds: From its start to its end, or to now.
        reason: Why it failed.
    """

    name: str
    status: str
    objective_status: str
    objective: Objective
    value: float | None
    goodness: float | None
    tuned: Mapping[str, str]
    seconds: float | None
    reason: str = ""
    definition: str = ""

    @property
    def ended(self) -> bool:
        """True when it has ended, well or not."""
        return self.status in ENDED


def objectives(job: Answer) -> dict[str, Objective]:
    """The objective of each training-job definition by name; the job's own under ``""``."""
    own = job["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective")
    found = {"": _objective(own)} if own else {}
    single = job.get("TrainingJobDefinition")
    for definition in [*([single] if single else []), *job.get("TrainingJobDefinitions", ())]:
        if definition.get("TuningObjective"):
            objective = _objective(definition["TuningObjective"])
            found[definition.get("DefinitionName", "")] = objective
            found.setdefault("", objective)
    return found


def rows(
    job: Answer,
    children: Sequence[Answer],
    running: Mapping[str, Answer] | None = None,
    now: float | None = None,
) -> list[Row]:
    """One row a training job, in the order given.

    Args:
        job: DescribeHyperParameterTuningJob's answer.
        children: Summaries of its training jobs.
        running: DescribeTrainingJob's answers by name, for the last metric of running ones.
        now: The moment that running ones have come to, in epoch seconds.
    """
    known = objectives(job)
    return [
        _row(known, child, (running or {}).get(child["TrainingJobName"]), now) for child in children
    ]


def best(job: Answer) -> Row | None:
    """The best training job so far, as the endpoint sees it."""
    child = job.get("BestTrainingJob")
    return _row(objectives(job), child, None, None) if child else None


def model(described: Answer) -> str | None:
    """Where a training job's model is, of DescribeTrainingJob's answer; None without one."""
    artefacts = described.get("ModelArtifacts") or {}
    return artefacts.get("S3ModelArtifacts") or None


def ranked(table: Sequence[Row]) -> list[Row]:
    """The rows with a final value, best first; the earlier of two equals leads."""
    valued = [(row.goodness, row) for row in table if row.goodness is not None]
    return [row for _, row in sorted(valued, key=lambda pair: -pair[0])]


def _row(
    known: Mapping[str, Objective], child: Answer, described: Answer | None, now: float | None
) -> Row:
    definition = str(child.get("TrainingJobDefinitionName", ""))
    final = child.get("FinalHyperParameterTuningJobObjectiveMetric")
    objective = known.get(definition) or known.get("") or Objective("objective", maximize=True)
    value = final and float(final["Value"])
    if final is not None and final.get("Type"):
        objective = _objective(final)
    goodness = None if value is None else (value if objective.maximize else -value)
    return Row(
        name=str(child["TrainingJobName"]),
        status=str(child["TrainingJobStatus"]),
        objective_status=str(child.get("ObjectiveStatus", "")),
        objective=objective,
        value=value if value is not None else _last(objective, described),
        goodness=goodness,
        tuned=child.get("TunedHyperParameters", {}),
        seconds=_seconds(child, now),
        reason=str(child.get("FailureReason", "")),
        definition=definition,
    )


def _objective(said: Answer) -> Objective:
    return Objective(str(said["MetricName"]), said.get("Type") != "Minimize")


def _last(objective: Objective, described: Answer | None) -> float | None:
    if described is None:
        return None
    metrics = described.get("FinalMetricDataList", ())
    values = [float(item["Value"]) for item in metrics if item["MetricName"] == objective.metric]
    return values[-1] if values else None


def _seconds(child: Answer, now: float | None) -> float | None:
    started, ended = child.get("TrainingStartTime"), child.get("TrainingEndTime")
    if started is None:
        return None
    end = ended.timestamp() if ended is not None else now
    return None if end is None else max(0.0, end - started.timestamp())
