"""One host of a training job as a process of this machine, and its records on disk.

``<workspace>/<host>/run/`` has ``attempt`` (written before anything is started), ``lock`` (held
by the launcher for its life) and ``exit`` (written by the launcher). From these alone a new
engine knows what the old one did:

===========  ======  ==========  ==================================================
``attempt``  lock    ``exit``    what happened
===========  ======  ==========  ==================================================
other, none  —       —           never started (or the machine was restarted since)
this one     held    —           it runs
this one     free    there       it has ended
this one     free    none        lock empty: never started; else the launcher was killed
===========  ======  ==========  ==================================================
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from orchestrator.errors import LaunchRefused
from orchestrator.runtime import held, launcher, log_tail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestrator.runtime.process_program import Program
    from orchestrator.runtime.workspace import Workspace

KILLED = 137


class ExitRecord(NamedTuple):
    """How a host ended."""

    code: int
    out_of_memory: bool
    ended: float


@dataclass(slots=True)
class ProcessHost:
    """A launcher that runs or has ended, and the tail of its log.

    Attributes:
        begin: Where in the log this attempt begins.
        drained: It has ended and all it printed has been told.
    """

    workspace: Workspace
    name: str
    process: int
    begin: int
    tail: log_tail.LogTail
    drained: bool = False

    @classmethod
    def spawn(cls, workspace: Workspace, name: str, attempt: int, program: Program) -> Self:
        """Start the host's launcher.

        Raises:
            LaunchRefused: Another attempt still runs there.
            OSError: It cannot be started.
        """
        log, run = workspace.log(name), workspace.run(name)
        if held.alive(run / "lock"):
            raise LaunchRefused(f"an earlier attempt still runs on {name}", retryable=True)
        begin = log_tail.begin(log)
        with log.open("a", encoding="utf-8") as file:
            file.writelines(f"{note}\n" for note in program.notes)
        for leftover in (run / "exit", run / "lock"):
            leftover.unlink(missing_ok=True)
        _write(run / "attempt", f"{attempt} {begin} {boot_id()}")
        argv = [program.python, "-I", "-S", launcher.__file__, str(run / "exit")]
        argv += [str(workspace.code(name)), *program.argv]
        process = held.spawn(argv, program.environment, run / "lock", log)
        return cls(workspace, name, process, begin, log_tail.LogTail(log, begin))

    @classmethod
    def find(
        cls, workspace: Workspace, name: str, attempt: int, offset: int | None = None
    ) -> Self | None:
        """The host as an earlier engine left it; None when this attempt was never started.

        Args:
            workspace: The job's folder.
            name: The host.
            attempt: The attempt that is looked for.
            offset: How much of the log was told already; None means nothing of this attempt.
        """
        begin = _begin_of(workspace.run(name) / "attempt", attempt)
        if begin is None:
            return None
        lock = workspace.run(name) / "lock"
        process = held.number(lock)
        if process is None and not held.began(lock):
            return None
        tail = log_tail.LogTail(workspace.log(name), begin if offset is None else offset)
        return cls(workspace, name, process or 0, begin, tail)

    @property
    def lock(self) -> Path:
        """What the launcher holds."""
        return self.workspace.run(self.name) / "lock"

    @property
    def record(self) -> Path:
        """What the launcher leaves when the command has ended."""
        return self.workspace.run(self.name) / "exit"

    def ended(self) -> bool:
        """True when nothing of it runs any more; a killed launcher's command is killed too."""
        if held.alive(self.lock):
            return False
        if not self.record.exists():
            sweep(self.workspace, [self.name])
        return True

    def send(self, number: int) -> None:
        """Signal the launcher: SIGTERM is passed on, SIGUSR1 kills; nothing when it has ended."""
        if not held.alive(self.lock):
            return
        try:
            os.kill(self.process, number)
        except ProcessLookupError:
            return

    def exit(self) -> ExitRecord:
        """How it ended; a launcher that left no record was killed, and its command too."""
        held.reap(self.process)
        try:
            text = self.record.read_text(encoding="ascii")
        except FileNotFoundError:
            return ExitRecord(KILLED, out_of_memory=False, ended=float("inf"))
        code, out_of_memory, ended = text.split()
        return ExitRecord(int(code), out_of_memory == "1", float(ended))


def end_all(workspace: Workspace) -> None:
    """Kill every host's launcher and command, whichever attempt, and wait until they are gone."""
    locks = [workspace.run(host) / "lock" for host in workspace.spec.hosts]
    alive = {lock: process for lock in locks if (process := held.number(lock)) is not None}
    for lock in alive:
        held.send(lock, signal.SIGUSR1)
    for lock, process in alive.items():
        if not held.await_end(lock, process):
            held.send(lock, signal.SIGKILL)
            held.await_end(lock, process)
    sweep(workspace, workspace.spec.hosts)


def _begin_of(record: Path, attempt: int) -> int | None:
    try:
        number, begin, *boot = record.read_text(encoding="ascii").split()
    except FileNotFoundError:
        return None
    if int(number) != attempt or boot != boot_id().split():
        return None
    return int(begin)


def _write(file: Path, text: str) -> None:
    part = file.with_suffix(".part")
    part.write_text(text, encoding="ascii")
    part.replace(file)


def boot_id() -> str:
    """Which start of this machine it is; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def sweep(workspace: Workspace, hosts: Iterable[str]) -> None:
    """Kill every process that still carries the base folder of one of `hosts` as its own.

    A training that made a daemon of itself has left its group, but not its environment.
    Returns when they are gone.
    """
    bases = {os.fsencode(f"SAGEMAKER_BASE_DIR={workspace.seen(host)}") for host in hosts}
    held.wait_until(lambda: not _kill_carriers(bases))


def _kill_carriers(variables: set[bytes]) -> bool:
    """Kill every process with one of `variables`; True when there was one."""
    found = False
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            carried = (folder / "environ").read_bytes().split(b"\0")
            if not variables.isdisjoint(carried) and int(folder.name) != os.getpid():
                found = True
                os.kill(int(folder.name), signal.SIGKILL)
        except OSError:
            continue  # it has ended, or is not ours
    return found
