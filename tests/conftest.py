"""What every test may rely on, and what those marked `docker` need.

A shell that runs the tests in the background has them ignore SIGINT, and everything they
start would too; commands under test must hear it.

Docker tests need an engine, and this repository's images built on it.

Without them they are skipped; with AMT_REQUIRE_DOCKER=1 they fail instead. Images are
built once, when the tests have been collected, because a first build takes longer than any
test may; a lock makes the workers of one run take turns. AMT_BASE_IMAGE names the base.
"""

import fcntl
import functools
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
LOCAL_BASE = "amt-base-bookworm:latest"
SCRIPT_MODE_IMAGE = "amt-test/script-mode:latest"
OWN_TRAINER_IMAGE = "amt-test/own-trainer:latest"


@functools.cache
def engine_trouble():
    """Why there is no Docker engine; empty when there is one."""
    import docker

    try:
        client = docker.from_env(timeout=10)
        try:
            client.ping()
        finally:
            client.close()
    except docker.errors.DockerException as error:
        return f"no Docker engine answers: {error}"
    return ""


@functools.cache
def image_trouble():
    """Why the images could not be built; empty when they are there."""
    with (Path(tempfile.gettempdir()) / f"amt-test-images-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for image, tag in (("script-mode", SCRIPT_MODE_IMAGE), ("own-trainer", OWN_TRAINER_IMAGE)):
            built = subprocess.run(
                [ROOT / "containers" / "build", image, tag],
                env={**os.environ, "PIP_PACKAGES": "", "BASE_IMAGE": base_image()},
                capture_output=True,
                text=True,
                check=False,
            )
            if built.returncode:
                return f"image {image} cannot be built:\n{built.stdout}{built.stderr}"
    return ""


def base_image():
    """The base to build on; empty for the Dockerfiles' own."""
    if named := os.environ.get("AMT_BASE_IMAGE"):
        return named
    command = ["docker", "image", "inspect", LOCAL_BASE]
    found = subprocess.run(command, capture_output=True, check=False)
    return "" if found.returncode else LOCAL_BASE


def pytest_collection_finish(session):
    """Build the images ahead, where no test's time limit runs."""
    if any(item.get_closest_marker("docker") for item in session.items) and not engine_trouble():
        image_trouble()


def pytest_runtest_setup(item):
    """Skip, or fail, a test that needs what is not there."""
    if item.get_closest_marker("docker") is None:
        return
    if trouble := engine_trouble() or image_trouble():
        if os.environ.get("AMT_REQUIRE_DOCKER") == "1":
            pytest.fail(trouble)
        pytest.skip(trouble)


@pytest.fixture(scope="session")
def script_mode_image():
    """The script-mode image without further packages."""
    return SCRIPT_MODE_IMAGE


@pytest.fixture(scope="session")
def own_trainer_image():
    """The image whose trainer is not Python."""
    return OWN_TRAINER_IMAGE
