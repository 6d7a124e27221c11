"""What every runtime promises (`orchestrator.runtime.protocol`), as tests.

A runtime's test module subclasses `RuntimeContract`, or `HostContract` where real programs run,
and gives the fixture `bench`. Each script prints ``line 0`` as soon as it is ready.
"""

import threading
import time
from typing import Protocol

from orchestrator.runtime.protocol import Exited, Launch, Printed, Runtime
from orchestrator.training.spec import HOMOGENEOUS, InstanceGroup, Scope, TrainingSpec

SCOPE = Scope("123456789012", "eu-west-1")
PATIENCE_SECONDS = 50.0

_BEGIN = """
import os, signal, subprocess, sys, time
base = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
host = __import__("json").load(open(base + "/input/config/resourceconfig.json"))["current_host"]
def wait_for(name):
    while not os.path.exists(f"{base}/output/data/{name}"):
        time.sleep(0.01)
"""

SCRIPTS = {
    name: _BEGIN + body
    for name, body in {
        "three lines": """
for number in range(3):
    print("line", number)
""",
        "fails": """
print("line 0")
with open(base + "/output/failure", "w") as file:
    file.write("the data is bad")
sys.exit(3)
""",
        "fails silently": """
print("line 0")
sys.exit(3)
""",
        "saves when told to stop": """
def stop(*_):
    with open(base + "/model/weights", "w") as file:
        file.write("saved")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("line 0", flush=True)
while True:
    signal.pause()
""",
        "deaf": """
signal.signal(signal.SIGTERM, lambda *_: print("heard", flush=True))
print("line 0", flush=True)
while True:
    signal.pause()
""",
        "waits for go": """
print("line 0", flush=True)
wait_for("go")
print("line 1")
sys.exit(5)
""",
        "long line": """
print("line 0")
print("x" * 3_000_000)
print("end")
""",
        "no last newline": """
print("line 0")
sys.stdout.write("cut off")
""",
        "both streams": """
print("line 0", flush=True)
print("complaint", file=sys.stderr, flush=True)
print("line 2", flush=True)
""",
        "makes a daemon": """
pid = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True).pid
print("line 0", pid, flush=True)
wait_for("go")
""",
        "first host fails": """
print("line 0", flush=True)
if host == "algo-1":
    wait_for("go")
    sys.exit(4)
wait_for("never")
""",
        "says its host": """
print("line 0", host)
""",
    }.items()
}


class Bench(Protocol):
    """A runtime under test, and what a test needs around it."""

    runtime: Runtime

    def launch(self, script: str, *, name: str = "job", hosts: int = 1, attempt: int = 1) -> Launch:
        """An attempt that runs the script of that name in SCRIPTS, staged and ready to start."""
        ...

    def restart(self) -> None:
        """Throw the runtime away as a crash does, and put a new one on the same state."""
        ...

    def leftovers(self, launch: Launch) -> list[str]:
        """Processes, containers and files that are still there, logs apart."""
        ...

    def wait(self, when: float | None, wake: threading.Event) -> None:
        """Let time pass until `when` or until woken."""
        ...


def a_spec(name: str, hosts: int, **changes) -> TrainingSpec:
    groups = (InstanceGroup(HOMOGENEOUS, "ml.m5.large", hosts),)
    return TrainingSpec(name=name, scope=SCOPE, instance_groups=groups, **changes)


