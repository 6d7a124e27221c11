"""A user who has the command and a copy of the examples, in a folder of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Visitor:
    """Runs commands as other processes.

    Attributes:
        folder: The working folder; ``examples/`` and ``.amt`` are in it.
        images: The value of ``AMT_IMAGE_MAP``.
    """

    folder: Path
    images: str = ""

    @classmethod
    def copied(cls, folder: Path, images: str = "") -> Visitor:
        shutil.copytree(
            ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns(".amt")
        )
        return cls(folder, images)

    def environment(self) -> dict[str, str]:
        """This process's, without settings of the person who runs the tests."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AMT_", "AWS_"))}
        return kept | {"AMT_HOME": str(self.folder / ".amt"), "AMT_IMAGE_MAP": self.images}

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def amt(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.call(sys.executable, "-m", "orchestrator", *words)

    def answer(self, *words: str):
        """What a command that must succeed prints under ``--json``."""
        done = self.amt(*words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)
