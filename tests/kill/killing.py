"""Driving a tuning job through the deaths of its drivers."""

import signal
from dataclasses import dataclass

from tests.road import finished, pause, until

LONGEST_SECONDS = 1.3
"""From the moment a driver has the job to its death."""
ENDED = {"Completed", "Failed", "Stopped"}


@dataclass
class Kills:
    """How many drivers were killed, and how many of them while a training job was going on."""

    all: int = 0
    amid_training: int = 0


def drive_through_kills(road, name, chance, most):
    """Run `name` and resume it after each kill until it has ended; nobody is killed after `most`.

    One kill in four comes at any moment of a driver's life, its start included.
    """
    kills = Kills()
    words = ("run", f"{name}.yaml", "--name", name)
    while road.status(name) not in ENDED or road.left_over(name):
        if road.tuning(name) is not None:
            words = ("resume", name)
        driver = road.spawn(*words)
        if kills.amid_training >= most:
            result = finished(driver)
            assert result.returncode == 0, result.stderr
            break
        if chance.random() < 0.75:
            until(
                lambda driver=driver: road.driver(name) == driver.pid or driver.poll() is not None,
                "the driver has the job",
            )
        pause(chance.uniform(0.0, LONGEST_SECONDS))
        _kill(driver, road, name, kills)
    return kills


def _kill(driver, road, name, kills):
    if driver.poll() is not None:
        result = finished(driver)
        assert result.returncode == 0, result.stderr
        return
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    kills.all += 1
    kills.amid_training += road.tuning(name) is not None and bool(_open(road, name))


def _open(road, name):
    return [row for row in road.children(name) if row.status == "InProgress"]
