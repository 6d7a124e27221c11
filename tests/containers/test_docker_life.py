"""Crashes, absences and refusals around the Docker runtime."""

import contextlib
import gc
import socket
import threading

import docker
import pytest

from orchestrator.errors import LaunchRefused
from orchestrator.runtime.docker_engine import EngineDown
from orchestrator.runtime.docker_request import Naming
from orchestrator.runtime.protocol import Exited, Launch, Printed
from tests.contracts.runtime_contract import Watcher, a_spec

pytestmark = [
    pytest.mark.docker,
    # The SDK leaves a socket that could not connect to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*socket:pytest.PytestUnraisableExceptionWarning"),
]

ECR_IMAGE = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.3-cpu-py311"
FORWARD_BYTES = 1 << 16


@pytest.fixture(autouse=True)
def sockets_of_this_test():
    """What is left to the garbage collector is collected before the next test."""
    yield
    gc.collect()


def test_a_crash_between_create_and_start_leaves_it_to_be_started(bench):
    launch = bench.shell("echo line 0")
    with broken(bench, "start"), pytest.raises(LaunchRefused):
        bench.runtime.start(launch)
    bench.engine.create_container(
        bench.runtime.check(launch.spec) or launch.spec.image,
        ["-c", "echo line 0"],
        entrypoint="/bin/sh",
        name=Naming(bench.home, launch).container("algo-1"),
        labels=Naming(bench.home, launch).labels,
    )
    assert not bench.runtime.adopt(launch, {})
    text, exited = bench.run(launch)
    assert (text, exited.code) == ("line 0\n", 0)


@contextlib.contextmanager
def broken(bench, method):
    """The engine refuses one kind of request."""

    def refuse(*_, **__):
        raise docker.errors.APIError("broken", response=None, explanation="broken")

    client = bench.runtime._engine._client()
    setattr(client, method, refuse)
    try:
        yield
    finally:
        delattr(client, method)


def test_a_start_that_fails_half_way_leaves_nothing_running(bench):
    launch = bench.shell("sleep 60", hosts=2)
    with broken(bench, "start"), pytest.raises(LaunchRefused, match="broken") as refusal:
        bench.runtime.start(launch)
    assert refusal.value.retryable
    assert [name for name in bench.leftovers(launch) if name.startswith(("/amt", "amt"))] == []
    assert not bench.runtime.poll()


