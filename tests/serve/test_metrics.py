"""Metrics of training jobs are read through CloudWatch, from our books."""

from __future__ import annotations

import datetime as dt
import http.client
from urllib.parse import urlencode

import pytest

from orchestrator.wire import cbor
from tests.serve.conftest import ACCOUNT, Clients, serve
from tests.serve.jobs import tuning_request, upload
from tests.serve.server import ended

NAMESPACE = "/aws/sagemaker/TrainingJobs"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A server, restarted after a training job ended; its clients and the job."""
    home = tmp_path_factory.mktemp("metrics")
    served = serve(home)
    clients = Clients(served.url)
    upload(clients("s3"), "metrics")
    sagemaker = clients("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(
        **tuning_request("metered", "metrics", jobs=1, parallel=1)
    )
    best = ended(sagemaker, "metered")["BestTrainingJob"]
    clients.close()
    served.close()
    served = serve(home)
    clients = Clients(served.url)
    yield clients, best, served
    clients.close()
    served.close()


def asked(best, **more):
    start = best["TrainingStartTime"]
    return {"StartTime": start - HOUR, "EndTime": start + HOUR} | more


def dimension(best):
    return [{"Name": "TrainingJobName", "Value": best["TrainingJobName"]}]


def test_statistics_of_a_metric_are_those_of_its_values(trained):
    clients, best, _ = trained
    answer = clients("cloudwatch").get_metric_statistics(
        **asked(best),
        Namespace=NAMESPACE,
        MetricName="loss",
        Dimensions=dimension(best),
        Period=3600 * 24,
        Statistics=["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
        ExtendedStatistics=["p100"],
    )
    assert answer["Label"] == "loss"
    points = answer["Datapoints"]
    assert sum(point["SampleCount"] for point in points) == 5
    last = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert min(point["Minimum"] for point in points) == pytest.approx(last, abs=1e-6)
    for point in points:
        assert point["Average"] * point["SampleCount"] == pytest.approx(point["Sum"])
        assert point["ExtendedStatistics"]["p100"] == point["Maximum"]
        assert point["Timestamp"].tzinfo is not None


def test_metrics_of_training_jobs_are_told_without_other_services(tmp_path):
    served = serve(tmp_path)
    clients = Clients(served.url)
    try:
        answer = clients("cloudwatch").list_metrics(Namespace=NAMESPACE)
        assert answer["Metrics"] == []
        assert served._others.state == "not loaded"
    finally:
        clients.close()
        served.close()


def test_what_the_sdks_analytics_asks_is_answered(trained):
    clients, best, _ = trained
    answer = clients("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="loss",
        Dimensions=dimension(best),
        StartTime=best["TrainingStartTime"],
        EndTime=best["TrainingEndTime"] + dt.timedelta(minutes=1),
        Period=60,
        Statistics=["Average"],
    )
    assert answer["Datapoints"]
    assert all(set(point) == {"Timestamp", "Average", "Unit"} for point in answer["Datapoints"])


def test_metric_data_and_listings_name_the_job(trained):
    clients, best, _ = trained
    cloudwatch = clients("cloudwatch")
    metric = {"Namespace": NAMESPACE, "MetricName": "loss", "Dimensions": dimension(best)}
    assert metric in cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]
    listed = cloudwatch.list_metrics(
        Namespace=NAMESPACE, MetricName="loss", Dimensions=dimension(best)
    )
    assert listed["Metrics"] == [metric]
    assert cloudwatch.list_metrics(Namespace=NAMESPACE, MetricName="other")["Metrics"] == []
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 1, "Stat": "Maximum"}}
    found = cloudwatch.get_metric_data(
        **asked(best), MetricDataQueries=[query], ScanBy="TimestampAscending"
    )["MetricDataResults"][0]
    assert (found["Id"], found["Label"], found["StatusCode"]) == ("m", "loss", "Complete")
    assert found["Timestamps"] == sorted(found["Timestamps"])
    assert len(found["Values"]) == len(found["Timestamps"]) >= 1


def test_other_namespaces_are_answered_elsewhere(trained):
    clients, best, _ = trained
    cloudwatch = clients("cloudwatch")
    cloudwatch.put_metric_data(Namespace="mine", MetricData=[{"MetricName": "m", "Value": 2}])
    answer = cloudwatch.get_metric_statistics(
        Namespace="mine",
        MetricName="m",
        Period=60,
        Statistics=["Sum"],
        StartTime=best["TrainingStartTime"] - HOUR,
        EndTime=best["TrainingStartTime"] + 24 * HOUR,
    )
    assert [point["Sum"] for point in answer["Datapoints"]] == [2.0]
    assert [m["MetricName"] for m in cloudwatch.list_metrics(Namespace="mine")["Metrics"]] == ["m"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Period": 45}, "InvalidParameterValue"),
        ({"StartTime": dt.datetime(2100, 1, 1, tzinfo=dt.UTC)}, "InvalidParameterValue"),
        ({"Statistics": None}, "InvalidParameterCombination"),
        ({"ExtendedStatistics": ["tm90"]}, "InvalidParameterValue"),
        ({"Period": 1}, "InvalidParameterCombination"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_answered_is_refused(trained, change, code):
    clients, best, _ = trained
    cloudwatch = clients("cloudwatch")
    question = asked(
        best,
        Namespace=NAMESPACE,
        MetricName="loss",
        Dimensions=dimension(best),
        Period=60,
        Statistics=["Sum"],
    )
    with pytest.raises(cloudwatch.exceptions.ClientError) as refusal:
        cloudwatch.get_metric_statistics(
            **{name: value for name, value in (question | change).items() if value is not None}
        )
    assert refusal.value.response["Error"]["Code"] == code


def post(served, path, body, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    credential = f"{ACCOUNT}/20260101/us-east-1/monitoring/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, Signature=x"}
    connection.request("POST", path, body, signed | headers)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_a_form_is_answered_in_xml(trained):
    _, best, served = trained
    form = {
        "Action": "GetMetricStatistics",
        "Version": "2010-08-01",
        "Namespace": NAMESPACE,
        "MetricName": "loss",
        "Dimensions.member.1.Name": "TrainingJobName",
        "Dimensions.member.1.Value": best["TrainingJobName"],
        "StartTime": "2020-01-01T00:00:00Z",
        "EndTime": "2020-01-01T00:01:00Z",
        "Period": "60",
        "Statistics.member.1": "Sum",
    }
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = post(served, "/", urlencode(form), **kind)
    assert (status, b"<Label>loss</Label><Datapoints></Datapoints>" in body) == (200, True)
    form["EndTime"] = "2100-01-01T00:00:00Z"
    form["Period"] = str(3600 * 24 * 30)
    status, body = post(served, "/", urlencode(form), **kind)
    assert (status, b"<member><Timestamp>" in body) == (200, True)
    form["Period"] = "7"
    status, body = post(served, "/", urlencode(form), **kind)
    assert (status, b"<Code>InvalidParameterValue</Code>" in body) == (400, True)


def test_cbor_is_answered_in_cbor(trained):
    _, best, served = trained
    request = {
        "StartTime": cbor.Moment(best["TrainingStartTime"].timestamp() - 60),
        "EndTime": cbor.Moment(best["TrainingStartTime"].timestamp() + 600),
        "MetricDataQueries": [
            {
                "Id": "m",
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": "loss",
                        "Dimensions": dimension(best),
                    },
                    "Period": 60,
                    "Stat": "SampleCount",
                },
            }
        ],
    }
    path = "/service/GraniteServiceVersion20100801/operation/GetMetricData"
    kind = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    status, body = post(served, path, cbor.encode(request), **kind)
    assert status == 200
    [found] = cbor.decode(body)["MetricDataResults"]
    assert sum(found["Values"]) == 5


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"Namespace": 1}',
        b'{"Namespace": "/aws/sagemaker/TrainingJobs", "Dimensions": 7}',
        b'{"Namespace": "/aws/sagemaker/TrainingJobs", "Dimensions": ["x"], "Statistics": ["Sum"], "Period": 60, "StartTime": 1, "EndTime": 2}',
        b'{"Namespace": "/aws/sagemaker/TrainingJobs", "Statistics": [{}], "Period": 60, "StartTime": 1, "EndTime": 2}',
        b'{"Namespace": "/aws/sagemaker/TrainingJobs", "Statistics": ["Sum"], "Period": 60, "StartTime": "x", "EndTime": 2}',
        b'{"Namespace": "/aws/sagemaker/TrainingJobs", "Statistics": ["Sum"], "Period": -60, "StartTime": 1, "EndTime": 1e300}',
        b'{"MetricDataQueries": 7}',
        b'{"MetricDataQueries": [{"MetricStat": {"Metric": {"Namespace": "/aws/sagemaker/TrainingJobs"}}}, 7], "StartTime": 1, "EndTime": 2}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("operation", ["GetMetricStatistics", "GetMetricData", "ListMetrics"])
def test_a_question_that_makes_no_sense_is_refused_and_no_fault_of_the_server(
    trained, operation, body
):
    _, _, served = trained
    target = {"X-Amz-Target": f"GraniteServiceVersion20100801.{operation}"}
    status, _ = post(served, "/", body, **target)
    assert status < 500
