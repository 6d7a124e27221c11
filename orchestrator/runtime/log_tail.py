"""Follows a host's log file, and reads it again with the moments its lines were seen.

A log is bytes; lines end with a newline. Only whole lines are told, the last one without a
newline once nobody writes any more. Beside ``algo-1.log`` stands ``algo-1.times`` with one
``<offset> <epoch milliseconds>`` a read: everything before that offset, and after the one
above, was seen at that moment.
"""

from __future__ import annotations

import contextlib
import os
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BATCH = 1 << 20
"""Bytes told at once, so that a talkative job does not hold up the others."""

LONGEST_LINE = 16 << 20
"""A line longer than this is told in pieces."""

END_BYTES = 64 << 10
"""How much of a log's end `last_lines` looks at."""


class Batch(NamedTuple):
    """Whole lines, and the log's length in bytes after them."""

    offset: int
    text: str


class Line(NamedTuple):
    """One line without its newline; `offset` is the log's length after it."""

    offset: int
    epoch_ms: int
    text: str


class LogTail:
    """Tells what is new in one log. Not for several threads."""

    def __init__(self, log: Path, offset: int = 0) -> None:
        self._log = log
        self._times = times_of(log)
        self._marked = last_mark(self._times)
        self._searched = offset  # no newline between offset and here
        self.offset = offset

    def read(self, at: float, *, ended: bool = False) -> Batch | None:
        """The next whole lines, at most about BATCH bytes of them; None when there are none.

        Args:
            at: The present moment, kept as the lines' time unless the log is older.
            ended: Nobody writes any more, so a last line without a newline counts.
        """
        try:
            descriptor = os.open(self._log, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            status = os.fstat(descriptor)
            if status.st_size <= self.offset:
                return None
            end = self._end_of_lines(descriptor, status.st_size, ended=ended)
            data = os.pread(descriptor, end - self.offset, self.offset)
        finally:
            os.close(descriptor)
        return self._told(data, min(at, status.st_mtime)) if data else None

    def _end_of_lines(self, descriptor: int, size: int, *, ended: bool) -> int:
        """Where the last whole line within a batch ends, or the first one after it."""
        while self._searched < size:
            chunk = os.pread(descriptor, BATCH, self._searched)
            newline = chunk.rfind(b"\n")
            if newline >= 0 and self._searched > self.offset:
                newline = chunk.find(b"\n")  # a long line ends here; tell it alone
            if newline >= 0:
                return self._searched + newline + 1
            self._searched += len(chunk)
            if not chunk or self._searched - self.offset >= LONGEST_LINE:
                return self._searched
        return self._searched if ended else self.offset

    def _told(self, data: bytes, at: float) -> Batch:
        self.offset += len(data)
        self._searched = self.offset
        if self.offset > self._marked:
            self._mark(at)
        return Batch(self.offset, data.decode("utf-8", errors="replace"))

    def _mark(self, at: float) -> None:
        """Keep the moment; on a full disk these lines share that of the next ones."""
        with contextlib.suppress(OSError), self._times.open("a", encoding="ascii") as file:
            file.write(f"{self.offset} {int(at * 1000)}\n")
            file.flush()
            self._marked = self.offset


def times_of(log: Path) -> Path:
    """The file of marks beside `log`."""
    return log.with_suffix(".times")


def marks_of(times: Path) -> list[tuple[int, int]]:
    """The (offset, epoch milliseconds) of a file of marks, in order; a torn last one is left."""
    try:
        lines = times.read_text(encoding="ascii").split("\n")[:-1]
    except FileNotFoundError:
        return []
    pairs = (line.split() for line in lines)
    return [(int(pair[0]), int(pair[1])) for pair in pairs if len(pair) == 2]  # noqa: PLR2004 (a pair)


def last_mark(times: Path) -> int:
    """The last offset in a file of marks; 0 without one."""
    marks = marks_of(times)
    return marks[-1][0] if marks else 0


def begin(log: Path) -> int:
    """Make `log` ready for another attempt to append to, and say where that one begins."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab+") as file:
        size = file.tell()
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":
                file.write(b"\n")
                size += 1
    return size


def lines(log: Path, start: int = 0) -> Iterator[Line]:
    """The lines of `log` from byte `start` on, with the moment each was first seen.

    A line nobody has seen yet has the log's own last moment. A last line without newline is
    left out while it may still grow.
    """
    try:
        file = log.open("rb")
    except FileNotFoundError:
        return
    with file:
        marks = marks_of(times_of(log))
        offsets = [offset for offset, _ in marks]
        unseen = int(os.fstat(file.fileno()).st_mtime * 1000)
        file.seek(start)
        offset = start
        for data in file:
            index = bisect_right(offsets, offset)
            offset += len(data)
            if not data.endswith(b"\n") and index == len(marks):
                return
            moment = marks[index][1] if index < len(marks) else unseen
            yield Line(offset, moment, data.removesuffix(b"\n").decode("utf-8", errors="replace"))


def keep(log: Path, told: Sequence[tuple[float, str]]) -> None:
    """Write a log whose (moment, line) are all known; a line break within a line is a space."""
    log.parent.mkdir(parents=True, exist_ok=True)
    texts = [text.replace("\n", " ").encode("utf-8", errors="replace") + b"\n" for _, text in told]
    offsets = accumulate(map(len, texts))
    marks = "".join(
        f"{offset} {int(at * 1000)}\n" for offset, (at, _) in zip(offsets, told, strict=True)
    )
    log.write_bytes(b"".join(texts))
    times_of(log).write_text(marks, encoding="ascii")


def last_lines(log: Path, count: int, start: int = 0) -> str:
    """The last `count` lines of `log`, none from before byte `start`; for an error message."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(start, size - END_BYTES))
            data = file.read()
    except FileNotFoundError:
        return ""
    return "\n".join(data.decode("utf-8", errors="replace").splitlines()[-count:])
