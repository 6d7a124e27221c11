"""A training job's folder on disk: one `/opt/ml` a host, and the logs.

::

    <home>/training/<training job>/
        logs/algo-1.log           kept for ever
        logs/algo-1.times         when each part of it was read (`log_tail`)
        algo-1/ml/…               what the host sees as /opt/ml; gone after `clear`
        algo-1/ml/code-archive.tar.gz   script mode: the source archive as it was downloaded
        algo-1/spool/<channel>/…  Pipe mode: what the feeder streams (`pipes`)
        algo-1/run/…              the runtime's own records
        algo-1/unpacking/…        the code until it is whole
        algo-1/checkpoints/…      only when LocalPath lies outside /opt/ml

A job of another account or region than the default ones stands one folder deeper, in
``<home>/training/<account>.<region>/``: names are unique within an account and region only. No
job's name has a dot, so the two kinds of folder cannot be taken for each other.

Folders have open modes, for a container may run as any user.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.errors import LaunchRefused
from orchestrator.training.container import (
    BASE,
    METRICS_FOLDER,
    channels_of,
    config_files,
    piped,
)

if TYPE_CHECKING:
    from pathlib import Path

    from orchestrator.training.spec import Scope, TrainingSpec

DEFAULT_PLACE = ("000000000000", "us-east-1")
"""The account and region whose jobs stand in ``training`` itself. Fixed, not the settings':
a state folder must be read the same whatever the environment says."""

LOGS = "logs"
LONGEST_FAILURE = 16 << 10
"""Bytes of a failure file that are read; the reason itself is shorter still."""

OPEN_FOLDER = 0o777
OPEN_FILE = 0o666


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where the files of one training job stand. Methods take a host name such as algo-1.

    Attributes:
        root: The job's own folder.
        spec: The training job.
        relocated: True when the host finds its files where they stand; False when a
            container has them at ``/opt/ml``.
    """

    root: Path
    spec: TrainingSpec
    relocated: bool = False

    @classmethod
    def under(cls, home: Path, spec: TrainingSpec, *, relocated: bool = False) -> Workspace:
        """The folder of `spec` in the state folder `home`.

        Raises:
            LaunchRefused: The job's name cannot be a folder's.
        """
        return cls(folder_of(home, spec.scope, spec.name), spec, relocated)

    def log(self, host: str) -> Path:
        """The host's log."""
        return log_path(self.root, host)

    def base(self, host: str) -> Path:
        """What the host sees as ``/opt/ml``."""
        return self.root / host / "ml"

    def seen(self, host: str) -> str:
        """Where the host itself finds `base`."""
        return str(self.base(host)) if self.relocated else BASE

    def channel(self, host: str, name: str) -> Path:
        """The folder of a channel on that host; of a piped one, the stem of its FIFOs."""
        return self.base(host) / "input" / "data" / safe_name(name)

    def spool(self, host: str, name: str) -> Path:
        """Where a piped channel's objects are kept for the feeder, see `pipes`."""
        return self.root / host / "spool" / safe_name(name)

    def config(self, host: str) -> Path:
        """The folder of ``hyperparameters.json`` and its like."""
        return self.base(host) / "input" / "config"

    def code(self, host: str) -> Path:
        """Script mode: the folder the code is unpacked to."""
        return self.base(host) / "code"

    def unpacking(self, host: str) -> Path:
        """Script mode: where the code is until it is whole and becomes `code`."""
        return self.root / host / "unpacking"

    def code_archive(self, host: str) -> Path:
        """Script mode: where staging puts the source archive."""
        return self.base(host) / "code-archive.tar.gz"

    def checkpoints(self, host: str) -> Path:
        """The host's side of ``CheckpointConfig.LocalPath``.

        One outside ``/opt/ml`` has a folder of its own, which a container finds mounted.
        """
        wanted = (
            self.spec.checkpoints.local_path if self.spec.checkpoints else f"{BASE}/checkpoints"
        )
        parts = [part for part in wanted.split("/") if part not in {"", "."}]
        inside = f"/{'/'.join(parts)}".startswith(f"{BASE}/") and ".." not in parts
        if not inside:
            return self.root / host / "checkpoints"
        return self.base(host).joinpath(*parts[2:])

    def model(self, host: str) -> Path:
        """What becomes ``model.tar.gz``."""
        return self.base(host) / "model"

    def output_data(self, host: str) -> Path:
        """What becomes ``output.tar.gz``."""
        return self.base(host) / "output" / "data"

    def failure(self, host: str) -> Path:
        """The file whose text becomes the failure reason."""
        return self.base(host) / "output" / "failure"

    def failure_text(self, host: str) -> str:
        """The beginning of the failure file; empty where there is none."""
        try:
            with self.failure(host).open("rb") as file:
                return file.read(LONGEST_FAILURE).decode("utf-8", errors="replace")
        except OSError:
            return ""

    def run(self, host: str) -> Path:
        """Where the runtime keeps its own records of the host."""
        return self.root / host / "run"

    def prepare(self) -> None:
        """Make every host's tree and write its configuration; again does no harm.

        Staging calls it before it downloads; `clear` first makes an attempt a fresh one.

        Raises:
            OSError: The folder cannot be written (disk full, read-only).
        """
        (self.root / LOGS).mkdir(parents=True, exist_ok=True)
        for host in self.spec.hosts:
            self._prepare(host)

    def _prepare(self, host: str) -> None:
        for folder in self._folders(host):
            self._make(folder)
        for name, text in config_files(self.spec, host, self.seen(host)).items():
            _write_if_new(self.config(host) / name, text)

    def _folders(self, host: str) -> list[Path]:
        base, spec = self.base(host), self.spec
        pipes = {channel.name for channel in piped(spec, host)}
        files = [c.name for c in channels_of(spec, host) if c.name not in pipes]
        return [
            self.config(host),
            base / "input" / "data",
            *(self.channel(host, name) for name in files),
            *(self.spool(host, name) for name in sorted(pipes)),
            self.model(host),
            self.output_data(host),
            base / METRICS_FOLDER,
            self.checkpoints(host),
            self.code(host),
            self.run(host),
        ]

    def _make(self, folder: Path) -> None:
        """Make `folder` and its parents below the root, all with open modes."""
        if folder == self.root or folder.is_dir():
            return
        self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(OPEN_FOLDER)

    def clear(self) -> None:
        """Remove everything but the logs, whatever modes the files have."""
        if not self.root.is_dir():
            return
        for entry in self.root.iterdir():
            if entry.name == LOGS:
                continue
            if entry.is_dir() and not entry.is_symlink():
                remove_tree(entry)
            else:
                entry.unlink(missing_ok=True)


