"""A road whose drivers are killed."""

import pytest

from tests.road import Road


@pytest.fixture
def road(tmp_path):
    road = Road(tmp_path)
    yield road
    road.close()
