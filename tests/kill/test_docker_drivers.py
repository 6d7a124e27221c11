"""`kill -9` of the process that drives containers: they go on, and the next driver adopts them."""

import logging
import random
from collections import Counter

import docker
import pytest

from orchestrator.clock import SystemClock
from tests.kill.killing import drive_through_kills
from tests.road import Road

log = logging.getLogger(__name__)

KILLS = 12

pytestmark = pytest.mark.docker


@pytest.fixture
def engine():
    client = docker.APIClient(version="auto")
    yield client
    client.close()


@pytest.fixture
def containers(tmp_path, script_mode_image):
    road = Road(tmp_path, "docker", script_mode_image)
    yield road
    road.close()


def starts(engine, since, until, names):
    """How often the container of each training job was started, by the engine's own account."""
    told = engine.events(
        since=since, until=until, filters={"type": "container", "event": "start"}, decode=True
    )
    begun = [event["Actor"]["Attributes"]["name"] for event in told]
    return Counter(job for job in names for name in begun if job in name)


def left(engine, names):
    """Containers and networks that belong to one of these training jobs."""
    found = [name for each in engine.containers(all=True) for name in each["Names"]]
    found += [network["Name"] for network in engine.networks()]
    return [name for name in found for job in names if job in name]


def run_through_kills(road, engine, name, jobs, chance, most):
    clock = SystemClock()
    since = clock.now()
    kills = drive_through_kills(road, name, chance, most=most)
    road.check_exact(name, jobs)
    names = [row.name for row in road.children(name)]
    assert starts(engine, since, clock.now() + 1, names) == Counter(dict.fromkeys(names, 1))
    assert left(engine, names) == []
    for row in road.children(name):
        log = (road.home / "training" / row.name / "logs" / "algo-1.log").read_text()
        assert log.count(f"started {row.name}\n") == 1, log
        assert log.count(f"finished {row.name}\n") == 1, log
    return kills


def test_a_container_run_survives_a_kill_of_its_driver(containers, engine):
    containers.job(jobs=3, parallel=2, seconds=0.8)
    kills = run_through_kills(containers, engine, "job", 3, random.Random(1), most=1)
    assert kills.amid_training >= 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_at_random_moments_of_container_runs_lose_and_repeat_nothing(containers, engine):
    done, chance = 0, random.Random(3)
    for number in range(1, 30):
        name = f"job{number}"
        containers.job(name=name, jobs=12, parallel=3, seconds=0.9, seed=number)
        kills = run_through_kills(containers, engine, name, 12, chance, most=KILLS - done)
        done += kills.amid_training
        if done >= KILLS:
            break
    log.info("%s drivers killed while something trained", done)
    assert done >= KILLS
