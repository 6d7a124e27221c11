"""The real command in real processes, on a state folder of its own.

Shared by the tests that kill drivers and those that walk the whole road. Nothing here reaches
into a running `amt`: what it did is read from the books, the S3 folder, the files its
trainings left and the processes and containers of this machine.
"""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from pathlib import Path

from orchestrator.clock import SystemClock
from orchestrator.endpoint.parse import Requests
from orchestrator.store.protocol import JobKind, Query
from orchestrator.store.sqlite import SqliteStore
from orchestrator.strategy import registry
from orchestrator.training.spec import Scope
from orchestrator.tuning import invariants
from orchestrator.tuning.machine import TuningMachine
from orchestrator.tuning.search import search_of

ACCOUNT, REGION = "000000000000", "us-east-1"
SCOPE = Scope(ACCOUNT, REGION)
PATIENCE_SECONDS = 40.0
LOOK_SECONDS = 0.02
EMISSIONS = 3

TRAIN = f"""
import os, sys, time
job, record = os.environ["TRAINING_JOB_NAME"], os.environ.get("RECORD")
def note(what):
    print(what, job, flush=True)
    if record:
        with open(record, "a") as file:
            file.write(what + " " + job + "\\n")
note("started")
x = float(sys.argv[sys.argv.index("-x") + 1])
seconds = float(sys.argv[sys.argv.index("--seconds") + 1])
for epoch in range({EMISSIONS}):
    time.sleep(seconds * (0.6 + 0.8 * x) / {EMISSIONS})
    print(f"score={{x + epoch}}", flush=True)
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model"), "w") as file:
    file.write(job)
note("finished")
"""
"""Trains for 0.6 to 1.4 times ``seconds``, and says when it began and ended."""

JOB = """
strategy: Random
seed: {seed}
objective: {{metric: score, goal: maximize}}
metrics: {{score: "score=([-+0-9.eE]+)"}}
limits: {{jobs: {jobs}, parallel: {parallel}}}
ranges:
  x: {{type: continuous, min: 0.0, max: 1.0}}
hyperparameters: {{seconds: {seconds}}}
training:
  image: {image}
  entry_point: train.py
  source: src
  timeout: 10m
  environment: {environment}
"""


