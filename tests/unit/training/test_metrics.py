"""Log lines to observations."""

import math
import re
import struct
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.training.events import Observation
from orchestrator.training.metrics import LONGEST_LINE, MetricReader, near_misses, number
from orchestrator.training.spec import MetricDefinition


def reader_of(*regexes):
    return MetricReader([MetricDefinition(f"m{n}", regex) for n, regex in enumerate(regexes)])


def values(regex, text):
    return [each.value for each in reader_of(regex).read(text)]


@pytest.mark.parametrize(
    ("regex", "text", "expected"),
    [
        (r"loss=(\S+)", "loss=0.5\n", [0.5]),
        (r"loss=(\S+)", "x loss=0.5 loss=0.25\nloss=0.125", [0.5, 0.125]),
        (r"GAN_loss=(.*?);", "#x GAN_loss=0.5; D=1;", [0.5]),
        (r"loss=(\S+)", "loss=-1.5e-05", [struct.unpack("f", struct.pack("f", -1.5e-05))[0]]),
        (r"loss=([0-9\.]+)", "loss=1.25e-05", [1.25]),
        (r"loss=(\S+)", "loss=high\nloss=\nloss=1_0", []),
        (r"\d+\.\d+", "at 12.5 and 13.5", [12.5]),
        (r"(\d+)/(\d+)", "3/4", [3.0]),
        (r"(x)?y", "y", []),
        (r"^loss (\S+)$", "the loss 1\nloss 2\nloss 3 x", [2.0]),
        (r"loss=(\S+)", "loss=inf\nloss=-Infinity", [math.inf, -math.inf]),
        (r"loss=(\S+)", "loss=1e39\nloss=-1e39", [math.inf, -math.inf]),
        (r"(?i)LOSS=(\S+)", "Loss=1\nlOSs=2", [1.0, 2.0]),
        (r"\[(\p{L}*)(\d+)\]", "[é5]", []),
        (r"\p{L}+=(\d+)", "é=5", [5.0]),
        (r"a\sb=(\d+)", "a\nb=1", []),
        (r"{'loss': ([0-9.]+)", "{'loss': 0.5, 'epoch': 1}", [0.5]),
    ],
)
def test_values(regex, text, expected):
    assert values(regex, text) == expected


def test_not_a_number_is_kept():
    (value,) = values(r"loss=(\S+)", "loss=nan")
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("regex", "line", "expected"),
    [
        (r".*#011validation-rmse:(\S+)", "[0]\ttrain-rmse:1.5\tvalidation-rmse:2.5", [2.5]),
        (r"\tvalidation-rmse:(\S+)", "[0]\ttrain-rmse:1.5\tvalidation-rmse:2.5", [2.5]),
        ("\tvalidation-rmse:(\\S+)", "[0]\ttrain-rmse:1.5\tvalidation-rmse:2.5", [2.5]),
        (r"train-rmse:(\S+)", "[0]\ttrain-rmse:1.5\tvalidation-rmse:2.5", [1.5]),
        (r"loss=(\S+)", "loss=0.5\r", [0.5]),
        (r"loss=(\S+)#015", "loss=0.5\r", [0.5]),
        (r"#033\[1mloss=([0-9.]+)", "\x1b[1mloss=0.5\x1b[0m", [0.5]),
        (r"a(?:#001)(\d)", "a\x013", [3.0]),
    ],
)
def test_control_characters_match_escaped_and_as_printed(regex, line, expected):
    """(observed) The log driver writes them as #ooo; scripts are written with the real ones."""
    assert values(regex, f"{line}\n") == expected


def test_values_are_float32_widened():
    """-3.5419 came back from AWS as -3.5418999195098877 (observed)."""
    assert number("-3.5419") == -3.5418999195098877
    assert number(" 0.92323 ") == 0.923229992389679
    assert number(None) is None


def test_observations_come_in_the_order_of_lines_then_of_definitions():
    reader = reader_of(r"b=(\d)", r"[ab]=(\d)", r"a=(\d)")
    assert reader.read("a=1 b=2\nnothing\nb=3\n") == [
        Observation("m0", 2.0),
        Observation("m1", 1.0),
        Observation("m2", 1.0),
        Observation("m0", 3.0),
        Observation("m1", 3.0),
    ]


def test_no_text_and_no_definitions_give_nothing():
    assert reader_of(r"(\d+)").read("") == []
    assert reader_of().read("loss=1\n") == []


def test_a_line_is_searched_up_to_its_limit():
    far = "x" * LONGEST_LINE
    assert values(r"loss=(\d)", f"{far}loss=1\nloss=2\n") == [2.0]


# Expressions that would stall

SLOW = [
    (r"(a+)+$", "a" * 60_000 + "b"),
    (r"(a|aa)+$", "a" * 60 + "b"),
    (r"(?:x+x+)+y", "y" + "x" * 60_000),
    (r"(.*?,){11}P", "P" + "1," * 40),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 60_000),
    (r"(.*)(.*)(.*)(.*)(.*)z(\d)", "abcz" * 2000),
]


