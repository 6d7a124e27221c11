"""Filter patterns of CloudWatch Logs: words and phrases."""

import pytest

from orchestrator.wire import log_pattern
from orchestrator.wire.faults import InvalidParameterException


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("  ", "", True),
        ("ERROR", "an ERROR here", True),
        ("ERROR", "an error here", False),
        ("a b", "b then a", True),
        ("a c", "b then a", False),
        ('"a b"', "b then a", False),
        ('"a b"', "an a b c", True),
        (r'"say \"x\""', 'they say "x"', True),
        ("a -b", "only a", True),
        ("a -b", "a and b", False),
        ('-"a b"', "a then b", True),
        ("?a ?b", "only b", True),
        ("?a ?b", "neither", False),
        ("x ?a", "x alone", True),  # beside another word, ?a counts for nothing
        ("loss=0.5;", "[0]#011loss=0.5;", True),
    ],
)
def test_a_message_passes(pattern, message, expected):
    assert log_pattern.read(pattern)(message) is expected


@pytest.mark.parametrize(
    ("pattern", "match"),
    [
        ('{ $.a = "b" }', "words and phrases only"),
        ("[a, b]", "words and phrases only"),
        ("%a+%", "words and phrases only"),
        ('"open', "Invalid filter pattern"),
        ('a"b', "Invalid filter pattern"),
    ],
)
def test_another_pattern_is_refused(pattern, match):
    with pytest.raises(InvalidParameterException, match=match):
        log_pattern.read(pattern)
