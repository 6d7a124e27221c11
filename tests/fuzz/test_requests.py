"""Any request of any of our operations is answered or refused in AWS's words.

No fault of ours, none that takes a second, nothing changed by a refused one, and an answer has
exactly what the service model says it may and must have. `World.ask` is where that is held.
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
NEARLY, HOSTILE = 6, 3
"""Requests of an example beside the valid one: making that takes the most time."""

SLOW_REQUESTS = 20_000
SLOW_EXAMPLES = -(-SLOW_REQUESTS // len(OPERATIONS) // (1 + NEARLY + HOSTILE))
LENIENT = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
}  # fmt: skip

# Hypothesis shows a failing request whole, and warns that it is long.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("home"))


def ask_all(world, operation, data):
    """A valid request, ones with a single thing wrong, and bodies that are no request."""
    request = data.draw(requests.valid(operation))
    world.ask(operation, json.dumps(request))
    for _ in range(NEARLY):
        world.ask(operation, json.dumps(data.draw(requests.nearly(request))))
    for _ in range(HOSTILE):
        world.ask(operation, data.draw(requests.hostile(operation)))


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=8, **LENIENT)
@given(data=st.data())
def test_any_request_is_answered_or_refused_by_rule(world, operation, data):
    ask_all(world, operation, data)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=SLOW_EXAMPLES, **LENIENT)
@given(data=st.data())
def test_twenty_thousand_requests_are_answered_or_refused_by_rule(world, operation, data):
    ask_all(world, operation, data)
