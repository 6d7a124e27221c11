"""Pipe input mode: a channel as a named pipe an epoch, fed from files on disk.

Staging puts the channel's objects into ``Workspace.spool(host, channel)`` under names that
sort in stream order (``000000``, ``000001`` …). An entry that is a folder holds several
records that stay together (the attributes of one line of an augmented manifest). The feeder,
this very file run as a program, writes them to ``<channel>_0``, ``<channel>_1`` … one after
the other for ever, the next pipe made ahead. It outlives the engine, a reader may close
early, and `stop` ends it. It works for a container too, through the bind mount.

Gzip and RecordIO act here and only here, and a shuffle seed reorders the entries anew for
each epoch (documented). One entry is one RecordIO record (documented), its contents not
escaped (our reading: readers go by the length).
"""

from __future__ import annotations

import gzip
import os
import random
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.runtime.workspace import Workspace
    from orchestrator.training.spec import Channel

RECORD_MAGIC = 0xCED7230A
LONGEST_RECORD = (1 << 29) - 1
"""Bytes that the 29 bits of a RecordIO length can say."""

CHUNK = 1 << 20


def start(workspace: Workspace, host: str, channel: Channel, python: str) -> None:
    """Make the first pipe of `channel` on `host` and start its feeder, if none feeds it yet.

    Raises:
        OSError: The pipe or the feeder cannot be made.
    """
    from orchestrator.runtime import held  # noqa: PLC0415  (the feeder runs without the package)

    lock = _lock(workspace, host, channel.name)
    lock.parent.mkdir(parents=True, exist_ok=True)
    stem = workspace.channel(host, channel.name)
    _make_pipe(_pipe(str(stem), 0))
    options = [
        str(workspace.spool(host, channel.name)),
        str(stem),
        str(int(channel.gzip)),
        str(int(channel.record_io)),
        "" if channel.shuffle_seed is None else str(channel.shuffle_seed),
    ]
    try:
        log = workspace.log(host)
        held.spawn([python, "-I", "-S", __file__, *options], {}, lock, log)
    except BlockingIOError:
        return


def stop(workspace: Workspace) -> None:
    """End every feeder of the job; again does no harm."""
    import signal  # noqa: PLC0415  (only the engine's side needs it)

    from orchestrator.runtime import held  # noqa: PLC0415  (the feeder runs without the package)

    for lock in workspace.root.glob("*/run/*.feeder"):
        process = held.number(lock)
        if process is not None:
            held.send(lock, signal.SIGKILL)
            held.await_end(lock, process)


def _lock(workspace: Workspace, host: str, name: str) -> Path:
    return workspace.run(host) / f"{name}.feeder"


def _pipe(stem: str, epoch: int) -> str:
    return f"{stem}_{epoch}"


def _make_pipe(path: str) -> None:
    try:
        os.mkfifo(path)
    except FileExistsError:
        return
    Path(path).chmod(0o666)  # a container may run as any user


class Feeder:
    """Writes the entries of a spool folder to one named pipe an epoch."""

    def __init__(self, spool: str, stem: str, *, unzip: bool, wrap: bool, seed: int | None) -> None:
        self._spool = Path(spool)
        self._stem = stem
        self._unzip = unzip
        self._wrap = wrap
        self._random = None if seed is None else random.Random(seed)  # noqa: S311  (an order)

    def feed(self, epoch: int) -> None:
        """Wait for a reader of this epoch's pipe, write it all, take the pipe away."""
        pipe = _pipe(self._stem, epoch)
        _make_pipe(pipe)
        _make_pipe(_pipe(self._stem, epoch + 1))
        with open(pipe, "wb", buffering=0) as raw:  # noqa: PTH123  (blocks until it is read)
            try:
                for file in self._files():
                    self._write(file, raw)
            except BrokenPipeError:
                pass  # the reader has seen enough of this epoch
        Path(pipe).unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        entries = sorted(self._spool.iterdir())
        if self._random is not None:
            self._random.shuffle(entries)
        for entry in entries:
            yield from sorted(entry.iterdir()) if entry.is_dir() else [entry]

    def _write(self, file: Path, pipe: BinaryIO) -> None:
        with gzip.open(file) if self._unzip else file.open("rb") as source:
            if self._wrap:
                write_all(pipe, record(source.read()))
                return
            while chunk := source.read(CHUNK):
                write_all(pipe, chunk)


def record(payload: bytes) -> bytes:
    """`payload` as one RecordIO record: magic, length, contents, zeros up to four bytes.

    Raises:
        ValueError: It is longer than a record can be.
    """
    if len(payload) > LONGEST_RECORD:
        raise ValueError(f"an object of {len(payload)} bytes is too long for one RecordIO record")
    head = struct.pack("<II", RECORD_MAGIC, len(payload))
    return head + payload + b"\0" * (-len(payload) % 4)


def write_all(pipe: BinaryIO, data: bytes) -> None:
    """Write all of `data` to an unbuffered file."""
    view = memoryview(data)
    while view:
        view = view[pipe.write(view) :]


def _main(arguments: list[str]) -> None:
    os.pwrite(3, b"%d\n" % os.getpid(), 0)  # see `held`
    spool, stem, unzip, wrap, seed = arguments
    feeder = Feeder(
        spool, stem, unzip=unzip == "1", wrap=wrap == "1", seed=int(seed) if seed else None
    )
    epoch = 0
    while True:
        feeder.feed(epoch)
        epoch += 1


if __name__ == "__main__":
    try:
        _main(sys.argv[1:])
    except (OSError, ValueError, EOFError) as error:
        sys.exit(f"input pipe {sys.argv[2]} cannot be fed: {error}")