class Watcher:
    """Polls as the engine does and keeps every sighting."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.seen: list[Printed | Exited] = []
        self._woken = threading.Event()
        self.attend()

    def attend(self) -> None:
        """Listen to the bench's present runtime."""
        self.bench.runtime.on_wake(self._woken.set)

    def until(self, condition) -> None:
        limit = time.monotonic() + PATIENCE_SECONDS
        while True:
            self._woken.clear()
            self.seen += self.bench.runtime.poll()
            if condition():
                return
            assert time.monotonic() < limit, f"waited in vain; seen: {self.seen[-5:]}"
            self.bench.wait(self.bench.runtime.due(), self._woken)

    def ready(self, *launches: Launch) -> None:
        """Wait until each has printed its first line."""
        for launch in launches:
            self.until(lambda key=launch.key: "line 0" in self.text(key))

    def end(self, launch: Launch) -> Exited:
        self.until(lambda: self.exits(launch.key))
        (exited,) = self.exits(launch.key)
        return exited

    def exits(self, key: str) -> list[Exited]:
        return [s for s in self.seen if isinstance(s, Exited) and s.key == key]

    def text(self, key: str, host: str = "algo-1") -> str:
        wanted = [s for s in self.seen if isinstance(s, Printed) and s.key == key]
        return "".join(s.text for s in wanted if s.host == host)


