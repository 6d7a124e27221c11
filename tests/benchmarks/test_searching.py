"""The machinery behind the figures of the search: statistics, runs, results, lookups."""

import json
import sys
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks.searching import (
    ablation,
    comparison,
    curves,
    environments,
    page,
    results,
    searchers,
    show,
)
from benchmarks.searching.lattices import LATTICES, Axis, table
from benchmarks.searching.peers.parameters import inward, outward, parameters_of
from benchmarks.searching.ranking import Comparison, compared, interval, places
from benchmarks.searching.runs import Found, Run, searched
from benchmarks.searching.tasks import TASKS, Task, ranges
from orchestrator.strategy import fitting

LEAST = {"a": 0.0, "b": 1.0}


def found(value, trials=100, version="1"):
    return Found(version, trials, ((1, 9.0), (20, value)), 0.0)


def grid(values):
    """Runs of one seed each: searcher -> value on task a."""
    return {Run(name, "a", "sequential", 0): found(value) for name, value in values.items()}


def test_equals_share_their_ranks():
    assert places(np.array([[1.0], [3.0], [1.0], [7.0]])).ravel().tolist() == [1.5, 3, 1.5, 4]


def test_regret_is_in_units_of_random_search_over_all_its_seeds():
    runs = grid({"x": 0.5}) | {
        Run("Random", "a", "sequential", seed): found(value)
        for seed, value in enumerate((1.0, 3.0))
    }
    comparison = compared(runs, LEAST, ["x", "Random"], mode="sequential", trials=100)
    assert comparison.cells == (("a", 0),)
    assert comparison.regrets.tolist() == [[0.25], [0.5]]


def test_a_budget_of_30_is_the_beginning_of_one_of_100():
    each = Found("1", 100, ((1, 9.0), (30, 5.0), (31, 1.0)), 0.0)
    assert (each.at(29), each.at(30), each.at(100)) == (9.0, 5.0, 1.0)


def test_only_what_everybody_has_finished_is_compared():
    runs = {
        Run(name, task, "sequential", seed): found(2.0)
        for name, task, seed in product(("x", "Random"), "ab", range(3))
        if (name, task, seed) != ("x", "b", 1)
    }
    runs[Run("x", "b", "sequential", 2)] = found(2.0, trials=30)
    comparison = compared(runs, LEAST, ["x", "Random"], mode="sequential", trials=100)
    assert comparison.cells == (("a", 0), ("a", 1), ("a", 2), ("b", 0))


def test_tasks_count_alike_however_many_seeds_they_have():
    cells = (("a", 0), ("a", 1), ("a", 2), ("b", 0))
    comparison = Comparison(("x",), cells, np.array([[1.0, 1.0, 1.0, 3.0]]))
    assert comparison.mean_regrets().tolist() == [2.0]


def test_an_interval_holds_the_mean_and_is_narrower_for_more_seeds():
    def width(seeds):
        chance = np.random.default_rng(5)
        cells = tuple(product("ab", range(seeds)))
        comparison = Comparison(("x",), cells, chance.random((1, 2 * seeds)))
        low, high = interval(comparison.drawn(comparison.regrets)[0])
        assert low < comparison.mean_regrets()[0] < high
        return high - low

    assert width(40) < 0.6 * width(5)


def test_the_summary_has_the_best_first_and_the_worst_task_of_each():
    runs = grid({"x": 3.0, "y": 1.0, "Random": 2.0})
    comparison = compared(runs, LEAST, ["x", "y", "Random"], mode="sequential", trials=100)
    lines = list(show.summary(comparison))[2:]
    assert [line.split(" | ")[0] for line in lines] == ["| y", "| Random", "| x"]
    assert lines[-1].endswith("1.50 (a) |")


def test_in_short_there_is_who_is_first_and_the_peers_next_to_ours():
    runs = grid({"Bayesian": 2.0, "x": 4.0, "y": 3.0, "Random": 4.0})
    comparison = compared(runs, LEAST, ["Bayesian", "x", "y"], mode="sequential", trials=100)
    (line,) = list(show.in_short({("sequential", 100): [comparison]}))[2:]
    assert line == (
        "| sequential | 100 | 2 | 1 | 1 | Bayesian | y | +1.00 [1.00, 1.00] "
        "| 0.67 [0.67, 0.67] (y) |"
    )
    assert show.ahead(comparison).startswith("Ours is +1.00 [1.00, 1.00] ranks ahead of y;")


