"""Helper processes that outlive the engine, each holding a lock file for its life.

The lock (``flock``) is taken before the process exists and handed to it, so there is no
moment at which one could be started twice; and it is dropped by the kernel whenever the
process ends, so "is it alive?" has a true answer after any crash and whatever became of its
number. The process writes its number into the file as its first act.
"""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

LOCK_DESCRIPTOR = 3
"""Where a helper process finds its lock."""

HANDLED = (signal.SIGTERM, signal.SIGUSR1)
"""Blocked at birth, so that none is lost before the process can handle it."""

PATIENCE_SECONDS = 5.0
STEP_SECONDS = 0.002


def spawn(argv: Sequence[str], environment: Mapping[str, str], lock: Path, output: Path) -> int:
    """Start `argv` in a session of its own, holding `lock`; both streams go to `output`.

    Returns:
        Its process number; reap it with `reap` when it has ended.

    Raises:
        BlockingIOError: A process holds the lock already.
        OSError: It cannot be started.
    """
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.posix_spawn(
            argv[0],
            list(argv),
            dict(environment),
            file_actions=[
                (os.POSIX_SPAWN_DUP2, handle, LOCK_DESCRIPTOR),
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(output), append, 0o666),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
            setsigmask=HANDLED,
        )
    finally:
        os.close(handle)


def alive(lock: Path) -> bool:
    """True while a process holds `lock`."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def number(lock: Path) -> int | None:
    """The process that holds `lock`; None when none does."""
    if not alive(lock):
        return None
    wait_until(lambda: began(lock) or not alive(lock))  # born, but it has not yet said its number
    text = lock.read_text(encoding="ascii").split()
    return int(text[0]) if text and alive(lock) else None


def began(lock: Path) -> bool:
    """True when a process once held `lock` and came so far as to say its number."""
    try:
        return lock.stat().st_size > 0
    except FileNotFoundError:
        return False


def send(lock: Path, number_of_signal: int) -> None:
    """Send a signal to the process that holds `lock`; nothing when none does."""
    process = number(lock)
    if process is None:
        return
    try:
        os.kill(process, number_of_signal)
    except ProcessLookupError:
        return


def reap(process: int) -> None:
    """Let the kernel forget an ended child; nothing when it is not ours or still runs."""
    try:
        os.waitpid(process, os.WNOHANG)
    except ChildProcessError:
        return


def await_end(lock: Path, process: int) -> bool:
    """Wait until nobody holds `lock`, reaping `process`; False when the patience was over."""
    ended = wait_until(lambda: not alive(lock))
    reap(process)
    return ended


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait for what the kernel is about to do; False when the patience was over."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / STEP_SECONDS)):
        if condition():
            return True
        pause.wait(STEP_SECONDS)
    return condition()
