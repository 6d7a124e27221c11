"""Speaking to an engine, as far as it goes without one."""

import subprocess
import sys

import pytest

from orchestrator.runtime.docker_engine import DockerEngine, EngineDown

LOADED = """
import sys
from pathlib import Path
from orchestrator.clock import SystemClock
from orchestrator.runtime.docker import DockerRuntime
runtime = DockerRuntime(Path("/tmp"), SystemClock())
runtime.poll()
runtime.close()
sys.exit("docker" in sys.modules)
"""


def test_the_sdk_is_not_imported_before_an_engine_is_wanted():
    assert subprocess.run([sys.executable, "-c", LOADED], check=False).returncode == 0


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense"])
def test_an_address_where_nobody_answers_is_said_with_the_mend(address):
    with pytest.raises(EngineDown, match=rf"answer at {address} \(.+\)\. Start Docker"):
        DockerEngine(address).facts()
