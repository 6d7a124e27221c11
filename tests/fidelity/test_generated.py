"""Requests made from the service model: answered or refused in AWS's words, never a crash."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.endpoint.operations import SAGEMAKER
from orchestrator.store.protocol import JobKind, Query
from tests.fidelity.scenarios import Seen
from tests.strategies import input_shape, values_of
from tests.wire.conftest import ACCOUNT, REGION, Bench

CODES = {
    "ValidationException",
    "SerializationException",
    "ResourceNotFound",
    "ResourceInUse",
    "ResourceLimitExceeded",
}


class Kept(Seen):
    """Keeps the last refusal's code."""

    code = None

    def __repr__(self):
        return "Kept()"

    def _note(self, operation, request, refused, answer):
        self.code = refused.partition(":")[0] or None


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return Kept(Bench(tmp_path_factory.mktemp("home")))


def books(bench):
    return [
        (row.arn, row.tags)
        for kind in JobKind
        for row in bench.store.find(Query(kind, ACCOUNT, REGION, limit=10_000))
    ]


# Hypothesis shows a failing request whole, and warns that it is long.
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize("operation", SAGEMAKER)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_a_request_of_the_right_shape_is_answered_or_refused_by_rule(kept, operation, data):
    request = data.draw(values_of(input_shape(operation)))
    before = books(kept.bench)
    kept.ask(operation, request)
    assert kept.failures == []
    if kept.code is not None:
        assert kept.code in CODES
        assert books(kept.bench) == before
