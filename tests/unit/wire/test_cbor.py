"""CBOR comes back as it went, and what is none is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from orchestrator.wire import cbor

DATA = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**63), 2**64 - 1)
    | some.floats(allow_nan=False)
    | some.text()
    | some.binary(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=20,
)


@given(DATA)
def test_data_comes_back_as_it_went(value):
    assert cbor.decode(cbor.encode(value)) == value


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("1903e8", 1000),
        ("3903e7", -1000),
        ("f93c00", 1.0),
        ("fa47c35000", 100000.0),
        ("c11a514b67b0", 1363896240),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("7f657374726561646d696e67ff", "streaming"),
        ("f7", None),
    ],
)
def test_examples_of_the_standard_are_read(content, value):
    assert cbor.decode(bytes.fromhex(content)) == value


def test_a_moment_is_a_tagged_number():
    assert cbor.encode(cbor.Moment(1.5))[:2] == b"\xc1\xfb"
    assert cbor.decode(cbor.encode(cbor.Moment(1.5))) == 1.5


@given(some.binary(max_size=64))
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(cbor.NotCbor):
        cbor.decode(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x19\x01", b"\x01\x01", b"\xff", b"\x82\x01\xff", b"\x81" * 200, b"\xa1\x80\x01"],
)
def test_what_is_none_is_refused(content):
    with pytest.raises(cbor.NotCbor):
        cbor.decode(content)
