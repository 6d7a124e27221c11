import math

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from orchestrator.space.ranges import (
    CategoricalRange,
    ContinuousRange,
    IntegerRange,
    Scaling,
    values_of,
)
from orchestrator.strategy import fitting
from orchestrator.strategy.bayesian import BayesianSearch
from orchestrator.strategy.gaussian_process import GaussianProcess, most_probable
from orchestrator.strategy.protocol import (
    Direction,
    Search,
    SearchDefinition,
    Suggestion,
    Trial,
    TrialState,
)
from orchestrator.strategy.registry import make

LINE = (ContinuousRange("x", 0.0, 1.0),)
PLANE = (ContinuousRange("x", 0.0, 1.0), ContinuousRange("y", 0.0, 1.0))


class Ledger:
    def __init__(self, trials=(), parents=()):
        self.trials = list(trials)
        self.parents = tuple(parents)

    def launch(self, suggestion):
        self.trials.append(Trial(len(self.trials) + 1, suggestion))

    def finish(self, index, value, state=TrialState.COMPLETED):
        trial = self.trials[index]
        self.trials[index] = Trial(trial.number, trial.suggestion, state, (), value)


def a_search(*spaces, seed=3, direction=Direction.MINIMIZE, **rest):
    return Search(tuple(SearchDefinition(space, direction) for space in spaces), seed, **rest)


def searched(space, objective, count, *, name="Bayesian", parents=(), **rest):
    """The history of a search one trial at a time."""
    strategy, history = make(name, a_search(space, **rest)), Ledger(parents=parents)
    for index in range(count):
        (suggestion,) = strategy.ask(history, 1).suggestions
        history.launch(suggestion)
        value = objective(values_of(space, suggestion.configuration))
        state = TrialState.FAILED if value is None else TrialState.COMPLETED
        history.finish(index, value, state)
    return history


def xs(history):
    return [float(trial.suggestion.configuration[0][1]) for trial in history.trials]


def bowl(values):
    return (values["x"] - 0.3) ** 2 + (values.get("y", 0.6) - 0.6) ** 2


def wavy(values):
    return math.sin(20.0 * values["x"]) + values["x"]


def test_the_least_of_a_smooth_function_is_found_in_few_trials():
    history = searched(PLANE, bowl, 18)
    assert min(trial.value for trial in history.trials) < 1e-3


def test_maximising_is_minimising_the_opposite():
    low = searched(PLANE, bowl, 12)
    high = searched(PLANE, lambda values: -bowl(values), 12, direction=Direction.MAXIMIZE)
    assert [each.suggestion for each in low.trials] == [each.suggestion for each in high.trials]


def test_the_beginning_is_spread_over_the_space_and_at_least_as_wide_as_the_job():
    suggestions = BayesianSearch(a_search(LINE, parallel=10)).ask(Ledger(), 10).suggestions
    places = sorted(int(float(each.configuration[0][1]) * 10) for each in suggestions)
    assert places == list(range(10))


def test_several_suggestions_at_once_keep_apart():
    history = searched(LINE, wavy, 6)
    suggestions = BayesianSearch(a_search(LINE)).ask(history, 4).suggestions
    places = sorted(float(each.configuration[0][1]) for each in suggestions)
    assert min(np.diff(places)) > 1e-3


def branin_of_the_cube(values):
    return branin({"x": 15.0 * values["x"] - 5.0, "y": 15.0 * values["y"]})


def test_nothing_is_suggested_that_is_as_good_as_known():
    """At an edge, say, where a process goes on to expect a little more of ever the same."""
    places = np.sort(xs(searched(LINE, lambda values: -values["x"], 30)))
    assert np.diff(places).min() > 0.9e-6


def test_a_search_that_is_down_to_the_last_digits_looks_elsewhere_every_second_time():
    def basin(values):
        away = (values["x"] - 0.3) ** 2 + (values["y"] - 0.9) ** 2
        return -math.exp(-away / 0.1)

    late = [trial.value for trial in searched(PLANE, basin, 34).trials[18:]]
    assert sum(value > -0.999 for value in late) == len(late) / 2
    assert min(late) < -0.99999


def test_what_runs_is_not_suggested_again_nearby():
    history = searched(LINE, wavy, 6)
    (first,) = BayesianSearch(a_search(LINE)).ask(history, 1).suggestions
    history.launch(first)
    (second,) = BayesianSearch(a_search(LINE)).ask(history, 1).suggestions
    gap = float(first.configuration[0][1]) - float(second.configuration[0][1])
    assert abs(gap) > 1e-3


def test_a_region_that_crashes_is_left():
    history = searched(LINE, lambda values: None if values["x"] < 0.5 else values["x"], 16)
    late = xs(history)[8:]
    assert sum(x < 0.45 for x in late) <= 2


