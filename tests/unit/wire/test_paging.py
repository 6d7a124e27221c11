"""NextToken holds a place and belongs to one question."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.wire import faults, paging

OPERATION = "ListHyperParameterTuningJobs"


@given(
    st.one_of(st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
    st.text(),
)
def test_a_token_gives_its_place_back(value, name):
    token = paging.token(OPERATION, {"StatusEquals": "Failed"}, (value, name))
    request = {"StatusEquals": "Failed", "NextToken": token, "MaxResults": 7}
    assert paging.position(OPERATION, request) == (value, name)


def test_the_first_page_has_no_place():
    assert paging.position(OPERATION, {}) is None


TOKEN = paging.token(OPERATION, {"NameContains": "a"}, ("x", "x"))


def packed(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("ListTrainingJobs", {"NameContains": "a", "NextToken": TOKEN}),
        (OPERATION, {"NameContains": "b", "NextToken": TOKEN}),
        (OPERATION, {"NextToken": TOKEN}),
        (OPERATION, {"NameContains": "a", "NextToken": TOKEN[:-5]}),
        (OPERATION, {"NextToken": "nonsense"}),
        (OPERATION, {"NextToken": "ünsinn"}),
        (OPERATION, {"NextToken": ""}),
        (OPERATION, {"NextToken": packed({"a": 1})}),
        (OPERATION, {"NextToken": packed([OPERATION, "x", ["a", "b"]])}),
    ],
)
def test_a_token_of_another_question_is_refused(operation, request_):
    with pytest.raises(faults.ValidationException, match="Invalid NextToken"):
        paging.position(operation, request_)


def test_a_token_whose_place_makes_no_sense_is_refused():
    content = json.loads(base64.urlsafe_b64decode(TOKEN))
    for place in ([], ["a"], ["a", 1], [None, "a"], "ab"):
        token = packed([*content[:2], place])
        with pytest.raises(faults.ValidationException):
            paging.position(OPERATION, {"NameContains": "a", "NextToken": token})