def folder_of(home: Path, scope: Scope, training_job: str) -> Path:
    """A training job's folder in the state folder `home`.

    Raises:
        LaunchRefused: The job's name cannot be a folder's.
    """
    folder = home / "training"
    if (scope.account, scope.region) != DEFAULT_PLACE:
        folder /= safe_name(f"{scope.account}.{scope.region}")
    return folder / safe_name(training_job)


def log_path(folder: Path, host: str) -> Path:
    """The log of `host` in a training job's folder."""
    return folder / LOGS / f"{safe_name(host)}.log"


def safe_name(name: str) -> str:
    """`name`, if it can be the name of one file or folder.

    A channel may be called ``..`` by the API's own pattern.

    Raises:
        LaunchRefused: It would lead elsewhere.
    """
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise LaunchRefused(f"{name!r} cannot be the name of a folder; choose another name")
    return name


def _write_if_new(file: Path, text: str) -> None:
    """Write `text`, unless it stands there already: a training may be reading it."""
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    file.write_text(text, encoding="utf-8")
    file.chmod(OPEN_FILE)


def remove_tree(folder: Path) -> None:
    """Remove a folder and all below it, whatever modes they have.

    Raises:
        OSError: It cannot be removed.
    """
    try:
        shutil.rmtree(folder)
    except PermissionError:
        _open_up(folder)
        shutil.rmtree(folder)


def _open_up(folder: Path) -> None:
    """Let the owner change every folder below `folder`; links are not followed."""
    folder.chmod(0o700)
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            _open_up(entry)
