"""Files that a training job left in a folder of its workspace.

Only files count. A link to a file inside the folder is that file; any other link, a pipe, a
socket or a device is left out, so nothing from outside is ever sent away.
"""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("amt.engine")


def files_below(folder: Path, seen: str) -> list[tuple[str, Path]]:
    """(path below `folder`, the file with its content), sorted; nothing if there is no folder.

    Args:
        folder: Where the files stand.
        seen: Where the training job found that folder; its absolute links begin so.

    Raises:
        OSError: A folder cannot be read.
    """
    found = []
    for entry in _entries(folder):
        path = Path(entry.path)
        inside = _inside(path, folder, seen) if entry.is_symlink() else path
        if inside is not None and _is_file(inside):
            found.append((str(path.relative_to(folder)), inside))
        else:
            log.info("%s is left out: it is no file of its folder", path)
    return sorted(found)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Everything below `folder` but the folders themselves; links are not followed."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(folder / entry.name)
        else:
            yield entry


def _inside(link: Path, folder: Path, seen: str) -> Path | None:
    """What `link` leads to, if that lies inside `folder`."""
    try:
        target = str(link.readlink())
        if target.startswith(f"{seen}/"):
            target = str(folder / target[len(seen) + 1 :])
        real = (link.parent / target).resolve(strict=True)
    except (OSError, RuntimeError):  # it leads nowhere or in a circle, or has gone meanwhile
        return None
    return real if real.is_relative_to(folder.resolve()) else None


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
