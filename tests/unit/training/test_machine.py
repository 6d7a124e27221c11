"""One training job, by the exact decisions it takes."""

import math
from typing import Any

import pytest

from orchestrator.errors import IllegalMove
from orchestrator.training import events as ev
from orchestrator.training.decisions import (
    Discard,
    Kill,
    Signal,
    Stage,
    Start,
    Tell,
    Upload,
    WakeAt,
)
from orchestrator.training.job import ObjectiveStatus, SecondaryStatus, TrainingStatus
from orchestrator.training.machine import TrainingMachine
from orchestrator.training.spec import Channel, Checkpoints
from tests.builders import a_training


def created(**spec: Any) -> TrainingMachine:
    machine = TrainingMachine(a_training(**spec))
    machine.handle(ev.Created(0, "process"))
    return machine


def running(**spec: Any) -> TrainingMachine:
    machine = created(**spec)
    machine.handle(ev.Staged(1, 1))
    machine.handle(ev.Started(2, 1))
    return machine


def emitted(*values: float, at: float = 3, offset: int = 10) -> ev.Observed:
    seen = tuple(ev.Observation("loss", value) for value in values)
    return ev.Observed(at, 1, "algo-1", offset, seen)


def test_the_way_of_a_training_job_that_succeeds():
    machine = TrainingMachine(a_training(max_runtime_seconds=100))
    assert machine.handle(ev.Created(0, "process")) == [Stage(1), Tell()]
    assert machine.handle(ev.Staged(1, 1)) == [Start(1)]
    assert machine.handle(ev.Started(2, 1)) == [WakeAt(102), Tell()]
    assert machine.handle(emitted(0.5)) == []
    assert machine.objective == (ObjectiveStatus.PENDING, None)
    assert machine.handle(ev.Exited(5, 1, 0)) == [Upload(), Tell()]
    assert machine.handle(ev.Uploaded(6, "s3://m")) == [Tell(), Discard(1)]
    assert machine.handle(ev.Discarded(7)) == []
    state = machine.state
    assert (state.status, state.secondary) == (TrainingStatus.COMPLETED, SecondaryStatus.COMPLETED)
    assert (state.started, state.ended, state.seconds_run) == (2, 6, 3)
    assert machine.objective == (ObjectiveStatus.SUCCEEDED, 0.5)
    assert machine.outstanding() == []


def test_transitions_follow_one_another_without_gaps():
    machine = running(channels=(Channel("train", "s3://b/train"),))
    machine.handle(ev.Exited(5, 1, 0))
    machine.handle(ev.Uploaded(6, ""))
    stays = machine.state.transitions
    assert [stay.status.value for stay in stays] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert [stay.ended for stay in stays] == [stay.started for stay in stays[1:]] + [6]


def test_a_failed_exit_gives_the_failure_file_and_the_code_as_the_reason():
    machine = running()
    assert machine.handle(ev.Exited(5, 1, 3, "no memory", last_lines="boom")) == [
        Tell(),
        Discard(1),
    ]
    assert machine.state.status is TrainingStatus.FAILED
    assert machine.state.failure_reason == "AlgorithmError: no memory, exit code: 3"
    assert machine.state.last_lines == "boom"
    assert machine.objective == (ObjectiveStatus.FAILED, None)
    assert not machine.failed_internally


def test_a_stop_signals_waits_out_the_grace_and_then_kills():
    machine = running()
    assert machine.handle(ev.StopRequested(10)) == [Signal(), WakeAt(130), Tell()]
    assert machine.handle(ev.StopRequested(11)) == []
    assert machine.handle(ev.Woke(129)) == []
    assert machine.handle(ev.Woke(130)) == [Kill()]
    assert machine.handle(ev.Exited(131, 1, 137)) == [Upload()]
    assert machine.handle(ev.Uploaded(132, "s3://m")) == [Tell(), Discard(1)]
    assert machine.state.secondary is SecondaryStatus.STOPPED


def test_a_stopped_job_keeps_its_last_value_and_says_why():
    machine = running()
    machine.handle(emitted(0.7, 0.6))
    machine.handle(ev.StopRequested(10, "worse than the median"))
    machine.handle(ev.Exited(11, 1, 1))
    machine.handle(ev.Uploaded(12, ""))
    assert machine.objective == (ObjectiveStatus.SUCCEEDED, 0.6)
    assert machine.state.stopped_for == "worse than the median"
    (stay,) = [stay for stay in machine.state.transitions if stay.status.value == "Stopping"]
    assert stay.message == "Stopping the training job: worse than the median"


