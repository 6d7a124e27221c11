"""What the emulator makes of each member of a tuning request: one line a member.

`SAME` is emulated as AWS documents or was seen to do it. `DIFFERENT` has an effect here, another
one than there. `WITHOUT` has none, or is refused. A key may be a member, or ``member=value`` for
what holds of one value alone. A test holds the three against the service model: every
member without members of its own stands in one of them. `docs/fidelity.md` has the marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONFIG, _TRAINING = "HyperParameterTuningJobConfig", "TrainingJobDefinition"
_CHANNEL = f"{_TRAINING}.InputDataConfig[]"
_SOURCE = f"{_CHANNEL}.DataSource"
_RESOURCES, _TUNING = (
    f"{_TRAINING}.ResourceConfig",
    f"{_TRAINING}.HyperParameterTuningResourceConfig",
)
_CRITERIA = f"{_CONFIG}.TuningJobCompletionCriteria"
_HYPERBAND = f"{_CONFIG}.StrategyConfig.HyperbandStrategyConfig"
_RANGES = {
    "IntegerParameterRanges[]": "Name MinValue MaxValue ScalingType",
    "ContinuousParameterRanges[]": "Name MinValue MaxValue ScalingType",
    "CategoricalParameterRanges[]": "Name Values",
}

_SAME: Mapping[str, str] = {
    "": "HyperParameterTuningJobName",
    "Tags[]": "Key Value",
    "WarmStartConfig.ParentHyperParameterTuningJobs[]": "HyperParameterTuningJobName",
    _CONFIG: "Strategy TrainingJobEarlyStoppingType",
    f"{_CONFIG}.HyperParameterTuningJobObjective": "Type MetricName",
    f"{_CONFIG}.ResourceLimits": "MaxNumberOfTrainingJobs MaxParallelTrainingJobs",
    **{f"{_CONFIG}.ParameterRanges.{kind}": names for kind, names in _RANGES.items()},
    **{f"{_TRAINING}.HyperParameterRanges.{kind}": names for kind, names in _RANGES.items()},
    _CRITERIA: "TargetObjectiveMetricValue",
    f"{_CRITERIA}.ConvergenceDetected": "CompleteOnConvergence",
    _TRAINING: "DefinitionName StaticHyperParameters Environment EnableManagedSpotTraining"
    " EnableNetworkIsolation EnableInterContainerTrafficEncryption",
    f"{_TRAINING}.TuningObjective": "Type MetricName",
    f"{_TRAINING}.AlgorithmSpecification": "TrainingInputMode",
    f"{_TRAINING}.AlgorithmSpecification.MetricDefinitions[]": "Name",
    _CHANNEL: "ChannelName ContentType CompressionType RecordWrapperType InputMode",
    f"{_SOURCE}.S3DataSource": "S3DataType S3DataDistributionType AttributeNames InstanceGroupNames",
    f"{_TRAINING}.OutputDataConfig": "CompressionType",
    _RESOURCES: "InstanceCount",
    f"{_RESOURCES}.InstanceGroups[]": "InstanceCount InstanceGroupName",
    _TUNING: "InstanceCount",
    f"{_TRAINING}.StoppingCondition": "MaxRuntimeInSeconds",
    f"{_TRAINING}.CheckpointConfig": "LocalPath",
    f"{_TRAINING}.RetryStrategy": "MaximumRetryAttempts",
}  # fmt: skip
SAME = frozenset(
    f"{above}.{name}" if above else name for above, names in _SAME.items() for name in names.split()
)
"""Members that are emulated as AWS has them."""

_AUTOMATIC = "ranges are derived from the hints by figures of our own"
_PLACE = "s3:// is a folder of the state, unless AMT_S3 sends it elsewhere"
_MACHINE = "CPUs, memory and GPUs as far as this machine has them"
_FIRST = "the first is taken: there is always capacity here"
_SPOT = "nothing is interrupted here but by leaving amt"
_HALVING = "one bracket of stopping asynchronous halving; AWS does not publish its own"

DIFFERENT: Mapping[str, str] = {
    f"{_CONFIG}.Strategy=Random": "configurations are drawn by generators of our own",
    f"{_CONFIG}.Strategy=Bayesian": "a search of our own; AWS does not publish its own",
    f"{_CONFIG}.Strategy=Hyperband": _HALVING,
    f"{_CONFIG}.Strategy=Grid": "the order of the combinations is ours",
    f"{_CONFIG}.RandomSeed": "the same seed gives other configurations than on AWS",
    f"{_HYPERBAND}.MinResource": _HALVING,
    f"{_HYPERBAND}.MaxResource": _HALVING,
    f"{_CONFIG}.ResourceLimits.MaxRuntimeInSeconds": "capped at the quota of 30 days",
    f"{_CONFIG}.TrainingJobEarlyStoppingType=Auto": (
        "AWS's median rule; from when on it stops is our reading"
    ),
    f"{_CRITERIA}.BestObjectiveNotImproving.MaxNumberOfTrainingJobsNotImproving": (
        "what counts as an improvement (1 %) is documented, its arithmetic is ours"
    ),
    f"{_CRITERIA}.ConvergenceDetected.CompleteOnConvergence=Enabled": (
        "judged by our own model, after ten results"
    ),
    f"{_CONFIG}.ParameterRanges.AutoParameters[].Name": _AUTOMATIC,
    f"{_CONFIG}.ParameterRanges.AutoParameters[].ValueHint": _AUTOMATIC,
    f"{_TRAINING}.HyperParameterRanges.AutoParameters[].Name": _AUTOMATIC,
    f"{_TRAINING}.HyperParameterRanges.AutoParameters[].ValueHint": _AUTOMATIC,
    "Autotune.Mode": "what it fills in is documented in part; the figures are ours",
    "WarmStartConfig.WarmStartType": (
        "parents' results join the search while they rank this job's rightly"
    ),
    f"{_TRAINING}.AlgorithmSpecification.TrainingImage": (
        "AMT_IMAGE_MAP may name another; the process runtime trains scripts without any"
    ),
    f"{_TRAINING}.AlgorithmSpecification.AlgorithmName": (
        "its metrics are known, its container is not here: no runtime trains it"
    ),
    f"{_TRAINING}.AlgorithmSpecification.MetricDefinitions[].Regex": "read as Python's dialect",
    f"{_TRAINING}.AlgorithmSpecification.TrainingInputMode=FastFile": "files, read-only",
    f"{_CHANNEL}.InputMode=FastFile": "files, read-only",
    f"{_CHANNEL}.ShuffleConfig.Seed": "shuffled in an order of our own",
    f"{_SOURCE}.S3DataSource.S3Uri": _PLACE,
    f"{_SOURCE}.S3DataSource.S3DataDistributionType=ShardedByS3Key": (
        "round and round over the sorted keys"
    ),
    f"{_SOURCE}.FileSystemDataSource.DirectoryPath": "the directory of that path on this machine",
    f"{_TRAINING}.OutputDataConfig.S3OutputPath": _PLACE,
    f"{_TRAINING}.CheckpointConfig.S3Uri": f"<S3Uri>/<training job>/ for each; {_PLACE}",
    f"{_RESOURCES}.InstanceType": _MACHINE,
    f"{_RESOURCES}.InstanceGroups[].InstanceType": _MACHINE,
    f"{_RESOURCES}.InstancePreferences[].InstanceType": _FIRST,
    f"{_RESOURCES}.InstancePreferences[].InstanceCount": _FIRST,
    f"{_TUNING}.InstanceType": _MACHINE,
    f"{_TUNING}.InstanceConfigs[].InstanceType": _FIRST,
    f"{_TUNING}.InstanceConfigs[].InstanceCount": _FIRST,
    f"{_TUNING}.AllocationStrategy": _FIRST,
    f"{_TRAINING}.EnableManagedSpotTraining=True": _SPOT,
    f"{_TRAINING}.StoppingCondition.MaxWaitTimeInSeconds": _SPOT,
    f"{_TRAINING}.EnableNetworkIsolation=True": "of containers; a process is not isolated",
}
"""Members, or values of them, that have another effect here than on AWS."""

_SHOWN = "accepted and shown, without effect"
_HUB = "SageMaker's hub is not emulated; refused"
_PLAN = "there are no training plans and no UltraServers here"

WITHOUT: Mapping[str, str] = {
    f"{_TRAINING}.RoleArn": "no permissions are checked",
    f"{_TRAINING}.VpcConfig.SecurityGroupIds": "there is no VPC here",
    f"{_TRAINING}.VpcConfig.Subnets": "there is no VPC here",
    f"{_TRAINING}.OutputDataConfig.KmsKeyId": "nothing is encrypted",
    f"{_TRAINING}.EnableInterContainerTrafficEncryption=True": "nothing is encrypted",
    f"{_TRAINING}.StoppingCondition.MaxPendingTimeInSeconds": "nothing is pending here",
    f"{_SOURCE}.S3DataSource.S3DataType=Converse": "refused",
    f"{_SOURCE}.S3DataSource.ModelAccessConfig.AcceptEula": _SHOWN,
    f"{_SOURCE}.S3DataSource.HubAccessConfig.HubContentArn": _SHOWN,
    f"{_SOURCE}.FileSystemDataSource.FileSystemId": _SHOWN,
    f"{_SOURCE}.FileSystemDataSource.FileSystemAccessMode": _SHOWN,
    f"{_SOURCE}.FileSystemDataSource.FileSystemType": _SHOWN,
    f"{_SOURCE}.DatasetSource.DatasetArn": _HUB,
    f"{_RESOURCES}.VolumeSizeInGB": "a training job has what the disk has",
    f"{_RESOURCES}.VolumeKmsKeyId": "nothing is encrypted",
    f"{_RESOURCES}.KeepAlivePeriodInSeconds": "not supported in a tuning job; refused",
    f"{_RESOURCES}.TrainingPlanArn": _PLAN,
    f"{_RESOURCES}.InstancePlacementConfig.EnableMultipleJobs": _PLAN,
    f"{_RESOURCES}.InstancePlacementConfig.PlacementSpecifications[].UltraServerId": _PLAN,
    f"{_RESOURCES}.InstancePlacementConfig.PlacementSpecifications[].InstanceCount": _PLAN,
    f"{_RESOURCES}.InstancePreferences[].TrainingPlanArns": _PLAN,
    f"{_RESOURCES}.SelectedInstanceType": _SHOWN,
    f"{_RESOURCES}.SelectedInstanceCount": _SHOWN,
    f"{_TUNING}.VolumeSizeInGB": "a training job has what the disk has",
    f"{_TUNING}.VolumeKmsKeyId": "nothing is encrypted",
    f"{_TUNING}.InstanceConfigs[].VolumeSizeInGB": "a training job has what the disk has",
}
"""Members, or values of them, that have no effect here, or that the emulator refuses."""
