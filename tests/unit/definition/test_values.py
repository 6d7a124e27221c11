"""Single values: text, numbers, durations, words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.definition import values
from orchestrator.definition.values import (
    SCALES,
    as_text,
    from_text,
    parse_duration,
    print_duration,
)


@given(st.text() | st.integers().map(str) | st.floats().map(repr))
def test_what_is_read_from_text_prints_as_the_same_text(text):
    assert as_text(from_text(text)) == text


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans())
def test_numbers_and_truth_values_come_back_from_their_text(value):
    back = from_text(as_text(value))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (90, 90),
        ("90", 90),
        ("90s", 90),
        ("15m", 900),
        ("2h", 7_200),
        ("3d", 259_200),
        ("1h 30m", 5_400),
        ("1h30m", 5_400),
        ("1.5h", 5_400),
        ("2 hours", 7_200),
        ("1 day 2 hrs", 93_600),
        ("5 minutes", 300),
    ],
)
def test_durations_are_read(written, seconds):
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written", ["", "soon", "1x", "-5m", "1h 30", "0.001s", 1.5, True, None, [], "1e3"]
)
def test_what_is_no_duration_is_refused(written):
    with pytest.raises(ValueError, match=r"duration|whole"):
        parse_duration(written)


@given(st.integers(0, 10**9))
def test_printed_durations_are_read_back(seconds):
    assert parse_duration(print_duration(seconds)) == seconds


@pytest.mark.parametrize("word", ["reverse_log", "ReverseLogarithmic", "reverse-log", "REVERSELOG"])
def test_a_word_may_be_the_requests_own_or_spelled_loosely(word):
    assert SCALES.parse(word) == "reverse_log"


def test_every_choice_comes_back_from_the_request():
    choices = [one for one in vars(values).values() if isinstance(one, values.Choice)]
    assert len(choices) > 10
    for choice in choices:
        assert {choice.read(choice.write(word)) for word in choice.words} == set(choice.words)
