"""What a training finds inside its container, told by trainings themselves."""

from unittest.mock import patch

import pytest

from orchestrator.errors import LaunchRefused
from orchestrator.runtime import docker_request
from orchestrator.training.instance_types import Capacity
from orchestrator.training.spec import Channel, Checkpoints, InputMode
from tests.contracts.runtime_contract import Watcher

pytestmark = pytest.mark.docker


def limited_to(memory):
    small = Capacity(1, memory / docker_request.GIB)
    return patch.object(docker_request, "capacity", lambda _: small)


def test_the_platforms_files_and_variables_are_there(bench):
    launch = bench.shell(
        "cat /opt/ml/input/config/hyperparameters.json; hostname; echo $TRAINING_JOB_NAME "
        "$TRAINING_JOB_ARN $AWS_REGION $MINE; id -u; pwd; "
        "for f in model output/data code input/data checkpoints; do test -w /opt/ml/$f || echo $f; done",
        hyperparameters=(("lr", "0.1"),),
        environment=(("MINE", "$(id) 'x'"),),
    )
    text, exited = bench.run(launch)
    assert exited.code == 0
    assert text.splitlines() == [
        '{"lr": "0.1"}algo-1',
        f"job {launch.key} eu-west-1 $(id) 'x'",
        "0",
        "/",
    ]


def test_extra_variables_are_passed_but_not_into_an_isolated_container(bench):
    bench.runtime.close()
    bench.runtime = bench.new_runtime(extra_environment={"AWS_SECRET": "s", "MINE": "no"})
    script = "echo $AWS_SECRET $MINE"
    text, _ = bench.run(bench.shell(script, environment=(("MINE", "yes"),)))
    assert text == "s yes\n"
    text, _ = bench.run(bench.shell(script, name="isolated", network_isolation=True))
    assert text == "\n"


def test_a_channel_in_fast_file_mode_is_read_only_and_the_rest_is_not(bench):
    channels = (
        Channel("fast", "s3://b/f", mode=InputMode.FAST_FILE),
        Channel("file", "s3://b/f"),
    )
    launch = bench.shell(
        "cd /opt/ml/input/data; cat fast/data; for c in fast file; do "
        "if touch $c/new 2>/dev/null; then echo $c writable; else echo $c read-only; fi; done",
        channels=channels,
    )
    (bench.runtime.workspace(launch).channel("algo-1", "fast") / "data").write_text("42\n")
    text, _ = bench.run(launch)
    assert text.splitlines() == ["42", "fast read-only", "file writable"]


def test_a_piped_channel_is_read_epoch_after_epoch(bench):
    launch = bench.shell(
        "cat /opt/ml/input/data/p_0; cat /opt/ml/input/data/p_1",
        channels=(Channel("p", "s3://b/p", mode=InputMode.PIPE),),
    )
    (bench.runtime.workspace(launch).spool("algo-1", "p") / "000000").write_text("a\nb\n")
    text, exited = bench.run(launch)
    assert (text, exited.code) == ("a\nb\na\nb\n", 0)


def test_checkpoints_outside_the_tree_are_mounted_where_they_are_wanted(bench):
    launch = bench.shell(
        "cat /tmp/points/old; echo new > /tmp/points/new",
        checkpoints=Checkpoints("s3://b/c", "/tmp/points"),
    )
    folder = bench.runtime.workspace(launch).checkpoints("algo-1")
    (folder / "old").write_text("old\n")
    text, _ = bench.run(launch)
    assert text == "old\n"
    assert (folder / "new").read_text() == "new\n"


def test_limits_are_the_instance_types_within_the_machine(bench):
    machine = bench.engine.info()
    launch = bench.shell("df -k /dev/shm | tail -1; sleep 60")
    bench.runtime.start(launch)
    config = bench.container(launch)["HostConfig"]
    memory = min(8 << 30, machine["MemTotal"])  # ml.m5.large
    assert config["NanoCpus"] == min(2, machine["NCPU"]) * 1_000_000_000
    assert config["Memory"] == config["MemorySwap"] == memory
    assert config["ShmSize"] == memory // 2
    bench.runtime.kill(launch.key)


def test_a_kill_for_memory_is_told_also_when_the_script_survives_it(bench):
    script = """
import subprocess, sys
sys.exit(7 if subprocess.run([sys.executable, "-c", "b = bytearray(1 << 30)"]).returncode else 0)
"""
    launch = bench.stage({"train.py": script})
    # A limit low enough to be reached quickly stands in for a small instance type.
    with limited_to(64 << 20):
        _, exited = bench.run(launch)
    assert exited.out_of_memory
    assert exited.code == 1


