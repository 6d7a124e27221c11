"""Good requests, fresh for each test."""

import json
from pathlib import Path

import pytest

REQUESTS = Path(__file__).parents[1] / "wire" / "requests"


@pytest.fixture
def request_of():
    return lambda name: json.loads((REQUESTS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def tuning(request_of):
    return request_of("v3-tune-CreateHyperParameterTuningJob")


@pytest.fixture
def spot(request_of):
    """One definition on spot instances, with checkpoints, from the older SDK."""
    return request_of("v2-tune-CreateHyperParameterTuningJob")


@pytest.fixture
def several(request_of):
    return request_of("v2-several-CreateHyperParameterTuningJob")


@pytest.fixture
def training(request_of):
    return request_of("v3-train-CreateTrainingJob")
