"""Processor time of short commands, whole process, best and median of several runs.

``python benchmarks/cli_start.py [RUNS]``: ``amt --help`` without state, then ``list``,
``describe`` and ``best`` on a state folder in which one small simulated job has run.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LIMITS = {"--help": 0.15, "list": 0.4, "describe": 0.4, "best": 0.4}


def seconds(words, environment):
    """User and system time of one run of the command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "orchestrator", *words],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"AMT_HOME": str(Path(folder) / "state")}
        job = str(Path(folder) / "job.yaml")
        seconds(["init", folder], environment)
        seconds(["run", job, "--name", "sample", "--runtime", "process"], environment)
        print(f"{'command':12} {'best':>7} {'median':>7} {'limit':>7}  CPU seconds of {runs} runs")
        for name, limit in LIMITS.items():
            words = [name, "sample"] if name in {"describe", "best"} else [name]
            took = [seconds(words, environment) for _ in range(runs)]
            print(f"{name:12} {min(took):7.3f} {statistics.median(took):7.3f} {limit:7.2f}")


if __name__ == "__main__":
    main()
