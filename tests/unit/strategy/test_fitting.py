import numpy as np
import pytest

from orchestrator.space.ranges import ContinuousRange
from orchestrator.strategy import fitting
from orchestrator.strategy.evidence import Evidence, Reader
from orchestrator.strategy.fitting import Fitter
from orchestrator.strategy.gaussian_process import most_probable
from orchestrator.strategy.protocol import Suggestion, Trial, TrialState
from orchestrator.strategy.targets import Form

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
    return fitter.process(evidence, (evidence.values - 0.5) / 0.4, Form.STRAIGHT)


def test_parameters_are_found_from_scratch_at_landmarks_only(monkeypatch):
    scratch = []

    def counted(shape, points, targets, *, start=None, steps=50):
        if start is None:
            scratch.append(len(points))
        return most_probable(shape, points, targets, start=start, steps=steps)

    monkeypatch.setattr(fitting, "most_probable", counted)
    fitter = Fitter(READER, 0, maximize=False)
    for count in range(16, 26):
        a_process(count, fitter)
    assert scratch == [16] * len(Form) + [19] * len(Form) + [22] * len(Form)


def forms_of(values):
    """The forms that a hundred asks would draw for values on a line of points."""
    points = np.linspace(0.02, 0.98, len(values))
    chances = np.random.default_rng(0)
    evidence = Evidence(
        np.column_stack([points, chances.random(len(values))]),
        np.array(values),
        np.zeros(len(values), dtype=np.intp),
        *[np.empty((0, 2))] * 2,
        marks=0,
    )
    fitter = Fitter(READER, 0, maximize=False)
    return [fitter.form(evidence, chance) for chance in np.linspace(0.0, 0.999, 100)]


def test_waves_of_one_height_are_mostly_left_as_they_are():
    forms = forms_of(np.sin(np.linspace(0.0, 12.0, 30)))
    assert max(Form, key=forms.count) is Form.STRAIGHT


def test_a_loss_over_many_powers_of_ten_is_drawn_together():
    forms = forms_of(10.0 ** (12 * np.abs(np.linspace(-0.4, 0.6, 30))))
    assert set(forms) <= {Form.LOGARITHM, Form.POWER}


def test_forms_that_make_the_values_as_probable_take_turns():
    assert len(set(forms_of(np.random.default_rng(3).normal(size=6)))) > 1


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
    assert process.targets[6:].tolist() == [process.targets[:6].max()] * 2


def test_with_parents_a_landmark_stands_while_this_job_goes_on(monkeypatch):
    scratch = []

    def counted(shape, points, targets, *, start=None, **steps):
        scratch.extend([len(points)] if start is None else [])
        return most_probable(shape, points, targets, start=start, **steps)

    monkeypatch.setattr(fitting, "most_probable", counted)
    fitter = Fitter(READER, 0, maximize=False)
    history = History(5, parents=20)
    every = list(history.trials)
    for count in (3, 4, 5):
        history.trials = every[:count]
        evidence = READER.read(history)
        process = fitter.process(evidence, evidence.values, Form.STRAIGHT)
        assert process.points.shape == (count + 20, 3)
    assert scratch == [22] * len(Form)
