"""CloudWatch's metrics of training jobs, from the journal: GetMetricStatistics and the like.

In the namespace and under the dimension that SageMaker uses (documented), one data point for
each value that a metric's expression found in the log, at the moment it was seen.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint import metric_statistics as statistics
from orchestrator.endpoint.metric_statistics import Point, Question
from orchestrator.store.protocol import JobKind, Query
from orchestrator.training.events import Observed
from orchestrator.wire.cbor import Moment
from orchestrator.wire.faults import InvalidParameterCombination, InvalidParameterValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.endpoint.emulator import Answer, Call, Request
    from orchestrator.store.protocol import JobRow

NAMESPACE = "/aws/sagemaker/TrainingJobs"
DIMENSION = "TrainingJobName"
MOST_POINTS = 1440
"""Of one GetMetricStatistics (documented)."""

MOST_DATA = 100_800
MOST_METRICS = 500
RECENT_SECONDS = 3 * 3600
UNIT = "None"


def get_metric_statistics(call: Call, request: Request) -> Answer:
    """GetMetricStatistics: statistics of one metric, by period."""
    wanted = [*(request.get("Statistics") or ()), *(request.get("ExtendedStatistics") or ())]
    if not wanted:
        raise InvalidParameterCombination(
            "At least one of the parameters Statistics and ExtendedStatistics must be specified."
        )
    _check(wanted)
    question = _question(request, request.get("Period"))
    asked = (question.end - question.start) / question.period
    if asked > MOST_POINTS:
        raise InvalidParameterCombination(
            f"You have requested up to {math.ceil(asked):,} datapoints, which exceeds the limit of "
            f"{MOST_POINTS:,}. You may reduce the datapoints requested by increasing Period, or "
            "decreasing the time range."
        )
    points = _points(call, request, request.get("Unit"))
    return {
        "Label": request.get("MetricName", ""),
        "Datapoints": [
            _datapoint(at, values, wanted) for at, values in statistics.grouped(points, question)
        ],
    }


def get_metric_data(call: Call, request: Request) -> Answer:
    """GetMetricData: one statistic of each of several metrics."""
    results, newest_first = [], request.get("ScanBy") != "TimestampAscending"
    for query in request.get("MetricDataQueries") or ():
        asked = query.get("MetricStat")
        if not isinstance(asked, dict):
            raise InvalidParameterValue(
                "The emulator does not evaluate expressions over metrics of training jobs."
            )
        name, metric = str(asked.get("Stat", "")), asked.get("Metric") or {}
        _check([name])
        question = _question(request, asked.get("Period"))
        found = statistics.grouped(_points(call, metric, asked.get("Unit")), question)
        if newest_first:
            found.reverse()
        if query.get("ReturnData") is False:
            continue
        most = int(request.get("MaxDatapoints") or MOST_DATA)
        results.append(
            {
                "Id": query.get("Id", ""),
                "Label": query.get("Label") or metric.get("MetricName", ""),
                "Timestamps": [Moment(at) for at, _ in found[:most]],
                "Values": [statistics.statistic(name, values) for _, values in found[:most]],
                "StatusCode": "Complete",
            }
        )
    return {"MetricDataResults": results, "Messages": []}


def list_metrics(call: Call, request: Request) -> Answer:
    """ListMetrics: every metric of every training job that had a value."""
    dimensions = request.get("Dimensions") or ()
    found = [
        {
            "Namespace": NAMESPACE,
            "MetricName": name,
            "Dimensions": [{"Name": DIMENSION, "Value": row.name}],
        }
        for row in _jobs(call, dimensions)
        if request.get("RecentlyActive") is None
        or row.modified >= call.emulator.clock.now() - RECENT_SECONDS
        for name in sorted(row.state.get("metrics") or ())
        if request.get("MetricName") in {None, name}
    ]
    token = str(request.get("NextToken") or "0")
    if not token.isdigit():
        raise InvalidParameterValue("The value of NextToken is not a token of this question.")
    at = int(token)
    answer: Answer = {"Metrics": found[at : at + MOST_METRICS]}
    if at + MOST_METRICS < len(found):
        answer["NextToken"] = str(at + MOST_METRICS)
    return answer


def is_ours(operation: str, request: Request) -> bool:
    """True when a request is about metrics of training jobs alone."""
    if operation != "GetMetricData":
        return request.get("Namespace") == NAMESPACE
    asked = [
        query["MetricStat"].get("Metric") or {}
        for query in request.get("MetricDataQueries") or ()
        if isinstance(query, dict) and isinstance(query.get("MetricStat"), dict)
    ]
    return bool(asked) and all(metric.get("Namespace") == NAMESPACE for metric in asked)


# ---------------------------------------------------------------------- parts of the above


def _question(request: Request, period: Any) -> Question:  # noqa: ANN401  (what was sent)
    start, end = request.get("StartTime"), request.get("EndTime")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        raise InvalidParameterValue("StartTime and EndTime are required, as moments.")
    if start >= end:
        raise InvalidParameterValue(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    if not isinstance(period, int) or not statistics.is_period(period):
        raise InvalidParameterValue(
            "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60."
        )
    return Question(start, end, period)


def _check(names: list[str]) -> None:
    for name in names:
        if not statistics.is_statistic(name):
            raise InvalidParameterValue(f"The emulator does not know the statistic {name}.")


def _points(call: Call, metric: Request, unit: str | None) -> Iterator[Point]:
    """What a metric of a training job was, in the journal's order."""
    if unit not in {None, UNIT}:
        return
    jobs: list[Request] = list(metric.get("Dimensions") or ())
    if [each.get("Name") for each in jobs] != [DIMENSION]:
        return
    row = call.row(JobKind.TRAINING, str(jobs[0].get("Value", "")))
    if row is None or row.name != jobs[0].get("Value"):
        return
    for event in call.emulator.store.journal(row.arn):
        if isinstance(event, Observed):
            for seen in event.observations:
                if seen.metric == metric.get("MetricName"):
                    yield Point(event.at, seen.value)


def _datapoint(at: float, values: list[float], wanted: list[str]) -> Answer:
    point: Answer = {"Timestamp": Moment(at), "Unit": UNIT}
    extended = {}
    for name in wanted:
        value = statistics.statistic(name, values)
        if name in statistics.BASIC:
            point[name] = value
        else:
            extended[name] = value
    return point | ({"ExtendedStatistics": extended} if extended else {})


def _jobs(call: Call, dimensions: Any) -> list[JobRow]:  # noqa: ANN401  (what was sent)
    """The training jobs that these filters let through."""
    if any(each.get("Name") != DIMENSION for each in dimensions):
        return []
    values = {each["Value"] for each in dimensions if each.get("Value")}
    if len(values) > 1:
        return []
    if values:
        (name,) = values
        row = call.row(JobKind.TRAINING, name)
        return [row] if row is not None and row.name == name else []
    query = Query(JobKind.TRAINING, call.scope.account, call.scope.region)
    count = call.emulator.store.count(query)
    return list(call.emulator.store.find(replace(query, limit=max(1, count))))