def test_an_engine_killed_while_copying_loses_and_repeats_nothing(bench):
    script = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; exit 3"
    launch = bench.shell(script)
    log = bench.runtime.workspace(launch).log("algo-1")
    watcher = Watcher(bench)
    bench.runtime.start(launch)
    watcher.until(lambda: "line 10\n" in watcher.text(launch.key))
    bench.restart()
    # It may have ended meanwhile; the engine that is killed did not write that down.
    watcher.seen = [each for each in watcher.seen if isinstance(each, Printed)]
    told = watcher.seen[-1].offset
    # What a crash leaves: the log cut anywhere, here in the middle of a line.
    whole = log.read_bytes()
    log.write_bytes(whole[: max(told, len(whole) // 2 + 3)])
    watcher.attend()
    assert bench.runtime.adopt(launch, {"algo-1": told})
    assert watcher.end(launch).code == 3
    assert watcher.text(launch.key) == "".join(f"line {n}\n" for n in range(3000))
    assert log.read_text() == watcher.text(launch.key)


def test_a_second_attempts_log_goes_on_behind_the_first(bench):
    launch = bench.shell("printf unfinished; exit 1")
    bench.run(launch)
    bench.runtime.discard(launch)
    second = bench.prepared(Launch(launch.spec, attempt=2))
    text, exited = bench.run(second)
    assert exited.attempt == 2
    assert "unfinished" in text
    assert bench.runtime.workspace(second).log("algo-1").read_text() == "unfinished\nunfinished"


def test_a_container_that_somebody_removed_has_ended(bench):
    watcher, launch = Watcher(bench), bench.shell("echo line 0; sleep 60")
    bench.runtime.start(launch)
    watcher.ready(launch)
    bench.engine.remove_container(bench.container(launch)["Id"], force=True)
    assert watcher.end(launch).code == 137


class Relay:
    """A socket that stands before the engine's, and can be cut like an engine that stops."""

    def __init__(self, path):
        self.address = f"unix://{path}"
        self._path = path
        self._open = []
        self.up()

    def up(self):
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self._path))
        self._server.listen()
        self._serve(self._server)

    def down(self):
        self._path.unlink()
        for end in [self._server, *self._open]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def _serve(self, server):
        def accept():
            while True:
                try:
                    inner, _ = server.accept()
                except OSError:
                    return
                outer = socket.socket(socket.AF_UNIX)
                outer.connect("/var/run/docker.sock")
                self._open += [inner, outer]
                for source, sink in ((inner, outer), (outer, inner)):
                    threading.Thread(target=copy, args=(source, sink), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()


def copy(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(FORWARD_BYTES):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def relayed(bench, tmp_path):
    relay = Relay(tmp_path / "engine.sock")
    bench.runtime.close()
    bench.runtime = bench.new_runtime(docker_host=relay.address)
    yield relay
    bench.restart()
    relay.down()


def test_an_engine_that_goes_away_is_waited_for(bench, relayed):
    launch = bench.shell(
        "echo line 0; while [ ! -e /opt/ml/output/data/go ]; do sleep 0.05; done; echo line 1; exit 4"
    )
    watcher = Watcher(bench)
    bench.runtime.start(launch)
    watcher.ready(launch)
    relayed.down()
    with pytest.raises(LaunchRefused, match="Docker does not answer at") as refusal:
        bench.runtime.start(bench.shell("", name="other"))
    assert refusal.value.retryable
    with pytest.raises(LaunchRefused, match="Start Docker"):
        bench.runtime.check(launch.spec)
    bench.runtime.kill(launch.key)  # is lost, and does no harm
    (bench.runtime.workspace(launch).output_data("algo-1") / "go").touch()
    bench.until(lambda: not bench.container(launch)["State"]["Running"])
    assert not [sighting for sighting in bench.runtime.poll() if isinstance(sighting, Exited)]
    relayed.up()
    assert watcher.end(launch).code == 4
    assert watcher.text(launch.key) == "line 0\nline 1\n"


def test_what_runs_is_adopted_while_no_engine_answers(bench, relayed):
    watcher, launch = Watcher(bench), bench.shell("echo line 0; exit 5")
    bench.runtime.start(launch)
    watcher.end(launch)
    relayed.down()
    bench.runtime.close()
    bench.runtime = bench.new_runtime(docker_host=relayed.address)
    again = Watcher(bench)
    assert bench.runtime.adopt(launch, {})
    assert not again.exits(launch.key)
    relayed.up()
    assert again.end(launch).code == 5
    assert again.text(launch.key) == "line 0\n"


def test_what_cannot_be_discarded_now_is_discarded_when_the_engine_is_back(bench, relayed):
    watcher, launch = Watcher(bench), bench.shell("echo line 0; sleep 600")
    bench.runtime.start(launch)
    watcher.ready(launch)
    relayed.down()
    with pytest.raises(EngineDown):
        bench.runtime.discard(launch)
    assert bench.container(launch)["State"]["Running"]
    relayed.up()
    bench.until(lambda: not bench.leftovers(launch))


def test_no_engine_at_all_is_said_with_the_mend(bench, tmp_path):
    bench.runtime.close()
    bench.runtime = bench.new_runtime(docker_host=f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(LaunchRefused, match=r"Docker does not answer.*Start Docker") as refusal:
        bench.runtime.check(a_spec("job", 1, image="any"))
    assert refusal.value.retryable
    bench.restart()


def test_an_image_that_is_nowhere_is_said(bench):
    spec = a_spec("job", 1, image="localhost:1/no/such:image")
    for act in (
        lambda: bench.runtime.check(spec),
        lambda: bench.runtime.start(bench.prepared(Launch(spec))),
    ):
        with pytest.raises(LaunchRefused, match=r"localhost:1/no/such:image is not on this"):
            act()


def test_an_image_of_ecr_is_not_pulled_without_a_login(bench):
    with pytest.raises(LaunchRefused, match=r"aws ecr get-login-password --region eu-west-1"):
        bench.runtime.check(a_spec("job", 1, image=ECR_IMAGE))


def test_a_mapped_image_is_used_in_its_place(bench, own_trainer_image):
    bench.runtime.close()
    bench.runtime = bench.new_runtime(image_map={ECR_IMAGE: own_trainer_image})
    launch = bench.shell("echo here", image=ECR_IMAGE)
    bench.runtime.check(launch.spec)
    text, _ = bench.run(launch)
    assert text == "here\n"


def test_an_algorithm_without_an_image_is_refused(bench):
    with pytest.raises(LaunchRefused, match="needs an image"):
        bench.runtime.check(a_spec("job", 1, algorithm="my-algorithm"))
