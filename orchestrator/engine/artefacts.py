"""What a training job made, sent to its output path.

``<S3OutputPath>/<training job>/output/model.tar.gz`` holds the contents of ``/opt/ml/model``
at its root, ``…/output/output.tar.gz`` those of ``/opt/ml/output/data`` (documented). Our
readings: of two hosts with a file of one name the first host's counts (AWS: undefined); a
folder without files makes no archive; without compression the model's files go below
``…/output/model/``, and the output data are archived all the same.
"""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from orchestrator.aws.uri import under
from orchestrator.engine.local_files import files_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orchestrator.aws.protocol import Objects
    from orchestrator.runtime.workspace import Workspace

FASTEST = 1
"""gzip's level: weights hardly shrink, and the wait is between two training jobs."""

Files = dict[str, "Path"]


def upload_artefacts(workspace: Workspace, objects: Objects) -> str:
    """Send the model and the output data; the model's URI, empty when there is no model.

    Raises:
        TransferFailed: The output path cannot be written.
        OSError: A file cannot be read, or the workspace not written.
    """
    spec = workspace.spec
    output = under(spec.output_uri, f"{spec.name}/output")
    data = _merged(workspace, workspace.output_data)
    if data:
        _send_archive(workspace, data, objects, f"{output}/output.tar.gz")
    model = _merged(workspace, workspace.model)
    if not model:
        return ""
    if spec.compress_output:
        _send_archive(workspace, model, objects, f"{output}/model.tar.gz")
        return f"{output}/model.tar.gz"
    for name, file in model.items():
        objects.upload(file, f"{output}/model/{name}")
    return f"{output}/model/"


def _merged(workspace: Workspace, folder_of: Callable[[str], Path]) -> Files:
    """The files of all hosts' folders by their paths."""
    merged: Files = {}
    for host in workspace.spec.hosts:
        folder = folder_of(host)
        below = folder.relative_to(workspace.base(host))
        for name, file in files_below(folder, f"{workspace.seen(host)}/{below}"):
            merged.setdefault(name, file)
    return merged


def _send_archive(workspace: Workspace, files: Files, objects: Objects, uri: str) -> None:
    archive = workspace.root / f"sending-{uri.rpartition('/')[2]}"
    try:
        with tarfile.open(archive, "w:gz", compresslevel=FASTEST, dereference=True) as tar:
            for name, file in files.items():
                _add(tar, name, file)
        objects.upload(archive, uri)
    finally:
        archive.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, name: str, file: Path) -> None:
    """Add one file as root's: who ran the training here is nobody's business there."""
    with file.open("rb") as content:
        entry = tar.gettarinfo(arcname=name, fileobj=content)
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = int(entry.mtime)
        tar.addfile(entry, content)
