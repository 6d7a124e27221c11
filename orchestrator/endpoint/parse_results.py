"""API answers about a job that ran elsewhere, as the domain's past: here the columns meet too."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.parse import tuning_spec
from orchestrator.engine.imports import PastTraining, PastTuning, Printed
from orchestrator.strategy.protocol import Suggestion
from orchestrator.training.events import Observation
from orchestrator.training.job import TrainingStatus
from orchestrator.tuning.job import CompletionReason, TuningStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orchestrator.training.spec import Scope
    from orchestrator.tuning.spec import TuningSpec

    Answer = Mapping[str, Any]

_NO_REASON = "Its reason was not told."
_FIRST_HOST = "algo-1"


def past_tuning(
    request: Answer, job: Answer, trainings: Sequence[PastTraining], scope: Scope
) -> PastTuning:
    """What DescribeHyperParameterTuningJob's `job` tells, as a job of `scope`."""
    spec = tuning_spec(request, scope)
    status = TuningStatus(job["HyperParameterTuningJobStatus"])
    created = _moment(job["CreationTime"])
    last = max((one.ended for one in trainings), default=created)
    details = job.get("TuningJobCompletionDetails") or {}
    converged = details.get("ConvergenceDetectedTime")
    return PastTuning(
        spec,
        request,
        status,
        created,
        _moment(job.get("HyperParameterTuningEndTime") or last),
        trainings,
        _failure(status, job),
        _completion(spec, status, len(trainings), converged=converged is not None),
        None if converged is None else _moment(converged),
    )


def past_training(
    spec: TuningSpec, summary: Answer, described: Answer, lines: Sequence[tuple[float, str, str]]
) -> PastTraining:
    """One training job, from its summary and, where there is one, its description.

    Args:
        spec: The tuning job's.
        summary: Of ListTrainingJobsForHyperParameterTuningJob.
        described: DescribeTrainingJob's answer, or empty.
        lines: (moment, host, text) of its log.
    """
    created = _moment(summary["CreationTime"])
    started = summary.get("TrainingStartTime")
    began = None if started is None else _moment(started)
    ended = _moment(summary.get("TrainingEndTime") or started or created)
    status = TrainingStatus(summary["TrainingJobStatus"])
    reason = described.get("FailureReason") or summary.get("FailureReason") or _NO_REASON
    return PastTraining(
        name=summary["TrainingJobName"],
        suggestion=_suggestion(spec, summary),
        status=status,
        created=created,
        started=began,
        ended=ended,
        reason=reason if status is TrainingStatus.FAILED else "",
        stopped_for=_stopped_for(described),
        model_uri=(described.get("ModelArtifacts") or {}).get("S3ModelArtifacts", ""),
        printed=tuple(Printed(at, host or _FIRST_HOST, text) for at, host, text in lines),
        final=tuple(_final(spec, summary, described, ended)),
    )


def _suggestion(spec: TuningSpec, summary: Answer) -> Suggestion:
    """The configuration, in the order of the definition's ranges."""
    names = [each.name for each in spec.definitions]
    name = summary.get("TrainingJobDefinitionName")
    index = names.index(name) if name in names else 0
    tuned = summary.get("TunedHyperParameters") or {}
    space = [each.name for each in spec.definitions[index].space]
    return Suggestion(tuple((key, str(tuned[key])) for key in space if key in tuned), index)


def _final(
    spec: TuningSpec, summary: Answer, described: Answer, ended: float
) -> Iterator[tuple[float, Observation]]:
    """The last value of each metric; the objective's own comes last, for it counts."""
    told = summary.get("FinalHyperParameterTuningJobObjectiveMetric") or {}
    objective = told.get("MetricName") or spec.definitions[0].objective.metric
    for metric in described.get("FinalMetricDataList") or ():
        if metric.get("MetricName") != objective:
            at = _moment(metric.get("Timestamp") or ended)
            yield at, Observation(metric["MetricName"], float(metric["Value"]))
    if told.get("Value") is not None:
        yield ended, Observation(objective, float(told["Value"]))


def _stopped_for(described: Answer) -> str:
    for stay in described.get("SecondaryStatusTransitions") or ():
        if stay.get("Status") == "Stopping":
            return str(stay.get("StatusMessage", "")).partition(": ")[2]
    return ""


def _failure(status: TuningStatus, job: Answer) -> str:
    told = str(job.get("FailureReason") or "")
    return told or _NO_REASON if status is TuningStatus.FAILED else told


def _completion(
    spec: TuningSpec, status: TuningStatus, launched: int, *, converged: bool
) -> CompletionReason | None:
    """Why it was completed: no member tells, so the likeliest that the others allow."""
    if status is not TuningStatus.COMPLETED:
        return None
    if launched == spec.limits.training_jobs:
        return CompletionReason.MAX_NUMBER_OF_TRAINING_JOBS
    if converged and spec.completion.on_convergence:
        return CompletionReason.CONVERGED
    if spec.completion.target is not None:
        return CompletionReason.TARGET_REACHED
    if spec.completion.not_improving is not None:
        return CompletionReason.NOT_IMPROVING
    limited = spec.limits.runtime_seconds is not None
    return CompletionReason.MAX_RUNTIME if limited else CompletionReason.SPACE_EXHAUSTED


def _moment(value: object) -> float:
    """Seconds since the epoch."""
    return value.timestamp() if isinstance(value, datetime) else float(str(value))