@pytest.mark.parametrize(("regex", "line"), SLOW)
def test_an_expression_that_stalls_is_given_up_and_the_others_go_on(regex, line):
    reader = reader_of(regex, r"loss=(\S+)")
    assert reader.read(f"{line}\nloss=0.5\n" * 3) == [Observation("m1", 0.5)] * 3
    (reason,) = reader.given_up
    assert "metric m0" in reason
    assert "50 ms" in reason


class Sluggish:
    """Takes longer than the first limit on every line, and counts what is asked of it."""

    def __init__(self):
        self.asked = 0

    def search(self, line, timeout):
        self.asked += 1
        if timeout < 0.01:
            raise TimeoutError
        return re.search(r"loss=(\S+)", line)


def test_an_expression_that_is_always_rather_slow_is_given_up_too():
    reader = reader_of(r"(?:loss|loss)+=(\S+)")
    (search,) = reader._searches
    sluggish = Sluggish()
    search._compiled = replace(search._compiled, timed=sluggish)
    found = reader.read("loss=1\n" * 100)
    assert found == [Observation("m0", 1.0)] * 21
    assert sluggish.asked == 42
    assert "slow on more than 20 lines" in reader.given_up[0]
    assert reader.read("loss=1\n") == []


@pytest.mark.parametrize("regex", ["loss=(", "[a", "(?P<1>x)", "*"])
def test_an_expression_that_cannot_be_compiled_is_given_up_from_the_start(regex):
    reader = reader_of(regex, r"loss=(\d)")
    assert reader.read("loss=1\n") == [Observation("m1", 1.0)]
    assert "cannot be compiled" in reader.given_up[0]


def test_a_good_expression_is_not_given_up():
    reader = reader_of(r"loss=(.*?);", r".*\[[0-9]+\].*#011validation-rmse:(\S+)")
    reader.read("loss=0.5; and more\n" * 1000)
    assert reader.given_up == ()


# The fast path against the rules read aloud


def naive(regexes, text):
    """Every definition on every line, in both forms."""
    found = []
    for line in text.split("\n"):
        escaped = re.sub(r"[\x00-\x1f]", lambda match: f"#{ord(match[0]):03o}", line)
        for index, regex in enumerate(regexes):
            for form in (escaped, line):
                match = re.search(regex, form)
                value = match and number(match[1 if match.re.groups else 0])
                if value is not None:
                    found.append((f"m{index}", repr(value)))
                    break
    return found


REGEXES = st.sampled_from(
    [
        r"loss=(\S+)",
        r"loss=(.*?);",
        r"^loss=([-0-9.]+)",
        r"(\d+\.\d+)",
        r"\d",
        r".*\[[0-9]+\].*#011loss:(\S+)",
        r"\tloss:(\S+)",
        r"(?i)LOSS[=:] *(\S+)",
        r"(?:train|val)-loss=(\S+)",
        r"(loss|acc)=\d+",
        r"(?:\s|;)*acc=(\d+)$",
        r"(?<=loss=)(\S+)",
        r"acc=(\d)\d*$",
    ]
)
PLAIN_WORDS = ["loss=", "Loss: ", "loss:", "acc=", "train-", "[3]", "#011", ";", " ", "x"]
NUMBERS = ["0.5", "12", "-1e-3", "nan"]
STRANGE = ["\n", "\n", "\t", "\r", "\x1b[0m", "é", "\x85", "\u2028"]
WORDS = st.sampled_from([*PLAIN_WORDS, *NUMBERS, *STRANGE])


@given(st.lists(REGEXES, max_size=5), st.lists(WORDS, max_size=40).map("".join))
@example([r"\tloss:(\S+)"], "a\tloss:1\nloss:2")
def test_the_fast_path_finds_what_the_rules_say(regexes, text):
    found = [(each.metric, repr(each.value)) for each in reader_of(*regexes).read(text)]
    assert found == naive(regexes, text)


# Near misses


@pytest.mark.parametrize(
    ("regex", "line"),
    [
        (r"val_loss=(\S+)", "Val Loss: 0.5"),
        (r"val_loss=(\S+)", "val_loss = 0.5"),
        (r"validation-accuracy=([0-9.]+)", "validation accuracy 0.9"),
        (r".*#011validation-rmse:(\S+)", "validation_rmse 0.5"),
        (r"(?P<value>loss)=\d", "LOSS 4"),
        (r"loss=(\S+)", "loss=[0.5]"),
        (r"(?i:Test set): Average loss: (\d+)", "test set: average LOSS: nan"),
    ],
)
def test_a_line_that_says_the_same_words_is_a_near_miss(regex, line):
    definition = MetricDefinition("m", regex)
    assert near_misses(definition, f"starting\n{line}\nthe end 1\n") == [line]


@pytest.mark.parametrize(
    ("regex", "line"),
    [
        (r"val_loss=(\S+)", "val_loss=0.5"),
        (r"val_loss=(\S+)", "loss 0.5 val"),
        (r"val_loss=(\S+)", "val loss soon"),
        (r"(\d+)", "no words 5"),
    ],
)
def test_what_is_no_near_miss(regex, line):
    assert near_misses(MetricDefinition("m", regex), line) == []


def test_the_first_near_misses_are_enough():
    lines = [f"loss {n}" for n in range(9)]
    assert near_misses(MetricDefinition("m", r"loss=(\S+)"), "\n".join(lines)) == lines[:3]