def test_two_hosts_reach_each_other_by_name(bench):
    script = """
import json, os, socket
hosts = json.loads(os.environ["SM_HOSTS"])
if os.environ["SM_CURRENT_HOST"] == "algo-1":
    server = socket.create_server(("algo-1", 7777))
    connection, _ = server.accept()
    print(hosts, connection.recv(99).decode())
else:
    while True:
        try:
            socket.create_connection(("algo-1", 7777)).sendall(b"hello from algo-2")
            break
        except ConnectionRefusedError:
            pass
"""
    for isolated in (False, True):
        launch = bench.stage(
            {"train.py": script}, name=f"two-{isolated}", hosts=2, network_isolation=isolated
        )
        text, exited = bench.run(launch)
        assert exited.code == 0, exited
        assert text == "['algo-1', 'algo-2'] hello from algo-2\n"


def test_a_host_finds_its_peers_after_they_have_ended(bench):
    launch = bench.shell(
        "getent ahostsv4 algo-1 algo-2 >/dev/null || exit 9; "
        "[ $(hostname) = algo-1 ] || { while [ ! -e /opt/ml/output/data/go ]; do sleep 0.05; done; "
        "getent ahostsv4 algo-1 | cut -d' ' -f1 | sort -u | wc -l; }",
        hosts=2,
    )
    watcher = Watcher(bench)
    bench.runtime.start(launch)
    bench.until(lambda: not bench.container(launch, "algo-1")["State"]["Running"])
    (bench.runtime.workspace(launch).output_data("algo-2") / "go").touch()
    assert watcher.end(launch).code == 0
    assert watcher.text(launch.key, "algo-2") == "1\n"


def test_an_isolated_container_has_no_network_but_knows_its_own_name(bench):
    text, exited = bench.run(
        bench.shell("getent hosts algo-1; ls /sys/class/net", network_isolation=True)
    )
    assert exited.code == 0
    assert text.split() == ["127.0.0.1", "algo-1", "lo"]


def test_isolated_hosts_have_no_way_out(bench):
    script = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), timeout=2)
except OSError as error:
    print("no way out")
try:
    socket.getaddrinfo("example.com", 80)
except OSError as error:
    print("no names")
"""
    launch = bench.stage({"train.py": script}, hosts=2, network_isolation=True)
    text, _ = bench.run(launch)
    assert text == "no way out\nno names\n"


def test_a_failing_host_ends_its_peers_and_speaks_for_all(bench):
    launch = bench.shell(
        "[ $(hostname) = algo-1 ] && sleep 60; echo bad > /opt/ml/output/failure; echo oh; exit 6",
        hosts=2,
    )
    _, exited = bench.run(launch)
    assert (exited.code, exited.failure, exited.last_lines) == (6, "bad\n", "oh")


def test_without_a_train_program_the_end_is_127_with_the_engines_word(bench, script_mode_image):
    launch = bench.shell("", image=script_mode_image, entrypoint=(), arguments=("no-such-program",))
    text, exited = bench.run(launch)
    assert exited.code == 127
    assert "no-such-program" in text
    assert "no-such-program" in exited.last_lines


def test_an_entry_point_that_is_not_in_the_code_is_refused(bench):
    launch = bench.stage({"other.py": ""})
    with pytest.raises(LaunchRefused, match=r"train\.py is not in"):
        bench.runtime.start(launch)
    assert "algo-1" in bench.leftovers(launch)
    bench.runtime.discard(launch)
    assert bench.leftovers(launch) == []


def test_the_script_finds_arguments_variables_and_its_requirements_are_tried(bench):
    source = """
import os, sys
print(sys.argv[1:], os.environ["SM_HP_LR"], os.environ["SM_MODEL_DIR"], os.getcwd())
"""
    text, exited = bench.run(bench.stage({"train.py": source}, extra=(("lr", "0.5"),)))
    assert (text, exited.code) == ("['--lr', '0.5'] 0.5 /opt/ml/model /opt/ml/code\n", 0)
    files = {"train.py": "print('not reached')", "requirements.txt": "./no-such-folder"}
    text, exited = bench.run(bench.stage(files, name="required"))
    assert exited.code == 1
    assert "no-such-folder" in text
    assert "pip install" in exited.failure
