"""A good tuning request and a good training request, fresh for each test."""

import json
from pathlib import Path

import pytest

REQUESTS = Path(__file__).parent / "requests"


@pytest.fixture
def request_of():
    """Load one of the recorded-style requests by name."""
    return lambda name: json.loads((REQUESTS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def tuning(request_of):
    """One definition, three ranges."""
    return request_of("v3-tune-CreateHyperParameterTuningJob")


@pytest.fixture
def several(request_of):
    """Two definitions, the second a built-in algorithm."""
    return request_of("v2-several-CreateHyperParameterTuningJob")


@pytest.fixture
def training(request_of):
    """A training job of its own."""
    return request_of("v3-train-CreateTrainingJob")
