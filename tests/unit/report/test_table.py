"""Numbers, times and tables as people read them."""

import pytest

from orchestrator.report.table import configuration, duration, facts, number, table


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"), (-1, "0.0 s"), (4.23, "4.2 s"), (59.4, "59 s"), (59.6, "1 min 0 s"),
        (200, "3 min 20 s"), (3600, "1 h 0 min"), (7500, "2 h 5 min"), (273_600, "3 d 4 h"),
    ],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.123456789, "0.123457"), (float("nan"), "nan"), (3.0, "3"), (1e-9, "1e-09")],
)
def test_numbers(value, text):
    assert number(value) == text


def test_columns_are_as_wide_as_their_widest_cell_without_trailing_blanks():
    assert table(("A", "LONG"), [("xyz", ""), ("", "1")]) == "A    LONG\nxyz\n     1"


def test_empty_facts_are_left_out():
    assert facts([("name", "demo"), ("best", ""), ("at", "now")]) == "name  demo\nat    now"


def test_a_configuration_is_sorted_and_shortened():
    tuned = {"lr": "0.00012345678", "depth": "3", "kind": "convolutional"}
    assert configuration(tuned) == "depth=3 kind=convolutional lr=0.000123457"
