"""The process runtime keeps the contract, with real processes."""

import hashlib
import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest

from orchestrator.clock import SystemClock
from orchestrator.errors import LaunchRefused
from orchestrator.runtime import held
from orchestrator.runtime.process import ProcessRuntime
from orchestrator.runtime.protocol import Launch
from orchestrator.training.spec import Channel, InputMode
from tests.contracts.runtime_contract import SCRIPTS, HostContract, Watcher, a_spec

SCRIPT_MODE = (
    ("sagemaker_program", '"train.py"'),
    ("sagemaker_submit_directory", '"s3://bucket/sourcedir.tar.gz"'),
)


def archive_of(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


class ProcessBench:
    def __init__(self, home):
        self.clock = SystemClock()
        self.home = home
        self.mark = hashlib.sha1(str(home).encode()).hexdigest()[:10]  # other tests run beside us
        self.launches = []
        self.runtime = self._new()

    def _new(self):
        environment = {"PATH": os.environ["PATH"], "SM_STALE": "1", "AWS_PROFILE": "mine"}
        return ProcessRuntime(self.home, self.clock, sys.executable, environment)

    def launch(self, script, *, name="job", hosts=1, attempt=1):
        return self.stage({"train.py": SCRIPTS[script]}, name=name, hosts=hosts, attempt=attempt)

    def stage(self, files, *, name="job", hosts=1, attempt=1, extra=(), **changes):
        values = {"hyperparameters": tuple(sorted((*SCRIPT_MODE, *extra)))} | changes
        launch = Launch(a_spec(f"{name}-{self.mark}", hosts, **values), attempt)
        self.launches.append(launch)
        workspace = self.runtime.workspace(launch)
        workspace.clear()
        workspace.prepare()
        for host in launch.spec.hosts:
            workspace.code_archive(host).write_bytes(archive_of(files))
        return launch

    def restart(self):
        self.runtime.close()
        self.runtime = self._new()

    def leftovers(self, launch):
        root = self.runtime.workspace(launch).root
        files = [str(path) for path in root.iterdir() if path.name != "logs"]
        return files + processes_of(launch.key)

    def wait(self, when, wake):
        self.clock.wait_until(when, wake)

    def close(self):
        for launch in self.launches:
            self.runtime.discard(launch)
        self.runtime.close()


def processes_of(arn):
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"TRAINING_JOB_ARN={arn}\0".encode() in (folder / "environ").read_bytes():
                found.append(folder.name)
        except OSError:
            continue
    return found


@pytest.fixture
def bench(tmp_path):
    bench = ProcessBench(tmp_path / "home")
    yield bench
    bench.close()


class TestProcessRuntime(HostContract):
    def await_text(self, log, text):
        pause = threading.Event()
        while text not in log.read_text():
            pause.wait(0.01)

    def run(self, bench, files, **changes):
        """Run a script to its end; what it printed, and its end."""
        watcher, launch = Watcher(bench), bench.stage(files, **changes)
        bench.runtime.start(launch)
        exited = watcher.end(launch)
        return watcher.text(launch.key), exited

    def test_only_script_mode_is_accepted(self, bench):
        with pytest.raises(LaunchRefused, match=r"(?s)my/image.*docker"):
            bench.runtime.check(a_spec("job", 1, image="my/image"))
        bench.runtime.check(a_spec("", 1, hyperparameters=SCRIPT_MODE))

    def test_a_python_that_is_not_there_is_said(self, tmp_path):
        runtime = ProcessRuntime(tmp_path, SystemClock(), "/no/python", {})
        with pytest.raises(LaunchRefused, match="/no/python"):
            runtime.check(a_spec("job", 1, hyperparameters=SCRIPT_MODE))

    def test_a_script_sees_its_arguments_and_variables(self, bench):
        source = """
import os, sys, json
print(sys.argv[1:])
print(os.environ["SM_HP_LR"], os.environ["SM_CHANNEL_TRAIN"], os.getcwd())
print([name in os.environ for name in ("SM_STALE", "AWS_PROFILE", "MINE")])
print(json.load(open(os.environ["SM_INPUT_CONFIG_DIR"] + "/hyperparameters.json"))["lr"])
"""
        text, _ = self.run(
            bench,
            {"train.py": source},
            extra=(("lr", "0.5"), ("note", "$(id); 'x'")),
            channels=(Channel("train", "s3://b/t"),),
            environment=(("MINE", "1"),),
        )
        base = bench.runtime.workspace(bench.launches[0]).base("algo-1")
        assert text.splitlines() == [
            str(["--lr", "0.5", "--note", "$(id); 'x'"]),
            f"0.5 {base}/input/data/train {base}/code",
            "[False, True, True]",
            "0.5",
        ]

    def test_network_isolation_takes_the_aws_variables_away_and_says_the_rest(self, bench):
        source = 'import os; print("AWS_PROFILE" in os.environ)'
        text, _ = self.run(bench, {"train.py": source}, network_isolation=True)
        assert text.splitlines()[1:] == ["False"]
        assert "not enforced" in text

    def test_requirements_are_not_installed_and_that_is_said(self, bench):
        text, exited = self.run(bench, {"train.py": "", "requirements.txt": "no-such-package"})
        assert exited.code == 0
        assert "requirements.txt is not installed" in text

    def test_a_shell_script_runs_with_its_arguments_unread(self, bench):
        hyperparameters = (("note", "$(id)"), ("sagemaker_program", "run.sh"), SCRIPT_MODE[1])
        text, exited = self.run(
            bench, {"run.sh": 'echo "$@"; exit 9'}, hyperparameters=hyperparameters
        )
        assert (text, exited.code) == ("--note $(id)\n", 9)

    def test_an_entry_point_that_is_not_in_the_code_is_said(self, bench):
        launch = bench.stage({"other.py": ""})
        with pytest.raises(LaunchRefused, match=r"train\.py is not in .* has other\.py"):
            bench.runtime.start(launch)
        assert not bench.runtime.adopt(launch, {})

    def test_code_may_come_through_a_channel(self, bench):
        hyperparameters = (
            ("sagemaker_program", "train.py"),
            ("sagemaker_submit_directory", "/opt/ml/input/data/code"),
        )
        watcher = Watcher(bench)
        launch = bench.stage(
            {}, hyperparameters=hyperparameters, channels=(Channel("code", "s3://b/code"),)
        )
        folder = bench.runtime.workspace(launch).channel("algo-1", "code")
        (folder / "train.py").write_text("print('from the channel')")
        bench.runtime.start(launch)
        watcher.end(launch)
        assert watcher.text(launch.key) == "from the channel\n"

    def test_a_package_runs_as_a_module_without_being_installed(self, bench):
        hyperparameters = (("sagemaker_program", "trainer/main.py"), SCRIPT_MODE[1])
        files = {"setup.py": "raise SystemExit", "trainer/main.py": "print(__name__, __package__)"}
        text, _ = self.run(bench, files, hyperparameters=hyperparameters)
        assert text == "__main__ trainer\n"

    def test_an_archive_cannot_write_outside(self, bench, tmp_path):
        launch = bench.stage({"../../../../escaped.py": "", "train.py": ""})
        with pytest.raises(LaunchRefused, match="cannot be unpacked"):
            bench.runtime.start(launch)
        assert not list(tmp_path.rglob("escaped.py"))

    def test_an_archive_that_is_none_is_said(self, bench):
        launch = bench.stage({"train.py": ""})
        bench.runtime.workspace(launch).code_archive("algo-1").write_text("not an archive")
        with pytest.raises(LaunchRefused, match="cannot be unpacked"):
            bench.runtime.start(launch)

    def test_a_command_too_long_for_the_system_is_refused(self, bench):
        launch = bench.stage({"train.py": ""}, extra=(("big", "x" * 300_000),))
        with pytest.raises(LaunchRefused, match="cannot be started"):
            bench.runtime.start(launch)
        assert processes_of(launch.key) == []

    def test_a_crash_before_the_launcher_was_born_leaves_it_to_be_started(self, bench):
        launch = bench.launch("three lines")
        run = bench.runtime.workspace(launch).run("algo-1")
        bench.runtime.start(launch)
        record = (run / "attempt").read_text()
        bench.runtime.discard(launch)
        launch = bench.launch("three lines")
        (run / "attempt").write_text(record)
        (run / "lock").touch()
        assert not bench.runtime.adopt(launch, {})
        watcher = Watcher(bench)
        bench.runtime.start(launch)
        assert watcher.end(launch).code == 0

    def test_what_ran_before_the_machine_was_restarted_is_not_adopted(self, bench):
        launch = bench.launch("three lines")
        bench.runtime.start(launch)
        record = bench.runtime.workspace(launch).run("algo-1") / "attempt"
        bench.restart()
        number, begin, _boot = record.read_text().split()
        record.write_text(f"{number} {begin} another-boot")
        assert not bench.runtime.adopt(launch, {})

    def test_a_killed_launcher_takes_its_training_with_it(self, bench):
        watcher, launch = Watcher(bench), bench.launch("deaf")
        bench.runtime.start(launch)
        watcher.ready(launch)
        held.send(bench.runtime.workspace(launch).run("algo-1") / "lock", signal.SIGKILL)
        assert watcher.end(launch).code == 137
        bench.runtime.poll()
        assert processes_of(launch.key) == []

    def test_a_signal_sent_at_once_is_not_lost(self, bench):
        watcher = Watcher(bench)
        source = "import time\nwhile True: time.sleep(9)"
        launch = bench.stage({"train.py": source})
        bench.runtime.start(launch)
        bench.runtime.signal(launch.key)
        assert watcher.end(launch).code == 143

    def test_a_piped_channel_is_fed_and_its_feeder_ends_with_the_training(self, bench):
        source = """
import os
for epoch in range(2):
    print(open(os.environ["SM_CHANNEL_P"] + f"_{epoch}").read())
"""
        watcher = Watcher(bench)
        launch = bench.stage(
            {"train.py": source}, channels=(Channel("p", "s3://b/p", mode=InputMode.PIPE),)
        )
        workspace = bench.runtime.workspace(launch)
        (workspace.spool("algo-1", "p") / "000000").write_text("data")
        bench.runtime.start(launch)
        watcher.end(launch)
        assert watcher.text(launch.key) == "data\ndata\n"
        assert not held.alive(workspace.run("algo-1") / "p.feeder")

    def test_secrets_of_the_environment_are_not_written_to_disk(self, bench):
        launch = bench.stage({"train.py": ""}, environment=(("TOKEN", "s3cr3t-t0ken"),))
        watcher = Watcher(bench)
        bench.runtime.start(launch)
        watcher.end(launch)
        files = [path for path in bench.home.rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if b"s3cr3t-t0ken" in path.read_bytes()]

    def test_an_attempt_is_not_started_beside_an_earlier_one(self, bench):
        watcher, launch = Watcher(bench), bench.launch("deaf")
        bench.runtime.start(launch)
        watcher.ready(launch)
        with pytest.raises(LaunchRefused, match="earlier attempt still runs") as refused:
            bench.runtime.start(Launch(launch.spec, attempt=2))
        assert refused.value.retryable

    def test_training_outlives_an_engine_that_is_killed(self, bench):
        launch = bench.launch("waits for go")
        code = (
            "import os, signal, sys\n"
            "from pathlib import Path\n"
            "from orchestrator.clock import SystemClock\n"
            "from orchestrator.runtime.process import ProcessRuntime\n"
            "from tests.contracts.test_process_runtime import Launch, SCRIPT_MODE, a_spec\n"
            "launch = Launch(a_spec(sys.argv[2], 1, hyperparameters=SCRIPT_MODE))\n"
            "ProcessRuntime(Path(sys.argv[1]), SystemClock()).start(launch)\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        argv = [sys.executable, "-c", code, str(bench.home), launch.spec.name]
        engine = subprocess.run(argv, check=False, cwd=Path(__file__).parents[2])
        assert engine.returncode == -signal.SIGKILL
        watcher = Watcher(bench)
        assert bench.runtime.adopt(launch, {})
        watcher.ready(launch)
        self.go(bench, launch)
        assert watcher.end(launch).code == 5
