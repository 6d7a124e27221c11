"""Our statuses are AWS's: each is in the installed service model, and each gap has its reason."""

from __future__ import annotations

import botocore.loaders
import pytest

from orchestrator.training.job import MOVES as TRAINING_MOVES
from orchestrator.training.job import TERMINAL as TRAINING_ENDS
from orchestrator.training.job import ObjectiveStatus, SecondaryStatus, TrainingStatus
from orchestrator.tuning.job import MOVES as TUNING_MOVES
from orchestrator.tuning.job import TERMINAL as TUNING_ENDS
from orchestrator.tuning.job import TuningStatus

AT_ONCE = {"Deleting", "DeleteFailed"}  # a deletion here is one transaction: it is never seen
RETIRED = {"LaunchingMLInstances", "PreparingTrainingStack", "DownloadingTrainingImage"}
ELSEWHERE = {"Updating", "Restarting"}  # debugger rules that change a running job; warm restarts

MACHINES = [
    (TuningStatus, TUNING_MOVES, TUNING_ENDS),
    (TrainingStatus, TRAINING_MOVES, TRAINING_ENDS),
]


def enumeration(shape):
    service = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")
    return set(service["shapes"][shape]["enum"])


@pytest.mark.parametrize(
    ("shape", "ours", "left_out"),
    [
        ("HyperParameterTuningJobStatus", TuningStatus, AT_ONCE),
        ("TrainingJobStatus", TrainingStatus, {"Deleting"}),
        ("SecondaryStatus", SecondaryStatus, RETIRED | ELSEWHERE),
        ("ObjectiveStatus", ObjectiveStatus, set()),
    ],
)
def test_ours_are_those_of_the_service_model_but_for_the_named_ones(shape, ours, left_out):
    assert {status.value for status in ours} == enumeration(shape) - left_out


@pytest.mark.parametrize(("statuses", "moves", "ends"), MACHINES)
def test_the_table_of_moves_is_whole_and_ends_where_it_says(statuses, moves, ends):
    assert set(moves) == set(statuses)
    assert {status for status, following in moves.items() if not following} == ends


@pytest.mark.parametrize(("statuses", "moves", "ends"), MACHINES)
def test_a_stop_can_only_end_stopped(statuses, moves, ends):
    assert moves[statuses.STOPPING] == {statuses.STOPPED}
