"""What the engine is asked for a host, without an engine."""

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.runtime.docker_request import (
    BRIDGE,
    GIB,
    NO_NETWORK,
    Bind,
    Cluster,
    EngineFacts,
    Naming,
    addresses,
)
from orchestrator.runtime.protocol import Launch
from orchestrator.runtime.workspace import Workspace
from orchestrator.training.spec import Channel, Checkpoints, InputMode, InstanceGroup
from tests.builders import a_training

HOME = Path("/home/me/.amt")
BIG = EngineFacts(cpus=64, memory_bytes=512 * GIB, gpus=True, rootless=False)
SMALL = EngineFacts(cpus=2, memory_bytes=3 * GIB, gpus=False, rootless=False)


def a_request(facts=BIG, subnet=None, host="algo-1", extra=None, **changes):
    spec = a_training(**changes)
    cluster = Cluster(
        naming=Naming(HOME, Launch(spec)),
        workspace=Workspace.under(HOME, spec),
        image="image",
        facts=facts,
        subnet=subnet,
        extra_environment=extra or {},
    )
    return cluster.request(host)


def groups(instance_type, count=1):
    return (InstanceGroup("g", instance_type, count),)


def test_names_differ_by_home_job_and_attempt_and_by_nothing_else():
    launch = Launch(a_training())
    names = {
        Naming(HOME, launch).container("algo-1"),
        Naming(HOME, launch).container("algo-2"),
        Naming(HOME / "other", launch).container("algo-1"),
        Naming(HOME, Launch(a_training(name="other"))).container("algo-1"),
        Naming(HOME, replace(launch, attempt=2)).container("algo-1"),
    }
    assert len(names) == 5
    assert Naming(HOME, Launch(a_training())).container("algo-1") in names


@pytest.mark.parametrize(
    ("entrypoint", "arguments", "expected"),
    [
        ((), (), (None, ("train",))),
        (("run",), (), (("run",), ())),
        ((), ("x",), (None, ("x",))),
        (("run",), ("x",), (("run",), ("x",))),
    ],
)
def test_the_command_follows_the_documented_table(entrypoint, arguments, expected):
    request = a_request(entrypoint=entrypoint, arguments=arguments)
    assert (request.entrypoint, request.command) == expected


def test_limits_are_the_instance_types_on_a_big_machine():
    request = a_request(instance_groups=groups("ml.m5.xlarge"))
    assert (request.cpus, request.memory_bytes, request.shm_bytes) == (4, 16 * GIB, 8 * GIB)
    assert ("OMP_NUM_THREADS", "4") in request.environment


def test_limits_never_exceed_the_machine():
    request = a_request(SMALL, instance_groups=groups("ml.m5.24xlarge"))
    assert (request.cpus, request.memory_bytes) == (2, 3 * GIB)
    assert "OMP_NUM_THREADS" not in dict(request.environment)


@pytest.mark.parametrize(
    ("facts", "instance_type", "expected"),
    [
        (BIG, "ml.m5.xlarge", 0),
        (BIG, "ml.g5.xlarge", 1),
        (BIG, "ml.p4d.24xlarge", -1),
        (SMALL, "ml.g5.xlarge", 0),
    ],
)
def test_gpus_need_the_type_and_the_machine(facts, instance_type, expected):
    assert a_request(facts, instance_groups=groups(instance_type)).gpus == expected


def test_one_host_is_on_the_bridge_or_on_nothing():
    assert a_request().network == BRIDGE
    isolated = a_request(network_isolation=True)
    assert isolated.network == NO_NETWORK
    assert isolated.peers == (("algo-1", "127.0.0.1"),)


def test_several_hosts_have_fixed_addresses_and_know_their_peers():
    request = a_request(
        subnet="198.19.0.0/28", host="algo-2", instance_groups=groups("ml.c5.large", 2)
    )
    assert request.address == "198.19.0.3"
    assert dict(request.peers) == {"algo-1": "198.19.0.2", "algo-2": "198.19.0.3"}
    assert request.network.startswith("amt-train-")


def test_addresses_leave_the_gateway_alone():
    assert addresses("10.0.0.16/28", ("a", "b")) == {"a": "10.0.0.18", "b": "10.0.0.19"}


def test_the_requests_own_variables_win():
    request = a_request(extra={"A": "extra", "B": "extra"}, environment=(("A", "own"),))
    found = dict(request.environment)
    assert (found["A"], found["B"]) == ("own", "extra")


def test_an_isolated_container_gets_no_extra_variables():
    request = a_request(extra={"AWS_SECRET_ACCESS_KEY": "s"}, network_isolation=True)
    assert "AWS_SECRET_ACCESS_KEY" not in dict(request.environment)


def test_fast_file_channels_and_foreign_checkpoints_are_mounts_of_their_own():
    request = a_request(
        channels=(Channel("a", "s3://b/a", mode=InputMode.FAST_FILE), Channel("b", "s3://b/b")),
        checkpoints=Checkpoints("s3://b/c", "/tmp/points"),
    )
    root = HOME / "training" / "train" / "algo-1"
    assert request.binds == (
        Bind(str(root / "ml"), "/opt/ml"),
        Bind(str(root / "checkpoints"), "/tmp/points"),
        Bind(str(root / "ml/input/data/a"), "/opt/ml/input/data/a", read_only=True),
    )


def test_checkpoints_below_the_tree_need_no_mount():
    request = a_request(checkpoints=Checkpoints("s3://b/c", "/opt/ml/elsewhere"))
    assert [bind.target for bind in request.binds] == ["/opt/ml"]
