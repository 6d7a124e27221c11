"""The bridge to version 3 of the SageMaker SDK: a request as a tuner, a tuner as a request.

Needs the extra ``sdk`` with ``sagemaker>=3``; imported when it is used. Its tuner drops some of
what it was told without a word (observed with 3.27): the seed 0, instances to choose from,
automatic parameters together with their hints, and what of a trainer it does not pass on.
Each is refused by name here.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from orchestrator.errors import BadInput, Fault
from orchestrator.formats.protocol import NAME
from orchestrator.formats.sdk_common import Listener, caught, refuse_losses, whole
from orchestrator.wire.rules import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.formats.protocol import Json

SDK = "sagemaker SDK v3"
_CORE, _CLIENT = "sagemaker.core.resources", "get_sagemaker_client"
_OF_A_TRAINER: Mapping[str, tuple[str, ...]] = {
    "compute": (
        "volume_kms_key_id",
        "keep_alive_period_in_seconds",
        "instance_groups",
        "training_plan_arn",
        "instance_preferences",
        "instance_placement_config",
    ),
    "networking": ("enable_network_isolation", "enable_inter_container_traffic_encryption"),
    "stopping_condition": ("max_pending_time_in_seconds",),
}
"""Attributes of a trainer's parts that its tuner does not pass on."""


@dataclass(frozen=True, slots=True)
class Tune:
    """A tuner, and what its ``tune`` is given: the channels are not the tuner's own."""

    tuner: Any
    arguments: Mapping[str, Any]

    def start(self, *, wait: bool = False) -> None:
        """Create the job."""
        self.tuner.tune(**self.arguments, wait=wait)


def to_tuner(request: Json, session: Any) -> Tune:  # noqa: ANN401  (the SDK has no types here)
    """A `HyperparameterTuner` that creates exactly this job.

    Args:
        request: A valid CreateHyperParameterTuningJob request.
        session: The SDK's ``Session`` to use; nothing is sent through it.

    Raises:
        BadInput: The SDK cannot say a member; each is named.
    """
    job = reading.TuningRequest(request)
    _refuse_unsayable(job)
    part = job.parts()[0]
    tuner = import_module("sagemaker.train.tuner").HyperparameterTuner(
        _trainer(part, session),
        part.objective.get("MetricName"),
        _ranges(part),
        metric_definitions=part.written["AlgorithmSpecification"].get("MetricDefinitions"),
        objective_type=part.objective.get("Type", "Maximize"),
        **_settings(request),
    )
    channels = part.written.get("InputDataConfig") or ()
    inputs = [_shape("Channel", channel) for channel in channels] or None
    tune = Tune(tuner, {"inputs": inputs, "job_name": request[NAME]})
    refuse_losses(request, to_request(tuner, inputs, request[NAME]), SDK)
    return tune


def to_request(tuner: Any, inputs: Any = None, job_name: str | None = None) -> Json:  # noqa: ANN401
    """The request that ``tuner.tune(inputs, job_name=job_name)`` would send.

    As ``tune`` does, this uploads the trainer's own source; the job is not created.

    Raises:
        BadInput: The tuner would drop what it was told, or refuses, or holds variables of a
            pipeline.
    """
    mend = "Use `amt run`, or a boto3 client with the request."
    faults = [Fault(path, f"is dropped by {SDK}", mend=mend) for path in _dropped(tuner)]
    if faults:
        raise BadInput(faults)

    def start() -> None:
        tuner.tune(inputs, job_name=job_name, wait=False)

    base = import_module(_CORE).Base
    listener = Listener(None)
    return caught(start, SDK, (base, _CLIENT), lambda _: staticmethod(lambda *_, **__: listener))


def _dropped(tuner: Any) -> Iterator[str]:  # noqa: ANN401
    """What this tuner was told and does not send (its source, observed)."""
    if getattr(tuner, "model_trainer_dict", None):
        yield "model_trainer_dict"
        return
    if tuner.random_seed == 0:
        yield "random_seed"
    if getattr(tuner, "instance_configs", None):
        yield "instance_configs"
    kept = set(tuner.hyperparameters_to_keep_static or ())
    if tuner.autotune and set(tuner.model_trainer.hyperparameters or ()) - kept:
        yield "autotune"
    for part, names in _OF_A_TRAINER.items():
        holder = getattr(tuner.model_trainer, part, None)
        for name in names:
            value = getattr(holder, name, None)
            if value and type(value).__name__ != "Unassigned":
                yield f"model_trainer.{part}.{name}"


