"""Describe's answer as the request that it tells of; read, never written.

The answer shows more than was asked for: what the service computed (counters, times, the best)
and what it filled in (defaults, the hyperparameter ``_tuning_objective_metric``, a copy of the
objective's metric definition called ``ObjectiveMetric``; both observed). All of it is taken out
again, so that the request, described, gives the same answer. A default that was written
out is taken out too: the job is the same. What a job file must say stays: the limit of
a training job's time and the size of its volume.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.formats.members import tuning_shape
from orchestrator.formats.protocol import (
    NAME,
    Format,
    Json,
    Reading,
    Remark,
    Source,
    is_request,
    ordered,
)
from orchestrator.wire.algorithms import built_in
from orchestrator.wire.rules import reading
from orchestrator.wire.rules.strategies import combinations, inferred_max_resource

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from orchestrator.wire.model import Shape

_TOLD = frozenset(
    {
        "HyperParameterTuningJobArn",
        "HyperParameterTuningJobStatus",
        "TrainingJobStatusCounters",
        "ObjectiveStatusCounters",
    }
)
"""Members that only an answer has."""
OBJECTIVE_COPY = "ObjectiveMetric"
_DEFAULTS: Mapping[str, Any] = {
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
    "TrainingJobEarlyStoppingType": "Off",
    "AlgorithmName": "",
    "TrainingImage": "",
}
_INSIDE: Mapping[tuple[str, str], Any] = {
    ("OutputDataConfig", "KmsKeyId"): "",
    ("OutputDataConfig", "CompressionType"): "GZIP",
    ("CheckpointConfig", "LocalPath"): "/opt/ml/checkpoints",
    ("Channel", "CompressionType"): "None",
    ("Channel", "RecordWrapperType"): "None",
    ("IntegerParameterRange", "ScalingType"): "Auto",
    ("ContinuousParameterRange", "ScalingType"): "Auto",
    ("ConvergenceDetected", "CompleteOnConvergence"): "Disabled",
}
"""(shape, member) -> the default that Describe fills in (observed)."""
_CHOSEN_BY_AUTOTUNE = frozenset({"TrainingJobEarlyStoppingType", "CompleteOnConvergence"})
"""Left out, Autotune would choose them: what the answer tells must stay."""


def recognises(source: Source) -> bool:
    """A mapping with members that only an answer has."""
    return isinstance(source.data, dict) and not _TOLD.isdisjoint(source.data)


def read(source: Source) -> Reading:
    """The request of a described job; its tags are not in the answer, which is told."""
    if not is_request(source.data):
        mend = "Give what DescribeHyperParameterTuningJob answered."
        raise source.refused("is no description of a tuning job", mend)
    told = Remark("Tags", "are not in a description; add them if the job had any")
    return Reading(request_of(source.data), (told,))


def request_of(answer: Mapping[str, Any]) -> Json:
    """The request that Describe's answer tells of, without what the service put there."""
    shape = tuning_shape()
    request = ordered({key: value for key, value in answer.items() if value is not None})
    chosen = _CHOSEN_BY_AUTOTUNE if "Autotune" in request else frozenset()
    plain: Json = _plain(request, shape, chosen)
    for part in reading.TuningRequest(plain).parts():
        _take_out(part)
    _uncomputed(plain)
    return {NAME: plain.pop(NAME), **plain} if NAME in plain else plain


def _plain(value: Any, shape: Shape, kept: Collection[str]) -> Any:  # noqa: ANN401
    """`value` reduced to the request's members, without defaults and what they leave empty."""
    if shape.type == "list" and isinstance(value, list):
        return [_plain(item, shape.part("member"), kept) for item in value]
    if shape.type != "structure" or not isinstance(value, dict):
        return value
    made: Json = {}
    for name, member in shape.members.items():
        written = value.get(name)
        default = _INSIDE.get((shape.name, name), _DEFAULTS.get(name))
        by_default = default is not None and written == default and name not in kept
        if written is None or written == [] or by_default:
            continue
        inner = _plain(written, member, kept)
        if inner != {} or written == {} or name in shape.required:
            made[name] = inner
    return made


def _take_out(part: reading.Part) -> None:
    """The hyperparameter and the metric definition that the service injected."""
    written = part.written
    assert isinstance(written, dict)
    static = written.get("StaticHyperParameters")
    if isinstance(static, dict):
        static = {key: value for key, value in static.items() if key != reading.INJECTED}
        written["StaticHyperParameters"] = static
        if not static:
            del written["StaticHyperParameters"]
    if written.get("HyperParameterTuningResourceConfig"):
        written.pop("ResourceConfig", None)  # shown in this form too, for clients that read it
    algorithm = reading.mapping(written.get("AlgorithmSpecification"))
    metrics = reading.sequence(algorithm.get("MetricDefinitions"))
    if metrics and isinstance(algorithm, dict):
        objective = part.objective.get("MetricName")
        own = built_in(algorithm.get("TrainingImage"), algorithm.get("AlgorithmName"))
        kept = [
            one
            for one in metrics
            if not _is_copy(one, metrics, objective)
            and (own is None or one.get("Regex") != own.regex(str(one.get("Name"))))
        ]
        algorithm["MetricDefinitions"] = kept
        if not kept:
            del algorithm["MetricDefinitions"]


def _is_copy(one: Json, metrics: list[Json], objective: object) -> bool:
    if one.get("Name") != OBJECTIVE_COPY or objective == OBJECTIVE_COPY:
        return False
    original = [other.get("Regex") for other in metrics if other.get("Name") == objective]
    return not original or one.get("Regex") in original


def _uncomputed(request: Json) -> None:
    """Take out what follows from the rest: a grid's size, Hyperband's inferred resource."""
    job = reading.TuningRequest(request)
    config = request.get("HyperParameterTuningJobConfig") or {}
    limits = config.get("ResourceLimits")
    counted = job.strategy == "Grid" and job.training_jobs == combinations(job)
    if counted and isinstance(limits, dict):
        limits.pop("MaxNumberOfTrainingJobs", None)
    found = [inferred_max_resource(part.static) for part in job.parts()]
    most = max((value for _, value in filter(None, found)), default=None)
    resource = reading.inside(config, "StrategyConfig", "HyperbandStrategyConfig")
    if job.strategy == "Hyperband" and most and resource == {"MinResource": 1, "MaxResource": most}:
        del config["StrategyConfig"]


FORMAT = Format("describe", "a description", recognises, read)
