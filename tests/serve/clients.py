"""Programs of others, each in an environment of its own.

AMT_TEST_CLIENTS names a folder that keeps the environments between runs; without it they
stand in the machine's folder for temporary files.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import subprocess
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

INSTALL_SECONDS = 900


def installed(name, *requirements, prepare=None):
    """The folder with the programs of an environment that has `requirements`.

    `prepare` is called with the environment's folder once they are installed.
    """
    top = Path(os.environ.get("AMT_TEST_CLIENTS") or Path(tempfile.gettempdir()) / "amt-clients")
    top.mkdir(parents=True, exist_ok=True)
    folder = top / name
    with (top / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".ready").exists():
            venv.create(folder, with_pip=True, clear=True)
            command = [folder / "bin" / "python", "-m", "pip", "install", "-q", *requirements]
            subprocess.run(command, check=True, timeout=INSTALL_SECONDS, capture_output=True)
            if prepare is not None:
                prepare(folder)
            (folder / ".ready").touch()
    return folder / "bin"


def aws_cli_2():
    """Version 2 of the AWS CLI, which is published as a program inside a package for Lambda."""
    return installed("awscli-v2", "--no-deps", "aws-cdk-asset-awscli-v2", prepare=_unpack_cli)


def _unpack_cli(folder):
    (package,) = folder.rglob("*.jsii.tgz")
    with tarfile.open(package) as tar:
        layer = tar.extractfile("package/lib/layer.zip").read()
    with zipfile.ZipFile(io.BytesIO(layer)) as packed:
        packed.extractall(folder / "layer")
    (program,) = (folder / "layer").rglob("dist/aws")
    program.chmod(0o755)
    (folder / "bin" / "aws").symlink_to(program)


class Program:
    """Runs what is in an environment, with nothing told but where the endpoint is."""

    def __init__(self, programs, variables, folder):
        self._programs = programs
        self._variables = dict(variables)
        self._folder = folder

    def __call__(self, name, *words):
        """What it printed; it must succeed."""
        done = subprocess.run(
            [self._programs / name, *words],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name} {words}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def started(self, name, *words):
        """The same while it runs; its output comes in one stream, and it is killed at the end."""
        process = subprocess.Popen(
            [self._programs / name, *words],
            cwd=self._folder,
            env=self._environment | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    @property
    def _environment(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMT_", "PYTHON"))}
        return kept | {"HOME": str(self._folder)} | self._variables
