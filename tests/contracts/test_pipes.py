"""Pipe input mode: what a reader of the named pipes gets."""

import gzip
import os
import struct
import sys

import pytest

from orchestrator.runtime import held, pipes
from orchestrator.runtime.workspace import Workspace
from orchestrator.training.spec import Channel, InputMode, Scope, TrainingSpec


@pytest.fixture
def fed(tmp_path):
    """A function that feeds one channel; every feeder is ended with the test."""
    spaces = []

    def feed(contents, **options):
        channel = Channel("train", "s3://b/t", mode=InputMode.PIPE, **options)
        spec = TrainingSpec("job", Scope("123456789012", "eu-west-1"), channels=(channel,))
        space = Workspace.under(tmp_path, spec)
        space.prepare()
        spaces.append(space)
        for name, content in contents.items():
            file = space.spool("algo-1", "train") / name
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
        pipes.start(space, "algo-1", channel, sys.executable)
        return space

    yield feed
    for space in spaces:
        pipes.stop(space)


def pipe(space, epoch):
    return space.channel("algo-1", "train").with_name(f"train_{epoch}")


def test_each_epoch_is_the_whole_channel_in_order(fed):
    space = fed({"000000": b"a" * 200_000, "000001": b"b"})
    for epoch in range(3):
        assert pipe(space, epoch).read_bytes() == b"a" * 200_000 + b"b"


def test_a_reader_may_close_early(fed):
    space = fed({"000000": b"x" * 1_000_000})
    with pipe(space, 0).open("rb") as file:
        file.read(10)
    assert len(pipe(space, 1).read_bytes()) == 1_000_000


def test_starting_twice_is_starting_once_and_stop_leaves_no_feeder(fed):
    space = fed({"000000": b"x"})
    channel = space.spec.channels[0]
    pipes.start(space, "algo-1", channel, sys.executable)
    assert pipe(space, 0).read_bytes() == b"x"
    process = int((space.run("algo-1") / "train.feeder").read_text())
    pipes.stop(space)
    pipes.stop(space)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_gzip_and_record_io(fed):
    space = fed(
        {"000000": gzip.compress(b"hello"), "000001/0": gzip.compress(b"")},
        gzip=True,
        record_io=True,
    )
    head = struct.pack("<II", 0xCED7230A, 5)
    empty = struct.pack("<II", 0xCED7230A, 0)
    assert pipe(space, 0).read_bytes() == head + b"hello\0\0\0" + empty


def test_a_shuffle_seed_orders_each_epoch_anew_and_keeps_records_together(fed):
    contents = {f"{n:06}/{part}": b"%d%s;" % (n, part.encode()) for n in range(6) for part in "ab"}
    space = fed(contents, shuffle_seed=7)
    epochs = [pipe(space, n).read_bytes() for n in range(3)]
    assert len(set(epochs)) > 1
    for epoch in epochs:
        pairs = epoch.split(b";")[:-1]
        assert sorted(pairs) == sorted(b"%d%s" % (n, p) for n in range(6) for p in (b"a", b"b"))
        assert all(
            first[:-1] == second[:-1] for first, second in zip(pairs[::2], pairs[1::2], strict=True)
        )


def test_what_cannot_be_fed_is_said_in_the_log(fed):
    space = fed({"000000": b"not gzip"}, gzip=True)
    assert pipe(space, 0).read_bytes() == b""
    lock = space.run("algo-1") / "train.feeder"
    assert held.await_end(lock, int(lock.read_text()))
    assert "cannot be fed: Not a gzipped file" in space.log("algo-1").read_text()