def test_a_pair_is_compared_on_what_both_have_finished_ties_counting_half():
    runs = grid({"ours": 2.0, "peer": 4.0, "other": 2.0, "Random": 4.0})
    runs |= {Run(name, "b", "sequential", 0): found(2.0) for name in ("ours", "other", "Random")}
    lines = list(show.pairs(runs, LEAST, ["peer", "other"], ours="ours"))[2:]
    cells = [line.strip("| ").split(" | ") for line in lines if " | 100 | " in line]
    assert [each[0] for each in cells] == ["peer", "other"]
    assert [each[3] for each in cells] == ["1", "2"]
    assert [each[5].split(" ")[0] for each in cells] == ["100%", "50%"]
    assert cells[1][-1] == "1.00 [1.00, 1.00]"


def test_what_a_part_earns_is_told_of_both_modes_together():
    runs = {
        Run(name, "a", mode, 0): found(value)
        for name, values in {"Bayesian": (1.0, 2.0), "x": (2.0, 4.0), "Random": (4.0, 4.0)}.items()
        for mode, value in zip(("sequential", "async-4"), values, strict=True)
    }
    assert list(show.without(runs, LEAST, ["x", "not measured"]))[2:] == ["| x | 0.50 | 0.50 |"]
    runs[Run("x", "a", "async-4", 0)] = found(1.0)
    assert list(show.without(runs, LEAST, ["x"]))[2:] == ["| x | 1.00 | 1.00 |"]


def test_the_hardest_tasks_are_those_least_ahead_of_random_search_on_every_seed():
    runs = grid({"ours": 2.0, "Random": 4.0})
    runs |= {Run("ours", "b", "sequential", seed): found(4.0 * seed) for seed in range(3)}
    runs |= {Run("Random", "b", "sequential", seed): found(4.0) for seed in range(5)}
    lines = list(show.hardest(runs, LEAST, ours="ours"))[2:]
    assert lines[1] == "| sequential | 100 | 1.11 (b, of 3), 0.50 (a, of 1) |"


class Watched:
    """Proposes nothing but zero and remembers what runs."""

    def __init__(self):
        self.running, self.most, self.told = set(), 0, []

    def start(self, *_, **__):
        return "1"

    def ask(self, number):
        self.running.add(number)
        self.most = max(self.most, len(self.running))
        return {"x": 0.0}

    def tell(self, number, value):
        self.running.remove(number)
        self.told.append((number, value))


@pytest.mark.parametrize(("mode", "at_once"), [("sequential", 1), ("async-4", 4)])
def test_every_trial_is_told_and_so_many_run_at_once(mode, at_once):
    watched = Watched()
    task = Task(ranges(x=(0.0, 1.0)), lambda _: 1.0, 0.0)
    searched(Run("w", "t", mode, 0), task, watched, 20)
    assert watched.most == at_once
    assert sorted(number for number, _ in watched.told) == list(range(20))
    assert (watched.told == sorted(watched.told)) == (at_once == 1), "trials overtake one another"


def test_of_noisy_values_the_best_looking_counts_with_its_true_value():
    watched = Watched()
    task = Task(ranges(x=(0.0, 1.0)), lambda _: 1.0, 0.0, noise=0.5)
    done = searched(Run("w", "t", "sequential", 0), task, watched, 20)
    assert min(value for _, value in watched.told) < 0.8
    assert {value for _, value in done.incumbents} == {1.0}


@pytest.fixture
def peers(tmp_path, monkeypatch):
    """A comparison with one peer, whose interpreter runs the fake."""
    python = tmp_path / "fake" / "bin" / "python"
    python.parent.mkdir(parents=True)
    script = Path(__file__).parent / "fake_peer.py"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}"\n', encoding="utf-8")
    python.chmod(0o755)
    (tmp_path / "fake" / ".ready").touch()
    monkeypatch.setenv("AMT_BENCH_PEERS", str(tmp_path))
    monkeypatch.setattr(searchers, "PEERS", {"fake": "fake"})
    monkeypatch.setattr(curves, "PEERS", {"fake": "fake"})
    monkeypatch.setattr(environments, "REQUIREMENTS", {"fake": ("fake",)})
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")


