"""Every test of this folder may have a bench with a real engine."""

import pytest

from tests.containers.bench import DockerBench


@pytest.fixture
def bench(tmp_path, script_mode_image, own_trainer_image):
    bench = DockerBench(tmp_path / "home", script_mode_image, own_trainer_image)
    yield bench
    bench.close()
