"""Watches one container: copies what it prints into the host's log, then sees how it ended.

The engine tells a container's output from its beginning and always in the same order, so
after any interruption (of this process, of Docker, of a full disk) the follower reads it
again and skips as many bytes as the log has already. A stream that follows a container can
miss its last lines (engines up to 20.10, seen with a line without newline), so the log's end
is compared with the engine's when the container has ended.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from orchestrator.runtime.docker_engine import NOT_FOUND, EngineDown, EngineRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from orchestrator.runtime.docker_engine import DockerEngine

log = logging.getLogger("amt.runtime")

KILLED = 137
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 1.0
JOIN_SECONDS = 5.0
COMPARED_LINES = 1000


@dataclass(frozen=True, slots=True)
class Ended:
    """How a container ended; `finished` orders the ends of several."""

    code: int
    out_of_memory: bool = False
    finished: tuple[str, str] = ("", "")


class News(Protocol):
    """Who is told by a follower."""

    def printed(self) -> None:
        """Something was appended to the log."""

    def ended(self, follower: Follower) -> None:
        """`follower.ended` is set, and the log is whole."""


class Follower:
    """One container's watcher, with a thread of its own.

    `ended` is None until the container has ended and its whole output is in the log.

    Args:
        engine: Where the container is.
        container: Its name.
        log: The file its output is appended to.
        log_start: Where in that file its output begins.
        news: What to call, from the thread.
    """

    def __init__(
        self,
        engine: DockerEngine,
        container: str,
        log: Path,
        *,
        log_start: int,
        news: News,
    ) -> None:
        self.container = container
        self.log = log
        self.log_start = log_start
        self.ended: Ended | None = None
        self._engine = engine
        self._news = news
        self._closing = threading.Event()
        self._stream: Any = None
        self._complaint = ""
        self._thread = threading.Thread(target=self._run, name=f"follow {container}", daemon=True)

    def begin(self) -> None:
        """Start to watch."""
        self._thread.start()

    def insist(self, act: Callable[[], None]) -> None:
        """Do `act` as soon as the engine lets it be done, unless watching stops first."""
        pause = FIRST_PAUSE_SECONDS
        while not self._closing.is_set():
            try:
                act()
            except (EngineDown, EngineRefused) as error:
                self._complain(f"container {self.container}: {error}")
            else:
                return
            self._closing.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def close(self) -> None:
        """Stop watching; the container runs on."""
        self._closing.set()
        stream = self._stream
        if stream is not None:
            with contextlib.suppress(OSError, AttributeError, ValueError):  # ended meanwhile
                stream.close()
        if self._thread is not threading.current_thread() and self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._closing.is_set():
            ended = self._watch()
            if self._closing.is_set():
                return
            if ended is not None:
                self.ended = ended
                self._news.ended(self)
                return
            self._closing.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _watch(self) -> Ended | None:
        """Copy until the container ends; None when something else came in between."""
        try:
            return self._copy_to_the_end()
        except EngineRefused as refusal:
            if refusal.status == NOT_FOUND:
                return Ended(KILLED)  # somebody removed it
            self._complain(f"container {self.container}: {refusal}")
        except EngineDown as down:
            self._complain(f"container {self.container}: {down}")
        return None

    def _copy_to_the_end(self) -> Ended | None:
        try:
            self._copy(follow=True)
            ended = self._end()
            if ended is not None and not self._is_whole():
                self._copy(follow=False)
        except OSError as error:
            self._complain(f"{self.log} cannot be written: {error}")
            return self._end()  # a full disk does not keep a job from ending
        return ended

    def _copy(self, *, follow: bool) -> None:
        descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            skip = os.fstat(descriptor).st_size - self.log_start
            for chunk in self._engine.output(self.container, self._opened, follow=follow):
                fresh = chunk[skip:] if skip > 0 else chunk
                skip -= len(chunk)
                while fresh:
                    fresh = fresh[os.write(descriptor, fresh) :]
                    self._news.printed()
        finally:
            os.close(descriptor)
            self._stream = None

    def _is_whole(self) -> bool:
        """True when the log ends as the container's output does."""
        wanted = self._engine.last_output(self.container, COMPARED_LINES)
        with self.log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(self.log_start, size - len(wanted)))
            return file.read() == wanted

    def _complain(self, text: str) -> None:
        """Log a trouble when it begins, not at every try."""
        if text != self._complaint:
            self._complaint = text
            log.warning(text)

    def _opened(self, stream: Any) -> None:  # noqa: ANN401  (the SDK's own type has no name)
        self._stream = stream

    def _end(self) -> Ended | None:
        state: Mapping[str, Any] = self._engine.inspect(self.container)["State"]
        if state["Running"] or state["Status"] in {"paused", "restarting"}:
            return None
        code = int(state["ExitCode"])
        if state["Status"] == "created":
            return self._never_ran(code, str(state["Error"]))
        return Ended(code, bool(state["OOMKilled"]), moment(state["FinishedAt"]))

    def _never_ran(self, code: int, error: str) -> Ended | None:
        """The image has no such program: the engine's word for it is the log's only line."""
        if code == 0:
            return None
        if self.log.stat().st_size <= self.log_start:
            with self.log.open("ab") as file:
                file.write(f"{error}\n".encode())
        return Ended(code)


def moment(text: str) -> tuple[str, str]:
    """An RFC 3339 time of the engine's, so that two of them compare; its zeros are trimmed."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return seconds, fraction.ljust(9, "0")
