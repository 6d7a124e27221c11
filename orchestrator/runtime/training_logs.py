"""The logs of training jobs, by the job's name: they are kept when everything else is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.runtime import log_tail
from orchestrator.runtime.workspace import folder_of, log_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orchestrator.runtime.log_tail import Line


class TrainingLogs:
    """Every log under a state folder."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def lines(self, training_job: str, host: str, start: int) -> Iterator[Line]:
        """The lines that `host` has printed, from byte `start` of its log on."""
        yield from log_tail.lines(log_path(folder_of(self._home, training_job), host), start)
