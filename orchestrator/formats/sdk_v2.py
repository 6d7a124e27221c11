"""The bridge to version 2 of the SageMaker SDK: a request as a tuner, a tuner as a request.

Needs the extra ``sdk`` with ``sagemaker<3``; imported when it is used.
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
    from collections.abc import Mapping

    from orchestrator.formats.protocol import Json

SDK = "sagemaker SDK v2"
_CLIENT = "sagemaker_client"


@dataclass(frozen=True, slots=True)
class Fit:
    """A tuner, and what its ``fit`` is given: the channels are not the tuner's own."""

    tuner: Any
    arguments: Mapping[str, Any]

    def start(self, *, wait: bool = False) -> None:
        """Create the job."""
        self.tuner.fit(**self.arguments, wait=wait)


def to_tuner(request: Json, session: Any) -> Fit:  # noqa: ANN401  (the SDK has no types here)
    """A `HyperparameterTuner` that creates exactly this job.

    Args:
        request: A valid CreateHyperParameterTuningJob request.
        session: The ``sagemaker.Session`` to use; nothing is sent through it.

    Raises:
        BadInput: The SDK cannot say a member; each is named.
    """
    job = reading.TuningRequest(request)
    parts = job.parts()
    _refuse_unsayable(parts)
    tuner = import_module("sagemaker.tuner").HyperparameterTuner
    if job.several:
        made = _several(tuner, parts, request, session)
        inputs: Any = {str(part.written["DefinitionName"]): _inputs(part) for part in parts}
    else:
        made = _single(tuner, parts[0], request, session)
        inputs = _inputs(parts[0])
    configs = {_definition(part): _instance_configs(part) for part in parts}
    if any(configs.values()):
        made.override_resource_config(configs if job.several else next(iter(configs.values())))
    arguments = {"inputs": inputs, "job_name": request[NAME]}
    fit = Fit(made, arguments | ({"include_cls_metadata": {}} if job.several else {}))
    refuse_losses(request, to_request(made, inputs, request[NAME]), SDK)
    return fit


def to_request(tuner: Any, inputs: Any = None, job_name: str | None = None) -> Json:  # noqa: ANN401
    """The request that ``tuner.fit(inputs, job_name=job_name)`` would send.

    As ``fit`` does, this uploads the estimator's own source; the job is not created.

    Raises:
        BadInput: The SDK refuses, or the tuner holds variables of a pipeline.
    """
    several: Json = {} if tuner.estimator_dict is None else {"include_cls_metadata": {}}

    def start() -> None:
        tuner.fit(inputs, job_name=job_name, wait=False, **several)

    return caught(start, SDK, (tuner.sagemaker_session, _CLIENT), Listener)


def _single(tuner: Any, part: reading.Part, request: Json, session: Any) -> Any:  # noqa: ANN401
    return tuner(
        _estimator(part, session),
        part.objective.get("MetricName"),
        _ranges(part) or None,
        metric_definitions=_metrics(part),
        objective_type=part.objective.get("Type", "Maximize"),
        hyperparameters_to_keep_static=_kept(part),
        **_settings(request),
    )


