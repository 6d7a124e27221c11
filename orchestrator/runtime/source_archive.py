"""Unpacks the source archive of a script-mode job, trusting nothing in it."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.errors import LaunchRefused
from orchestrator.runtime.workspace import OPEN_FOLDER, remove_tree
from orchestrator.training.container import relocated
from orchestrator.training.script_mode import Kind, kind_of

if TYPE_CHECKING:
    from orchestrator.runtime.workspace import Workspace
    from orchestrator.training.script_mode import Script

FEW = 10


def place_code(workspace: Workspace, host: str, script: Script) -> list[str]:
    """Put the script's code into its folder, if that is empty (the toolkit's rule).

    The code is the archive that staging has downloaded, or an archive or folder of the host
    itself, such as a channel that brings the code. It comes whole or not at all: the engine may be
    killed meanwhile, and the next one trains with what it finds.

    Returns:
        The names in the code's top folder.

    Raises:
        LaunchRefused: There is no usable code, or the entry point is not in it.
    """
    folder = workspace.code(host)
    if not any(folder.iterdir()):
        unpacking = workspace.unpacking(host)
        if unpacking.exists():
            remove_tree(unpacking)
        unpacking.mkdir()
        _fill(unpacking, _source(workspace, host, script))
        unpacking.chmod(OPEN_FOLDER)
        unpacking.rename(folder)
    names = sorted(entry.name for entry in folder.iterdir())
    if kind_of(script.program, names) is not Kind.PACKAGE:
        _check_program(folder, script.program, names)
    return names


def _source(workspace: Workspace, host: str, script: Script) -> Path:
    wanted = script.submit_directory
    if wanted.startswith("s3://"):
        return workspace.code_archive(host)
    return Path(relocated(wanted or "/opt/ml/code", workspace.seen(host)))


def _fill(folder: Path, source: Path) -> None:
    try:
        if source.is_dir():
            shutil.copytree(source, folder, dirs_exist_ok=True)
            return
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter=_only_inside)  # noqa: S202  (stricter than "data")
    except FileNotFoundError:
        raise LaunchRefused(
            f"there is no source code at {source}; give sagemaker_submit_directory"
        ) from None
    except (tarfile.TarError, EOFError) as error:
        raise LaunchRefused(f"the source archive cannot be unpacked: {error}") from error


def _only_inside(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """What the standard library lets pass as data, less absolute paths, which it would cut."""
    if member.name.startswith("/"):
        raise tarfile.AbsolutePathError(member)
    return tarfile.data_filter(member, folder)


def _check_program(folder: Path, program: str, names: list[str]) -> None:
    file = folder / program
    if not file.resolve().is_relative_to(folder.resolve()):
        raise LaunchRefused(f"the entry point {program} lies outside the source code")
    if not file.is_file():
        few = ", ".join(names[:FEW]) or "nothing"
        raise LaunchRefused(
            f"the entry point {program} is not in the source code, which has {few}; "
            "name one of its files"
        )
    if not program.endswith(".py"):
        file.chmod(file.stat().st_mode | 0o111)
