"""One tuning job, by the exact decisions it takes."""

import pytest

from orchestrator.errors import IllegalMove
from orchestrator.strategy.protocol import Direction, TrialState
from orchestrator.training.job import ObjectiveStatus, TrainingStatus
from orchestrator.tuning import events as ev
from orchestrator.tuning.decisions import Announce, Ask, Halt, Launch, WakeAt
from orchestrator.tuning.invariants import broken
from orchestrator.tuning.job import CompletionReason, TuningStatus
from orchestrator.tuning.machine import TuningMachine
from orchestrator.tuning.spec import CompletionCriteria
from tests.builders import a_tuning, suggestions

MONTH = 30 * 86_400


def started(stopper=None, **spec):
    machine = TuningMachine(a_tuning(**spec), stopper=stopper)
    machine.handle(ev.Created(0, 1, "process"))
    return machine


def propose(machine, *values, asked=None, converged=False):
    return machine.handle(ev.Proposed(1, asked or len(values), suggestions(*values), converged))


def end(number, value=None, status=TrainingStatus.COMPLETED, at=2.0, **more):
    objective = ObjectiveStatus.FAILED if value is None else ObjectiveStatus.SUCCEEDED
    return ev.ChildEnded(at, number, status, objective, value, **more)


def failed(number, **more):
    return end(number, status=TrainingStatus.FAILED, **more)


def launches(decisions):
    return [
        (each.number, each.suggestion.configuration)
        for each in decisions
        if isinstance(each, Launch)
    ]


def test_it_launches_as_slots_come_free_and_completes_when_the_number_is_spent():
    machine = TuningMachine(a_tuning(jobs=3, parallel=2))
    assert machine.handle(ev.Created(0, 1, "process")) == [
        Announce(TuningStatus.IN_PROGRESS),
        Ask(2),
        WakeAt(MONTH),
    ]
    assert launches(propose(machine, "1", "2")) == [(1, (("x", "1"),)), (2, (("x", "2"),))]
    assert machine.handle(end(1, 0.5)) == [Ask(1)]
    assert machine.handle(end(2, 0.4)) == []
    assert launches(propose(machine, "3")) == [(3, (("x", "3"),))]
    assert machine.handle(end(3, 0.6)) == [Announce(TuningStatus.COMPLETED)]
    assert machine.state.completion is CompletionReason.MAX_NUMBER_OF_TRAINING_JOBS
    assert machine.state.best == 2
    assert machine.state.training_counters["Completed"] == 3
    assert not broken(machine)


def test_children_are_named_by_number_and_configuration():
    one, two = started(), started()
    names = [each.name for each in propose(one, "1", "2")]
    assert names == [each.name for each in propose(two, "1", "2")]
    assert all(name.startswith(("tune-001-", "tune-002-")) for name in names)
    assert len(names[0]) == len("tune-001-") + 8


def test_only_one_ask_is_open_at_a_time():
    machine = started(jobs=9, parallel=3)
    propose(machine, "1", "2", "3")
    assert machine.handle(end(1, 0.5)) == [Ask(1)]
    assert machine.handle(end(2, 0.5)) == []
    decisions = propose(machine, "4")
    assert launches(decisions) == [(4, (("x", "4"),))]
    assert decisions[-1] == Ask(1)


def test_fewer_suggestions_than_asked_end_the_job_when_the_last_child_ends():
    machine = started(jobs=None, parallel=3)
    propose(machine, "1", asked=3)
    assert machine.handle(end(1, 0.5)) == [Announce(TuningStatus.COMPLETED)]
    assert machine.state.completion is CompletionReason.SPACE_EXHAUSTED


def test_a_stop_halts_what_runs_and_waits_for_it():
    machine = started(jobs=5)
    propose(machine, "1", "2")
    assert machine.handle(ev.StopRequested(2)) == [
        Announce(TuningStatus.STOPPING),
        Halt(1),
        Halt(2),
    ]
    assert machine.handle(ev.StopRequested(2)) == []
    assert machine.handle(end(1, status=TrainingStatus.STOPPED)) == []
    assert machine.handle(end(1, status=TrainingStatus.STOPPED)) == []
    assert machine.handle(end(2, 0.1)) == [Announce(TuningStatus.STOPPED)]
    assert not broken(machine)


def test_suggestions_that_arrive_after_a_stop_launch_nothing():
    machine = started()
    assert machine.handle(ev.StopRequested(1)) == [Announce(TuningStatus.STOPPING)]
    assert propose(machine, "1", "2") == [Announce(TuningStatus.STOPPED)]


