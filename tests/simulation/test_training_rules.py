"""Any order of events, late and repeated ones too, fed to one training machine."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.training import events as ev
from orchestrator.training.decisions import Upload
from orchestrator.training.job import TERMINAL, TrainingStatus
from orchestrator.training.machine import TrainingMachine
from orchestrator.training.spec import Channel, Checkpoints
from tests.builders import a_training

ATTEMPTS = st.integers(1, 3)
EVENTS = st.one_of(
    st.builds(ev.StopRequested, st.just(0.0), st.sampled_from(["", "too slow"])),
    st.builds(ev.Interrupted, st.just(0.0)),
    st.builds(ev.Resumed, st.just(0.0)),
    st.builds(ev.Staged, st.just(0.0), ATTEMPTS),
    st.builds(ev.Started, st.just(0.0), ATTEMPTS),
    st.builds(
        ev.Observed, st.just(0.0), ATTEMPTS, st.just("algo-1"), st.integers(1, 99),
        st.tuples(st.builds(ev.Observation, st.just("loss"), st.floats(0, 1))),
    ),
    st.builds(ev.Exited, st.just(0.0), ATTEMPTS, st.sampled_from([0, 1, 137])),
    st.builds(ev.Uploaded, st.just(0.0), st.just("s3://model")),
    st.builds(ev.Failed, st.just(0.0), st.just("InternalServerError: x"), st.booleans()),
    st.builds(ev.Discarded, st.just(0.0)),
    st.builds(ev.Woke, st.floats(0, 500)),
)  # fmt: skip
SPECS = st.builds(
    a_training,
    retries=st.integers(0, 2),
    max_runtime_seconds=st.integers(1, 300),
    channels=st.sampled_from([(), (Channel("train", "s3://b/t"),)]),
    checkpoints=st.sampled_from([None, Checkpoints("s3://b/c")]),
    spot=st.booleans(),
    max_wait_seconds=st.none() | st.integers(300, 400),
)


def story(spec, events):
    """The machine after `events`, each a second later, and what every event led to."""
    machine = TrainingMachine(spec)
    told = [(ev.Created(0.0, "process"), machine.handle(ev.Created(0.0, "process")))]
    for second, event in enumerate(events, 1):
        if not isinstance(event, ev.Woke):
            event = type(event)(**{name: getattr(event, name) for name in event.__slots__} | {"at": float(second)})  # fmt: skip  # noqa: PLW2901
        told.append((event, machine.handle(event)))
    return machine, told


@given(SPECS, st.lists(EVENTS, max_size=25))
def test_once_ended_nothing_changes_but_the_cleaning_up(spec, events):
    _, told = story(spec, events)
    fresh = TrainingMachine(spec)
    for event, _ in told:
        ended, status = fresh.ended, fresh.state.status
        decisions = fresh.handle(event)
        assert not (ended and decisions), event
        assert not (ended and fresh.state.status is not status), event
    assert fresh.ended == (fresh.state.ended is not None)


@given(SPECS, st.lists(EVENTS, max_size=25))
def test_after_a_stop_it_can_only_be_stopped(spec, events):
    machine, told = story(spec, events)
    fresh = TrainingMachine(spec)
    stopping = False
    for event, _ in told:
        fresh.handle(event)
        stopping = stopping or fresh.state.status is TrainingStatus.STOPPING
        if stopping:
            assert fresh.state.status in {TrainingStatus.STOPPING, TrainingStatus.STOPPED}
    assert fresh.state == machine.state


@given(SPECS, st.lists(EVENTS, max_size=25))
def test_the_journal_gives_back_every_decision(spec, events):
    _, told = story(spec, events)
    fresh = TrainingMachine(spec)
    assert [fresh.handle(event) for event, _ in told] == [decisions for _, decisions in told]


@given(SPECS, st.lists(EVENTS, max_size=25))
def test_whatever_is_outstanding_once_done_ends_the_job(spec, events):
    """Liveness: an engine that performs what is asked always comes to an end."""
    machine, told = story(spec, events)
    at = 1000.0
    machine.handle(ev.Resumed(at))
    for _ in range(40):
        if machine.ended:
            break
        at += 1
        machine.handle(answer(machine, at))
        if machine.state.interrupted:
            machine.handle(ev.Resumed(at))
    assert machine.state.status in TERMINAL, (machine.state, told)


def answer(machine, at):
    """What the world would answer to the first outstanding decision."""
    state = machine.state
    first = next(iter(machine.outstanding()), None)
    match type(first).__name__:
        case "Stage":
            return ev.Staged(at, state.attempt)
        case "Start":
            return ev.Started(at, state.attempt)
        case _ if isinstance(first, Upload):
            return ev.Uploaded(at, "")
        case _:
            return ev.Exited(at, state.attempt, 0)