@pytest.mark.parametrize(
    "event",
    [ev.Exited(11, 1, 1, "late crash"), ev.Failed(11, "InternalServerError: gone", retryable=True)],
    ids=["exit", "failure"],
)
def test_stop_is_final_whatever_comes_after(event):
    machine = running(retries=5)
    machine.handle(ev.StopRequested(10))
    machine.handle(event)
    machine.handle(ev.Uploaded(12, ""))
    assert machine.state.status is TrainingStatus.STOPPED
    assert machine.state.failure_reason == ""


def test_a_stop_before_anything_ran_ends_it_at_once():
    machine = created()
    assert machine.handle(ev.StopRequested(1)) == [Tell(), Discard(1)]
    assert machine.state.status is TrainingStatus.STOPPED
    assert machine.handle(ev.Staged(2, 1)) == []


def test_a_stop_while_it_starts_signals_at_once_and_again_when_it_has_started():
    machine = created()
    machine.handle(ev.Staged(1, 1))
    assert machine.handle(ev.StopRequested(2)) == [Signal(), Tell()]
    assert machine.outstanding() == [Start(1), Signal()]
    assert machine.handle(ev.Started(3, 1)) == [Signal(), WakeAt(123)]


def test_a_stop_ends_a_job_that_still_waits_for_machines_as_one_that_never_began():
    machine = created()
    machine.handle(ev.Staged(1, 1))
    machine.handle(ev.StopRequested(2))
    assert machine.handle(ev.Failed(3, "it waited for machines", retryable=False)) == [
        Tell(),
        Discard(1),
    ]
    assert (machine.state.status, machine.state.started) == (TrainingStatus.STOPPED, None)


def test_an_interruption_while_it_waits_for_machines_calls_it_back():
    machine = created()
    machine.handle(ev.Staged(1, 1))
    assert machine.handle(ev.Interrupted(2)) == [Signal()]
    assert machine.handle(ev.Failed(3, "it waited for machines", retryable=False)) == [
        Discard(1),
        Tell(),
    ]
    assert machine.handle(ev.Resumed(4)) == [Stage(2), Tell()]


def test_a_model_that_the_runtime_itself_has_sent_is_the_jobs_model():
    machine = running()
    machine.handle(ev.Exited(5, 1, 0, model_uri="s3://out/model.tar.gz"))
    machine.handle(ev.Uploaded(6, ""))
    assert machine.state.model_uri == "s3://out/model.tar.gz"


def test_max_runtime_stops_it_under_its_own_name():
    machine = running(max_runtime_seconds=60)
    assert machine.handle(ev.Woke(61)) == []
    assert machine.handle(ev.Woke(62)) == [Signal(), WakeAt(182), Tell()]
    machine.handle(ev.Exited(63, 1, 0))
    machine.handle(ev.Uploaded(64, ""))
    assert machine.state.secondary is SecondaryStatus.MAX_RUNTIME_EXCEEDED


def test_spot_waiting_too_long_stops_it_under_its_own_name():
    machine = created(spot=True, max_wait_seconds=30)
    assert machine.outstanding() == [Stage(1), WakeAt(30)]
    assert machine.handle(ev.Woke(30)) == [Tell(), Discard(1)]
    assert machine.state.secondary is SecondaryStatus.MAX_WAIT_TIME_EXCEEDED


def test_only_internal_failures_are_tried_again_and_only_so_often():
    machine = created(retries=1)
    machine.handle(ev.Staged(1, 1))
    gone = ev.Failed(2, "InternalServerError: gone", retryable=True)
    assert machine.handle(gone) == [Stage(2), Tell()]
    assert machine.handle(ev.Staged(3, 1)) == [], "the old attempt says nothing any more"
    assert machine.handle(ev.Staged(3, 2)) == [Start(2)]
    assert machine.handle(gone) == [Tell(), Discard(2)]
    assert machine.failed_internally


def test_a_client_error_is_not_tried_again():
    machine = created(retries=5)
    assert machine.handle(ev.Failed(1, "ClientError: no data", retryable=False)) == [
        Tell(),
        Discard(1),
    ]


