"""Paths in our words and in AWS's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.wire import path


@pytest.mark.parametrize(
    ("ours", "awss"),
    [
        ("HyperParameterTuningJobName", "hyperParameterTuningJobName"),
        ("A.Bc[0].De", "a.bc.1.member.de"),
        ('A.Map["x.y"]', "a.map.x.y"),
    ],
)
def test_a_path_in_awss_words(ours, awss):
    assert path.in_aws_words(ours) == awss


@given(st.text())
def test_a_map_key_is_read_back_whatever_it_is(key):
    assert path.elements(path.entry("Map", key)) == ["Map", key]


@given(st.text())
def test_the_parent_of_an_entry_is_its_map(key):
    assert path.parent(path.entry("A.Map", key)) == "A.Map"


def test_indices_and_members_are_told_apart():
    assert path.elements(path.member(path.item("A", 3), "b")) == ["A", 3, "b"]
