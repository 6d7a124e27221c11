"""Metric definitions tried on a log."""

import pytest

from orchestrator.report.metric_sample import near_misses, tried
from orchestrator.training.spec import MetricDefinition


def definition(regex, name="validation:loss"):
    return MetricDefinition(name, regex)


def test_the_last_value_counts_and_a_good_expression_loses_nothing():
    found = tried(definition(r"loss=([-+0-9.eE]+)"), "loss=1\nloss=-2.5e-3\n")
    assert (found.values, found.lossy, found.near) == (2, (), ())
    assert found.last == pytest.approx(-0.0025)


@pytest.mark.parametrize(
    ("regex", "line", "lost"),
    [
        (r"loss=-?([0-9.]+)", "loss=-2.5", "takes 2.5 of -2.5"),
        (r"loss=([0-9.]+)", "loss=2.5e-3", "takes 2.5 of 2.5e-3"),
        (r"loss=([0-9]+)", "loss=2.5", "takes 2 of 2.5"),
    ],
)
def test_a_capture_that_cuts_a_number_is_named(regex, line, lost):
    (said,) = tried(definition(regex), line).lossy
    assert said.startswith(lost)


@pytest.mark.parametrize("line", ["Loss: 0.5", "val_loss = 3", "VALIDATION LOSS 1e-3"])
def test_a_line_that_names_the_metric_with_a_number_almost_matches(line):
    assert near_misses(definition(r"validation_loss=(.*);"), ["epoch 3", line]) == [line]


def test_a_line_without_a_number_or_the_name_is_no_near_miss():
    lines = ["loss is coming", "accuracy=0.5"]
    assert near_misses(definition("loss=(.*)"), lines) == []


def test_an_expression_that_cannot_be_compiled_is_a_fault():
    found = tried(definition("loss=("), "loss=1")
    assert found.fault
    assert "cannot be compiled" in str(found)


def test_an_expression_that_never_ends_is_given_up():
    found = tried(definition(r"(a+)+$"), "a" * 5000 + "b\n")
    assert found.fault