def lines(name):
    return (results.FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()


def test_a_comparison_is_continued_where_it_stopped(peers, capsys):
    comparison.searches(["fake"], ["branin"], 1)
    assert len(lines("fake")) == 2
    comparison.searches(["fake"], ["branin", "mixed"], 2)
    kept = results.read(["fake"])
    assert len(lines("fake")) == len(kept) == 8
    assert {each.version for each in kept.values()} == {"0.fake"}
    assert capsys.readouterr().out.count("fake branin sequential 0") == 1


def test_a_run_cut_short_is_kept_and_done_whole_only_when_asked_for(peers):
    run = Run("fake", "branin", "sequential", 0)
    for trials, kept in ((30, 30), (30, 30), (100, 100), (30, 100)):
        comparison.searches(["fake"], ["branin"], 1, ["sequential"], trials=trials)
        assert results.read(["fake"])[run].trials == kept
    assert [json.loads(line)["trials"] for line in lines("fake")] == [30, 100]


def test_who_has_all_seeds_of_all_or_of_many_tasks_is_compared_apart_too(monkeypatch):
    least = dict.fromkeys("abc", 0.0)
    monkeypatch.setattr(page, "LEAST", least)
    monkeypatch.setattr(page, "SEEDS", 4)
    monkeypatch.setattr(page, "MANY", 2)
    seeds = {
        "Bayesian": (4, 4, 4),
        "Random": (4, 4, 4),
        "all": (4, 4, 5),
        "part": (4, 4, 1),
        "few": (4, 1, 1),
        "cut": (1, 1, 1),
        "half": (1, 0, 1),
    }
    runs = {
        Run(name, task, "sequential", seed): found(1.0, trials=30 if name == "cut" else 100)
        for name, counts in seeds.items()
        for task, count in zip(least, counts, strict=True)
        for seed in range(count)
    }
    after_30, after_100 = (
        page.groups(runs, [*seeds], "sequential", trials) for trials in show.BUDGETS
    )
    ours = ("Bayesian", "Random", "all")
    assert after_100 == [
        (ours, least),
        ((*ours, "part"), {"a": 0.0, "b": 0.0}),
        ((*ours, "part", "few"), least),
    ]
    assert after_30 == [*after_100[:2], ((*ours, "part", "few", "cut"), least)]
    without = [name for name in seeds if name not in {"part", "few"}]
    assert page.groups(runs, without, "sequential", 100) == [(ours, least)]


def test_a_table_has_only_runs_that_went_on_for_so_long():
    runs = {
        Run("Random", "a", "sequential", seed): found(1.0, trials=trials)
        for seed, trials in enumerate((100, 30))
    }
    cells = [
        compared(runs, LEAST, ["Random"], mode="sequential", trials=trials).cells
        for trials in (30, 100)
    ]
    assert cells == [(("a", 0), ("a", 1)), (("a", 0),)]


def test_a_peer_that_fails_or_is_gone_costs_only_the_run_it_fails_in(peers, capsys):
    runs = [Run("fake", "branin", "sequential", seed) for seed in (12, 13, 14, 15)]
    done = dict(comparison.carried_out(runs, trials=5))
    assert [run.seed for run in done] == [12, 15]
    told = capsys.readouterr().err
    assert "ValueError: no luck" in told
    assert "it is gone" in told


def test_runs_of_ours_are_done_anew_when_our_sources_changed(peers, monkeypatch):
    run = Run("Bayesian", "branin", "sequential", 0)
    kept = {run: found(1.0, version=searchers.version_of_ours())}
    assert comparison.missing([run], kept) == []
    monkeypatch.setattr(searchers, "version_of_ours", lambda **_: "other")
    assert comparison.missing([run], kept) == [run]
    results.append(run, kept[run])
    results.keep("Bayesian", "other")
    assert lines("Bayesian") == []


def test_a_kept_run_reads_as_it_was_found(peers):
    run = Run("no gradient", "branin", "async-4", 3)
    each = Found("2", 100, ((1, 9.0), (20, 0.25)), 1.5)
    results.append(run, each)
    assert results.read(["no gradient"]) == {run: each}


FLAT = "flat"  # tree-cancer's ranges, where all but the first told the same
SHOWS = {"no plateau": (FLAT, 14), "refining only": ("basins-2", 32)}
"""Where a part first shows, and after how many trials; else on tree-cancer after 14."""


@cache
def asked(part, task, trials):
    """What a search without a part asks first on a task."""
    seen = []
    watched = TASKS["tree-cancer" if task == FLAT else task]

    def objective(values):
        seen.append(values)
        return float(len(seen) == 1) if task == FLAT else watched.objective(values)

    with searchers.opened(part) as searcher:
        run = Run(part, task, "async-4", 0)
        searched(run, replace(watched, objective=objective), searcher, trials)
    return seen


@pytest.mark.parametrize("part", ablation.PARTS)
def test_a_search_without_any_of_its_parts_goes_on_otherwise(part):
    task, trials = SHOWS.get(part, ("tree-cancer", 14))
    assert len(asked(part, task, trials)) == trials
    assert asked(part, task, trials) != asked("Bayesian", task, trials)


def test_the_best_form_only_is_never_another():
    losses = np.array([1.0, 0.9, 1.1])
    assert (fitting._shares(losses, 30.0) > 0).all()
    with ablation.without("the best form only"):
        assert fitting._shares(losses, 30.0).tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("name", LATTICES)
def test_a_lookup_at_a_point_of_a_lattice_is_the_training_there(name):
    kept, lattice = table(name), LATTICES[name]
    assert kept.values.shape == (*lattice.shape(), lattice.epochs)
    assert np.isfinite(kept.values).all()
    for index, values in list(enumerate(lattice.configurations()))[
        :: max(1, kept.seconds.size // 9)
    ]:
        place = np.unravel_index(index, lattice.shape())
        curve, seconds = kept.curve(values)
        assert curve == pytest.approx(kept.values[place])
        assert seconds == pytest.approx(kept.seconds[place])


def test_between_points_a_lookup_goes_straight_on_the_axis_own_scale():
    assert Axis("x", (0.01, 1.0), log=True).around(0.1) == [(0, 0.5), (1, 0.5)]
    assert Axis("n", (1, 2, 10)).around(4) == [(1, 0.75), (2, 0.25)]
    assert Axis("k", ("a", "b")).around("b") == [(1, 1.0)]


def test_where_values_come_in_steps_a_lookup_is_the_nearest_training():
    kept = table("kernels-digits")
    at = {"c": 1.0, "gamma": 1e-3, "kernel": "poly", "degree": 2, "coef": 0.5}
    assert kept.last(at | {"c": 2.9, "coef": 0.7}) == kept.last(at)
    assert kept.last(at | {"c": 3.5}) == kept.last(at | {"c": 10.0}) != kept.last(at)


@pytest.mark.parametrize("name", TASKS)
def test_nothing_random_search_finds_is_better_than_the_least_value(name):
    task = TASKS[name]
    done = searched(Run("Random", name, "sequential", 1), task, searchers.Ours("Random"), 40)
    assert done.at(40) >= task.least


def test_a_library_without_reverse_logarithms_gets_the_logarithm_of_the_rest():
    spec = ranges(m=(0.5, 0.999, "ReverseLogarithmic"), n=(1, 9, "Logarithmic"), k=("a", "b"))
    parameters = parameters_of(spec)
    by_name = {each.name: each for each in parameters}
    assert by_name["m"].low == pytest.approx(0.001)
    assert by_name["m"].log
    values = {"m": 0.9, "n": 4, "k": "b"}
    assert outward(parameters, inward(parameters, values)) == pytest.approx(values)


def test_at_equal_cost_nothing_counts_that_came_after_the_budget(peers):
    task = curves.Curves(curves.TASKS[0])
    for done in (
        curves.ours(task, "ours-hyperband", 0),
        comparison.scheduled(Run("fake", task.name, curves.MODE, 0)),
    ):
        times = [at for at, _ in done.incumbents]
        assert times == sorted(times)
        assert times[-1] <= curves.END
        assert done.trials > curves.BUDGET, "stopped trainings leave room for others"


def test_a_target_that_was_never_reached_is_never_reached():
    slow = Found("1", 5, ((0.5, 3.0), (2.0, 1.0)), 0.0)
    quick = Found("1", 5, ((1.0, 0.0),), 0.0)
    assert curves.reached([slow], 1.0) == 2.0
    assert curves.reached([slow], 0.5) == np.inf
    assert curves.reached([slow, quick], 1.5) == 1.0


def test_a_version_of_ours_minds_what_the_sources_do_and_not_what_they_say(tmp_path):
    path = tmp_path / "source.py"

    def version(text):
        path.write_text(text)
        return searchers._done_by(path)

    said = '"""A."""\ndef f():\n    """B."""\n    return 1  # C\n'
    assert version(said) == version('"""D."""\n\n\ndef f():\n    """E."""\n    return 1\n')
    assert version(said) != version(said.replace("return 1", "return 2"))
    assert version('LEAST = 1\n"""A."""\n') == version('LEAST = 1\n"""B."""\n')
    assert version('WORD = "A"\n') != version('WORD = "B"\n')
