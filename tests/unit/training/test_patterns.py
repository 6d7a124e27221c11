"""What is read out of a regular expression."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orchestrator.training.patterns import shape


@pytest.mark.parametrize(
    ("regex", "literal"),
    [
        (r"Train_error=(.*?);", "Train_error="),
        (r"loss: ([0-9\.]+)", "loss: "),
        (r".*\[[0-9]+\].*#011validation-rmse:(\S+)", "#011validation-rmse:"),
        (r"^\s*val\.loss\s*=\s*(\S+)$", "val.loss"),
        (r"(?:epoch (\d+)): acc", "epoch "),
        (r"(?P<value>accuracy)", "accuracy"),
        (r"ab+cde", "cde"),
        (r"abc?", "ab"),
        (r"abc{2}", "ab"),
        (r"abc{0}x", "ab"),
        (r"loss|accuracy", ""),
        (r"x(?:loss|accuracy)yz", "yz"),
        (r"(?:loss)?=", "="),
        (r"(?:loss)*=", "="),
        (r"(?i)loss", ""),
        (r"(?i:loss)", ""),
        (r"(?=loss)x", "x"),
        (r"(?!loss)x", "x"),
        (r"[]abc]de", "de"),
        (r"[^\]abc]de", "de"),
        (r"(\d+)", ""),
        (r"\x41BC", ""),
        (r"(?x)a b c", ""),
        (r"{'loss': (\S+)", ""),
        ("", ""),
    ],
)
def test_the_text_that_every_match_contains(regex, literal):
    assert shape(regex).literal == literal


@pytest.mark.parametrize(
    "regex",
    [
        r"(a+)+$",
        r"(a|b)*c",
        r"(?:a?){20}",
        r"(a*)\1",
        r"(?=.*x)y",
        r"(?:x{1,3})+",
        r"((ab)+)+",
        r"(?P<a>x)(?P=a)",
        r"(?:a|a)" * 30,
        r"a?" * 30,
        r"(.*?,){11}P",
        "a*b*" * 120 + "c",
        "x{1,99999999}" * 38 + "y",
        "(" * 240 + "a*" + ")" * 240 + "b{2,}" * 40 + "c",
    ],
)
def test_an_expression_without_a_bound_is_never_quick(regex):
    assert shape(regex).longest <= 1


def test_fewer_loops_allow_longer_lines():
    lengths = [shape(f"x{'a*' * loops}y").longest for loops in range(5)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] >= 65_536
    assert lengths[1] > 1000
    assert lengths[2] > 150


@pytest.mark.parametrize("regex", [r"loss=(\S+)", r"(?P<loss>x.*)", r"a|b\s*", r"x(?:=.*)?"])
def test_a_loop_with_nothing_behind_it_costs_nothing(regex):
    assert shape(regex).longest >= 65_536


@pytest.mark.parametrize("regex", [r"(\S+)$", r"(a*)(?:)", r"(?:a*|b)c", r"(?:x.*)?y"])
def test_a_loop_with_something_behind_it_does(regex):
    assert shape(regex).longest < 2000


ATOMS = ["a", "b", "ab", ".", r"\.", r"\d", r"\s", "^", "$", "[ab]", "[^a]", r"\b", r"\1"]
GROUPS = ["(", "(?:", "(?P<n>", "(?i)", "(?=", "(?!", ")", ")", ")", "|"]
COUNTS = ["*", "+", "?", "{2}", "{0,1}", "{2,}", "*?"]
PIECES = st.sampled_from([*ATOMS, *GROUPS, *COUNTS])


@given(st.lists(PIECES, max_size=8).map("".join), st.text("abA.1 ", max_size=12))
def test_a_line_that_matches_contains_the_literal(regex, line):
    try:
        pattern = re.compile(regex)
    except re.error:
        assume(False)
    if pattern.search(line):
        assert shape(regex).literal in line