def test_five_failures_without_a_success_fail_the_job_once_the_rest_has_ended():
    machine = started(jobs=20, parallel=6)
    propose(machine, "1", "2", "3", "4", "5", "6")
    for number in (1, 2, 3, 4):
        machine.handle(failed(number))
        propose(machine, f"1{number}")
    assert machine.handle(failed(5)) == []
    live = sorted(machine.state.live)
    for number in live[:-1]:
        assert machine.handle(failed(number)) == []
    assert machine.handle(failed(live[-1])) == [Announce(TuningStatus.FAILED)]
    assert machine.state.failure_reason.startswith("No training job succeeded after 5 attempts.")


def test_one_success_keeps_failures_from_failing_the_job():
    machine = started(jobs=8, parallel=1)
    propose(machine, "0")
    machine.handle(end(1, 0.5))
    for number in range(2, 8):
        propose(machine, str(number))
        assert machine.handle(failed(number)) == [Ask(1)]
    propose(machine, "8")
    assert machine.handle(failed(8)) == [Announce(TuningStatus.COMPLETED)]


def test_a_small_job_whose_children_all_fail_is_failed():
    machine = started(jobs=2)
    propose(machine, "1", "2")
    machine.handle(failed(1))
    assert machine.handle(failed(2)) == [Announce(TuningStatus.FAILED)]
    assert "after 2 attempts" in machine.state.failure_reason


def test_completed_children_without_a_metric_are_no_failures():
    machine = started(jobs=6, parallel=6)
    propose(machine, *"123456")
    decisions = [machine.handle(end(number)) for number in range(1, 7)]
    assert decisions[-1] == [Announce(TuningStatus.COMPLETED)]
    assert machine.state.best is None
    assert machine.state.objective_counters == {"Succeeded": 0, "Pending": 0, "Failed": 6}


@pytest.mark.parametrize(
    ("goal", "values", "best"),
    [(Direction.MINIMIZE, (0.5, 0.2, 0.2), 2), (Direction.MAXIMIZE, (0.5, 0.9, 0.9), 2)],
)
def test_the_best_follows_the_direction_and_the_earlier_end_keeps_a_tie(goal, values, best):
    from tests.builders import a_definition

    machine = started(jobs=3, parallel=3, definition=a_definition(goal=goal))
    propose(machine, "1", "2", "3")
    for number, value in enumerate(values, 1):
        machine.handle(end(number, value))
    assert machine.state.best == best


def test_reaching_the_target_stops_the_others_and_completes():
    machine = started(jobs=9, completion=CompletionCriteria(target=0.1))
    propose(machine, "1", "2")
    reason = "the tuning job met TargetObjectiveMetricValue"
    assert machine.handle(end(1, 0.1)) == [Halt(2, reason)]
    assert machine.handle(end(2, status=TrainingStatus.STOPPED)) == [
        Announce(TuningStatus.COMPLETED)
    ]
    assert machine.state.completion is CompletionReason.TARGET_REACHED


def test_gains_under_one_percent_count_as_not_improving():
    machine = started(jobs=20, parallel=1, completion=CompletionCriteria(not_improving=3))
    for number, value in enumerate((1.0, 0.995, 0.98, 0.975, 0.974), 1):
        propose(machine, str(number))
        machine.handle(end(number, value))
    assert machine.state.not_improving == 2
    propose(machine, "6")
    assert machine.handle(end(6, 0.973)) == [Announce(TuningStatus.COMPLETED)]
    assert machine.state.completion is CompletionReason.NOT_IMPROVING
    assert machine.state.best == 6


def test_convergence_is_noted_always_and_ends_the_job_only_when_asked_to():
    plain, wanted = started(), started(completion=CompletionCriteria(on_convergence=True))
    assert launches(propose(plain, "1", "2", converged=True))
    assert plain.state.converged_at == 1
    assert propose(wanted, "1", "2", converged=True) == [Announce(TuningStatus.COMPLETED)]
    assert wanted.state.completion is CompletionReason.CONVERGED


def test_the_whole_jobs_runtime_stops_what_runs_and_completes():
    machine = started(runtime_seconds=600)
    propose(machine, "1", "2")
    assert machine.handle(ev.Woke(599)) == []
    halts = machine.handle(ev.Woke(600))
    assert [each.number for each in halts] == [1, 2]
    machine.handle(end(1, status=TrainingStatus.STOPPED))
    assert machine.handle(end(2, status=TrainingStatus.STOPPED)) == [
        Announce(TuningStatus.COMPLETED)
    ]
    assert machine.state.completion is CompletionReason.MAX_RUNTIME


