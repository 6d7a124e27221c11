"""The environments of peers: one each, made when first wanted, outside this tree.

    python -m benchmarks.searching.environments            all of them
    python -m benchmarks.searching.environments skopt ax

They stand in AMT_BENCH_PEERS, or in the user's cache. What cannot be installed is told, with
pip's last words, and left out of the comparison.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "hyperopt": ("hyperopt",),
    "optuna": ("optuna", "torch", "scipy"),
    "skopt": ("scikit-optimize",),
    "smac": ("smac",),
    "syne-tune": ("syne-tune", "botorch", "xgboost-cpu", "huggingface_hub"),
    "hebo": (
        "HEBO",
        "numpy<1.25",
        "scipy<1.12",
        "pandas<2.2",
        "scikit-learn<1.5",
        "matplotlib<3.9",
    ),
    "ax": ("ax-platform",),
}
"""Environment -> what is installed in it. HEBO bounds numpy; the others' bounds only spare pip
the search for releases that go with it."""


def folder() -> Path:
    """Where environments are kept."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("AMT_BENCH_PEERS") or cache / "amt-bench-peers")


def python(name: str) -> Path:
    """The interpreter of an environment."""
    return folder() / name / "bin" / "python"


def ready(name: str) -> bool:
    """Whether the environment was made to its end."""
    return (folder() / name / ".ready").exists()


def make(name: str) -> str:
    """Make an environment unless it stands; why it cannot be made, or nothing."""
    if ready(name):
        return ""
    venv.create(folder() / name, with_pip=True, clear=True)
    command = [python(name), "-m", "pip", "install", "--quiet", *REQUIREMENTS[name]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return "\n".join(done.stderr.strip().splitlines()[-3:])
    (folder() / name / ".ready").touch()
    return ""


def main(names: list[str]) -> None:
    for name in names or REQUIREMENTS:
        print(f"{name}: {make(name) or 'ready'}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
