"""Objects brought to files of a workspace."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from orchestrator.runtime.workspace import OPEN_FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from orchestrator.aws.protocol import Objects

Download = tuple[str, "Path"]
"""An object's URI and the file it becomes."""

CONNECTIONS = 8
"""Downloads at a time when the objects lie elsewhere."""


def download_all(downloads: Sequence[Download], objects: Objects) -> None:
    """Bring every object to its file; the first failure ends it.

    Raises:
        TransferFailed: One cannot be read or placed.
    """
    if not downloads:
        return
    if len(downloads) == 1 or objects.location(downloads[0][0]) is not None:
        for uri, file in downloads:
            objects.download(uri, file)
        return
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="amt-download") as pool:
        tasks = [pool.submit(objects.download, uri, file) for uri, file in downloads]
        try:
            for task in tasks:
                task.result()
        finally:
            pool.shutdown(cancel_futures=True)


def make_folder(folder: Path, top: Path) -> None:
    """Make `folder` and its parents from `top` down, open to whatever user a host runs as."""
    if folder.is_dir():
        return
    if folder != top:
        make_folder(folder.parent, top)
    folder.mkdir()
    folder.chmod(OPEN_FOLDER)
