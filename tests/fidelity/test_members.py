"""Every member of every owned operation is emulated, or said not to be."""

import re

import pytest

from tests.fidelity import members, tables
from tests.fidelity.scenarios import explore, service_of
from tests.fidelity.shapes import dotted, paths
from tests.wire.conftest import Bench


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return explore(Bench(tmp_path_factory.mktemp("home")))


def test_no_request_brings_the_endpoint_down(seen):
    assert seen.failures == []


@pytest.mark.parametrize("operation", members.OPERATIONS)
def test_every_input_member_is_accepted_or_refused_by_a_rule(seen, operation):
    for path in paths(service_of(operation).operation(operation).input):
        answers = seen.inputs[operation, dotted(path)]
        assert answers, dotted(path)
        assert not any("Member must be one that" in text for text in answers)


@pytest.mark.parametrize("operation", members.OPERATIONS)
def test_every_output_member_is_in_some_answer_or_has_a_reason_not_to_be(seen, operation):
    for owner, member in members.silent(seen):
        if owner == operation:
            assert members.reason(member)


def test_every_reason_is_needed(seen):
    silent = [member for _, member in members.silent(seen)]
    for expression in members.REASONS:
        assert any(re.search(expression, member) for member in silent), expression


def test_every_mark_is_needed(seen):
    marks = {row.mark for row in members.every_row(seen)}
    assert set(tables.MARKS.values()) <= marks


def test_every_member_is_in_a_line_or_inside_one_that_is(seen):
    lines = {(row.operation, row.side, row.member) for row in members.every_row(seen)}
    for operation in members.OPERATIONS:
        model = service_of(operation).operation(operation)
        for side, shape in (("request", model.input), ("answer", model.output)):
            for member in map(dotted, paths(shape)) if shape else ():
                around = [member, *tables.parents(member)]
                assert any((operation, side, each) in lines for each in around), member


def test_the_document_says_what_is_so(seen):
    """Otherwise: python -m tests.fidelity.members."""
    assert members.DOCUMENT.read_text(encoding="utf-8") == members.rendered(seen)
