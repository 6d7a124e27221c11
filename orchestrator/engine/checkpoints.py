"""Checkpoints: restored to every host before it starts, kept in S3 while it runs.

New and changed files go to S3, files that are gone go there too, what others put into S3
meanwhile is not fetched (documented). Files ending in ``.sagemaker-ignore`` stay, and so do the
markers ``.sagemaker-uploading`` and ``.sagemaker-uploaded`` (observed). All hosts share one
place; of two files of one name the one written last counts (AWS: the script's problem).

A training job's place is its ``S3Uri`` as it stands; for a child of a tuning job it is
``<S3Uri>/<training job>/`` (our reading), for the definition gives all children one URI, and
at that URI each would resume from another's checkpoints.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from orchestrator.aws.uri import under
from orchestrator.engine.downloads import download_all, make_folder
from orchestrator.engine.local_files import files_below
from orchestrator.errors import TransferFailed
from orchestrator.runtime.workspace import OPEN_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from orchestrator.aws.protocol import Objects
    from orchestrator.runtime.workspace import Workspace
    from orchestrator.training.spec import TrainingSpec

Seen = dict[str, tuple[int, int]]
"""What S3 has of each host: (size, time of change in ns) by ``<host>/<path>``."""

LEFT_ALONE = (".sagemaker-ignore", ".sagemaker-uploading", ".sagemaker-uploaded")
BOOK = "checkpoints.json"
"""`Seen` on disk, so that an engine that starts again neither sends all twice nor forgets."""


def place_of(spec: TrainingSpec) -> str:
    """The prefix of a training job's checkpoints, ending in a slash; empty without any."""
    if spec.checkpoints is None:
        return ""
    return under(spec.checkpoints.uri, f"{spec.name}/" if spec.tuning_job else "")


def restore(workspace: Workspace, objects: Objects) -> None:
    """Bring what is in S3 to every host's checkpoint folder.

    Raises:
        TransferFailed: It cannot be read, or a key would lead out of the folder.
        OSError: The workspace cannot be written.
    """
    place = place_of(workspace.spec)
    if not place:
        return
    names = [info.uri[len(place) :] for info in objects.list(place)]
    names = [name for name in names if name and not name.endswith(("/", *LEFT_ALONE))]
    for name in names:
        if not {"", ".", ".."}.isdisjoint(name.split("/")) or "\0" in name:
            raise TransferFailed(f"checkpoint {place}{name} cannot be a file in a folder")
    for host in workspace.spec.hosts:
        folder = workspace.checkpoints(host)
        for name in names:
            make_folder((folder / name).parent, folder)
        download_all([(place + name, folder / name) for name in names], objects)
        for name in names:
            (folder / name).chmod(OPEN_FILE)
    _write_book(workspace, _present(workspace, {}))


def sync_checkpoints(workspace: Workspace, objects: Objects, seen: Seen) -> Seen:
    """Bring S3 up to date; what it has now, to be handed in again next time.

    `seen` is empty the first time, also of an engine that took the job over.

    Raises:
        TransferFailed: S3 cannot be written; the next call tries again.
        OSError: A folder cannot be read.
    """
    place = place_of(workspace.spec)
    if not place:
        return seen
    before = seen or _read_book(workspace)
    after = _present(workspace, before)
    for key in sorted(after, key=lambda key: after[key][1]):
        if before.get(key) != after[key] and not _send(workspace, key, objects, place):
            del after[key]  # it went away while it was sent
    names = {_name(key) for key in after}
    for name in sorted({_name(key) for key in before} - names):
        objects.delete(place + name)
    if after != before:
        _write_book(workspace, after)
    return after


def _present(workspace: Workspace, before: Seen) -> Seen:
    """The checkpoints on disk; a host whose folder is gone altogether stays as it was."""
    found: Seen = {}
    for host in workspace.spec.hosts:
        folder = workspace.checkpoints(host)
        if not folder.is_dir():
            found |= {key: state for key, state in before.items() if key.startswith(f"{host}/")}
            continue
        for name, file in files_below(folder, _path_inside(workspace, folder)):
            if not name.endswith(LEFT_ALONE):
                with contextlib.suppress(FileNotFoundError):
                    state = file.stat()
                    found[f"{host}/{name}"] = (state.st_size, state.st_mtime_ns)
    return found


def _path_inside(workspace: Workspace, folder: Path) -> str:
    wanted = workspace.spec.checkpoints
    return str(folder) if workspace.relocated or wanted is None else wanted.local_path.rstrip("/")


def _send(workspace: Workspace, key: str, objects: Objects, place: str) -> bool:
    """Upload one checkpoint; False when it is gone."""
    host, _, name = key.partition("/")
    file = workspace.checkpoints(host) / name
    try:
        objects.upload(file, place + name)
    except TransferFailed:
        if file.exists():
            raise
        return False
    return True


def _name(key: str) -> str:
    return key.partition("/")[2]


def _read_book(workspace: Workspace) -> Seen:
    try:
        content = json.loads((workspace.root / BOOK).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # none yet, or half a one: all is sent again
        return {}
    return {key: (size, changed) for key, (size, changed) in content.items()}


def _write_book(workspace: Workspace, seen: Seen) -> None:
    draft = workspace.root / f"{BOOK}.new"
    draft.write_text(json.dumps(seen), encoding="utf-8")
    draft.replace(workspace.root / BOOK)