def _several(
    tuner: Any,  # noqa: ANN401
    parts: list[reading.Part],
    request: Json,
    session: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    by_name = {str(part.written.get("DefinitionName")): part for part in parts}
    kept = {name: _kept(part) for name, part in by_name.items()}
    return tuner.create(
        {name: _estimator(part, session) for name, part in by_name.items()},
        {name: part.objective.get("MetricName") for name, part in by_name.items()},
        {name: _ranges(part) for name, part in by_name.items()},
        metric_definitions_dict={name: _metrics(part) for name, part in by_name.items()},
        objective_type=parts[0].objective.get("Type", "Maximize"),
        hyperparameters_to_keep_static_dict=kept if any(kept.values()) else None,
        **_settings(request),
    )


def _settings(request: Json) -> Json:
    """What both ways of making a tuner take."""
    module, config = import_module("sagemaker.tuner"), reading.TuningRequest(request).config
    limits, settings = reading.mapping(config.get("ResourceLimits")), {}
    hyperband = reading.inside(config, "StrategyConfig", "HyperbandStrategyConfig")
    if hyperband is not None:
        inner = module.HyperbandStrategyConfig(
            max_resource=hyperband.get("MaxResource"), min_resource=hyperband.get("MinResource")
        )
        settings["strategy_config"] = module.StrategyConfig(inner)
    criteria = config.get("TuningJobCompletionCriteria")
    if criteria is not None:
        settings["completion_criteria_config"] = _criteria(module, criteria)
    warm = request.get("WarmStartConfig")
    if warm is not None:
        parents = {one[NAME] for one in warm["ParentHyperParameterTuningJobs"]}
        kind = module.WarmStartTypes(warm["WarmStartType"])
        settings["warm_start_config"] = module.WarmStartConfig(kind, parents)
    return settings | {
        "strategy": config.get("Strategy"),
        "max_jobs": limits.get("MaxNumberOfTrainingJobs"),
        "max_parallel_jobs": limits.get("MaxParallelTrainingJobs"),
        "max_runtime_in_seconds": limits.get("MaxRuntimeInSeconds"),
        "tags": request.get("Tags"),
        "early_stopping_type": config.get("TrainingJobEarlyStoppingType", "Off"),
        "random_seed": config.get("RandomSeed"),
        "autotune": "Autotune" in request,
    }


def _criteria(module: Any, criteria: Json) -> Any:  # noqa: ANN401
    detected = reading.inside(criteria, "ConvergenceDetected", "CompleteOnConvergence")
    return module.TuningJobCompletionCriteriaConfig(
        max_number_of_training_jobs_not_improving=reading.inside(
            criteria, "BestObjectiveNotImproving", "MaxNumberOfTrainingJobsNotImproving"
        ),
        complete_on_convergence=None if detected is None else detected == "Enabled",
        target_objective_metric_value=criteria.get("TargetObjectiveMetricValue"),
    )


def _estimator(part: reading.Part, session: Any) -> Any:  # noqa: ANN401
    written = part.written
    algorithm, output = written["AlgorithmSpecification"], written["OutputDataConfig"]
    stop, vpc = written.get("StoppingCondition") or {}, written.get("VpcConfig") or {}
    checkpoints, resources = written.get("CheckpointConfig") or {}, _resources(part)
    hints = {auto["Name"]: auto["ValueHint"] for auto in _automatic(part)}
    retries = (written.get("RetryStrategy") or {}).get("MaximumRetryAttempts")
    return import_module("sagemaker.estimator").Estimator(
        image_uri=algorithm["TrainingImage"],
        role=written["RoleArn"],
        instance_count=resources.get("InstanceCount"),
        instance_type=resources.get("InstanceType"),
        volume_size=resources.get("VolumeSizeInGB"),
        volume_kms_key=resources.get("VolumeKmsKeyId"),
        max_run=stop.get("MaxRuntimeInSeconds"),
        max_wait=stop.get("MaxWaitTimeInSeconds"),
        input_mode=algorithm["TrainingInputMode"],
        output_path=output["S3OutputPath"],
        output_kms_key=output.get("KmsKeyId"),
        disable_output_compression=output.get("CompressionType") == "NONE",
        hyperparameters={**part.static, **hints},
        subnets=vpc.get("Subnets"),
        security_group_ids=vpc.get("SecurityGroupIds"),
        use_spot_instances=bool(written.get("EnableManagedSpotTraining")),
        checkpoint_s3_uri=checkpoints.get("S3Uri"),
        checkpoint_local_path=checkpoints.get("LocalPath"),
        enable_network_isolation=bool(written.get("EnableNetworkIsolation")),
        encrypt_inter_container_traffic=bool(written.get("EnableInterContainerTrafficEncryption")),
        max_retry_attempts=retries,
        environment=written.get("Environment"),
        sagemaker_session=session,
    )


def _ranges(part: reading.Part) -> Json:
    parameter = import_module("sagemaker.parameter")
    made: Json = {}
    for one in part.ranges():
        written, scale = one.written, one.written.get("ScalingType", "Auto")
        low, high = written.get("MinValue"), written.get("MaxValue")
        name = written["Name"]
        if one.kind == "CategoricalParameterRanges":
            made[name] = parameter.CategoricalParameter(list(written["Values"]))
        elif one.kind == "IntegerParameterRanges":
            made[name] = parameter.IntegerParameter(whole(str(low)), whole(str(high)), scale)
        else:
            made[name] = parameter.ContinuousParameter(float(str(low)), float(str(high)), scale)
    return made


def _inputs(part: reading.Part) -> Json | None:
    """The channels: the SDK's own class, told what each is in the request's words."""
    channels = part.written.get("InputDataConfig")
    if not channels:
        return None
    inputs: Json = {}
    for channel in channels:
        made = import_module("sagemaker.inputs").TrainingInput("s3://any")
        made.config = {key: value for key, value in channel.items() if key != "ChannelName"}
        inputs[channel["ChannelName"]] = made
    return inputs


def _metrics(part: reading.Part) -> list[Json] | None:
    found = part.written["AlgorithmSpecification"].get("MetricDefinitions")
    return list(found) if found else None


def _automatic(part: reading.Part) -> list[Json]:
    return reading.sequence(part.range_lists.get("AutoParameters"))


def _kept(part: reading.Part) -> list[str] | None:
    """Static hyperparameters: under Autotune the others become automatic ones."""
    return list(part.static) if _automatic(part) else None


def _resources(part: reading.Part) -> Json:
    """The instances; of several kinds to choose from the first, which an estimator must have."""
    shared = part.written.get("HyperParameterTuningResourceConfig")
    found = dict(shared or part.written.get("ResourceConfig") or {})
    return {**(found.get("InstanceConfigs") or [{}])[0], **found}


def _instance_configs(part: reading.Part) -> list[Any] | None:
    module = import_module("sagemaker.tuner")
    configs = _resources(part).get("InstanceConfigs")
    if not configs:
        return None
    return [
        module.InstanceConfig(
            instance_count=one.get("InstanceCount"),
            instance_type=one.get("InstanceType"),
            volume_size=one.get("VolumeSizeInGB"),
        )
        for one in configs
    ]


def _definition(part: reading.Part) -> str:
    return str(part.written.get("DefinitionName"))


def _refuse_unsayable(parts: list[reading.Part]) -> None:
    """What no estimator can be made of; all else shows when the requests are compared."""
    mend, faults = "Use `amt run` for this job.", []
    for part in parts:
        if not part.written["AlgorithmSpecification"].get("TrainingImage"):
            where = f"{part.path}.AlgorithmSpecification.AlgorithmName"
            problem = f"has no place in {SDK} without asking the service about the algorithm"
            faults.append(Fault(where, problem, mend=mend))
        resources = reading.mapping(part.written.get("ResourceConfig"))
        faults += [
            Fault(
                f"{part.path}.ResourceConfig.{key}", f"has no place in a tuner of {SDK}", mend=mend
            )
            for key in ("InstanceGroups", "InstancePreferences")
            if key in resources
        ]
    if faults:
        raise BadInput(faults)
