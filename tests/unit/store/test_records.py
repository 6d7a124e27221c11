"""Events to JSON and back."""

import dataclasses
import json
import math
import types
import typing
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import StateError
from orchestrator.store import records
from orchestrator.training.events import Exited, Observation, Observed, TrainingEvent
from orchestrator.training.job import ObjectiveStatus, TrainingStatus
from orchestrator.tuning.events import ChildEnded, TuningEvent

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
PLAIN = {
    str: TEXT,
    int: st.integers(-(2**63), 2**64 - 1),
    float: st.floats(),
    bool: st.booleans(),
    types.NoneType: st.none(),
}


def values_of(hint):
    """Every value of a type annotation, by introspection: nothing here knows an event."""
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return st.builds(
            hint, **{f.name: values_of(hints[f.name]) for f in dataclasses.fields(hint)}
        )
    arguments = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        return st.one_of([values_of(each) for each in arguments])
    if typing.get_origin(hint) is tuple and arguments[-1] is Ellipsis:
        return st.lists(values_of(arguments[0]), max_size=4).map(tuple)
    if typing.get_origin(hint) is tuple:
        return st.tuples(*[values_of(each) for each in arguments])
    raise TypeError(f"no values known for {hint}")


def same(one, other):
    """Equality under which NaN is NaN and types count."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if dataclasses.is_dataclass(one):
        return all(
            same(getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(one)
        )
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def test_every_event_class_of_both_machines_has_a_tag():
    members = {*typing.get_args(TrainingEvent), *typing.get_args(TuningEvent)}
    assert set(records.EVENT_CLASSES.values()) == members


@pytest.mark.parametrize("tag", sorted(records.EVENT_CLASSES))
@given(data=st.data())
def test_any_event_comes_back_as_it_was(tag, data):
    event = data.draw(values_of(records.EVENT_CLASSES[tag]))
    assert same(records.decode(records.encode(event)), event)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 0.1])
def test_a_float_survives_to_the_bit(value):
    event = Observed(1.0, 1, "algo-1", 7, (Observation("loss", value),))
    (back,) = records.decode(records.encode(event)).observations
    assert math.copysign(1, back.value) == math.copysign(1, value)
    assert same(back.value, value)


def test_a_record_is_one_line_of_json_that_says_what_it_is():
    event = ChildEnded(2.5, 3, TrainingStatus.COMPLETED, ObjectiveStatus.FAILED)
    record = records.encode(event)
    assert b"\n" not in record
    tag, version, fields = json.loads(record)
    assert (tag, version) == ("tuning.ChildEnded", records.VERSION)
    assert fields["status"] == "Completed"
    assert fields["value"] is None


def test_the_word_null_in_a_text_stays_a_text():
    event = Exited(1.0, 1, 1, failure="null", last_lines='{"x": null} NaN')
    assert records.decode(records.encode(event)) == event


def test_text_that_is_not_unicode_does_not_break_the_books():
    event = Exited(1.0, 1, 1, failure="bad \ud800 byte")
    assert records.decode(records.encode(event)).failure == "bad ? byte"


@pytest.mark.parametrize(
    "record",
    [b'["training.Woke",99,{"at":1.0}]', b'["training.FromTheFuture",1,{"at":1.0}]'],
    ids=["version", "class"],
)
def test_a_record_of_a_newer_version_is_refused_with_the_mend(record):
    with pytest.raises(StateError, match=r"newer version of amt; upgrade amt"):
        records.decode(record)


@pytest.mark.parametrize("record", [b"", b"[", b'["training.Woke",1,{"at":"soon"}]', b"{}"])
def test_a_damaged_record_is_a_state_error(record):
    with pytest.raises(StateError, match="cannot be read"):
        records.decode(record)


def test_a_record_without_a_field_that_has_a_default_still_opens():
    """A field may be added with a default without a new version of the format."""
    record = b'["training.Exited",1,{"at":1.0,"attempt":1,"code":0}]'
    assert records.decode(record) == Exited(1.0, 1, 0)


def test_a_mapping_comes_back_and_a_damaged_one_is_a_state_error():
    mapping = {"a": [1, 2.5, None, True, {"b": "é"}]}
    assert records.decode_mapping(records.encode_mapping(mapping)) == mapping
    assert records.decode_mapping(records.encode_mapping({"a": "\ud800"})) == {"a": "?"}
    with pytest.raises(StateError, match="cannot be read"):
        dict(records.decode_mapping(b"[]"))
