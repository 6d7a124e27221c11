"""What a plan foretells is what a run then does, in virtual time."""

import pytest

from orchestrator.endpoint.parse import tuning_spec
from orchestrator.planning.first import foretold
from tests.builders import SCOPE
from tests.simulation.test_strategies import Emulator, a_request, continuous

INTEGERS = {
    "IntegerParameterRanges": [
        {"Name": "x", "MinValue": "1", "MaxValue": "40", "ScalingType": "Logarithmic"}
    ]
}
GRID = {
    "CategoricalParameterRanges": [
        {"Name": "x", "Values": ["0.1", "0.2", "0.7"]},
        {"Name": "y", "Values": ["0", "0.5", "1"]},
    ]
}


def rough(hyperparameters):
    """A loss that has nothing to do with the configurations' order, in jobs of any length."""
    x = float(hyperparameters["x"])
    return [(20.0 + 1000 * (x % 0.07), (x * 7919) % 1.0)]


@pytest.mark.parametrize("parallel", [1, 3])
@pytest.mark.parametrize(
    ("strategy", "ranges", "jobs", "least"),
    [
        ("Random", continuous("x", "y"), 12, 12),
        ("Random", INTEGERS, 30, 30),
        ("Hyperband", continuous("x"), 12, 12),
        ("Grid", GRID, 9, 9),
        ("Bayesian", continuous("x", "y"), 12, 4),
    ],
)
def test_the_first_configurations_are_those_the_run_tries(
    tmp_path, strategy, ranges, jobs, least, parallel
):
    request = a_request(strategy=strategy, jobs=jobs, parallel=parallel, ranges=ranges)
    found = foretold(tuning_spec(request, SCOPE), 5, jobs)
    _, children = Emulator(tmp_path, rough).run(request)
    told = [dict(each.configuration) for each in found.suggestions]
    assert len(told) >= least
    assert told == [child.state["tuned"] for child in children][: len(told)]
    assert found.complete == (len(told) == jobs)


def test_what_depends_on_results_is_not_foretold(tmp_path):
    request = a_request(jobs=12)
    found = foretold(tuning_spec(request, SCOPE), 5, 12)
    assert not found.complete
    beyond = set()
    for number, objective in enumerate((rough, lambda h: [(60.0, -float(h["x"]))])):
        _, children = Emulator(tmp_path / str(number), objective).run(request)
        beyond.add(children[len(found.suggestions)].state["tuned"]["x"])
    assert len(beyond) == 2


def test_no_more_is_foretold_than_there_is(tmp_path):
    request = a_request(strategy="Random", jobs=3, parallel=2, ranges=GRID)
    assert len(foretold(tuning_spec(request, SCOPE), 5, 99).suggestions) == 9
    assert len(foretold(tuning_spec(request, SCOPE), 5, 1).suggestions) == 1