def test_max_runtime_is_a_total_over_attempts():
    machine = running(retries=1, max_runtime_seconds=100)
    machine.handle(ev.Failed(42, "InternalServerError: gone", retryable=True))
    machine.handle(ev.Staged(50, 2))
    assert machine.handle(ev.Started(50, 2)) == [WakeAt(110), Tell()]


def test_an_interruption_ends_the_attempt_and_a_resume_begins_the_next():
    machine = running()
    assert machine.handle(ev.Interrupted(5)) == [Signal(), WakeAt(125)]
    assert machine.handle(ev.Exited(6, 1, 143)) == [Discard(1), Tell()]
    assert machine.state.status is TrainingStatus.IN_PROGRESS
    assert machine.state.secondary is SecondaryStatus.INTERRUPTED
    assert machine.outstanding() == []
    machine.handle(ev.Discarded(7))
    assert machine.state.discarded
    assert machine.handle(ev.Resumed(8)) == [Stage(2), Tell()]
    assert not machine.state.discarded


@pytest.mark.parametrize(("checkpoints", "kept"), [(None, []), (Checkpoints("s3://b/c"), [0.5])])
def test_emissions_go_on_counting_over_an_interruption_only_with_checkpoints(checkpoints, kept):
    machine = running(checkpoints=checkpoints)
    machine.handle(emitted(0.5))
    machine.handle(ev.Interrupted(5))
    machine.handle(ev.Exited(6, 1, 143))
    assert machine.state.emissions == kept


def test_an_interruption_that_finds_it_uploading_lets_it_finish():
    machine = running()
    machine.handle(ev.Exited(5, 1, 0))
    assert machine.handle(ev.Interrupted(6)) == []
    assert machine.handle(ev.Uploaded(7, "")) == [Tell(), Discard(1)]
    assert machine.state.status is TrainingStatus.COMPLETED


def test_an_interruption_while_inputs_are_staged_pauses_it_at_once():
    machine = created()
    assert machine.handle(ev.Interrupted(1)) == [Discard(1), Tell()]
    assert machine.handle(ev.Staged(2, 1)) == []


@pytest.mark.parametrize("last", [math.nan, math.inf])
def test_a_last_value_that_is_not_finite_fails_the_objective(last):
    machine = running()
    machine.handle(emitted(0.5, last))
    machine.handle(ev.Exited(5, 1, 0))
    machine.handle(ev.Uploaded(6, ""))
    assert machine.objective == (ObjectiveStatus.FAILED, None)


def test_a_completed_job_without_the_metric_fails_only_its_objective():
    machine = running()
    machine.handle(ev.Exited(5, 1, 0))
    machine.handle(ev.Uploaded(6, ""))
    assert machine.state.status is TrainingStatus.COMPLETED
    assert machine.objective == (ObjectiveStatus.FAILED, None)


def test_every_event_twice_is_every_event_once():
    story = [
        ev.Created(0, "process"),
        ev.Staged(1, 1),
        ev.Started(2, 1),
        ev.Exited(5, 1, 0),
        ev.Uploaded(6, "s3://m"),
        ev.Discarded(7),
    ]
    once, twice = TrainingMachine(a_training()), TrainingMachine(a_training())
    for event in story:
        once.handle(event)
        twice.handle(event)
        assert twice.handle(event) == []
    assert once.state == twice.state


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        ([], [Stage(1)]),
        ([ev.Staged(1, 1)], [Start(1)]),
        ([ev.Staged(1, 1), ev.Started(2, 1)], [WakeAt(86_402)]),
        (
            [ev.Staged(1, 1), ev.Started(2, 1), ev.StopRequested(3)],
            [Signal(), WakeAt(123), WakeAt(86_402)],
        ),
        ([ev.Staged(1, 1), ev.Started(2, 1), ev.Exited(3, 1, 0)], [Upload()]),
        ([ev.Failed(1, "ClientError: x", retryable=False)], [Discard(1)]),
    ],
)
def test_what_is_outstanding_follows_from_the_state(events, wanted):
    machine = created()
    for event in events:
        machine.handle(event)
    assert machine.outstanding() == wanted


def test_an_illegal_move_tells_the_story():
    machine = running()
    machine.state.status = TrainingStatus.COMPLETED
    with pytest.raises(
        IllegalMove, match=r"^train: Completed -> Stopping after Starting → Training$"
    ):
        machine._stop(3, SecondaryStatus.STOPPED, "")
