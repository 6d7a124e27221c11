"""What `amt doctor` looks at: one function a thing, each of which never raises."""

from __future__ import annotations

import http.client
import json
import os
import platform
import socket
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orchestrator import __version__
from orchestrator.client import roles, session, tuning_jobs
from orchestrator.client.errors import explained
from orchestrator.errors import AmtError, BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orchestrator.cli.console import Console
    from orchestrator.client.session import Connection

_DEFAULT_SOCKET = "/var/run/docker.sock"
_TIMEOUT = 3.0
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        ok: Whether it is there; None where that does not matter here.
        needed: Whether the chosen endpoint and runtime cannot do without it.
    """

    what: str
    ok: bool | None
    says: str
    mend: str = ""
    needed: bool = True

    def as_data(self) -> dict[str, object]:
        """As JSON."""
        return asdict(self)


def python() -> Finding:
    """The interpreter, and amt's own version."""
    return Finding(
        "Python",
        ok=True,
        says=f"{platform.python_version()} at {sys.executable}, amt {__version__}",
    )


def state_folder(home: Path) -> Finding:
    """Whether the state folder can be written, or made."""
    existing = home
    while not existing.exists():
        existing = existing.parent
    writable = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    if not writable:
        mend = "Set AMT_HOME to a folder you may write."
        return Finding("state folder", ok=False, says=f"{existing} cannot be written", mend=mend)
    made = "" if home.exists() else ", made by the first run"
    return Finding("state folder", ok=True, says=f"{home}{made}")


def docker(host: str | None, *, needed: bool) -> Finding:
    """The Docker engine and how many images it has."""
    address = host or f"unix://{_DEFAULT_SOCKET}"
    try:
        version = _docker_get(address, "/version")
        images = _docker_get(address, "/images/json")
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        mend = "Start Docker, or set DOCKER_HOST. `--runtime process` trains without it."
        return Finding("Docker", ok=False, says=f"{address}: {reason}", mend=mend, needed=needed)
    count = len(images)
    says = f"{version.get('Version', '?')} at {address}, {count} image{'s' * (count != 1)}"
    return Finding("Docker", ok=True, says=says, needed=needed)


def endpoint(console: Console) -> Iterator[Finding]:
    """The endpoint: whether it answers, for whom, where, and who drives what there."""
    if console.target == "aws":
        yield credentials()
    try:
        with console.connected() as connection:
            jobs = list(tuning_jobs.listed(connection, limit=100))
            yield Finding("endpoint", ok=True, says=f"{connection.label} answers")
            yield Finding("region", ok=True, says=connection.region)
            yield Finding("account", ok=True, says=connection.account)
            yield _role(connection)
            yield from _drivers(connection, jobs)
    except Exception as error:  # noqa: BLE001  (doctor tells what is broken, whatever it is)
        ours = error if isinstance(error, AmtError) else explained(error, console.target)
        says = str(ours) if ours else f"{type(error).__name__}: {error}"
        yield Finding("endpoint", ok=False, says=f"{console.target}: {says}")


def credentials() -> Finding:
    """Where AWS credentials come from."""
    try:
        source = session.credentials_source()
    except Exception as error:  # noqa: BLE001  (as above)
        source, reason = None, str(error)
    else:
        reason = "none found"
    if source is None:
        mend = "Run `aws configure`, or set AWS_PROFILE."
        return Finding("credentials", ok=False, says=reason, mend=mend)
    return Finding("credentials", ok=True, says=f"from {source}")


def _role(connection: Connection) -> Finding:
    try:
        return Finding("role", ok=True, says=roles.default(connection))
    except BadInput:
        mend = "Write training.role in the job file, or give --stack."
        return Finding("role", ok=None, says="none by default", mend=mend, needed=False)


def _drivers(connection: Connection, jobs: list[dict[str, Any]]) -> Iterator[Finding]:
    if connection.emulator is None:
        return
    ended = tuning_jobs.TERMINAL
    live = [job for job in jobs if job["HyperParameterTuningJobStatus"] not in ended]
    for job in live[:_SHOWN]:
        name = str(job["HyperParameterTuningJobName"])
        pid = connection.emulator.driver(name)
        if pid is None:
            mend = f"`amt resume {name}` goes on with it."
            yield Finding(f"job {name}", ok=None, says="nobody drives it", mend=mend, needed=False)
        else:
            yield Finding(f"job {name}", ok=True, says=f"driven by process {pid}", needed=False)


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a unix socket: enough to ask an engine who it is, without its SDK."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _docker_get(address: str, path: str) -> Any:  # noqa: ANN401  (any JSON value)
    parts = urlsplit(address)
    connection = (
        _SocketConnection(parts.path)
        if parts.scheme == "unix"
        else http.client.HTTPConnection(parts.hostname or "", parts.port or 2375, timeout=_TIMEOUT)
    )
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
