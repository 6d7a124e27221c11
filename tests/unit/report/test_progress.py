"""Rows, ranks, the bar and the estimate, from API answers."""

from datetime import UTC, datetime

import pytest

from orchestrator.report import leaderboard
from orchestrator.report.progress import bar, ending, failures, headline, progress

START = 1_750_000_000


def at(seconds):
    return datetime.fromtimestamp(START + seconds, UTC)


def a_job(goal="Minimize", total=10, parallel=2, **members):
    return {
        "HyperParameterTuningJobName": "demo",
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": at(0),
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": goal, "MetricName": "loss"},
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": total,
                "MaxParallelTrainingJobs": parallel,
            },
        },
    } | members


def a_child(name, begin=0, end=None, value=None, status="Completed", **members):
    child = {"TrainingJobName": name, "TrainingJobStatus": status, "TrainingStartTime": at(begin)}
    if end is not None:
        child["TrainingEndTime"] = at(end)
    if value is not None:
        child["FinalHyperParameterTuningJobObjectiveMetric"] = {"Value": value}
    return child | members


def rows(job, *children, running=None, now=100):
    return leaderboard.rows(job, children, running, START + now)


@pytest.mark.parametrize(("goal", "order"), [("Minimize", "bac"), ("Maximize", "cab")])
def test_the_best_leads_and_those_without_a_value_are_no_part_of_the_ranking(goal, order):
    table = rows(
        a_job(goal),
        a_child("a", value=2.0),
        a_child("b", value=1.0),
        a_child("c", value=3.0),
        a_child("d"),
    )
    assert "".join(row.name for row in leaderboard.ranked(table)) == order


def test_equals_stay_in_launch_order():
    table = rows(a_job(), a_child("first", value=1.0), a_child("second", value=1.0))
    assert [row.name for row in leaderboard.ranked(table)] == ["first", "second"]


def test_a_running_one_shows_its_last_metric_but_has_no_rank():
    described = {"FinalMetricDataList": [{"MetricName": "loss", "Value": 0.5}]}
    (row,) = rows(a_job(), a_child("a", status="InProgress"), running={"a": described})
    assert (row.value, row.goodness, row.seconds) == (0.5, None, 100)


def test_each_definition_has_its_own_objective():
    job = a_job()
    del job["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    job["TrainingJobDefinitions"] = [
        {"DefinitionName": name, "TuningObjective": {"MetricName": name, "Type": goal}}
        for name, goal in (("up", "Maximize"), ("down", "Minimize"))
    ]
    up, down = rows(
        job,
        a_child("a", value=2.0, TrainingJobDefinitionName="up"),
        a_child("b", value=2.0, TrainingJobDefinitionName="down"),
    )
    assert (up.objective.metric, up.goodness) == ("up", 2.0)
    assert (down.objective.metric, down.goodness) == ("down", -2.0)


def test_what_is_left_is_the_mean_over_the_slots():
    job = a_job(total=10, parallel=2)
    ended = [a_child(str(n), 0, 20, value=1.0) for n in range(4)]
    running = [a_child("r", 95, status="InProgress"), a_child("s", 85, status="InProgress")]
    now = progress(job, rows(job, *ended, *running), START + 100)
    # four to come of 20 s each, and 15 s and 5 s of the running ones, on two slots
    assert now.left == pytest.approx((4 * 20 + 15 + 5) / 2)


def test_nothing_is_estimated_before_the_first_end_nor_after_the_last():
    job = a_job()
    assert progress(job, rows(job, a_child("a", status="InProgress")), START + 5).left is None
    job |= {"HyperParameterTuningEndTime": at(50), "HyperParameterTuningJobStatus": "Completed"}
    ended = progress(job, rows(job, a_child("a", 0, 20, value=1.0)), START + 500)
    assert (ended.left, ended.elapsed) == (None, 50)


def test_the_time_limit_bounds_what_is_left():
    job = a_job(total=100)
    job["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxRuntimeInSeconds"] = 120
    now = progress(job, rows(job, a_child("a", 0, 60, value=1.0)), START + 100)
    assert now.left == pytest.approx(20)


@pytest.mark.parametrize(
    ("counts", "total", "width", "drawn"),
    [
        ({"Completed": 2, "InProgress": 1, "NonRetryableError": 1}, 6, 40, "[==>x..]"),
        ({"Completed": 50, "Stopped": 25, "InProgress": 25}, 200, 40, "[==========>>>>>-----....................]"),
        ({"Completed": 3}, None, 40, "[===]"),
        ({}, 0, 40, "[.]"),
    ],
)  # fmt: skip
def test_the_bar_has_one_sign_a_job_or_a_share(counts, total, width, drawn):
    job = a_job(total=total, TrainingJobStatusCounters=counts)
    assert bar(progress(job, (), START), width) == drawn


def test_lines_say_the_state_in_words():
    best = a_child("demo-001", 0, 12, value=0.5, TunedHyperParameters={"lr": "0.1"})
    job = a_job(
        TrainingJobStatusCounters={"Completed": 1, "NonRetryableError": 1}, BestTrainingJob=best
    )
    table = rows(job, best, a_child("demo-002", 0, 3, status="Failed", FailureReason="no\nmore"))
    now = progress(job, table, START + 100)
    assert headline(now).startswith("InProgress: 2/10 ended, 1 failed, best loss=0.5, 1 min 40 s")
    assert ending(table[0], now, 1) == "[1/10] demo-001  Completed  loss=0.5 (best)  12 s  lr=0.1"
    assert ending(table[1], now, 2) == "[2/10] demo-002  Failed  no more  3.0 s"


def test_failures_are_told_once_a_reason_the_most_frequent_first():
    table = rows(
        a_job(),
        a_child("a", status="Failed", FailureReason="out of memory"),
        a_child("b", status="Failed", FailureReason="exit code: 1 of train --lr 0.1 --x -2"),
        a_child("c", status="Failed", FailureReason="exit code: 1 of train --lr 1e-7 --x 3"),
        a_child("d", status="Stopped"),
    )
    assert [(reason, [row.name for row in failed]) for reason, failed in failures(table)] == [
        ("exit code: 1 of train --lr 0.1 --x -2", ["b", "c"]),
        ("out of memory", ["a"]),
    ]