class RuntimeContract:
    """Promises of every runtime."""

    def test_what_is_printed_is_told_in_order_and_then_the_end(self, bench):
        watcher, launch = Watcher(bench), bench.launch("three lines")
        bench.runtime.start(launch)
        assert watcher.end(launch) == Exited(launch.key, 1, 0)
        assert watcher.text(launch.key) == "line 0\nline 1\nline 2\n"
        assert isinstance(watcher.seen[-1], Exited)
        offsets = [s.offset for s in watcher.seen[:-1]]
        assert offsets == sorted(offsets)
        assert offsets[-1] == len("line 0\nline 1\nline 2\n")

    def test_starting_twice_is_starting_once(self, bench):
        watcher, launch = Watcher(bench), bench.launch("deaf")
        bench.runtime.start(launch)
        bench.runtime.start(launch)
        watcher.ready(launch)
        bench.runtime.start(launch)
        bench.runtime.kill(launch.key)
        watcher.end(launch)
        assert watcher.text(launch.key).count("line 0") == 1

    def test_a_failure_has_its_code_and_its_text(self, bench):
        watcher, launch = Watcher(bench), bench.launch("fails")
        bench.runtime.start(launch)
        exited = watcher.end(launch)
        assert exited.code == self.code_of(3)
        assert exited.failure == "the data is bad"
        assert exited.last_lines == "line 0"
        assert not exited.out_of_memory

    def code_of(self, code: int) -> int:
        """What a script's exit code becomes on its way."""
        return code

    def test_a_training_that_heeds_the_signal_ends_well(self, bench):
        watcher, launch = Watcher(bench), bench.launch("saves when told to stop")
        bench.runtime.start(launch)
        watcher.ready(launch)
        bench.runtime.signal(launch.key)
        assert watcher.end(launch).code == 0

    def test_a_deaf_training_goes_on_until_it_is_killed(self, bench):
        watcher, launch = Watcher(bench), bench.launch("deaf")
        bench.runtime.start(launch)
        watcher.ready(launch)
        bench.runtime.signal(launch.key)
        bench.runtime.signal(launch.key)
        watcher.seen += bench.runtime.poll()
        assert not watcher.exits(launch.key)
        bench.runtime.kill(launch.key)
        assert watcher.end(launch).code == 137

    def test_signals_to_what_does_not_run_do_nothing(self, bench):
        watcher, launch = Watcher(bench), bench.launch("three lines")
        bench.runtime.signal(launch.key)
        bench.runtime.kill(launch.key)
        bench.runtime.start(launch)
        assert watcher.end(launch).code == 0
        bench.runtime.signal(launch.key)
        bench.runtime.kill(launch.key)
        assert not bench.runtime.poll()

    def test_nothing_watched_means_nothing_due(self, bench):
        watcher, launch = Watcher(bench), bench.launch("three lines")
        assert bench.runtime.due() is None
        bench.runtime.start(launch)
        assert bench.runtime.due() is not None
        watcher.end(launch)
        assert bench.runtime.due() is None

    def test_several_run_at_once_and_are_told_apart(self, bench):
        watcher = Watcher(bench)
        launches = [bench.launch("deaf", name=f"job-{n}") for n in range(3)]
        for launch in launches:
            bench.runtime.start(launch)
        watcher.ready(*launches)
        bench.runtime.kill(launches[1].key)
        watcher.end(launches[1])
        assert not watcher.exits(launches[0].key)
        for launch in launches:
            bench.runtime.discard(launch)
        assert [bench.leftovers(launch) for launch in launches] == [[], [], []]

    def test_a_new_engine_adopts_what_runs_and_hears_only_the_new(self, bench):
        watcher, launch = Watcher(bench), bench.launch("deaf")
        bench.runtime.start(launch)
        watcher.ready(launch)
        offset = watcher.seen[-1].offset
        bench.restart()
        watcher.attend()
        assert bench.runtime.adopt(launch, {"algo-1": offset})
        bench.runtime.kill(launch.key)
        assert watcher.end(launch).code == 137
        assert watcher.text(launch.key).count("line 0") == 1

    def test_what_was_told_but_not_recorded_is_told_again(self, bench):
        watcher, launch = Watcher(bench), bench.launch("three lines")
        bench.runtime.start(launch)
        watcher.end(launch)
        bench.restart()
        again = Watcher(bench)
        assert bench.runtime.adopt(launch, {})
        assert again.end(launch) == watcher.end(launch)
        assert again.text(launch.key) == watcher.text(launch.key)

    def test_adopting_twice_is_adopting_once(self, bench):
        launch = bench.launch("deaf")
        bench.runtime.start(launch)
        bench.restart()
        watcher = Watcher(bench)
        assert bench.runtime.adopt(launch, {})
        watcher.ready(launch)
        assert bench.runtime.adopt(launch, {"algo-1": watcher.seen[-1].offset})
        bench.runtime.kill(launch.key)
        watcher.end(launch)
        assert watcher.text(launch.key).count("line 0") == 1

    def test_what_was_never_started_cannot_be_adopted(self, bench):
        first = bench.launch("three lines")
        assert not bench.runtime.adopt(first, {})
        bench.runtime.start(first)
        assert not bench.runtime.adopt(Launch(first.spec, attempt=2), {})
        Watcher(bench).end(first)

    def test_discard_ends_what_runs_leaves_nothing_and_may_be_repeated(self, bench):
        watcher, launch = Watcher(bench), bench.launch("deaf")
        bench.runtime.start(launch)
        watcher.ready(launch)
        bench.runtime.discard(launch)
        bench.runtime.discard(launch)
        assert bench.leftovers(launch) == []
        assert not bench.runtime.poll()
        assert not bench.runtime.adopt(launch, {})

    def test_a_second_attempt_is_a_new_one(self, bench):
        watcher, launch = Watcher(bench), bench.launch("three lines")
        bench.runtime.start(launch)
        watcher.end(launch)
        bench.runtime.discard(launch)
        second = Watcher(bench)
        again = bench.launch("three lines", attempt=2)
        bench.runtime.start(again)
        assert second.end(again) == Exited(again.key, 2, 0)
        assert second.text(again.key) == "line 0\nline 1\nline 2\n"