def _trainer(part: reading.Part, session: Any) -> Any:  # noqa: ANN401
    written, configs = part.written, import_module("sagemaker.core.training.configs")
    resources = written.get("ResourceConfig") or written["HyperParameterTuningResourceConfig"]
    algorithm, vpc = written["AlgorithmSpecification"], written.get("VpcConfig")
    shapes = {
        "output_data_config": ("OutputDataConfig", "OutputDataConfig"),
        "stopping_condition": ("StoppingCondition", "StoppingCondition"),
        "checkpoint_config": ("CheckpointConfig", "CheckpointConfig"),
    }
    made = import_module("sagemaker.train").ModelTrainer(
        training_image=algorithm["TrainingImage"],
        training_input_mode=algorithm["TrainingInputMode"],
        role=written["RoleArn"],
        hyperparameters=dict(part.static),
        environment=written.get("Environment") or {},
        compute=configs.Compute(
            instance_type=resources.get("InstanceType"),
            instance_count=resources.get("InstanceCount"),
            volume_size_in_gb=resources.get("VolumeSizeInGB"),
            enable_managed_spot_training=written.get("EnableManagedSpotTraining"),
        ),
        networking=vpc
        and configs.Networking(subnets=vpc["Subnets"], security_group_ids=vpc["SecurityGroupIds"]),
        sagemaker_session=session,
        **{
            key: _shape(name, written[member])
            for key, (name, member) in shapes.items()
            if written.get(member)
        },
    )
    retries = written.get("RetryStrategy")
    return made.with_retry_strategy(_shape("RetryStrategy", retries)) if retries else made


def _settings(request: Json) -> Json:
    config = reading.TuningRequest(request).config
    limits = reading.mapping(config.get("ResourceLimits"))
    shapes = {
        "strategy_config": ("HyperParameterTuningJobStrategyConfig", config.get("StrategyConfig")),
        "completion_criteria_config": (
            "TuningJobCompletionCriteria",
            config.get("TuningJobCompletionCriteria"),
        ),
        "warm_start_config": (
            "HyperParameterTuningJobWarmStartConfig",
            request.get("WarmStartConfig"),
        ),
    }
    return {key: _shape(name, value) for key, (name, value) in shapes.items() if value} | {
        "strategy": config.get("Strategy"),
        "max_jobs": limits.get("MaxNumberOfTrainingJobs"),
        "max_parallel_jobs": limits.get("MaxParallelTrainingJobs"),
        "max_runtime_in_seconds": limits.get("MaxRuntimeInSeconds"),
        "tags": request.get("Tags"),
        "early_stopping_type": config.get("TrainingJobEarlyStoppingType", "Off"),
        "random_seed": config.get("RandomSeed"),
        "autotune": "Autotune" in request,
    }


def _ranges(part: reading.Part) -> Json:
    parameter = import_module("sagemaker.core.parameter")
    made: Json = {}
    for one in part.ranges():
        written, scale = one.written, one.written.get("ScalingType", "Auto")
        low, high = str(written.get("MinValue")), str(written.get("MaxValue"))
        if one.kind == "CategoricalParameterRanges":
            found = parameter.CategoricalParameter(list(written["Values"]))
        elif one.kind == "IntegerParameterRanges":
            found = parameter.IntegerParameter(whole(low), whole(high), scale)
        else:
            found = parameter.ContinuousParameter(float(low), float(high), scale)
        made[written["Name"]] = found
    return made


def _shape(name: str, value: Json) -> Any:  # noqa: ANN401  (a class of the SDK's)
    """A value in the request's words as the SDK's class of that shape."""
    codec = import_module("sagemaker.core.utils.code_injection.codec")
    return getattr(import_module("sagemaker.core.shapes"), name)(**codec.transform(value, name))


def _refuse_unsayable(job: reading.TuningRequest) -> None:
    """What no tuner can be made of; all else shows when the requests are compared."""
    mend, problem = "Use `amt run` for this job.", f"has no place in a tuner of {SDK}"
    if job.several:
        raise BadInput([Fault(reading.MANY, problem, mend=mend)])
    part = job.parts()[0]
    faults = []
    if not part.written["AlgorithmSpecification"].get("TrainingImage"):
        where = f"{part.path}.AlgorithmSpecification.AlgorithmName"
        faults.append(Fault(where, problem, mend=mend))
    if job.config.get("RandomSeed") == 0:
        faults.append(Fault(f"{reading.CONFIG}.RandomSeed", f"0 {problem}", "0", mend))
    faults += [
        Fault(f"{part.path}.{holder}.{key}", problem, mend=mend)
        for holder in ("ResourceConfig", "HyperParameterTuningResourceConfig")
        for key in ("InstanceGroups", "InstancePreferences", "InstanceConfigs")
        if key in reading.mapping(part.written.get(holder))
    ]
    if faults:
        raise BadInput(faults)
