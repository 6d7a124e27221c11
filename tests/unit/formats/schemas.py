"""The members of two targets' own schemas, written down from their publishers' references.

`ACK` is the spec of the HyperParameterTuningJob resource of the sagemaker controller 1.9.1;
`TERRAFORM` the arguments of aws_sagemaker_hyper_parameter_tuning_job in the provider's
documentation. A word with nothing below it holds a value; ``*`` holds the user's own keys.
"""

from __future__ import annotations

_ACK_RANGES = """
    autoParameters: name valueHint
    categoricalParameterRanges: name values
    continuousParameterRanges: maxValue minValue name scalingType
    integerParameterRanges: maxValue minValue name scalingType
"""
_ACK_DEFINITION = {
    "algorithmSpecification": {
        "algorithmName": {},
        "metricDefinitions": "name regex",
        "trainingImage": {},
        "trainingInputMode": {},
    },
    "checkpointConfig": "localPath s3URI",
    "definitionName": {},
    "enableInterContainerTrafficEncryption": {},
    "enableManagedSpotTraining": {},
    "enableNetworkIsolation": {},
    "hyperParameterRanges": _ACK_RANGES,
    "inputDataConfig": {
        "channelName": {},
        "compressionType": {},
        "contentType": {},
        "dataSource": {
            "fileSystemDataSource": "directoryPath fileSystemAccessMode fileSystemID fileSystemType",
            "s3DataSource": "attributeNames instanceGroupNames s3DataDistributionType s3DataType s3URI",
        },
        "inputMode": {},
        "recordWrapperType": {},
        "shuffleConfig": "seed",
    },
    "outputDataConfig": "compressionType kmsKeyID s3OutputPath",
    "resourceConfig": {
        "instanceCount": {},
        "instanceGroups": "instanceCount instanceGroupName instanceType",
        "instanceType": {},
        "keepAlivePeriodInSeconds": {},
        "volumeKMSKeyID": {},
        "volumeSizeInGB": {},
    },
    "retryStrategy": "maximumRetryAttempts",
    "roleARN": {},
    "staticHyperParameters": "*",
    "stoppingCondition": "maxPendingTimeInSeconds maxRuntimeInSeconds maxWaitTimeInSeconds",
    "tuningObjective": "metricName type_",
    "vpcConfig": "securityGroupIDs subnets",
}
ACK = {
    "autotune": "mode",
    "hyperParameterTuningJobConfig": {
        "hyperParameterTuningJobObjective": "metricName type_",
        "parameterRanges": _ACK_RANGES,
        "resourceLimits": "maxNumberOfTrainingJobs maxParallelTrainingJobs",
        "strategy": {},
        "trainingJobEarlyStoppingType": {},
        "tuningJobCompletionCriteria": "targetObjectiveMetricValue",
    },
    "hyperParameterTuningJobName": {},
    "tags": "key value",
    "trainingJobDefinition": _ACK_DEFINITION,
    "trainingJobDefinitions": _ACK_DEFINITION,
    "warmStartConfig": {
        "parentHyperParameterTuningJobs": "hyperParameterTuningJobName",
        "warmStartType": {},
    },
}

_RANGES = """
    auto_parameters: name value_hint
    categorical_parameter_ranges: name values
    continuous_parameter_ranges: max_value min_value name scaling_type
    integer_parameter_ranges: max_value min_value name scaling_type
"""
_DEFINITION = {
    "definition_name": {},
    "enable_inter_container_traffic_encryption": {},
    "enable_managed_spot_training": {},
    "enable_network_isolation": {},
    "environment": "*",
    "retry_strategy": "maximum_retry_attempts",
    "role_arn": {},
    "static_hyper_parameters": "*",
    "algorithm_specification": {
        "algorithm_name": {},
        "training_image": {},
        "training_input_mode": {},
        "metric_definitions": "name regex",
    },
    "checkpoint_config": "local_path s3_uri",
    "hyper_parameter_ranges": _RANGES,
    "hyper_parameter_tuning_resource_config": {
        "allocation_strategy": {},
        "instance_count": {},
        "instance_type": {},
        "volume_kms_key_id": {},
        "volume_size_in_gb": {},
        "instance_configs": "instance_count instance_type volume_size_in_gb",
    },
    "input_data_config": {
        "channel_name": {},
        "compression_type": {},
        "content_type": {},
        "input_mode": {},
        "record_wrapper_type": {},
        "data_source": {
            "file_system_data_source": (
                "directory_path file_system_access_mode file_system_id file_system_type"
            ),
            "s3_data_source": {
                "attribute_names": {},
                "instance_group_names": {},
                "s3_data_distribution_type": {},
                "s3_data_type": {},
                "s3_uri": {},
                "hub_access_config": "hub_content_arn",
                "model_access_config": "accept_eula",
            },
        },
        "shuffle_config": "seed",
    },
    "output_data_config": "compression_type kms_key_id s3_output_path",
    "resource_config": {
        "instance_count": {},
        "instance_type": {},
        "keep_alive_period_in_seconds": {},
        "training_plan_arn": {},
        "volume_kms_key_id": {},
        "volume_size_in_gb": {},
        "instance_groups": "instance_count instance_group_name instance_type",
        "instance_placement_config": {
            "enable_multiple_jobs": {},
            "placement_specifications": "instance_count ultra_server_id",
        },
    },
    "stopping_condition": (
        "max_pending_time_in_seconds max_runtime_in_seconds max_wait_time_in_seconds"
    ),
    "tuning_objective": "metric_name type",
    "vpc_config": "security_group_ids subnets",
}
TERRAFORM = {
    "name": {},
    "tags": "*",
    "autotune": "mode",
    "config": {
        "random_seed": {},
        "strategy": {},
        "training_job_early_stopping_type": {},
        "objective": "metric_name type",
        "parameter_ranges": _RANGES,
        "resource_limits": (
            "max_number_of_training_jobs max_parallel_training_jobs max_runtime_in_seconds"
        ),
        "strategy_config": {"hyperband_strategy_config": "max_resource min_resource"},
        "tuning_job_completion_criteria": {
            "target_objective_metric_value": {},
            "best_objective_not_improving": "max_number_of_training_jobs_not_improving",
            "convergence_detected": "complete_on_convergence",
        },
    },
    "training_job_definition": _DEFINITION,
    "training_job_definitions": _DEFINITION,
    "warm_start_config": {
        "warm_start_type": {},
        "parent_hyper_parameter_tuning_jobs": "name",
    },
}


def strange(value, schema, path=""):
    """Paths of what `value` has and the schema does not."""
    schema = _read(schema)
    if isinstance(value, list):
        return [found for item in value for found in strange(item, schema, path)]
    if not isinstance(value, dict) or "*" in schema:
        return []
    found = []
    for key, inner in value.items():
        where = f"{path}.{key}" if path else key
        found += strange(inner, schema[key], where) if key in schema else [where]
    return found


def words(schema, path=""):
    """Paths of everything the schema has."""
    found = set()
    for key, inner in _read(schema).items():
        where = f"{path}.{key}" if path else key
        found |= {where} | words(inner, where)
    return found


def _read(schema):
    """``a b`` is two words; lines of ``a: b c`` are words with words below them."""
    if not isinstance(schema, str):
        return schema
    if ":" not in schema:
        return {word: {} for word in schema.split()}
    lines = (line.split(":") for line in schema.strip().splitlines())
    return {name.strip(): inner.strip() for name, inner in lines}
