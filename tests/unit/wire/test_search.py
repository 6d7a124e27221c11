"""The expression language of Search, over entities written down here."""

import pytest

from orchestrator.wire import model
from orchestrator.wire.faults import ValidationException
from orchestrator.wire.search import expression, order, properties

TRAINING = model.sagemaker().shape("TrainingJob")
TUNING = model.sagemaker().shape("HyperParameterTuningJobSearchEntity")

JOB = {
    "TrainingJobName": "Train-1",
    "TrainingJobStatus": "Completed",
    "CreationTime": 1_000_000_000.25,  # 2001-09-09T01:46:40
    "TrainingTimeInSeconds": 90,
    "EnableManagedSpotTraining": True,
    "HyperParameters": {"rate": "0.75", "kind": "a,b", "dotted.name": "7", "epochs": "3"},
    "FinalMetricDataList": [{"MetricName": "validation:loss", "Value": 0.5, "Timestamp": 1.0}],
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
    "InputDataConfig": [
        {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://b/cat"}}},
        {"ChannelName": "test", "DataSource": {"S3DataSource": {"S3Uri": "s3://b/dog"}}},
    ],
    "Tags": [{"Key": "team", "Value": "ml"}, {"Key": "a.b", "Value": ""}],
}


def passes(name, operator=None, value=None, entity=JOB):
    written = {"Name": name, "Operator": operator, "Value": value}
    given = {key: part for key, part in written.items() if part is not None}
    return expression.read({"Filters": [given]}, TRAINING)(entity)


@pytest.mark.parametrize(
    ("name", "operator", "value"),
    [
        ("TrainingJobName", None, "Train-1"),
        ("TrainingJobName", "NotEquals", "train-1"),
        ("TrainingJobName", "Contains", "ain"),
        ("TrainingJobStatus", "In", "Failed, Completed"),
        ("FailureReason", "NotExists", None),
        ("FailureReason", "NotEquals", "x"),
        ("TrainingJobArn", "NotExists", "whatever"),
        ("ResourceConfig", "Exists", None),
        ("ResourceConfig.InstanceType", "Equals", "ml.m5.large"),
        ("ResourceConfig.InstanceCount", "GreaterThan", "1.5"),
        ("TrainingTimeInSeconds", "Equals", "90.0"),
        ("TrainingTimeInSeconds", "LessThanOrEqualTo", "90"),
        ("EnableManagedSpotTraining", "Equals", "True"),
        ("EnableManagedSpotTraining", "NotEquals", "false"),
        ("CreationTime", "Equals", "2001-09-09T01:46:40"),
        ("CreationTime", "GreaterThan", "2001-09-09T01:46:39"),
        ("CreationTime", "LessThanOrEqualTo", "2001-09-09T03:46:40+02:00"),
        ("Metrics.validation:loss", "LessThan", "0.6"),
        ("Metrics.accuracy", "NotExists", None),
        ("HyperParameters.rate", "LessThan", "0.8"),
        ("HyperParameters.rate", "Equals", "0.750"),
        ("HyperParameters.rate", "Equals", "0"),  # an integer makes decimals integers
        ("HyperParameters.rate", "Contains", ".7"),
        ("HyperParameters.kind", "Equals", "a,b"),
        ("HyperParameters.dotted.name", "GreaterThanOrEqualTo", "7"),
        ("HyperParameters.absent", "NotExists", None),
        ("Tags.team", "Equals", "ml"),
        ("Tags.a.b", "Exists", None),
        ("Tags.other", "NotExists", None),
        ("InputDataConfig.ChannelName", "Equals", "test"),
        ("InputDataConfig.DataSource.S3DataSource.S3Uri", "Contains", "dog"),
    ],
)
def test_a_job_passes(name, operator, value):
    assert passes(name, operator, value)


@pytest.mark.parametrize(
    ("name", "operator", "value"),
    [
        ("TrainingJobName", None, "Train"),
        ("TrainingJobName", "Contains", "AIN"),
        ("TrainingJobStatus", "In", "Complete,Fail"),
        ("FailureReason", "Equals", "x"),
        ("TrainingJobStatus", "NotEquals", "Completed"),
        ("EnableManagedSpotTraining", "Equals", "false"),
        ("CreationTime", "GreaterThan", "2001-09-09T01:46:40"),
        ("CreationTime", "LessThan", "2001-09-09T01:46:40"),
        ("Metrics.accuracy", "LessThan", "1"),
        ("Metrics.validation:loss", "GreaterThan", "0.5"),
        ("HyperParameters.kind", "GreaterThan", "1"),
        ("HyperParameters.epochs", "LessThan", "3"),
        ("Tags.team", "In", "a,b"),
        ("InputDataConfig.ChannelName", "NotEquals", "test"),
    ],
)
def test_a_job_does_not_pass(name, operator, value):
    assert not passes(name, operator, value)


@pytest.mark.parametrize(
    ("name", "operator", "value", "match"),
    [
        ("Nothing", "Exists", None, "Unknown property name: Nothing"),
        ("TrainingJobName.More", "Exists", None, "Unknown property name"),
        ("HyperParameters", "Equals", "x", "not supported for the structured property"),
        ("TrainingJobName", "GreaterThan", "a", "GreaterThan is not supported for the text"),
        ("TrainingTimeInSeconds", "Contains", "9", "Contains is not supported for the number"),
        ("CreationTime", "In", "9", "In is not supported for the time"),
        ("EnableManagedSpotTraining", "LessThan", "true", "not supported for the Boolean"),
        ("EnableManagedSpotTraining", "Equals", "yes", "not a Boolean"),
        ("TrainingTimeInSeconds", "Equals", "soon", "not a number"),
        ("HyperParameters.rate", "LessThan", "x", "not a number"),
        ("CreationTime", "Equals", "yesterday", "YYYY-mm-dd"),
        ("TrainingJobName", None, None, "needs a Value"),
        ("TrainingJobName", "Equals", None, "needs a Value"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(name, operator, value, match):
    with pytest.raises(ValidationException, match=match):
        passes(name, operator, value)


def named(name, operator="Equals", value="x"):
    return {"Name": name, "Operator": operator, "Value": value}


def channel(name, uri):
    return {
        "NestedPropertyName": "InputDataConfig",
        "Filters": [
            named("InputDataConfig.ChannelName", value=name),
            named("InputDataConfig.DataSource.S3DataSource.S3Uri", "Contains", uri),
        ],
    }


TRUE, FALSE = named("TrainingJobStatus", value="Completed"), named("TrainingJobStatus")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"Filters": [TRUE, FALSE]}, False),
        ({"Filters": [TRUE, FALSE], "Operator": "Or"}, True),
        ({"Filters": [FALSE], "SubExpressions": [{"Filters": [TRUE]}], "Operator": "Or"}, True),
        ({"Filters": [TRUE], "SubExpressions": [{"Filters": [FALSE]}]}, False),
        ({"SubExpressions": [{"Filters": [FALSE, TRUE], "Operator": "Or"}]}, True),
        ({"NestedFilters": [channel("train", "cat")]}, True),
        ({"NestedFilters": [channel("train", "dog")]}, False),  # of different channels
        ({"NestedFilters": [channel("train", "dog")], "Filters": [TRUE], "Operator": "Or"}, True),
    ],
)
def test_parts_are_joined(written, expected):
    assert expression.read(written, TRAINING)(JOB) is expected


