"""The picture of a running job on a terminal."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from orchestrator.cli.live import LiveView, UploadBar, picture
from orchestrator.client.watch import Snapshot

START = 1_750_000_000


def at(seconds):
    return datetime.fromtimestamp(START + seconds, UTC)


def a_snapshot(jobs=3):
    best = {
        "TrainingJobName": "demo-001",
        "TrainingJobStatus": "Completed",
        "TunedHyperParameters": {"lr": "0.123456789"},
        "TrainingStartTime": at(0),
        "TrainingEndTime": at(12),
        "FinalHyperParameterTuningJobObjectiveMetric": {"Value": 0.93},
    }
    running = [
        {
            "TrainingJobName": f"demo-{number:03d}",
            "TrainingJobStatus": "InProgress",
            "TunedHyperParameters": {"lr": "0.5"},
            "TrainingStartTime": at(12),
        }
        for number in range(2, 2 + jobs)
    ]
    job = {
        "HyperParameterTuningJobName": "demo",
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": at(0),
        "BestTrainingJob": best,
        "TrainingJobStatusCounters": {"Completed": 1, "InProgress": jobs},
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "accuracy"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": jobs},
        },
    }
    described = {"FinalMetricDataList": [{"MetricName": "accuracy", "Value": 0.77}]}
    return Snapshot(START + 20, job, (best, *running), {"demo-002": described})


def drawn(snapshot, width=100):
    terminal = Console(file=io.StringIO(), width=width)
    terminal.print(picture(snapshot, width))
    return terminal.file.getvalue()


def test_the_picture_shows_state_best_running_and_what_is_left():
    text = drawn(a_snapshot())
    assert "[=>>>" in text
    assert "Bayesian" in text
    assert "best accuracy=0.93" in text
    assert "about" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["001", "best", "0.93", "12", "s", "0.123457"] in rows
    assert ["002", "InProgress", "0.77", "8.0", "s", "0.5"] in rows


def test_more_running_ones_than_fit_are_counted():
    assert "and 4 more running" in drawn(a_snapshot(jobs=12))


@pytest.mark.parametrize("width", [20, 40, 300])
def test_any_width_can_be_drawn(width):
    assert all(len(line) <= width for line in drawn(a_snapshot(), width).splitlines())


def test_notes_stand_above_the_picture_as_they_were_written():
    terminal = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    with LiveView(terminal) as view:
        view.show(a_snapshot())
        view.note("regex [bold]loss=(.*)[/bold]")
    assert "regex [bold]loss=(.*)[/bold]" in terminal.file.getvalue()


def test_a_bar_shows_what_is_sent_and_goes_away():
    terminal = Console(file=io.StringIO(), force_terminal=True, width=80)
    bar = UploadBar(terminal)
    bar.begin("Uploading data (2 of 2 objects, 2 MB).", 2_000_000)
    bar.sent(1_000_000)
    bar.end()
    bar.sent(1)  # a thread that is late
    shown = terminal.file.getvalue()
    assert "Uploading data (2 of 2 objects, 2 MB)." in shown
    assert "1.0/2.0 MB" in shown
