"""Inputs brought into place, for every host, before its container starts.

File mode gives each host a private copy, for a script may change what it reads; FastFile the
same tree read-only; Pipe a spool folder that `runtime.pipes` feeds from, entries in stream
order. A channel on a file system is linked where the host has the same paths as we, else
copied. Whatever an earlier try left in a channel goes first.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.aws.uri import SCHEME
from orchestrator.engine import channels
from orchestrator.engine.downloads import download_all, make_folder
from orchestrator.errors import TransferFailed
from orchestrator.runtime.workspace import OPEN_FILE
from orchestrator.training.script_mode import SUBMIT_DIRECTORY, setting
from orchestrator.training.spec import InputMode, SourceKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.aws.protocol import Objects
    from orchestrator.engine.downloads import Download
    from orchestrator.runtime.workspace import Workspace
    from orchestrator.training.spec import Channel


def stage_channels(workspace: Workspace, objects: Objects) -> None:
    """Bring every channel to the hosts that see it.

    Raises:
        TransferFailed: A channel has no objects, or one cannot be read or placed.
        OSError: The workspace cannot be written.
    """
    for channel in workspace.spec.channels:
        hosts = channels.readers(workspace.spec, channel)
        if not channel.uri.startswith(SCHEME):
            for host in hosts:
                _from_file_system(workspace, host, channel)
        elif channel.mode is InputMode.PIPE:
            _spool(workspace, hosts, channel, objects)
        else:
            _files(workspace, hosts, channel, objects)


def stage_source(workspace: Workspace, objects: Objects) -> None:
    """Script mode: bring the source archive to every host, if it is in S3.

    Raises:
        TransferFailed: It cannot be read.
    """
    spec = workspace.spec
    source = setting(SUBMIT_DIRECTORY, dict(spec.hyperparameters), dict(spec.environment))
    if source.startswith(SCHEME):
        for host in spec.hosts:
            objects.download(source, workspace.code_archive(host))


# ---------------------------------------------------------------------- File and FastFile


def _files(workspace: Workspace, hosts: Sequence[str], channel: Channel, objects: Objects) -> None:
    if channel.kind is SourceKind.AUGMENTED_MANIFEST:
        raise TransferFailed(f"channel {channel.name}: an augmented manifest needs Pipe mode")
    found = channels.items(workspace.spec, channel, objects)
    for host in hosts:
        folder = workspace.channel(host, channel.name)
        _empty(folder)
        mine = found[channels.share(workspace.spec, channel, host)]
        downloads = [(item.uri, folder / item.path) for item in mine]
        for _, file in downloads:
            make_folder(file.parent, folder)
        download_all(downloads, objects)
        read_only = channel.mode is InputMode.FAST_FILE
        for _, file in downloads:
            file.chmod(0o444 if read_only else OPEN_FILE)
        if read_only:
            _close(folder)


def _close(folder: Path) -> None:
    for path, _, _ in os.walk(folder, topdown=False):
        Path(path).chmod(0o555)


def _empty(folder: Path) -> None:
    """Make `folder` a fresh one, whatever an earlier try left there."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.is_dir():
        if not any(folder.iterdir()):
            return
        for path, _, _ in os.walk(folder):
            Path(path).chmod(0o700)
        shutil.rmtree(folder)
    make_folder(folder, folder)


# ---------------------------------------------------------------------- Pipe


def _spool(workspace: Workspace, hosts: Sequence[str], channel: Channel, objects: Objects) -> None:
    records: list[list[channels.Record]]
    if channel.kind is SourceKind.AUGMENTED_MANIFEST:
        records = channels.lines(workspace.spec, channel, objects)
    else:
        records = [[item.uri] for item in channels.items(workspace.spec, channel, objects)]
    for host in hosts:
        folder = workspace.spool(host, channel.name)
        _empty(folder)
        mine = records[channels.share(workspace.spec, channel, host)]
        download_all(_place(mine, folder), objects)


def _place(records: Sequence[Sequence[channels.Record]], folder: Path) -> list[Download]:
    """Write the values; the objects still to be downloaded to their places in the stream."""
    downloads: list[Download] = []
    for number, parts in enumerate(records):
        entry = folder / f"{number:09}"
        if len(parts) > 1:
            entry.mkdir()
        for order, part in enumerate(parts):
            file = entry / f"{order:03}" if len(parts) > 1 else entry
            if isinstance(part, bytes):
                file.write_bytes(part)
            else:
                downloads.append((part, file))
    return downloads


# ---------------------------------------------------------------------- file systems


def _from_file_system(workspace: Workspace, host: str, channel: Channel) -> None:
    """The folder itself where the host can follow a link, a copy of it where it cannot."""
    source, target = Path(channel.uri), workspace.channel(host, channel.name)
    if channel.mode is InputMode.PIPE:
        raise TransferFailed(f"channel {channel.name}: a file system cannot be piped")
    if not source.is_absolute() or not source.is_dir():
        raise TransferFailed(
            f"channel {channel.name}: {channel.uri} is not a folder of this machine"
        )
    _empty(target)
    if workspace.relocated:
        target.rmdir()
        target.symlink_to(source)
    else:
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
