import math
from itertools import islice

import pytest

from orchestrator.space.grid import size
from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange, Scaling
from orchestrator.strategy import random_search
from orchestrator.strategy.protocol import (
    Direction,
    Search,
    SearchDefinition,
    Suggestion,
    Trial,
    TrialState,
)
from orchestrator.strategy.random_search import RandomSearch

RATE = ContinuousRange("rate", 1e-4, 1.0, Scaling.LOGARITHMIC)
COLOURS = CategoricalRange("colour", tuple("abcde"))
DEPTH = IntegerRange("depth", 1, 100, Scaling.LOGARITHMIC)


class Ledger:
    def __init__(self, trials=(), parents=()):
        self.trials = list(trials)
        self.parents = tuple(parents)


def searching(*spaces, seed=1):
    definitions = tuple(SearchDefinition(space, Direction.MAXIMIZE) for space in spaces)
    return RandomSearch(Search(definitions, seed))


def drawn(count, *spaces, seed=1, batch=7):
    """`count` draws made `batch` at a time."""
    strategy, history = searching(*spaces, seed=seed), Ledger()
    while len(history.trials) < count:
        suggestions = strategy.ask(history, min(batch, count - len(history.trials))).suggestions
        if not suggestions:
            break
        start = len(history.trials) + 1
        history.trials += [Trial(start + i, each) for i, each in enumerate(suggestions)]
    return [trial.suggestion for trial in history.trials]


@pytest.mark.parametrize("space", [(RATE, COLOURS), (COLOURS, IntegerRange("n", 1, 9)), (DEPTH,)])
def test_a_draw_depends_on_seed_and_number_not_on_results_or_batches(space):
    assert drawn(30, space, batch=1) == drawn(30, space, batch=30)
    history = Ledger(
        Trial(i + 1, each, TrialState.COMPLETED, (9.0,), 9.0)
        for i, each in enumerate(drawn(20, space))
    )
    assert list(searching(space).ask(history, 10).suggestions) == drawn(30, space)[20:]


def test_another_seed_draws_otherwise():
    assert drawn(10, (RATE,), seed=1) != drawn(10, (RATE,), seed=2)
    assert drawn(10, (DEPTH,), seed=1) != drawn(10, (DEPTH,), seed=2)


def test_the_first_draws_of_seed_one_are_written_down():
    """A change of these numbers would change what users' seeds give."""
    assert [dict(each.configuration) for each in drawn(2, (RATE, COLOURS))] == FIRST


@pytest.mark.parametrize(
    "space",
    [
        (COLOURS, IntegerRange("n", 1, 7)),
        (DEPTH,),
        (DEPTH, COLOURS),
        (IntegerRange("n", 1, 2000),),
    ],
)
def test_a_finite_space_is_drawn_to_its_end_without_a_repeat(space):
    everything = drawn(size(space) + 5, space)
    assert len(everything) == len(set(everything)) == size(space)


def test_continuous_draws_are_even_on_the_scale():
    logs = [math.log10(float(each.configuration[0][1])) for each in drawn(4000, (RATE,))]
    quarters = [sum(-4 + q <= value < -3 + q for value in logs) for q in range(4)]
    assert min(quarters) > 900
    assert max(quarters) < 1100


def test_integers_on_a_linear_scale_are_drawn_evenly():
    firsts = [drawn(1, (IntegerRange("n", 1, 5),), seed=seed)[0] for seed in range(2000)]
    counts = [sum(each.configuration == (("n", str(n)),) for each in firsts) for n in range(1, 6)]
    assert min(counts) > 330
    assert max(counts) < 470


def test_integers_on_a_logarithmic_scale_are_drawn_by_the_mass_of_their_cells():
    firsts = [drawn(1, (DEPTH,), seed=seed)[0] for seed in range(2000)]
    small = sum(int(each.configuration[0][1]) <= 10 for each in firsts)
    assert small / 2000 == pytest.approx(math.log(10.5 / 0.5) / math.log(100.5 / 0.5), abs=0.04)


def test_small_integers_still_come_first_when_none_may_repeat():
    early = [int(each.configuration[0][1]) for each in drawn(30, (DEPTH,))]
    late = [int(each.configuration[0][1]) for each in drawn(100, (DEPTH,))[70:]]
    assert sum(early) / 30 < sum(late) / 30


def test_several_definitions_take_turns_in_random_order():
    spaces = [(RATE,), (COLOURS, RATE), (DEPTH,)]
    turns = [each.definition for each in drawn(60, *spaces)]
    rounds = [tuple(turns[start : start + 3]) for start in range(0, 60, 3)]
    assert all(sorted(each) == [0, 1, 2] for each in rounds)
    assert len(set(rounds)) > 1


def test_a_definition_that_is_used_up_leaves_its_turns_to_the_others():
    everything = drawn(100, (COLOURS,), (IntegerRange("n", 1, 20),))
    counts = [sum(each.definition == d for each in everything) for d in (0, 1)]
    assert counts == [5, 20]


def test_a_draw_looks_only_at_what_is_new_in_the_history():
    """The cost of an ask does not grow with the job."""
    space = (IntegerRange("n", 1, 10**9), RATE)

    class Counted(list):
        read = 0

        def __getitem__(self, index):
            Counted.read += 1
            return super().__getitem__(index)

    history = Ledger()
    history.trials = Counted(
        Trial(n + 1, Suggestion((("n", str(n)), ("rate", "0.5")))) for n in range(5000)
    )
    strategy = searching(space)
    strategy.ask(history, 1)
    Counted.read = 0
    list(islice(iter(lambda: strategy.ask(history, 1), None), 10))
    assert Counted.read <= 30


FIRST = [
    {"rate": "0.000560146597024043", "colour": "e"},
    {"rate": "0.0008190617174356498", "colour": "e"},
]


def test_a_large_space_on_a_logarithmic_scale_is_drawn_without_a_repeat():
    everything = drawn(3000, (IntegerRange("n", 1, 50_000, Scaling.LOGARITHMIC),), batch=100)
    assert len(set(everything)) == 3000


def test_the_rest_of_a_large_space_is_found_when_its_likely_part_is_used_up(monkeypatch):
    monkeypatch.setattr(random_search, "_WEIGHED", 10)
    everything = drawn(105, (DEPTH,))
    assert len(everything) == len(set(everything)) == 100
