import subprocess
import sys

import pytest

from orchestrator.errors import LaunchRefused
from orchestrator.space.ranges import CategoricalRange
from orchestrator.strategy import registry
from orchestrator.strategy.early_stopping import MedianRule
from orchestrator.strategy.hyperband import HyperbandStopper
from orchestrator.strategy.protocol import Direction, Proposal, Search, SearchDefinition

SEARCH = Search((SearchDefinition((CategoricalRange("a", ("x", "y")),), Direction.MAXIMIZE),), 1)


class Empty:
    trials = ()
    parents = ()


@pytest.mark.parametrize("name", sorted(registry.supported()))
def test_every_supported_name_makes_a_strategy_that_answers(name):
    assert len(registry.make(name, SEARCH).ask(Empty(), 1).suggestions) == 1


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(LaunchRefused, match=r"Strategy Banana is not supported.*Grid, .*Random"):
        registry.make("Banana", SEARCH)


def test_an_installed_entry_point_is_a_strategy(monkeypatch):
    class Constant:
        def __init__(self, search):
            self.search = search

        def ask(self, history, count):
            return Proposal(())

    class Entry:
        name = "Constant"

        @staticmethod
        def load():
            return Constant

    monkeypatch.setattr(registry, "_installed", lambda: [Entry()])
    assert registry.make("Constant", SEARCH).search is SEARCH
    assert "Constant" in registry.supported()


def test_random_and_grid_search_import_no_numerical_library():
    code = (
        "import sys; import orchestrator.strategy.random_search, orchestrator.strategy.grid_search,"
        " orchestrator.strategy.ask_tell, orchestrator.space.encoding;"
        " sys.exit('numpy' in sys.modules or 'importlib.metadata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_hyperband_draws_the_configurations_of_random_search():
    asked = [registry.make(name, SEARCH).ask(Empty(), 2) for name in ("Hyperband", "Random")]
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("name", "early_stopping", "kind"),
    [
        ("Hyperband", False, HyperbandStopper),
        ("Random", True, MedianRule),
        ("Random", False, type(None)),
    ],
)
def test_the_stopper_follows_the_strategy_and_the_switch(name, early_stopping, kind):
    assert type(registry.make_stopper(name, early_stopping, SEARCH)) is kind
