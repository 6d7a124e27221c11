"""Where the hosts of one training job get their addresses."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from orchestrator.errors import LaunchRefused
from orchestrator.runtime.docker_engine import EngineRefused
from orchestrator.runtime.docker_network import ensure, subnets
from orchestrator.runtime.docker_request import Naming
from orchestrator.runtime.protocol import Launch
from orchestrator.training.spec import InstanceGroup
from tests.builders import a_training


class Engine:
    """Knows which subnets and which network names are taken."""

    def __init__(self, taken=(), networks=None):
        self.taken = list(taken)
        self.networks = dict(networks or {})

    def create_network(self, name, subnet, *, internal, labels):
        assert internal in {True, False}
        assert labels
        if name in self.networks:
            raise EngineRefused(409, "network with that name already exists")
        if subnet in self.taken:
            raise EngineRefused(403, "Pool overlaps with other one on this address space")
        self.networks[name] = subnet

    def subnet_of(self, name):
        return self.networks.get(name)


@pytest.fixture
def naming():
    spec = a_training(instance_groups=(InstanceGroup("g", "ml.m5.large", 2),))
    return Naming(Path("/home"), Launch(spec))


@pytest.mark.parametrize(("hosts", "room"), [(2, 16), (13, 16), (14, 32), (100, 128)])
def test_subnets_have_room_for_all_hosts(hosts, room):
    found = [IPv4Network(subnet) for subnet in subnets(hosts, "name")]
    assert {network.num_addresses for network in found} == {room}
    assert len(set(found)) == len(found)


def test_two_jobs_begin_at_different_places():
    assert next(subnets(2, "one")) != next(subnets(2, "two"))


def test_a_subnet_that_is_taken_is_passed_over(naming):
    first, second, *_ = subnets(2, naming.stem)
    assert ensure(Engine([first]), naming) == second


def test_the_network_of_an_earlier_start_is_used_again(naming):
    engine = Engine(networks={naming.stem: "198.19.1.0/28"})
    assert ensure(engine, naming) == "198.19.1.0/28"


def test_another_refusal_is_not_hidden(naming):
    engine = Engine()
    engine.create_network = lambda *_, **__: (_ for _ in ()).throw(
        EngineRefused(500, "no iptables")
    )
    with pytest.raises(EngineRefused, match="no iptables"):
        ensure(engine, naming)


def test_when_everything_is_taken_that_is_said(naming):
    with pytest.raises(LaunchRefused, match="docker network prune"):
        ensure(Engine(subnets(2, naming.stem)), naming)