def test_accidents_do_not_spoil_what_is_known():
    """Every third training fails, wherever it is; five of ten ranges do not matter."""
    space = tuple(ContinuousRange(f"x{index}", 0.0, 1.0) for index in range(10))
    chance = np.random.default_rng(0)

    def objective(values):
        least = sum((values[f"x{index}"] - 0.3) ** 2 for index in range(5))
        return None if chance.random() < 0.33 else least

    history = searched(space, objective, 60)
    assert min(trial.value for trial in history.trials if trial.value is not None) < 0.02


def test_when_everything_fails_the_search_goes_on_at_random():
    history = searched(LINE, lambda values: None, 12)
    assert len(set(xs(history))) == 12


def test_while_all_values_are_alike_the_search_goes_on_at_random():
    """A process would go outwards: 0.097 from the middle, squared, where chance has 0.083."""
    space = tuple(ContinuousRange(f"x{index}", 0.0, 1.0) for index in range(12))
    later = [
        float(text)
        for seed in range(3)
        for trial in searched(space, lambda values: 7.0, 40, seed=seed).trials[8:]
        for _, text in trial.suggestion.configuration
    ]
    assert np.mean((np.array(later) - 0.5) ** 2) < 0.09


def test_a_good_parent_saves_the_search_half_the_way():
    """Of three seeds, the median."""
    cold, warm = [], []
    for seed in range(3):
        parents = searched(PLANE, branin_of_the_cube, 30, seed=seed + 100).trials
        for found, count, known in ((cold, 16, ()), (warm, 8, parents)):
            history = searched(PLANE, branin_of_the_cube, count, parents=known, seed=seed)
            found.append(min(trial.value for trial in history.trials))
    assert sorted(warm)[1] <= sorted(cold)[1]


def test_a_misleading_parent_is_seen_through():
    parents = searched(PLANE, lambda values: -bowl(values), 15).trials
    warm = searched(PLANE, bowl, 15, parents=parents)
    assert min(each.value for each in warm.trials) < 0.01


def test_what_a_parent_of_identical_data_found_is_no_part_of_a_plateau():
    """Between this job's equals it found better."""
    own = [(0.1, 1.0), (0.2, 1.0), (0.55, 1.0), (0.9, 3.0), (0.95, 3.5)]
    found = [(0.28, 0.3), (0.32, 0.0), (0.35, 0.1), (0.57, 1.1), (0.88, 2.9)]

    def trials(rows):
        return [
            Trial(number, Suggestion((("x", str(x)),)), TrialState.COMPLETED, (), value)
            for number, (x, value) in enumerate(rows, start=1)
        ]

    strategy = BayesianSearch(a_search(LINE))
    both = strategy.ask(Ledger(trials(own), parents=trials(found)), 2).suggestions
    assert any(0.25 < float(each.configuration[0][1]) < 0.4 for each in both)


def test_the_better_definition_gets_most_of_the_training_jobs():
    strategy, history = BayesianSearch(a_search(LINE, PLANE)), Ledger()
    for index in range(24):
        (suggestion,) = strategy.ask(history, 1).suggestions
        history.launch(suggestion)
        values = {name: float(text) for name, text in suggestion.configuration}
        history.finish(index, bowl(values) + (0.0 if suggestion.definition else 1.0))
    turns = [trial.suggestion.definition for trial in history.trials]
    assert turns[:8] == [0, 1] * 4
    assert sum(turns[8:]) > 12


def test_a_search_that_has_seen_enough_says_so_and_not_before():
    history = searched(LINE, lambda values: 5.0 + bowl(values), 14)
    strategy = BayesianSearch(a_search(LINE))
    assert strategy.ask(history, 1).converged
    assert not strategy.ask(Ledger(history.trials[:6]), 1).converged
    few = Ledger(history.trials[:9], parents=history.trials[9:])
    few.launch(Suggestion((("x", "0.91"),)))
    few.finish(9, None, TrialState.FAILED)
    assert not strategy.ask(few, 1).converged, "only what it finished itself counts"
    rough = searched(LINE, lambda values: math.sin(60.0 * values["x"]), 11)
    assert not BayesianSearch(a_search(LINE)).ask(rough, 1).converged


def test_hundreds_of_trials_are_sampled_to_a_bounded_number(monkeypatch):
    monkeypatch.setattr(fitting, "FITTED", 10)
    monkeypatch.setattr(fitting, "HELD", 20)
    chance = np.random.default_rng(0)
    history = Ledger()
    for index, x in enumerate(chance.random(60).tolist()):
        history.launch(Suggestion((("x", repr(x)),)))
        history.finish(index, (x - 0.3) ** 2)
    sizes = {"fitted": set(), "held": set()}

    def fits(shape, points, targets, **rest):
        sizes["fitted"].add(len(points))
        return most_probable(shape, points, targets, **rest)

    def holds(parameters, points, targets):
        sizes["held"].add(len(points))
        return GaussianProcess(parameters, points, targets)

    monkeypatch.setattr(fitting, "most_probable", fits)
    monkeypatch.setattr(fitting, "GaussianProcess", holds)
    (suggestion,) = BayesianSearch(a_search(LINE)).ask(history, 1).suggestions
    assert float(suggestion.configuration[0][1]) == pytest.approx(0.3, abs=0.1)
    assert sizes == {"fitted": {10}, "held": {20}}