class HostContract(RuntimeContract):
    """Promises of the runtimes that run real programs."""

    def test_a_failure_without_a_text_says_the_command(self, bench):
        watcher, launch = Watcher(bench), bench.launch("fails silently")
        bench.runtime.start(launch)
        exited = watcher.end(launch)
        assert exited.code == self.code_of(3)
        assert self.failure_of(3) in exited.failure

    def failure_of(self, code: int) -> str:
        """What the failure text says when the script wrote none."""
        return f"ExecuteUserScriptError:\nExitCode {code}\n"

    def test_a_model_saved_on_the_signal_is_there(self, bench):
        watcher, launch = Watcher(bench), bench.launch("saves when told to stop")
        bench.runtime.start(launch)
        watcher.ready(launch)
        bench.runtime.signal(launch.key)
        watcher.end(launch)
        assert (self.space(bench, launch).model("algo-1") / "weights").read_text() == "saved"

    def space(self, bench, launch):
        workspace = bench.runtime.workspace(launch)
        assert workspace is not None
        return workspace

    def go(self, bench, launch, host="algo-1"):
        """Let a waiting script go on."""
        (self.space(bench, launch).output_data(host) / "go").touch()

    def test_the_log_holds_everything(self, bench):
        watcher, launch = Watcher(bench), bench.launch("three lines")
        bench.runtime.start(launch)
        watcher.end(launch)
        bench.runtime.discard(launch)
        assert self.space(bench, launch).log("algo-1").read_text() == watcher.text(launch.key)

    def test_an_end_that_nobody_saw_is_told_with_its_code(self, bench):
        watcher, launch = Watcher(bench), bench.launch("waits for go")
        bench.runtime.start(launch)
        watcher.ready(launch)
        bench.restart()
        self.go(bench, launch)
        watcher.attend()
        self.await_text(self.space(bench, launch).log("algo-1"), "line 1")
        assert bench.runtime.adopt(launch, {"algo-1": len("line 0\n")})
        assert watcher.end(launch).code == self.code_of(5)
        assert watcher.text(launch.key) == "line 0\nline 1\n"

    def await_text(self, log, text):
        """Wait for a text in a log that no runtime follows."""

    def test_a_long_line_is_told_whole(self, bench):
        watcher, launch = Watcher(bench), bench.launch("long line")
        bench.runtime.start(launch)
        watcher.end(launch)
        assert watcher.text(launch.key) == "line 0\n" + "x" * 3_000_000 + "\nend\n"
        assert any(s.text.startswith("x") or "\nxxx" in s.text for s in watcher.seen[:-1])
        assert all(s.text.endswith("\n") for s in watcher.seen[:-1])

    def test_a_last_line_without_newline_is_told_at_the_end(self, bench):
        watcher, launch = Watcher(bench), bench.launch("no last newline")
        bench.runtime.start(launch)
        watcher.end(launch)
        assert watcher.text(launch.key) == "line 0\ncut off"

    def test_both_streams_are_one(self, bench):
        watcher, launch = Watcher(bench), bench.launch("both streams")
        bench.runtime.start(launch)
        watcher.end(launch)
        assert sorted(watcher.text(launch.key).splitlines()) == ["complaint", "line 0", "line 2"]

    def test_a_daemon_of_the_training_does_not_outlive_the_discard(self, bench):
        watcher, launch = Watcher(bench), bench.launch("makes a daemon")
        bench.runtime.start(launch)
        watcher.ready(launch)
        self.go(bench, launch)
        watcher.end(launch)
        bench.runtime.discard(launch)
        assert bench.leftovers(launch) == []

    def test_a_new_engine_can_discard_what_it_never_adopted(self, bench):
        watcher, launch = Watcher(bench), bench.launch("deaf")
        bench.runtime.start(launch)
        watcher.ready(launch)
        bench.restart()
        bench.runtime.discard(launch)
        assert bench.leftovers(launch) == []

    def test_every_host_runs_and_prints_to_its_own_log(self, bench):
        watcher, launch = Watcher(bench), bench.launch("says its host", hosts=2)
        bench.runtime.start(launch)
        assert watcher.end(launch).code == 0
        for host in ("algo-1", "algo-2"):
            assert watcher.text(launch.key, host) == f"line 0 {host}\n"

    def test_when_a_host_fails_the_others_are_ended_and_its_code_counts(self, bench):
        watcher, launch = Watcher(bench), bench.launch("first host fails", hosts=2)
        bench.runtime.start(launch)
        watcher.until(lambda: "line 0" in watcher.text(launch.key, "algo-2"))
        self.go(bench, launch)
        assert watcher.end(launch).code == self.code_of(4)
