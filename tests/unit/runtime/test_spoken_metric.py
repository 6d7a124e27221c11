"""A value is said in the words of the job's own metric expression."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.runtime import spoken_metric
from orchestrator.training.metrics import MetricReader
from orchestrator.training.spec import MetricDefinition
from tests.builders import a_training


@pytest.mark.parametrize(
    "expression",
    [
        "loss=([0-9.e-]+)",
        "loss=([0-9.e-]+);",
        r"loss: (\S+)",
        r"#quality_metric: host=\S+, validation loss <loss>=(\S+)",
        r"^\[\d+\] val_loss:\s*([-+]?[0-9]*\.?[0-9]+(?:e[-+]?\d+)?)",
        r".*\[[0-9]+\].*#011validation-loss:(\S+)",
        r"valid_0's rmse: (\S+)$",
    ],
)
@pytest.mark.parametrize("value", [0.25, 3.0, 1250.5])
def test_the_jobs_reader_finds_the_value(expression, value):
    definition = MetricDefinition("loss", expression)
    spec = replace(a_training(), metrics=(definition,), objective_metric="loss")
    seen = MetricReader((definition,)).read(spoken_metric.line(spec, value))
    assert [each.value for each in seen] == [value]


def test_an_expression_that_nothing_fits_gets_the_plain_form():
    definition = MetricDefinition("loss", "(?!x)x(.)")
    spec = replace(a_training(), metrics=(definition,), objective_metric="loss")
    assert spoken_metric.line(spec, 0.5) == "loss=0.5"
