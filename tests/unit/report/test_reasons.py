"""Why things ended, from API answers."""

from datetime import UTC, datetime

import pytest

from orchestrator.report.reasons import ended_by, stopped_for


def at(seconds):
    return datetime.fromtimestamp(1_750_000_000 + seconds, UTC)


def a_job(criteria=None, *, best=0.5, launched=4, limits=None, goal="Maximize", **details):
    return {
        "HyperParameterTuningJobStatus": "Completed",
        "CreationTime": at(0),
        "HyperParameterTuningEndTime": at(300),
        "HyperParameterTuningJobConfig": {
            "HyperParameterTuningJobObjective": {"Type": goal, "MetricName": "m"},
            "ResourceLimits": limits or {"MaxNumberOfTrainingJobs": 9},
            "TuningJobCompletionCriteria": criteria or {},
        },
        "TrainingJobStatusCounters": {"Completed": launched - 1, "Stopped": 1},
        "TuningJobCompletionDetails": details,
        "BestTrainingJob": {
            "TrainingJobName": "b",
            "TrainingJobStatus": "Completed",
            "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "m", "Value": best},
        },
    }


CONVERGENCE = {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}
PATIENCE = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
REASONS = [
    (a_job({"TargetObjectiveMetricValue": 0.4}), "the target 0.4 is reached"),
    (
        a_job({"TargetObjectiveMetricValue": 0.9}, best=0.8999999761581421),
        "the target 0.9 is reached",
    ),
    (a_job({"TargetObjectiveMetricValue": 0.6}, goal="Minimize"), "the target 0.6 is reached"),
    (
        a_job(PATIENCE, NumberOfTrainingJobsObjectiveNotImproving=3),
        "no improvement in 3 training jobs",
    ),
    (a_job(CONVERGENCE, ConvergenceDetectedTime=at(9)), "the search has converged"),
    (a_job(launched=9), "all 9 training jobs are done"),
    (a_job(limits={"MaxRuntimeInSeconds": 300}), "its 300 seconds are spent"),
    (a_job({"TargetObjectiveMetricValue": 0.6}), "the space is used up"),
    (a_job(PATIENCE, NumberOfTrainingJobsObjectiveNotImproving=2), "the space is used up"),
    (a_job(ConvergenceDetectedTime=at(9)), "the space is used up"),
]


@pytest.mark.parametrize(("job", "reason"), REASONS, ids=[reason for _, reason in REASONS])
def test_what_ended_a_tuning_job(job, reason):
    assert ended_by(job) == reason


def test_only_a_completed_job_was_completed_by_something():
    assert ended_by(a_job(launched=9) | {"HyperParameterTuningJobStatus": "Stopped"}) == ""


def test_a_stop_that_says_nothing_has_no_reason():
    stays = [{"Status": "Stopping", "StatusMessage": "Stopping the training job"}]
    assert stopped_for({"SecondaryStatusTransitions": stays}) == ""
    assert stopped_for({}) == ""
