"""`amt serve` in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.road import until


class Command:
    """The command, started anew as often as a test wants, always on the same port."""

    def __init__(self, home, runtime="process"):
        self.home = home
        self.runtime = runtime
        self.port = 0
        self.process = None
        self.environment = {}

    def start(self, *words, cwd=None, **variables):
        command = [
            sys.executable,
            "-m",
            "orchestrator",
            "serve",
            "--json",
            "--runtime",
            self.runtime,
        ]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *words],
            cwd=cwd,
            env={
                **os.environ,
                "AMT_HOME": str(self.home),
                "AMT_GRACE_SECONDS": "5",
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        said = json.loads(line)
        self.environment = said["environment"]
        self.port = int(said["url"].rpartition(":")[2])
        return said["url"]

    def end(self, number=signal.SIGTERM):
        """Send a signal; the exit code and what was said."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        for number in trainings(self.home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


def trainings(home):
    """Numbers of the processes that train below `home`."""
    wanted, found = os.fsencode(home), []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def ended(sagemaker, name):
    """Wait for the end of a tuning job; what Describe then says."""

    def last():
        job = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        return (
            job if job["HyperParameterTuningJobStatus"] not in {"InProgress", "Stopping"} else None
        )

    return until(last, f"{name} ends")