@pytest.mark.parametrize("seed", range(2))
def test_a_small_number_of_a_long_logarithmic_range_is_found(seed):
    """Where the number 1 owns an eighth of the scale."""
    space = (IntegerRange("rounds", 1, 2000, Scaling.LOGARITHMIC), *LINE)

    def far(values):
        return abs(math.log(values["rounds"] / 2)) + (values["x"] - 0.4) ** 2

    history = searched(space, far, 25, seed=seed)
    assert min(trial.value for trial in history.trials) < 0.01


def branin(values):
    x, y = values["x"], values["y"]
    curve = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return curve**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


HARTMANN_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
HARTMANN_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann(values):
    point = np.array([values[f"x{index}"] for index in range(6)])
    away = (HARTMANN_A * (point - HARTMANN_P) ** 2).sum(1)
    return float(-(np.array([1.0, 1.2, 3.0, 3.2]) * np.exp(-away)).sum())


def training(values):
    """A made-up validation error over a learning rate, a depth, a share and an optimiser."""
    penalty = {"sgd": 0.6, "adam": 0.0, "rmsprop": 0.3, "adagrad": 0.9}[values["optimiser"]]
    rate = math.log10(values["rate"]) + 3.3 + penalty
    return 0.5 * rate**2 + (values["depth"] - 7) ** 2 / 20 + abs(values["share"] - 0.3) + penalty


PROBLEMS = {
    "branin": ((ContinuousRange("x", -5.0, 10.0), ContinuousRange("y", 0.0, 15.0)), branin, 0.41),
    "hartmann": (tuple(ContinuousRange(f"x{i}", 0.0, 1.0) for i in range(6)), hartmann, -3.0),
    "mixed": (
        (
            ContinuousRange("rate", 1e-6, 1.0, Scaling.LOGARITHMIC),
            IntegerRange("depth", 1, 20),
            ContinuousRange("share", 0.0, 1.0),
            CategoricalRange("optimiser", ("sgd", "adam", "rmsprop", "adagrad")),
        ),
        training,
        0.05,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_known_function_is_solved_where_random_search_is_far_off(problem):
    """At forty trials the median of five seeds is near the optimum and beats random search."""
    space, objective, near = PROBLEMS[problem]
    best = {
        name: np.median(
            [
                min(t.value for t in searched(space, objective, 40, name=name, seed=seed).trials)
                for seed in range(5)
            ]
        )
        for name in ("Bayesian", "Random")
    }
    assert best["Bayesian"] < near < best["Random"]


def regret(problem, trials, **rest):
    """The mean over six seeds of the logarithm of what is missed after ten trials."""
    space, objective, _ = PROBLEMS[problem]
    least = {"branin": 0.397887, "mixed": 0.0}[problem]
    found = []
    for seed in range(6):
        parents = trials(space, objective, seed)
        history = searched(space, objective, 10, parents=parents, seed=seed, **rest)
        best = min(trial.value for trial in history.trials)
        found.append(math.log10(max(best - least, 1e-6)))
    return np.mean(found)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("transfer", [False, True])
@pytest.mark.parametrize("problem", ["branin", "mixed"])
def test_a_good_parent_helps_and_a_misleading_one_does_no_harm_after_ten_trials(problem, transfer):
    def good(space, objective, seed):
        return searched(space, objective, 20, seed=seed + 100).trials

    def opposite(space, objective, seed):
        return searched(space, lambda values: -objective(values), 20, seed=seed + 100).trials

    cold = regret(problem, lambda *_: ())
    assert regret(problem, good, transfer=transfer) < cold - 0.5
    assert regret(problem, opposite, transfer=transfer) < cold + 0.35


def test_what_a_parent_ran_is_new_where_the_data_differ():
    space = (CategoricalRange("kind", ("a", "b")),)
    parents = [Trial(1, Suggestion((("kind", "a"),)), TrialState.COMPLETED, (), 1.0, 1)]
    for name in ("Bayesian", "Random", "Grid"):
        same = make(name, a_search(space)).ask(Ledger(parents=parents), 2)
        other = make(name, a_search(space, transfer=True)).ask(Ledger(parents=parents), 2)
        assert len(same.suggestions) == 1
        assert len(other.suggestions) == 2


def test_an_ask_thinks_on_one_thread_and_leaves_the_others_as_they_were():
    before, seen = threadpool_info(), []

    class Watched(Ledger):
        @property
        def parents(self):
            seen.extend(
                each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"
            )
            return ()

        @parents.setter
        def parents(self, parents):
            pass

    make("Bayesian", a_search(LINE)).ask(Watched(), 1)
    assert seen
    assert set(seen) == {1}
    assert threadpool_info() == before
