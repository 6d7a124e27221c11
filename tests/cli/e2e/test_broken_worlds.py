"""Broken worlds: one clear message each, the right exit code, and books that stay whole."""

import json
import os
import sqlite3
import subprocess

import pytest

from tests.road import TRAIN, finished, until

NOWHERE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}


def check_refused(result, code, *words, lines=1):
    """One message on stderr that has all `words`; nothing on stdout; the exit code."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    said = [
        line for line in result.stderr.splitlines() if not line.startswith(("Uploading", "Created"))
    ]
    assert len(said) <= lines, result.stderr
    for word in words:
        assert word in result.stderr


# ---------------------------------------------------------------------- what was written


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("seed: 1", "sed: 1"), ("job.yaml:3", "sed", "Did you mean seed?")),
        (("jobs: 4", "jobs: many"), ("job.yaml:6", "limits.jobs", "whole number")),
        (("entry_point: train.py", "entry_point: gone.py"), ("entry_point", "does not exist")),
        (("ranges:", "ranges: ["), ("job.yaml", "not YAML")),
    ],
    ids=["unknown-field", "wrong-type", "no-entry-point", "no-yaml"],
)
def test_a_job_file_that_cannot_be_used_is_refused_and_nothing_is_made(road, change, words):
    road.job(changes=[change])
    check_refused(road.amt("run", "job.yaml"), 2, *words)
    assert not road.home.exists()


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\x01"], ids=["missing", "binary"])
def test_a_file_that_cannot_be_read_is_refused(road, content):
    if content is not None:
        (road.folder / "job.yaml").write_bytes(content)
    check_refused(road.amt("run", "job.yaml"), 2, "job.yaml")


# ---------------------------------------------------------------------- trainings


def test_trainings_that_all_fail_end_the_job_with_one_and_their_last_lines(road):
    road.job("import sys\nprint('the data is gone')\nsys.exit(3)", jobs=6)
    result = road.amt("run", "job.yaml", "--name", "job")
    assert result.returncode == 1
    assert "No training job succeeded" in result.stderr
    assert "ExitCode 3" in result.stderr
    assert "the data is gone" in result.stderr
    assert road.status("job") == "Failed"
    road.check_journal("job")
    road.check_nothing_left()


def test_a_metric_that_is_never_printed_is_told_after_the_first_end_with_near_misses(road):
    road.job(TRAIN.replace("score={x", "Score = {x"), jobs=4, parallel=1, seconds=0.1)
    result = road.amt("run", "job.yaml", "--name", "job")
    lines = result.stderr.splitlines()
    told = next(number for number, line in enumerate(lines) if "matches the metric score" in line)
    assert sum(line.startswith("[") for line in lines[:told]) < 4
    assert any("almost: Score = " in line for line in lines[told:])
    assert road.status("job") == "Completed"


@pytest.mark.docker
def test_a_training_that_is_killed_for_its_memory_says_so(road, script_mode_image):
    road.runtime, road.image = "docker", script_mode_image
    greedy = "hoard = [b'x' * (64 << 20) for _ in range(1 << 20)]\n"
    changes = [
        ("  source: src", "  source: src\n  instance: {type: ml.t3.medium}"),
        ("limits: {jobs: 4, parallel: 2}", "limits: {jobs: 1, parallel: 1}"),
    ]
    road.job(greedy, changes=changes)
    result = road.amt("run", "job.yaml", "--name", "job")
    assert result.returncode == 1
    (child,) = road.children("job")
    assert child.state["out_of_memory"]
    assert "OutOfMemory" in road.amt("jobs", "job", "--json").stdout
    assert "OutOfMemory" in result.stderr


# ---------------------------------------------------------------------- Docker


def test_docker_that_does_not_run_is_unreachable_and_nothing_is_created(road):
    road.job()
    words = ("Docker does not answer", "Start Docker")
    for runtime in ("docker", "auto"):
        if runtime == "auto":  # and nothing that a process could run instead
            path = road.folder / "job.yaml"
            path.write_text(
                path.read_text().replace("  entry_point: train.py\n  source: src\n", "")
            )
        result = road.amt("run", "job.yaml", "--runtime", runtime, environment=NOWHERE)
        check_refused(result, 4, *words)
    assert json.loads(road.amt("list", "--json").stdout) == []


@pytest.mark.docker
def test_an_image_that_is_nowhere_is_refused_and_nothing_is_created(road):
    road.image = "localhost:1/amt/nowhere:1"
    road.job()
    result = road.amt("run", "job.yaml", "--runtime", "docker")
    check_refused(result, 2, "localhost:1/amt/nowhere:1 is not on this machine")
    assert json.loads(road.amt("list", "--json").stdout) == []


# ---------------------------------------------------------------------- the state folder


def broken_newer(road):
    road.job(jobs=1, seconds=0.1)
    road.amt("run", "job.yaml", "--name", "job")
    with sqlite3.connect(road.home / "state.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def broken_foreign(road):
    road.home.mkdir()
    (road.home / "state.sqlite").write_bytes(b"not a data base " * 1000)


def broken_file(road):
    road.home.write_text("a file where the folder should be")


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (broken_newer, "newer version of amt"),
        (broken_foreign, "not a state of amt"),
        (broken_file, "cannot be used"),
    ],
)
def test_a_state_folder_that_cannot_be_used_is_left_as_it_is(road, spoil, word):
    spoil(road)
    road.job(jobs=1, seconds=0.1)
    file = road.home / "state.sqlite" if road.home.is_dir() else road.home
    before = file.read_bytes()
    for words in (("list",), ("run", "job.yaml"), ("stop", "job"), ("describe", "job")):
        check_refused(road.amt(*words), 4, word, "AMT_HOME")
    assert file.read_bytes() == before


@pytest.fixture
def small_disk(road):
    """The state folder on a disk of its own, and a way to fill it."""
    road.home.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", road.home]
    if os.getuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")

    def fill():
        with (road.home / "filler").open("wb", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while filler.write(b"x" * size):
                        pass
                except OSError:
                    continue

    yield fill
    road.close()
    subprocess.run(["umount", "--lazy", road.home], check=True)


def test_a_read_only_folder_is_told(road, small_disk):
    road.job(jobs=1, seconds=0.1)
    assert road.amt("run", "job.yaml", "--name", "job").returncode == 0
    before = (road.home / "state.sqlite").read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", road.home], check=True)
    for words in (("list",), ("run", "job.yaml", "--name", "two"), ("describe", "job")):
        check_refused(road.amt(*words), 4, "Read-only file system", "AMT_HOME")
    assert (road.home / "state.sqlite").read_bytes() == before


def test_a_disk_that_is_full_for_a_while_is_waited_for(road, small_disk):
    road.job(jobs=8, seconds=0.4)
    driver = road.spawn("run", "job.yaml", "--name", "job")
    until(lambda: any(note[0] == "finished" for note in road.notes()), "one has ended")
    small_disk()
    said = ""
    while "the disk is full" not in said:
        line = driver.stderr.readline()
        assert line, said
        said += line
    until(lambda: all(count == 1 for count in road.notes().values()), "trainings go on")
    assert driver.poll() is None
    (road.home / "filler").unlink()
    result = finished(driver)
    assert result.returncode == 0, result.stderr
    assert "Going on." in result.stderr
    rows = road.children("job")
    assert len(rows) == 8
    assert {row.status for row in rows} <= {"Completed", "Failed"}
    assert all(count == 1 for count in road.notes().values()), "nothing ran twice"
    for row in rows:
        if row.status == "Completed":
            road.check_training_job(row, 1)
    road.check_journal("job")
    road.check_nothing_left()


def test_a_disk_that_is_full_from_the_beginning_refuses_cleanly(road, small_disk):
    road.job(jobs=2, seconds=0.1)
    assert road.amt("list").returncode == 0
    small_disk()
    result = road.amt("run", "job.yaml", "--name", "job")
    assert result.returncode == 4, result.stderr
    assert "space" in result.stderr
    (road.home / "filler").unlink()
    assert road.status("job") is None
    assert not list((road.home / "s3").rglob("*.part"))
    assert road.amt("run", "job.yaml", "--name", "job").returncode == 0
    road.check_exact("job", 2)


# ---------------------------------------------------------------------- the terminal


def test_without_a_home_and_in_an_ascii_locale_everything_is_said(road):
    road.job(TRAIN + '\nsys.stdout.buffer.write("größer ✓".encode())\n', jobs=1, seconds=0.1)
    bare = {**ASCII, "HOME": None, "NO_COLOR": "1"}
    result = road.amt("run", "job.yaml", "--name", "job", environment=bare)
    assert result.returncode == 0, result.stderr
    assert "\x1b" not in result.stdout + result.stderr
    (child,) = road.children("job")
    for words in (("list",), ("describe", "job"), ("jobs", "job"), ("logs", child.name)):
        result = road.amt(*words, environment=bare)
        assert result.returncode == 0, result.stderr
        assert "\x1b" not in result.stdout


@pytest.mark.parametrize("words", [("list",), ("--help",), ("logs", "CHILD"), ("jobs", "job")])
def test_a_reader_that_leaves_early_makes_no_noise(road, words):
    road.job('for number in range(20000): print("line", number)', jobs=1)
    road.amt("run", "job.yaml", "--name", "job")
    (child,) = road.children("job")
    ear, mouth = os.pipe()
    os.close(ear)
    words = [child.name if word == "CHILD" else word for word in words]
    process = road.spawn(*words, stdout=mouth)
    os.close(mouth)
    _, said = process.communicate(timeout=40)
    assert said == ""
    assert process.returncode in {0, 1, 141}
