"""What every strategy promises, as a class: subclass it and say which strategy to `make`.

Spaces that a strategy cannot search at all (a grid of continuous ranges) are left out of
its `spaces`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import cycle

import pytest

from orchestrator.space.grid import size
from orchestrator.space.ranges import (
    CategoricalRange,
    ContinuousRange,
    IntegerRange,
    Scaling,
    contains,
    from_text,
)
from orchestrator.strategy.protocol import (
    Direction,
    Search,
    SearchDefinition,
    Suggestion,
    Trial,
    TrialState,
)

FINITE = {
    "categories": (CategoricalRange("a", ("x", "y", "z")), CategoricalRange("b", ("p", "q"))),
    "integers": (IntegerRange("n", 1, 4, Scaling.LOGARITHMIC), IntegerRange("m", -2, 3)),
    "one point": (CategoricalRange("a", ("x",)), IntegerRange("n", 5, 5)),
    "thirty": tuple(IntegerRange(f"n{index}", 1, 9) for index in range(30)),
    "thirty values": (CategoricalRange("a", tuple(f"v{index}" for index in range(30))),),
}
ENDLESS = {
    "mixed": (
        ContinuousRange("rate", 1e-6, 1.0, Scaling.LOGARITHMIC),
        ContinuousRange("decay", 0.0, 0.999, Scaling.REVERSE_LOGARITHMIC),
        IntegerRange("n", 1, 8),
        CategoricalRange("a", ("x", "y", "z")),
    ),
    "three floats": (ContinuousRange("x", 1.0, 1.0000000000000004),),
}


@dataclass
class Ledger:
    """A history that a test writes by hand."""

    trials: list[Trial]
    parents: tuple[Trial, ...] = ()


def a_search(*spaces, seed=11, direction=Direction.MINIMIZE, **rest):
    return Search(tuple(SearchDefinition(space, direction) for space in spaces), seed, **rest)


def launched(suggestions, **rest):
    """A history whose trials, all running, are these suggestions."""
    trials = [Trial(index + 1, each) for index, each in enumerate(suggestions)]
    return Ledger(trials, **rest)


def finished(trial, value):
    return replace(trial, state=TrialState.COMPLETED, values=(value,), value=value)


def failed(trial):
    return replace(trial, state=TrialState.FAILED, value=None)


class StrategyContract:
    """Subclass with `make`; narrow `spaces` only to what the strategy can search."""

    spaces = FINITE | ENDLESS

    def make(self, search):
        raise NotImplementedError

    def asked(self, history, count, *spaces, **rest):
        """The answer of a strategy that has never been asked before."""
        return self.make(a_search(*spaces, **rest)).ask(history, count).suggestions

    def grow(self, history, count, *spaces, **rest):
        """Ask once and launch what was suggested."""
        suggestions = self.asked(history, count, *spaces, **rest)
        trials = [Trial(len(history.trials) + 1 + i, each) for i, each in enumerate(suggestions)]
        return replace(history, trials=[*history.trials, *trials])

    def pytest_generate_tests(self, metafunc):
        if "space" in metafunc.fixturenames:
            spaces = metafunc.cls.spaces
            metafunc.parametrize("space", spaces.values(), ids=spaces.keys())

    def test_suggestions_are_inside_the_space_complete_and_in_its_order(self, space):
        for suggestion in self.asked(Ledger([]), 6, space):
            assert [name for name, _ in suggestion.configuration] == [each.name for each in space]
            for parameter, (_, text) in zip(space, suggestion.configuration, strict=True):
                assert contains(parameter, from_text(parameter, text))

    def test_as_many_as_asked_or_as_there_are_and_never_one_twice(self, space):
        history = Ledger([])
        for count in (1, 3, 5, 2):
            history = self.grow(history, count, space)
        there_are = 3 if space == ENDLESS["three floats"] else size(space) or 11
        assert len(history.trials) == min(11, there_are)
        assert len({trial.suggestion for trial in history.trials}) == len(history.trials)

    def test_asking_for_none_gives_none(self, space):
        assert self.asked(Ledger([]), 0, space) == ()

    def test_the_same_seed_and_history_give_the_same_answer(self, space):
        history = self.grow(Ledger([]), 2, space)
        assert self.asked(history, 3, space) == self.asked(history, 3, space)

    def test_a_strategy_that_has_answered_before_answers_like_a_new_one(self, space):
        old, history = self.make(a_search(space)), Ledger([])
        for value in range(8):
            suggestions = old.ask(history, 2).suggestions
            assert suggestions == self.asked(history, 2, space)
            assert suggestions == old.ask(history, 2).suggestions
            start = len(history.trials) + 1
            history.trials += [
                finished(Trial(start + i, each), value + i / 10)
                for i, each in enumerate(suggestions)
            ]

    def test_an_answer_does_not_depend_on_what_was_asked_before(self, space):
        strategy = self.make(a_search(space))
        strategy.ask(self.grow(Ledger([]), 5, space), 2)
        history = self.grow(Ledger([]), 1, space)
        assert strategy.ask(history, 2).suggestions == self.asked(history, 2, space)

    @pytest.mark.parametrize("value", [None, 0.0, 1e300, -1e-300, 7.5])
    def test_failed_trials_and_equal_or_extreme_values_do_no_harm(self, space, value):
        history = self.grow(Ledger([]), 12, space)
        history.trials = [
            failed(trial) if value is None else finished(trial, value) for trial in history.trials
        ]
        assert not set(self.asked(history, 1, space)) & {each.suggestion for each in history.trials}

    def test_values_of_wildly_different_size_do_no_harm(self, space):
        history = self.grow(Ledger([]), 14, space)
        values = cycle([1e300, 1e-300, -1e300, 0.0, 5.0, 1.7e308, None])
        history.trials = [
            failed(trial) if value is None else finished(trial, value)
            for trial, value in zip(history.trials, values, strict=False)
        ]
        assert not set(self.asked(history, 1, space)) & {each.suggestion for each in history.trials}

    def test_a_hundred_can_be_pending(self, space):
        history = self.grow(Ledger([]), 108, space)
        history.trials[:8] = [finished(trial, trial.number % 3) for trial in history.trials[:8]]
        history = self.grow(history, 3, space)
        there_are = 3 if space == ENDLESS["three floats"] else size(space) or 111
        assert len({trial.suggestion for trial in history.trials}) == min(111, there_are)

    def test_a_configuration_in_the_history_twice_or_from_elsewhere_does_no_harm(self, space):
        first = self.asked(Ledger([]), 1, space)[0]
        last = self.grow(Ledger([]), 30, space).trials[-1].suggestion
        history = launched([first, first, last])
        history.trials = [finished(trial, 1.0) for trial in history.trials] * 4
        assert not set(self.asked(history, 2, space)) & {first, last}

    def test_what_a_parent_has_run_is_not_run_again(self, space):
        parents = tuple(
            finished(trial, trial.number) for trial in self.grow(Ledger([]), 12, space).trials
        )
        taken = {trial.suggestion.configuration for trial in parents}
        suggestions = self.asked(Ledger([], parents), 2, space)
        assert not {each.configuration for each in suggestions} & taken

    def test_parents_with_other_ranges_do_no_harm(self, space):
        foreign = Suggestion((("elsewhere", "1e9"),))
        strange = Suggestion(tuple((each.name, "strange") for each in space))
        parents = (finished(Trial(1, foreign), 1.0), finished(Trial(2, strange), 2.0))
        assert len(self.asked(Ledger([], parents), 1, space)) == 1

    def test_several_definitions_all_get_their_turn(self, space):
        history = self.grow(Ledger([]), 40, space, self.spaces["one point"])
        assert {trial.suggestion.definition for trial in history.trials} == {0, 1}
        assert len({trial.suggestion for trial in history.trials}) == len(history.trials)
