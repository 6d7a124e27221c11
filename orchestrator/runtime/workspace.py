"""A training job's folder on disk: one `/opt/ml` a host, and the logs.

::

    <home>/training/<training job>/
        logs/algo-1.log           kept for ever
        algo-1/ml/…               what the host sees as /opt/ml; gone after `clear`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from orchestrator.training.spec import TrainingSpec


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where the files of one training job stand. Methods take a host name such as algo-1."""

    root: Path
    spec: TrainingSpec

    def log(self, host: str) -> Path:
        """The host's log."""
        return self.root / "logs" / f"{host}.log"

    def base(self, host: str) -> Path:
        """What the host sees as ``/opt/ml``."""
        return self.root / host / "ml"

    def channel(self, host: str, name: str) -> Path:
        """The folder of a channel on that host."""
        return self.base(host) / "input" / "data" / name

    def model(self, host: str) -> Path:
        """What becomes ``model.tar.gz``."""
        return self.base(host) / "model"

    def output_data(self, host: str) -> Path:
        """What becomes ``output.tar.gz``."""
        return self.base(host) / "output" / "data"
