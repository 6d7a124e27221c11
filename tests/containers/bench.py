"""A Docker runtime under test, and what a test needs around it."""

import io
import tarfile
import threading

import docker

from orchestrator.clock import SystemClock
from orchestrator.runtime.docker import DockerRuntime
from orchestrator.runtime.docker_request import Naming
from orchestrator.runtime.protocol import Launch
from tests.contracts.runtime_contract import SCRIPTS, Watcher, a_spec

SCRIPT_MODE = (
    ("sagemaker_program", '"train.py"'),
    ("sagemaker_submit_directory", '"s3://bucket/sourcedir.tar.gz"'),
)


def archive_of(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


class DockerBench:
    def __init__(self, home, script_mode_image, plain_image, **options):
        self.clock = SystemClock()
        self.home = home
        self.engine = docker.APIClient(version="auto")
        self._script_mode_image = script_mode_image
        self._plain_image = plain_image
        self._options = options
        self._launches = []
        self.runtime = self.new_runtime()

    def new_runtime(self, **options):
        return DockerRuntime(self.home, self.clock, **(self._options | options))

    def launch(self, script, *, name="job", hosts=1, attempt=1):
        """A script-mode job that runs a script of the contract."""
        return self.stage({"train.py": SCRIPTS[script]}, name=name, hosts=hosts, attempt=attempt)

    def stage(self, files, *, name="job", hosts=1, attempt=1, extra=(), **changes):
        """A script-mode job with these source files."""
        hyperparameters = tuple(sorted((*SCRIPT_MODE, *extra)))
        values = {"image": self._script_mode_image, "hyperparameters": hyperparameters} | changes
        launch = self.prepared(Launch(a_spec(name, hosts, **values), attempt))
        for host in launch.spec.hosts:
            archive = self.runtime.workspace(launch).code_archive(host)
            archive.write_bytes(archive_of(files))
        return launch

    def shell(self, script, *, name="job", hosts=1, **changes):
        """A job that runs a shell script in an image without anything of ours."""
        values = {
            "image": self._plain_image,
            "entrypoint": ("/bin/sh", "-c"),
            "arguments": (script,),
        }
        return self.prepared(Launch(a_spec(name, hosts, **values | changes)))

    def prepared(self, launch):
        self._launches.append(launch)
        workspace = self.runtime.workspace(launch)
        workspace.clear()
        workspace.prepare()
        return launch

    def run(self, launch):
        """Run it to its end; what it printed, and its end."""
        watcher = Watcher(self)
        self.runtime.start(launch)
        exited = watcher.end(launch)
        return watcher.text(launch.key), exited

    def restart(self):
        self.runtime.close()
        self.runtime = self.new_runtime()

    def leftovers(self, launch):
        """What is left of a job in the engine and on disk, logs apart."""
        networks = self.engine.networks(filters=self._labels(launch))
        names = [c["Names"][0] for c in self._containers(launch)] + [n["Name"] for n in networks]
        root = self.runtime.workspace(launch).root
        return names + [path.name for path in root.glob("*") if path.name != "logs"]

    def container(self, launch, host="algo-1"):
        """The engine's own view of a host."""
        (found,) = [c for c in self._containers(launch) if c["Names"][0].endswith(host)]
        return self.engine.inspect_container(found["Id"])

    def _containers(self, launch):
        return self.engine.containers(all=True, filters=self._labels(launch))

    def _labels(self, launch):
        home = Naming(self.home, launch).home_digest  # parallel tests have jobs of the same name
        return {"label": [f"amt.home={home}", f"amt.training-job={launch.key}"]}

    def wait(self, when, wake):
        self.clock.wait_until(when, wake)

    def until(self, condition):
        """Wait for something in the world."""
        pause = threading.Event()
        while not condition():
            pause.wait(0.02)

    def close(self):
        for launch in self._launches:
            self.runtime.discard(launch)
        self.runtime.close()
        self.engine.close()
