from types import MappingProxyType

from orchestrator.strategy.bayesian import BayesianSearch
from orchestrator.strategy.grid_search import GridSearch
from orchestrator.strategy.guided_hyperband import GuidedHyperband
from orchestrator.strategy.random_search import RandomSearch
from tests.contracts.strategy_contract import FINITE, StrategyContract


class TestRandom(StrategyContract):
    def make(self, search):
        return RandomSearch(search)


class TestGrid(StrategyContract):
    spaces = MappingProxyType({name: FINITE[name] for name in FINITE if name != "thirty"})

    def make(self, search):
        return GridSearch(search)


class TestBayesian(StrategyContract):
    def make(self, search):
        return BayesianSearch(search)


class TestGuidedHyperband(StrategyContract):
    def make(self, search):
        return GuidedHyperband(search)
