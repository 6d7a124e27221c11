"""What root writes in a container belongs to the user afterwards, also without `chown`."""

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
SOCKET = Path("/var/run/docker.sock")
SYSTEM_PYTHON = "/usr/bin/python3"
SOMEBODY = 54_321

PROGRAM = """
import sys, threading
from pathlib import Path
from orchestrator.clock import SystemClock
from orchestrator.runtime.docker import DockerRuntime
from orchestrator.runtime.protocol import Exited, Launch
from tests.contracts.runtime_contract import a_spec

runtime = DockerRuntime(Path(sys.argv[1]), SystemClock())
script = '''
umask 077
mkdir -p /opt/ml/model/deep /opt/ml/checkpoints/new
echo secret > /opt/ml/model/deep/file
chmod 000 /opt/ml/model/deep/file
ln -s /etc/passwd /opt/ml/model/link
'''
launch = Launch(a_spec("job", 1, image=sys.argv[2], entrypoint=("/bin/sh", "-c"), arguments=(script,)))
news = threading.Event()
runtime.on_wake(news.set)
runtime.start(launch)
told = []
while not told or not isinstance(told[-1], Exited):
    news.wait(1)
    news.clear()
    told += runtime.poll()
workspace = runtime.workspace(launch)
file = workspace.model("algo-1") / "deep" / "file"
file.chmod(0o600)
print(file.read_text().strip(), {path.lstat().st_uid for path in workspace.root.rglob("*")})
runtime.discard(launch)
print([path.name for path in workspace.root.iterdir()])
runtime.close()
"""


@pytest.fixture
def home():
    """A folder that somebody else than root may use."""
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, SOMEBODY, SOMEBODY)
        yield Path(folder) / "home"


@pytest.fixture
def image_without_chown(bench, own_trainer_image):
    text = f"FROM {own_trainer_image}\nRUN rm $(command -v chown)\n"
    tag = f"amt-test/no-chown:{os.getpid()}"
    list(bench.engine.build(fileobj=io.BytesIO(text.encode()), tag=tag, rm=True))
    yield tag
    bench.engine.remove_image(tag, force=True)


@pytest.fixture
def run_as_somebody(home):
    """Run PROGRAM with an image as a user who may only speak to Docker."""
    found = os.pathsep.join([str(ROOT), *(path for path in sys.path if "site-packages" in path)])
    options = {
        "user": SOMEBODY,
        "group": SOMEBODY,
        "extra_groups": [SOCKET.stat().st_gid],
        "env": {"PYTHONPATH": found, "HOME": str(home.parent), "PATH": os.environ["PATH"]},
        "cwd": home.parent,
        "capture_output": True,
        "text": True,
    }
    python = next((path for path in (sys.executable, SYSTEM_PYTHON) if works(path, options)), None)
    if python is None:
        pytest.skip("no Python that another user may run")
    return lambda image: subprocess.run(
        [python, "-c", PROGRAM, str(home), image], check=False, **options
    )


def works(python, options):
    try:
        return (
            subprocess.run([python, "-c", "import docker"], check=False, **options).returncode == 0
        )
    except OSError:
        return False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
class TestSomebody:
    def test_files_are_handed_over_by_the_training_image(self, run_as_somebody, own_trainer_image):
        self.check(run_as_somebody(own_trainer_image))

    def test_files_are_handed_over_without_the_images_help(
        self, run_as_somebody, image_without_chown
    ):
        self.check(run_as_somebody(image_without_chown))

    def check(self, done):
        assert done.stderr == ""
        assert done.stdout.splitlines() == [f"secret {{{SOMEBODY}}}", "['logs']"]
