"""The image whose trainer is not Python trains, stops and fails as the contract wants."""

import random

import pytest

from orchestrator.training.spec import Channel
from tests.contracts.runtime_contract import Watcher

pytestmark = pytest.mark.docker

CHANNELS = (Channel("train", "s3://b/t"), Channel("validation", "s3://b/v"))


def a_job(bench, rows=200, **hyperparameters):
    """A job on the default command, `train`, with data whose line is y = 3a - 2b + 1."""
    launch = bench.shell(
        "",
        entrypoint=(),
        arguments=(),
        channels=CHANNELS,
        hyperparameters=tuple(sorted(hyperparameters.items())),
    )
    chance = random.Random(1)
    for channel in CHANNELS:
        lines = []
        for _ in range(rows):
            a, b = chance.random(), chance.random()
            lines.append(f"{3 * a - 2 * b + 1:.6f},{a:.6f},{b:.6f}\n")
        file = bench.runtime.workspace(launch).channel("algo-1", channel.name) / "part.csv"
        file.write_text("".join(lines))
    return launch


def test_it_learns_the_line_and_leaves_a_model(bench):
    launch = a_job(bench, epochs="60", learning_rate='"0.5"')
    text, exited = bench.run(launch)
    assert exited.code == 0
    errors = [float(line.split("validation-rmse=")[1]) for line in text.splitlines()]
    assert len(errors) == 60
    assert errors[0] > 0.1
    assert errors[-1] < 0.001
    model = bench.runtime.workspace(launch).model("algo-1") / "weights.csv"
    assert model.read_text().splitlines()[0] == "feature,weight,mean,deviation"


def test_it_saves_its_model_when_it_is_stopped(bench):
    watcher = Watcher(bench)
    launch = a_job(bench, epochs="10000000")
    bench.runtime.start(launch)
    watcher.until(lambda: "epoch=2 " in watcher.text(launch.key))
    bench.runtime.signal(launch.key)
    assert watcher.end(launch).code == 0
    assert (bench.runtime.workspace(launch).model("algo-1") / "weights.csv").exists()


def test_a_bad_hyperparameter_becomes_the_failure_text(bench):
    _, exited = bench.run(a_job(bench, epochs="many"))
    assert exited.code == 1
    assert (
        exited.failure == "hyperparameter epochs must be a number that is not negative (got many)\n"
    )


def test_data_that_is_no_table_becomes_the_failure_text(bench):
    launch = a_job(bench)
    file = bench.runtime.workspace(launch).channel("algo-1", "train") / "part.csv"
    file.write_text("1,2,3\n1,2\n")
    _, exited = bench.run(launch)
    assert exited.code == 1
    assert "same number of columns" in exited.failure
