from dataclasses import dataclass, field

from orchestrator.space.ranges import CategoricalRange, ContinuousRange
from orchestrator.strategy.evidence import Reader
from orchestrator.strategy.protocol import Suggestion, Trial, TrialState

SPACE = (ContinuousRange("x", 0.0, 2.0), CategoricalRange("kind", ("a", "b")))


@dataclass
class Ledger:
    trials: list = field(default_factory=list)
    parents: tuple = ()


def a_trial(x, kind="a", state=TrialState.COMPLETED, value=1.0, definition=0):
    suggestion = Suggestion((("x", repr(x)), ("kind", kind)), definition)
    return Trial(1, suggestion, state, (), value)


def test_trials_are_told_apart_by_what_became_of_them():
    history = Ledger(
        [
            a_trial(1.0, value=5.0),
            a_trial(0.5, "b", TrialState.STOPPED, 6.0),
            a_trial(1.5, state=TrialState.FAILED, value=None),
            a_trial(2.0, state=TrialState.RUNNING, value=None),
        ]
    )
    evidence = Reader(SPACE, 0).read(history)
    assert evidence.points.tolist() == [[0.5, 0.0, 0.0], [0.25, 1.0, 0.0]]
    assert evidence.values.tolist() == [5.0, 6.0]
    assert evidence.failed.tolist() == [[0.75, 0.0, 0.0]]
    assert evidence.pending.tolist() == [[1.0, 0.0, 0.0]]


def test_parents_come_with_a_mark_and_another_definitions_trials_not_at_all():
    history = Ledger([a_trial(1.0, definition=1)], (a_trial(1.0, value=7.0),))
    evidence = Reader(SPACE, 0).read(history)
    assert evidence.points.tolist() == [[0.5, 0.0, 1.0]]
    assert evidence.values.tolist() == [7.0]


def test_what_does_not_fit_the_ranges_is_left_out():
    strange = Suggestion((("elsewhere", "1"),))
    history = Ledger(
        [a_trial(2.5), a_trial(1.0, "c"), a_trial(float("nan"))],
        (Trial(1, strange, TrialState.COMPLETED, (), 1.0),),
    )
    evidence = Reader(SPACE, 0).read(history)
    assert evidence.points.shape == (0, 3)
    assert evidence.values.shape == (0,)


def test_an_empty_history_gives_empty_matrices():
    evidence = Reader(SPACE, 0).read(Ledger())
    assert evidence.points.shape == evidence.failed.shape == evidence.pending.shape == (0, 3)
