"""Supervises one host of a training job: a program, not a part of the engine.

    python -I -S launcher.py EXIT_RECORD FOLDER COMMAND [ARGUMENT ...]

It starts the command in FOLDER, in a session of its own, with the launcher's environment and
output; passes SIGTERM on to the command's process group; takes SIGUSR1 as the order to kill
it; waits; kills what is left of the group; writes EXIT_RECORD (`ExitRecord` reads it) and
ends. It needs the standard library only, reads no configuration and outlives the engine.
Nothing is read by a shell.
"""

from __future__ import annotations

import os
import signal
import sys
import time

HANDLED = (signal.SIGTERM, signal.SIGUSR1)
LOCK = 3  # held for life, see `held`; the command must not inherit it
CANNOT_START = 127
RECORD_BYTES = 64


class Supervisor:
    """One command from its start to its exit record."""

    def __init__(self, folder: str, command: list[str]) -> None:
        self._folder = folder
        self._command = command
        self._child = 0
        self._told_to_kill = False

    def run(self) -> tuple[int, bool]:
        """The command's exit code as a shell would say it, and whether memory killed it."""
        kills_before = out_of_memory_kills()
        for number in HANDLED:
            signal.signal(number, self._on_signal)
        try:
            self._start()
        except OSError as error:
            print(f"cannot start {self._command[0]}: {error.strerror}", flush=True)  # noqa: T201 (the log)
            return CANNOT_START, False
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        code = self._wait()
        by_others = code == 128 + signal.SIGKILL and not self._told_to_kill
        return code, by_others and out_of_memory_kills() > kills_before

    def _start(self) -> None:
        os.chdir(self._folder)
        self._child = os.posix_spawn(
            self._command[0],
            self._command,
            os.environ,  # noqa: TID251  (a program of its own: it hands its environment on)
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # Python ignores them
        )

    def _wait(self) -> int:
        """Wait for the child; its group is killed while its number cannot be taken again."""
        os.waitid(os.P_PID, self._child, os.WEXITED | os.WNOWAIT)
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        self._send(signal.SIGKILL)
        _, status = os.waitpid(self._child, 0)
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def _on_signal(self, number: int, _frame: object) -> None:
        self._told_to_kill |= number == signal.SIGUSR1
        self._send(signal.SIGKILL if number == signal.SIGUSR1 else signal.SIGTERM)

    def _send(self, number: int) -> None:
        try:
            os.killpg(self._child, number)
        except (ProcessLookupError, PermissionError):
            return  # it has ended


def out_of_memory_kills() -> int:
    """How many processes this machine's kernel has killed for memory; 0 where it cannot say."""
    try:
        with open("/proc/vmstat", encoding="ascii") as file:  # noqa: PTH123  (pathlib is slow to load)
            return next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)
    except OSError:
        return 0


def reserve_record(path: str) -> int:
    """Take the record's place on disk now, so that a full disk later cannot lose the exit code."""
    part = os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(part, b" " * RECORD_BYTES)
    return part


def write_record(part: int, path: str, code: int, *, out_of_memory: bool) -> None:
    """Leave ``<code> <1 if out of memory> <epoch seconds>``, whole or not at all."""
    ended = time.time()  # noqa: TID251  (a program of its own: there is no Clock here)
    os.pwrite(part, f"{code} {int(out_of_memory)} {ended!r}".encode(), 0)
    os.rename(f"{path}.part", path)  # noqa: PTH104  (pathlib is slow to load)


def main(arguments: list[str]) -> None:
    """Supervise the command that `arguments` name."""
    os.pwrite(LOCK, b"%d\n" % os.getpid(), 0)
    os.set_inheritable(LOCK, False)  # noqa: FBT003  (takes no keyword)
    record, folder, *command = arguments
    part = reserve_record(record)
    code, out_of_memory = Supervisor(folder, command).run()
    write_record(part, record, code, out_of_memory=out_of_memory)


if __name__ == "__main__":
    main(sys.argv[1:])
