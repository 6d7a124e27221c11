"""Following a log, and reading it again."""

import pytest

from orchestrator.runtime import log_tail
from orchestrator.runtime.log_tail import LogTail

AT = 4e9  # later than any file


@pytest.fixture
def log(tmp_path):
    return tmp_path / "algo-1.log"


def append(log, data):
    with log.open("ab") as file:
        file.write(data)


def everything(tail, *, ended=False):
    batches = []
    while batch := tail.read(AT, ended=ended):
        batches.append(batch)
    return batches


def test_a_missing_log_says_nothing(log):
    assert LogTail(log).read(AT, ended=True) is None


def test_only_whole_lines_are_told_until_it_ended(log):
    tail = LogTail(log)
    append(log, b"one\ntw")
    assert tail.read(AT) == (4, "one\n")
    assert tail.read(AT) is None
    append(log, b"o\nthree")
    assert tail.read(AT) == (8, "two\n")
    assert tail.read(AT, ended=True) == (13, "three")
    assert tail.read(AT, ended=True) is None


def test_a_long_line_is_told_whole_and_a_batch_is_bounded(log, monkeypatch):
    monkeypatch.setattr(log_tail, "BATCH", 8)
    append(log, b"a\n" * 10 + b"x" * 50 + b"\nend\n")
    batches = everything(LogTail(log))
    assert "".join(b.text for b in batches) == "a\n" * 10 + "x" * 50 + "\nend\n"
    assert all(b.text.endswith("\n") for b in batches)
    assert max(len(b.text) for b in batches) <= 51


def test_a_long_line_that_grows_is_searched_only_once(log, monkeypatch):
    monkeypatch.setattr(log_tail, "BATCH", 8)
    tail = LogTail(log)
    append(log, b"x" * 30)
    assert tail.read(AT) is None
    append(log, b"yy\nz\n")
    assert [b.text for b in everything(tail)] == ["x" * 30 + "yy\n", "z\n"]


def test_a_line_beyond_all_bounds_comes_in_pieces(log, monkeypatch):
    monkeypatch.setattr(log_tail, "BATCH", 8)
    monkeypatch.setattr(log_tail, "LONGEST_LINE", 16)
    append(log, b"x" * 40)
    assert [len(b.text) for b in everything(LogTail(log), ended=True)] == [16, 16, 8]


def test_bytes_that_are_no_text_do_not_stop_it(log):
    append(log, b"\xff\xfe\n")
    assert LogTail(log).read(AT) == (3, "\ufffd\ufffd\n")


def test_lines_have_the_moment_they_were_seen(log):
    tail = LogTail(log)
    append(log, b"one\ntwo\n")
    tail.read(1.5)
    append(log, b"three\n")
    tail.read(2.5)
    assert list(log_tail.lines(log)) == [
        (4, 1500, "one"),
        (8, 1500, "two"),
        (14, 2500, "three"),
    ]
    assert [line.text for line in log_tail.lines(log, 8)] == ["three"]


def test_a_second_reader_after_a_crash_keeps_the_first_moments(log):
    append(log, b"one\n")
    LogTail(log).read(1.0)
    append(log, b"two\n")
    LogTail(log).read(2.0)
    assert [line.epoch_ms for line in log_tail.lines(log)] == [1000, 2000]


def test_a_growing_last_line_is_not_read_before_it_was_told(log):
    append(log, b"one\ntwo")
    tail = LogTail(log)
    tail.read(1.0)
    assert [line.text for line in log_tail.lines(log)] == ["one"]
    tail.read(2.0, ended=True)
    assert [line.text for line in log_tail.lines(log)] == ["one", "two"]


def test_a_further_attempt_begins_on_a_line_of_its_own(log):
    assert log_tail.begin(log) == 0
    append(log, b"cut off")
    assert log_tail.begin(log) == 8
    append(log, b"again\n")
    assert LogTail(log, 8).read(AT) == (14, "again\n")
    assert log_tail.begin(log) == 14


def test_the_last_lines_of_an_attempt(log):
    append(log, b"old\na\nb\nc\n")
    assert log_tail.last_lines(log, 2) == "b\nc"
    assert log_tail.last_lines(log, 9, start=4) == "a\nb\nc"
    assert log_tail.last_lines(log.with_name("none"), 2) == ""


def test_a_disk_without_room_for_the_moments_does_not_stop_the_reading(log):
    tail = LogTail(log)
    log_tail.times_of(log).mkdir()  # what cannot be written to
    append(log, b"one\ntwo\n")
    assert everything(tail)[0].text == "one\ntwo\n"
