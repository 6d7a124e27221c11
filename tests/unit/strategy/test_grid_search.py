from itertools import product

import pytest

from orchestrator.errors import BadInput
from orchestrator.space.ranges import CategoricalRange, ContinuousRange
from orchestrator.strategy.grid_search import GridSearch
from orchestrator.strategy.protocol import Direction, Search, SearchDefinition, Suggestion, Trial

LETTERS = (CategoricalRange("one", ("b", "a")), CategoricalRange("two", ("x", "y", "z")))
DIGITS = (CategoricalRange("digit", ("1", "2")),)


class Ledger:
    parents = ()

    def __init__(self, suggestions=()):
        self.trials = [Trial(i + 1, each) for i, each in enumerate(suggestions)]


def walking(*spaces):
    definitions = tuple(SearchDefinition(space, Direction.MAXIMIZE) for space in spaces)
    return GridSearch(Search(definitions, seed=1))


EXPECTED = [
    *(Suggestion((("one", one), ("two", two)), 0) for one, two in product("ba", "xyz")),
    *(Suggestion((("digit", digit),), 1) for digit in "12"),
]


def test_the_order_is_that_of_the_request_the_last_parameter_fastest_definitions_in_a_row():
    assert list(walking(LETTERS, DIGITS).ask(Ledger(), 8).suggestions) == EXPECTED


def test_a_later_ask_goes_on_where_the_history_ends():
    assert list(walking(LETTERS, DIGITS).ask(Ledger(EXPECTED[:3]), 4).suggestions) == EXPECTED[3:7]


def test_a_grid_that_is_used_up_gives_fewer_than_asked():
    grid = walking(LETTERS, DIGITS)
    assert list(grid.ask(Ledger(EXPECTED[:6]), 5).suggestions) == EXPECTED[6:]
    assert grid.ask(Ledger(EXPECTED), 5).suggestions == ()


def test_a_combination_launched_out_of_turn_is_neither_repeated_nor_loses_another():
    grid = walking(LETTERS)
    suggestions = grid.ask(Ledger([EXPECTED[4]]), 9).suggestions
    assert sorted(suggestions, key=EXPECTED.index) == [*EXPECTED[:4], EXPECTED[5]]


def test_a_continuous_range_has_no_grid():
    with pytest.raises(BadInput, match="continuous range cannot"):
        walking((ContinuousRange("rate", 0.0, 1.0),))
