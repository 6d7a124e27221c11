import numpy as np
import pytest

from orchestrator.space.ranges import ContinuousRange
from orchestrator.strategy import fitting
from orchestrator.strategy.evidence import Reader
from orchestrator.strategy.fitting import Fitter
from orchestrator.strategy.gaussian_process import most_probable
from orchestrator.strategy.protocol import Suggestion, Trial, TrialState

SPACE = (ContinuousRange("x", 0.0, 1.0), ContinuousRange("y", 0.0, 1.0))
READER = Reader(SPACE, 0)


class History:
    def __init__(self, count, failed=0, parents=0):
        chance = np.random.default_rng(0)
        self.trials, self.parents = [], []
        for number in range(1, count + failed + parents + 1):
            x, y = chance.random(2).tolist()
            suggestion = Suggestion((("x", repr(x)), ("y", repr(y))))
            state = TrialState.COMPLETED if number <= count else TrialState.FAILED
            value = (x - 0.3) ** 2 + y if number <= count or number > count + failed else None
            kept = self.parents if number > count + failed else self.trials
            kept.append(Trial(number, suggestion, state, (), value, int(kept is self.parents)))


def a_process(count, fitter=None, **rest):
    evidence = READER.read(History(count, **rest))
    fitter = fitter or Fitter(READER, 0, maximize=False)
    return fitter.process(evidence, (evidence.values - 0.5) / 0.4)


@pytest.mark.parametrize(
    ("count", "length"), [(0, 0), (15, 0), (16, 16), (18, 16), (19, 19), (22, 19), (23, 23)]
)
def test_each_landmark_is_a_fifth_beyond_the_last(count, length):
    assert fitting._landmark(count) == length


def test_parameters_are_found_from_scratch_at_landmarks_only(monkeypatch):
    scratch = []

    def counted(shape, points, targets, *, start=None, steps=50):
        if start is None:
            scratch.append(len(points))
        return most_probable(shape, points, targets, start=start, steps=steps)

    monkeypatch.setattr(fitting, "most_probable", counted)
    fitter = Fitter(READER, 0, maximize=False)
    for count in range(14, 26):
        a_process(count, fitter)
    assert scratch == [14, 15, 16, 19, 23]


def test_a_fitter_that_followed_the_job_fits_like_a_new_one():
    old = Fitter(READER, 0, maximize=False)
    for count in (15, 17, 20):
        a_process(count, old)
    assert a_process(24, old).parameters.logarithms == pytest.approx(
        a_process(24).parameters.logarithms, abs=0
    )


def test_what_failed_is_as_bad_as_the_worst():
    process = a_process(6, failed=2)
    assert len(process.targets) == 8
    assert process.targets[6:, 0].tolist() == [process.targets[:6].max()] * 2


def test_with_parents_there_is_no_landmark(monkeypatch):
    def from_scratch(shape, points, targets, *, start=None, **steps):
        assert start is None
        return most_probable(shape, points, targets, **steps)

    monkeypatch.setattr(fitting, "most_probable", from_scratch)
    assert a_process(20, parents=5).points.shape == (25, 3)


def test_a_sample_holds_the_best_quarter_and_is_always_the_same():
    targets = np.random.default_rng(1).random(40)
    fitter = Fitter(READER, 0, maximize=False)
    kept = fitter.sample(targets, 20)
    assert len(set(kept.tolist())) == 20
    assert set(np.argsort(targets)[:5].tolist()) <= set(kept.tolist())
    assert kept.tolist() == Fitter(READER, 0, maximize=False).sample(targets, 20).tolist()
    assert fitter.sample(targets, 40).tolist() == list(range(40))
