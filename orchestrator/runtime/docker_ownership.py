"""Gives the files that root wrote in a container back to the user who runs the engine.

Containers run as root, as on SageMaker, so on Linux what they write is root's. Whoever is
root has nothing to mend. For anybody else the files are handed over by a container, since
only the Docker engine may do it: the training image's own ``chown`` where it has one, else
this machine's, with its own loader and libraries, mounted read-only. It costs a second start
of a container, so it happens only when something is really not ours. Docker Desktop
and a rootless engine map root to the user, so there nothing is found to be handed over.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.runtime.docker_engine import EngineDown, EngineRefused
from orchestrator.runtime.docker_request import Bind, ContainerRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.runtime.docker_engine import DockerEngine
    from orchestrator.runtime.docker_request import Naming

log = logging.getLogger("amt.runtime")

INSIDE = "/workspace"
MACHINE = "/machine"
LOADERS = ("lib64/ld-linux-*.so.*", "lib/ld-linux-*.so.*", "lib/ld-musl-*.so.*")
CHOWNS = ("usr/bin/chown", "bin/chown")
LIBRARIES = ("usr/lib", "usr/lib64", "lib", "lib64")


def reclaim(engine: DockerEngine, naming: Naming, image: str, folder: Path) -> None:
    """Make everything below `folder` the present user's; what cannot be is logged."""
    if os.geteuid() == 0 or not _foreign(folder):
        return
    name = f"{naming.stem}-chown"
    try:
        for request in _requests(engine, naming, image, folder):
            if _runs(engine, request):
                return
    except (EngineDown, EngineRefused) as error:
        log.warning("files of %s stay root's: %s", folder, error)
        return
    log.warning("files of %s stay root's: no way to change them was found (%s)", folder, name)


def _foreign(folder: Path) -> bool:
    """True when something below `folder` is another user's, or cannot be looked at."""
    ours = os.geteuid()
    try:
        with os.scandir(folder) as entries:
            return any(
                entry.stat(follow_symlinks=False).st_uid != ours
                or (entry.is_dir(follow_symlinks=False) and _foreign(Path(entry.path)))
                for entry in entries
            )
    except FileNotFoundError:
        return False
    except PermissionError:
        return True


def _requests(
    engine: DockerEngine, naming: Naming, image: str, folder: Path
) -> Iterator[ContainerRequest]:
    """Ways to do it, the cheapest first. Rootless: root inside is the engine's user outside."""
    owner = "0:0" if engine.facts().rootless else f"{os.geteuid()}:{os.getegid()}"
    words = ("-hR", owner, INSIDE)
    for entrypoint, binds in _programs():
        yield ContainerRequest(
            name=f"{naming.stem}-chown",
            image=image,
            command=(*entrypoint[1:], *words),
            entrypoint=entrypoint[:1],
            user="0:0",
            labels=tuple(naming.labels.items()),
            binds=(Bind(str(folder), INSIDE), *binds),
        )


def _programs() -> Iterator[tuple[tuple[str, ...], tuple[Bind, ...]]]:
    yield ("chown",), ()
    root = Path("/")
    loader = next((path for pattern in LOADERS for path in root.glob(pattern)), None)
    chown = next((root / name for name in CHOWNS if (root / name).exists()), None)
    if loader is None or chown is None:
        return
    folders = [root / name for name in LIBRARIES if (root / name).is_dir()]
    binds = {str(place.resolve()) for place in (*folders, chown.parent, loader.parent)}
    multiarch = [
        str(path) for place in folders for path in place.glob("*-linux-*") if path.is_dir()
    ]
    libraries = ":".join(MACHINE + place for place in (*multiarch, *map(str, folders)))
    yield (
        (
            f"{MACHINE}{loader.resolve()}",
            "--library-path",
            libraries,
            f"{MACHINE}{chown.resolve()}",
        ),
        tuple(Bind(place, MACHINE + place, read_only=True) for place in sorted(binds)),
    )


def _runs(engine: DockerEngine, request: ContainerRequest) -> bool:
    """Run `request` to its end and remove it; True when it ended well."""
    engine.remove(request.name)
    engine.create(request)
    try:
        engine.start(request.name)
        return engine.wait(request.name) == 0
    except EngineRefused:
        return False  # there is no such program in the image
    finally:
        engine.remove(request.name)