def test_a_strategy_that_cannot_answer_fails_the_job_with_its_reason():
    machine = started(jobs=9)
    propose(machine, "1", "2")
    machine.handle(end(1, 0.5))
    reason = "InternalServerError: singular matrix"
    assert machine.handle(ev.Faulted(3, reason)) == [Halt(2, "the tuning job failed")]
    assert machine.handle(end(2, 0.4)) == [Announce(TuningStatus.FAILED)]
    assert machine.state.failure_reason == reason


class Impatient:
    def reason_to_stop(self, history, trial):
        return f"{trial.values[-1]} is too much" if trial.values[-1] > 1 else None


def test_a_stopper_halts_a_child_once_and_says_why():
    machine = started(stopper=Impatient())
    propose(machine, "1", "2")
    assert machine.handle(ev.Observed(2, 1, 1, 0.5)) == []
    assert machine.handle(ev.Observed(3, 1, 2, 7.0)) == [Halt(1, "7.0 is too much")]
    assert machine.handle(ev.Observed(4, 1, 3, 8.0)) == []
    assert machine.trials[0].values == (0.5, 7.0, 8.0)


def test_a_restarted_child_counts_its_emissions_from_the_start_again():
    machine = started()
    propose(machine, "1", "2")
    for ordinal, value in ((1, 0.9), (2, 0.8), (1, 0.7)):
        machine.handle(ev.Observed(2, 1, ordinal, value))
    assert machine.trials[0].values == (0.7,)


def test_failures_are_counted_by_who_is_at_fault():
    machine = started(jobs=3, parallel=3)
    propose(machine, "1", "2", "3")
    machine.handle(failed(1, retryable=True))
    machine.handle(failed(2))
    counters = machine.state.training_counters
    assert (counters["RetryableError"], counters["NonRetryableError"], counters["InProgress"]) == (
        1,
        1,
        1,
    )
    assert machine.trials[0].state is TrialState.FAILED


def test_what_is_outstanding_is_the_open_ask_and_the_time_limit():
    machine = started(runtime_seconds=600)
    assert machine.outstanding() == [Ask(2), WakeAt(600)]
    propose(machine, "1", "2")
    assert machine.outstanding() == [WakeAt(600)]


def test_an_illegal_move_tells_the_story():
    machine = started()
    machine.state.status = TuningStatus.STOPPED
    with pytest.raises(
        IllegalMove, match=r"^tune: Stopped -> Completed \(0 launched, 0 live, 2 asked\)$"
    ):
        machine._move(TuningStatus.COMPLETED, 3)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda state: state.live.update({7, 8, 9}), "no more run than may"),
        (lambda state: state.trials.pop(), "children and trials are the same"),
        (
            lambda state: setattr(state.children[1], "name", state.children[0].name),
            "names are unique",
        ),
        (
            lambda state: state.trials.__setitem__(1, state.trials[0]),
            "no configuration is trained twice",
        ),
        (lambda state: setattr(state, "asked", -1), "an ask never exceeds the room"),
        (lambda state: state.training_counters.update(Completed=9), "training counters add up"),
        (lambda state: state.objective_counters.update(Failed=9), "objective counters add up"),
        (
            lambda state: setattr(state, "status", TuningStatus.STOPPED),
            "nothing is left after the end",
        ),
        (lambda state: setattr(state, "status", TuningStatus.FAILED), "a failed job says why"),
        (
            lambda state: setattr(state, "status", TuningStatus.COMPLETED),
            "a completed job says why",
        ),
        (lambda state: setattr(state, "best", 1), "the best has a value"),
        (lambda state: setattr(state.children[0], "ended", 3.0), "what has ended has an end"),
        (lambda state: state.live.clear(), "what is in progress is live"),
    ],
)
def test_each_broken_invariant_is_named(harm, said):
    machine = started()
    propose(machine, "1", "2")
    assert broken(machine) == []
    harm(machine.state)
    assert said in broken(machine)


def test_more_launches_than_asked_for_are_named():
    machine = started(jobs=2, parallel=9)
    propose(machine, "1", "2")
    machine.spec = a_tuning(jobs=1, parallel=9)
    assert "no more are launched than asked for" in broken(machine)


