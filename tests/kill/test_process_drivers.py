"""`kill -9` of the process that drives a tuning job, at moments that a seed chooses."""

import logging
import random

import pytest

from tests.kill.killing import drive_through_kills

log = logging.getLogger(__name__)

KILLS = 30


def test_a_tuning_job_survives_two_kills_of_its_driver(road):
    road.job(jobs=6, parallel=3, seconds=0.6)
    kills = drive_through_kills(road, "job", random.Random(11), most=2)
    assert kills.amid_training >= 1
    road.check_exact("job", 6)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_at_random_moments_lose_and_repeat_nothing(road):
    done, chance = 0, random.Random(2)
    for number in range(1, 30):
        name = f"job{number}"
        road.record.unlink(missing_ok=True)
        road.job(name=name, jobs=24, parallel=3, seconds=0.65, seed=number)
        kills = drive_through_kills(road, name, chance, most=KILLS - done)
        done += kills.amid_training
        road.check_exact(name, 24)
        if done >= KILLS:
            break
    log.info("%s drivers killed while something trained", done)
    assert done >= KILLS
