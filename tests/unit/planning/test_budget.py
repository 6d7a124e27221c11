"""A limit of dollars held against training jobs that ended and that run."""

import pytest

from orchestrator.errors import BadInput
from orchestrator.planning.budget import Budget, budget
from orchestrator.planning.prices import Prices
from orchestrator.report.leaderboard import Objective, Row

RATE = Budget(10.0, {"": 0.01}, {"": 1000.0})
"""A cent a second."""


def row(seconds, status="Completed", definition=""):
    objective = Objective("loss", maximize=False)
    return Row("a", status, "", objective, None, None, {}, seconds, definition=definition)


def test_what_ended_and_what_runs_is_spent():
    bill = RATE.bill([row(100.0), row(50.0, "Failed"), row(30.0, "InProgress"), row(None)])
    assert bill.spent == pytest.approx(1.8)


def test_those_that_run_are_taken_to_run_as_long_as_those_that_ended():
    bill = RATE.bill([row(100.0), row(200.0), row(30.0, "InProgress"), row(None, "InProgress")])
    assert bill.foreseen == pytest.approx(1.0 + 2.0 + 1.5 + 1.5)
    late = RATE.bill([row(100.0), row(180.0, "InProgress")])
    assert late.foreseen == pytest.approx(2.8)


def test_before_any_has_ended_the_expectation_counts_and_the_time_out_bounds_it():
    running = [row(30.0, "InProgress")]
    assert RATE.bill(running).foreseen == pytest.approx(0.3)
    expecting = Budget(10.0, {"": 0.01}, {"": 1000.0}, expect=500.0)
    assert expecting.bill(running).foreseen == pytest.approx(5.0)
    assert Budget(10.0, {"": 0.01}, {"": 100.0}, 500.0).bill(running).foreseen == pytest.approx(1.0)


def test_a_job_is_stopped_when_what_runs_would_pass_the_limit_and_not_before():
    ended = [row(100.0)] * 7
    assert RATE.passed([*ended, row(10.0, "InProgress"), row(10.0, "InProgress")]) == ""
    told = RATE.passed([*ended, *[row(10.0, "InProgress")] * 4])
    assert told == (
        "--max-usd 10: $7.40 are spent, and the 4 training jobs that run would make it $11.00"
    )


def test_each_definition_has_its_own_price_and_the_dearest_of_its_instances():
    def definition(name, *kinds):
        configs = [{"InstanceType": kind, "InstanceCount": 2} for kind in kinds]
        return {
            "DefinitionName": name,
            "HyperParameterTuningResourceConfig": {"InstanceConfigs": configs},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }

    job = {"TrainingJobDefinitions": [definition("one", "a", "b"), definition("two", "a")]}
    found = budget(job, Prices({"a": 36.0, "b": 72.0}, "us-east-1"), 1.0)
    assert found.rates == pytest.approx({"one": 0.04, "two": 0.02})
    assert found.timeouts == {"one": 60.0, "two": 60.0}
    with pytest.raises(BadInput, match=r"no price is known of b\. Give --price b=USD"):
        budget(job, Prices({"a": 36.0}, "us-east-1"), 1.0)
