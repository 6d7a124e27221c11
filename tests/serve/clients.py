"""Programs of others, each in an environment of its own.

AMT_TEST_CLIENTS names a folder that keeps the environments between runs; without it they
stand in the machine's folder for temporary files.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
import venv
from pathlib import Path

INSTALL_SECONDS = 900


def installed(name, requirement):
    """The folder with the programs of an environment that has `requirement`."""
    top = Path(os.environ.get("AMT_TEST_CLIENTS") or Path(tempfile.gettempdir()) / "amt-clients")
    top.mkdir(parents=True, exist_ok=True)
    folder = top / name
    with (top / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".ready").exists():
            venv.create(folder, with_pip=True, clear=True)
            command = [folder / "bin" / "python", "-m", "pip", "install", "-q", requirement]
            subprocess.run(command, check=True, timeout=INSTALL_SECONDS, capture_output=True)
            (folder / ".ready").touch()
    return folder / "bin"


class Program:
    """Runs what is in an environment, with nothing told but where the endpoint is."""

    def __init__(self, programs, variables, folder):
        self._programs = programs
        self._variables = dict(variables)
        self._folder = folder

    def __call__(self, name, *words):
        """What it printed; it must succeed."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMT_", "PYTHON"))}
        done = subprocess.run(
            [self._programs / name, *words],
            cwd=self._folder,
            env=kept | {"HOME": str(self._folder)} | self._variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name} {words}:\n{done.stdout}\n{done.stderr}"
        return done.stdout
