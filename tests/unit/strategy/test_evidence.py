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
    assert evidence.points.tolist() == [[0.5, 0.0], [0.25, 1.0]]
    assert evidence.values.tolist() == [5.0, 6.0]
    assert evidence.failed.tolist() == [[0.75, 0.0]]
    assert evidence.pending.tolist() == [[1.0, 0.0]]


def a_warm_start():
    parents = [
        Trial(1, a_trial(x).suggestion, TrialState.COMPLETED, (), value, parent)
        for x, value, parent in ((1.0, 7.0, 1), (2.0, 8.0, 2))
    ]
    own = [a_trial(1.0, definition=1), a_trial(0.5, value=3.0)]
    return Reader(SPACE, 0).read(Ledger(own, tuple(parents)))


def test_each_parent_has_a_mark_and_another_definitions_trials_are_not_there():
    evidence = a_warm_start()
    assert evidence.points.tolist() == [
        [0.25, 0.0, 0.0, 0.0],
        [0.5, 0.0, 1.0, 0.0],
        [1.0, 0.0, 0.0, 1.0],
    ]
    assert evidence.values.tolist() == [3.0, 7.0, 8.0]
    assert evidence.parents.tolist() == [0, 1, 2]
    assert evidence.marks == 2


def test_parents_can_be_left_out_one_by_one_or_all():
    evidence = a_warm_start()
    assert evidence.keeping([2]).values.tolist() == [3.0, 8.0]
    assert evidence.alone().points.tolist() == [[0.25, 0.0]]
    assert evidence.alone().marks == 0


def test_what_does_not_fit_the_ranges_is_left_out():
    strange = Suggestion((("elsewhere", "1"),))
    history = Ledger(
        [a_trial(2.5), a_trial(1.0, "c"), a_trial(float("nan"))],
        (Trial(1, strange, TrialState.COMPLETED, (), 1.0),),
    )
    evidence = Reader(SPACE, 0).read(history)
    assert evidence.points.shape == (0, 2)
    assert evidence.values.shape == (0,)


def test_an_empty_history_gives_empty_matrices():
    evidence = Reader(SPACE, 0).read(Ledger())
    assert evidence.points.shape == evidence.failed.shape == evidence.pending.shape == (0, 2)