class Road:
    """A state folder, job files, and the processes of `amt` that a test started."""

    def __init__(self, folder: Path, runtime: str = "process", image: str = "amt/any") -> None:
        self.folder = folder
        self.home = folder / "state"
        self.record = folder / "record"
        self.runtime = runtime
        self.image = image
        self._processes: list[subprocess.Popen[str]] = []

    # ------------------------------------------------------------------ the job file

    def job(self, script=TRAIN, *, name="job", jobs=4, parallel=2, seconds=0.3, seed=1, changes=()):
        """Write a job file and its script; the file's path. `changes` are texts replaced."""
        source = self.folder / "src"
        source.mkdir(exist_ok=True)
        (source / "train.py").write_text(textwrap.dedent(script), encoding="utf-8")
        environment = f"{{RECORD: {self.record}}}" if self.runtime == "process" else "{}"
        text = JOB.format(
            seed=seed,
            jobs=jobs,
            parallel=parallel,
            seconds=seconds,
            image=self.image,
            environment=environment,
        )
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = self.folder / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    # ------------------------------------------------------------------ processes

    def spawn(self, *words, environment=None, before=(), **options):
        """Start ``amt words`` in a process group of its own; a variable of None is left out."""
        settings = {"AMT_HOME": str(self.home), "AMT_RUNTIME": self.runtime} | (environment or {})
        inherited = {name: text for name, text in os.environ.items() if name not in settings}
        settings = {name: text for name, text in settings.items() if text is not None}
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "orchestrator", *words],
            cwd=self.folder,
            env={"AMT_GRACE_SECONDS": "5", **inherited, **settings},
            text=True,
            errors="replace",
            start_new_session=True,
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **options,
            },
        )
        self._processes.append(process)
        return process

    def amt(self, *words, **options):
        """Run ``amt words`` to its end."""
        return finished(self.spawn(*words, **options))

    def close(self):
        """Kill what a test that failed has left running, by its number."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            with contextlib.suppress(ValueError):
                process.communicate()
        for number in self.running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def running(self):
        """Numbers of the processes that carry the state folder in their environment."""
        wanted = os.fsencode(self.home)
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                carried = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if wanted in carried:
                found.append(int(entry.name))
        return found

    # ------------------------------------------------------------------ the books

    @contextlib.contextmanager
    def books(self):
        store = SqliteStore(self.home)
        try:
            yield store
        finally:
            store.close()

    def tuning(self, name):
        """The tuning job's row, or None."""
        with self.books() as store:
            return store.row(SCOPE.arn("hyper-parameter-tuning-job", name))

    def status(self, name):
        row = self.tuning(name)
        return row and row.status

    def driver(self, name):
        with self.books() as store:
            return store.driver(SCOPE.arn("hyper-parameter-tuning-job", name))

    def left_over(self, name):
        """Whether the job's driver died with work left to do."""
        with self.books() as store:
            return SCOPE.arn("hyper-parameter-tuning-job", name) in store.abandoned()

    def children(self, name):
        root = SCOPE.arn("hyper-parameter-tuning-job", name)
        with self.books() as store:
            return store.find(Query(JobKind.TRAINING, ACCOUNT, REGION, root=root, limit=999))

    def training_now(self, name):
        return [row.name for row in self.children(name) if row.state["secondary"] == "Training"]

    def notes(self):
        """How often each training job began and ended, from the file the trainings write."""
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return Counter(tuple(line.split()) for line in lines)

    # ------------------------------------------------------------------ what must hold

    def check_exact(self, name, jobs, *, starts=1):
        """Exactly what was asked, each once, with its model and its metrics; nothing left."""
        rows = self.children(name)
        assert self.status(name) == "Completed"
        assert sorted(row.number for row in rows) == list(range(1, jobs + 1))
        assert {row.status for row in rows} == {"Completed"}
        for row in rows:
            self.check_training_job(row, starts)
        if self.runtime == "process":
            wanted = {(what, row.name) for row in rows for what in ("started", "finished")}
            assert self.notes().keys() == wanted
            assert all(count <= starts for count in self.notes().values()), self.notes()
        self.check_journal(name)
        self.check_nothing_left()

    def check_training_job(self, row, starts):
        """Its model is there, and each of its last attempt's metrics recorded once, in order."""
        model = self.home / "s3" / row.state["model_uri"].removeprefix("s3://")
        assert model.name == "model.tar.gz"
        assert model.is_file()
        x = float(row.state["tuned"]["x"])
        with self.books() as store:
            events = list(store.journal(row.arn))
        seen = [
            observation.value
            for event in events
            if type(event).__name__ == "Observed"
            for observation in event.observations
            if observation.metric == "score"
        ]
        wanted = [x + epoch for epoch in range(EMISSIONS)]
        assert EMISSIONS <= len(seen) < EMISSIONS * starts + 1, (row.name, seen)
        last = zip(seen[-EMISSIONS:], wanted, strict=True)
        assert all(abs(a - b) < 1e-5 for a, b in last), (seen, wanted)
        assert row.objective == seen[-1]

    def check_journal(self, name):
        """The journal, handled again, breaks no invariant on its way and says what the row says."""
        row = self.tuning(name)
        machine = machine_of(row)
        with self.books() as store:
            for event in store.journal(row.arn):
                machine.handle(event)
                assert invariants.broken(machine) == []
        assert machine.state.status.value == row.status
        assert dict(machine.state.training_counters) == row.state["training_counters"]

    def check_nothing_left(self):
        """No process, no lease, no folder but the logs."""
        until(lambda: not self.running(), "processes end")
        leases = self.home / "leases"
        assert not leases.is_dir() or list(leases.iterdir()) == []
        for folder in (self.home / "training").glob("*"):
            assert [entry.name for entry in folder.iterdir()] == ["logs"]
        assert not list((self.home / "s3").rglob("*.part"))


def machine_of(row):
    """A fresh machine for a tuning job of the books."""
    spec = Requests().tuning(row.request, SCOPE)
    search = search_of(spec, row.state["seed"])
    stopper = registry.make_stopper(
        spec.strategy, early_stopping=spec.early_stopping, search=search
    )
    return TuningMachine(spec, stopper=stopper)


def finished(process):
    """Wait for the end of `process`; its code and what it said."""
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in out + err.partition("The end of what")[0], out + err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def until(condition, what="the condition holds"):
    """Wait for `condition`; what it answered."""
    clock, never = SystemClock(), threading.Event()
    end = clock.now() + PATIENCE_SECONDS
    while not (answer := condition()):
        assert clock.now() < end, f"never seen: {what}"
        clock.wait_until(clock.now() + LOOK_SECONDS, never)
    return answer


def pause(seconds):
    """Let `seconds` pass: the moment of a kill is chance, not a condition."""
    threading.Event().wait(seconds)
