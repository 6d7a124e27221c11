"""Any request of any of our operations is answered or refused in AWS's words.

No fault of ours, none that takes a second, nothing changed by a refused one, and an answer has
exactly what the service model says it may and must have.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.endpoint.operations import LOGS, SAGEMAKER
from tests.fuzz import requests
from tests.fuzz.world import World

OPERATIONS = (*SAGEMAKER, *LOGS)
SLOW_REQUESTS = 20_000
PER_OPERATION = -(-SLOW_REQUESTS // len(OPERATIONS))
KINDS = {
    "valid": lambda operation: requests.valid(operation).map(json.dumps),
    "nearly valid": lambda operation: requests.nearly(operation).map(json.dumps),
    "hostile": requests.hostile,
}
LENIENT = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
}  # fmt: skip

# Hypothesis shows a failing request whole, and warns that it is long.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("home"))


def bodies(operation):
    return st.one_of(*(kind(operation) for kind in KINDS.values()))


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=60, **LENIENT)
@given(data=st.data())
def test_any_request_is_answered_or_refused_by_rule(world, operation, data):
    world.ask(operation, data.draw(bodies(operation)))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=PER_OPERATION, **LENIENT)
@given(data=st.data())
def test_twenty_thousand_requests_are_answered_or_refused_by_rule(world, operation, data):
    world.ask(operation, data.draw(bodies(operation)))