def test_without_an_expression_all_pass():
    assert expression.read(None, TRAINING)({})


def deep(levels):
    written = {"Filters": [TRUE]}
    for _ in range(levels):
        written = {"SubExpressions": [written]}
    return written


CONTAINS = named("TrainingJobName", "Contains", "Train")


@pytest.mark.parametrize(
    ("written", "match"),
    [
        ({}, "at least one"),
        ({"Filters": [TRUE], "SubExpressions": [{}]}, "at least one"),
        ({"Filters": [CONTAINS, CONTAINS]}, "^.*'CONTAINS' operator usage limit of 1 exceeded.$"),
        ({"Filters": [CONTAINS], "NestedFilters": [channel("a", "b")]}, "'CONTAINS' operator"),
        ({"Filters": [TRUE] * 20, "SubExpressions": [{"Filters": [TRUE] * 20}] * 2}, "at most 50"),
        (deep(60), "at most 50"),
        ({"NestedFilters": [{"NestedPropertyName": "Tags", "Filters": [TRUE]}]}, "must begin with"),
        ({"NestedFilters": [channel("a", "b") | {"NestedPropertyName": "Nobody"}]}, "Unknown"),
        (
            {"NestedFilters": [{"NestedPropertyName": "ResourceConfig", "Filters": [TRUE]}]},
            "not a list",
        ),
    ],
)
def test_an_expression_that_cannot_be_is_refused(written, match):
    with pytest.raises(ValidationException, match=match):
        expression.read(written, TRAINING)


def test_fifty_parts_are_allowed():
    assert expression.read(deep(49), TRAINING)(JOB)


def test_tuning_jobs_have_properties_of_their_own():
    entity = {"HyperParameterTuningJobConfig": {"Strategy": "Random"}, "Tags": []}
    wanted = named("HyperParameterTuningJobConfig.Strategy", value="Random")
    assert expression.read({"Filters": [wanted]}, TUNING)(entity)
    with pytest.raises(ValidationException, match="Unknown property"):
        expression.read({"Filters": [named("Metrics.loss", "Exists")]}, TUNING)


@pytest.mark.parametrize(
    ("descending", "expected"), [(False, ["c", "a", "b", "d", "e"]), (True, list("badce")[:2])]
)
def test_numbers_come_before_texts_and_what_has_neither_last(descending, expected):
    rates = {"a": "10", "b": "x", "c": "9", "d": None, "e": None}
    way = order.Order(properties.resolved("HyperParameters.rate", TRAINING), descending)
    keys = [way.key({"HyperParameters": {"rate": rate}}, name) for name, rate in rates.items()]
    names = [key[-1] for key in way.sorted(keys)]
    assert names[: len(expected)] == expected
    assert set(names[-2:]) == {"d", "e"}


@pytest.mark.parametrize("descending", [False, True])
def test_a_place_in_the_order_survives_being_carried_by_a_token(descending):
    way = order.Order(properties.resolved("TrainingTimeInSeconds", TRAINING), descending)
    entities = {"a": 1, "b": 0.1 + 0.2, "c": None, "d": 1, "e": None}
    keys = way.sorted(
        [way.key({"TrainingTimeInSeconds": value}, name) for name, value in entities.items()]
    )
    for number, key in enumerate(keys):
        place = order.key_at(order.position(key))
        assert [k for k in keys if way.follows(k, place)] == keys[number + 1 :]


@pytest.mark.parametrize("place", ["x", 7.0, "[1]", "[[], 1, 2]", "[0, null, 2]"])
def test_a_forged_place_is_refused(place):
    with pytest.raises(ValidationException, match="Invalid NextToken"):
        order.key_at((place, "n"))
