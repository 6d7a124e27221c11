"""The logs of training jobs, by account, region and name: they outlive everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.runtime import log_tail
from orchestrator.runtime.workspace import folder_of, log_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from orchestrator.runtime.log_tail import Line
    from orchestrator.training.spec import Scope


class TrainingLogs:
    """Every log under a state folder."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def keep(
        self, scope: Scope, training_job: str, host: str, lines: Sequence[tuple[float, str]]
    ) -> None:
        """Write a whole log, (moment, line) by line, as if it had been followed here.

        Raises:
            OSError: The folder cannot be written.
            LaunchRefused: The job's name cannot be a folder's.
        """
        log = log_path(folder_of(self._home, scope, training_job), host)
        log_tail.keep(log, lines)

    def lines(self, scope: Scope, training_job: str, host: str, start: int) -> Iterator[Line]:
        """The lines that `host` has printed, from byte `start` of its log on."""
        folder = folder_of(self._home, scope, training_job)
        yield from log_tail.lines(log_path(folder, host), start)
