"""What early stopping saved, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.client import training_jobs
from orchestrator.errors import AmtError
from orchestrator.report.reasons import stopped_for
from orchestrator.report.savings import doubtful, saving
from orchestrator.report.table import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.client.session import Connection
    from orchestrator.client.tuning_jobs import Answer


def saved(connection: Connection, job: Answer, children: Sequence[Answer]) -> str:
    """How many training jobs early stopping ended and what that saved; empty where it is off."""
    reasons = {name: _reason(connection, name) for name in doubtful(job, children)}
    found = saving(job, children, reasons)
    if found is None:
        return ""
    if not found.stopped:
        return f"none of {found.launched} training jobs stopped"
    return (
        f"{found.stopped} of {found.launched} training jobs stopped, about "
        f"{duration(found.seconds)} of training saved ({found.share:.0%})"
    )


def _reason(connection: Connection, name: str) -> str:
    try:
        return stopped_for(training_jobs.describe(connection, name))
    except AmtError:  # the rest stands without it
        return ""
