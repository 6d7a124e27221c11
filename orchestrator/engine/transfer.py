"""What goes between S3 and a training job's workspace: the three calls that the engine makes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestrator.engine import checkpoints
from orchestrator.engine.artefacts import upload_artefacts
from orchestrator.engine.checkpoints import Seen
from orchestrator.engine.staging import stage_channels, stage_source
from orchestrator.errors import TransferFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.aws.protocol import Objects
    from orchestrator.runtime.workspace import Workspace

__all__ = ["Seen", "stage", "sync_checkpoints", "upload"]


def stage(workspace: Workspace, objects: Objects) -> None:
    """Bring channels, source archive and checkpoints to every host of a prepared workspace.

    Again does no harm: what an earlier try left in a channel goes first.

    Raises:
        TransferFailed: Something is missing or cannot be read, or has no room.
    """
    with _told("stage the inputs"):
        stage_channels(workspace, objects)
        stage_source(workspace, objects)
        checkpoints.restore(workspace, objects)


def upload(workspace: Workspace, objects: Objects) -> str:
    """Send the model and the output data to the output path.

    Returns:
        The model's URI, or nothing when there is no model.

    Raises:
        TransferFailed: A file cannot be read, or the output path not be written.
    """
    with _told("collect the artefacts"):
        return upload_artefacts(workspace, objects)


def sync_checkpoints(workspace: Workspace, objects: Objects, seen: Seen) -> Seen:
    """Bring the checkpoints in S3 up to date, see `checkpoints.sync_checkpoints`.

    Raises:
        TransferFailed: They cannot be read or written; the next call tries again.
    """
    with _told("read the checkpoints"):
        return checkpoints.sync_checkpoints(workspace, objects, seen)


@contextmanager
def _told(attempt: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TransferFailed(f"could not {attempt}: {error}") from error
