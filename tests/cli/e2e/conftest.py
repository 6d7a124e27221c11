"""The real command in real processes, on a state folder of its own."""

import pytest

from tests.road import Road


@pytest.fixture
def road(tmp_path):
    road = Road(tmp_path)
    yield road
    road.close()