class Watchful:
    """Stops above one; remembers what it was shown of the others."""

    def __init__(self):
        self.shown = []

    def reason_to_stop(self, history, trial):
        self.shown.append([(other.state, other.values) for other in history.trials])
        return "too high" if trial.values[-1] > 1 else None


def in_lockstep(**spec):
    stopper = Watchful()
    machine = TuningMachine(a_tuning(**spec), stopper=stopper)
    machine.handle(ev.Created(0, 1, "process", lockstep=True))
    return machine, stopper


def test_in_lockstep_nothing_is_launched_before_all_have_ended():
    machine, _ = in_lockstep(jobs=4, parallel=2)
    propose(machine, "1", "2")
    assert machine.handle(end(2, 0.5)) == []
    assert machine.handle(end(1, 0.5)) == [Ask(2)]
    assert machine.state.best == 1


def test_in_lockstep_a_stopper_sees_nothing_of_the_jobs_beside():
    machine, stopper = in_lockstep(jobs=4, parallel=2)
    propose(machine, "1", "2")
    machine.handle(ev.Observed(2.0, 1, 1, 0.5))
    machine.handle(end(1, 0.5))
    machine.handle(ev.Observed(3.0, 2, 1, 0.7))
    assert stopper.shown == [[(TrialState.RUNNING, ())] * 2] * 2
    machine.handle(end(2, 0.7))
    assert [trial.values for trial in machine.trials] == [(0.5,), (0.7,)]


def test_in_lockstep_a_stopped_job_counts_with_the_value_it_was_stopped_at():
    machine, _ = in_lockstep(jobs=4, parallel=1)
    propose(machine, "1")
    assert machine.handle(ev.Observed(2.0, 1, 1, 1.5)) == [Halt(1, "too high")]
    assert machine.handle(ev.Observed(2.1, 1, 2, 0.1)) == []
    machine.handle(end(1, 0.1, TrainingStatus.STOPPED))
    assert machine.trials[0].value == 1.5


def test_in_lockstep_criteria_are_judged_in_launch_order_when_the_wave_has_ended():
    criteria = CompletionCriteria(target=0.2)
    machine, _ = in_lockstep(jobs=9, parallel=3, completion=criteria)
    propose(machine, "1", "2", "3")
    assert machine.handle(end(3, 0.1)) == []
    assert machine.handle(end(1, 0.5)) == []
    assert machine.handle(end(2, 0.4)) == [Announce(TuningStatus.COMPLETED)]
    assert machine.state.completion is CompletionReason.TARGET_REACHED
    assert machine.state.best == 3


def imported(name, x, value, status=TrainingStatus.COMPLETED, at=5.0):
    found = ObjectiveStatus.FAILED if value is None else ObjectiveStatus.SUCCEEDED
    values = () if value is None else (value + 1, value)
    (suggestion,) = suggestions(x)
    return ev.ImportedChild(name, suggestion, status, found, at, values, value)


def test_a_job_that_ended_elsewhere_is_booked_whole_and_wants_nothing():
    machine = TuningMachine(a_tuning(jobs=9, parallel=1))
    machine.handle(ev.Created(1, 1, "imported"))
    children = (
        imported("there-001-aaaa", "1", 0.5, at=6.0),
        imported("there-002-bbbb", "2", 0.25),
        imported("there-003-cccc", "3", None, TrainingStatus.FAILED),
    )
    event = ev.Imported(100.0, 7.0, TuningStatus.STOPPED, children)
    assert machine.handle(event) == []
    assert machine.outstanding() == []
    assert broken(machine) == []
    assert [child.name for child in machine.state.children] == [told.name for told in children]
    assert [trial.values for trial in machine.trials] == [(1.5, 0.5), (1.25, 0.25), ()]
    assert machine.state.best == 2
    assert machine.state.ended == machine.state.modified == 7.0
    counters = {"Completed": 2, "NonRetryableError": 1}
    assert {k: v for k, v in machine.state.training_counters.items() if v} == counters
    assert machine.handle(ev.StopRequested(101.0)) == []
    assert machine.handle(event) == []


def test_a_job_that_runs_here_is_never_overwritten_by_an_import():
    machine = started(jobs=2, parallel=1)
    propose(machine, "1")
    machine.handle(ev.Imported(9.0, 8.0, TuningStatus.COMPLETED, (imported("a", "2", 1.0),)))
    assert machine.state.status is TuningStatus.IN_PROGRESS
    assert len(machine.trials) == 1
