"""Every operation we answer, by the name it has in ``X-Amz-Target``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.endpoint import (
    log_filtering,
    log_operations,
    search_operations,
    tag_operations,
    training_operations,
    tuning_operations,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orchestrator.endpoint.emulator import Answer, Call, Request

    Operations = Mapping[str, Callable[[Call, Request], Answer]]

SAGEMAKER: Operations = {
    "CreateHyperParameterTuningJob": tuning_operations.create,
    "DescribeHyperParameterTuningJob": tuning_operations.describe,
    "ListHyperParameterTuningJobs": tuning_operations.list_jobs,
    "ListTrainingJobsForHyperParameterTuningJob": tuning_operations.list_training_jobs,
    "StopHyperParameterTuningJob": tuning_operations.stop,
    "DeleteHyperParameterTuningJob": tuning_operations.delete,
    "CreateTrainingJob": training_operations.create,
    "DescribeTrainingJob": training_operations.describe,
    "ListTrainingJobs": training_operations.list_jobs,
    "StopTrainingJob": training_operations.stop,
    "DeleteTrainingJob": training_operations.delete,
    "AddTags": tag_operations.add_tags,
    "DeleteTags": tag_operations.delete_tags,
    "ListTags": tag_operations.list_tags,
    "Search": search_operations.search,
}

LOGS: Operations = {
    "DescribeLogStreams": log_operations.describe_log_streams,
    "FilterLogEvents": log_filtering.filter_log_events,
    "GetLogEvents": log_operations.get_log_events,
}
