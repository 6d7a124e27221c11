"""Search over the jobs of a running emulator."""

import datetime as dt
import itertools

import botocore.exceptions
import pytest

from orchestrator.client.embedding import Request, call


@pytest.fixture
def done(bench, sagemaker, tuning, training):
    """A tuning job of three training jobs that has ended, and a lone training job after it."""
    sagemaker.create_hyper_parameter_tuning_job(
        **tuning | {"Tags": [{"Key": "team", "Value": "ml"}]}
    )
    bench.run()
    sagemaker.create_training_job(**training | {"TrainingJobName": "lone"})
    bench.run()
    return sagemaker


def search(client, resource="TrainingJob", *filters, **question):
    if filters:
        keys = ("Name", "Operator", "Value")
        written = [dict(zip(keys, one, strict=False)) for one in filters]
        question["SearchExpression"] = {"Filters": written}
    return client.search(Resource=resource, **question)


def names(answer):
    return [
        record["TrainingJob"]["TrainingJobName"]
        if "TrainingJob" in record
        else record["HyperParameterTuningJob"]["HyperParameterTuningJobName"]
        for record in answer["Results"]
    ]


def test_the_newest_change_comes_first(done):
    answer = search(done)
    assert names(answer)[0] == "lone"
    assert answer["TotalHits"] == {"Value": 4, "Relation": "EqualTo"}
    times = [record["TrainingJob"]["LastModifiedTime"] for record in answer["Results"]]
    assert times == sorted(times, reverse=True)


def test_an_entity_is_what_describe_shows_with_its_tags(done):
    (record,) = search(done, "HyperParameterTuningJob")["Results"]
    entity = record["HyperParameterTuningJob"]
    shown = done.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    assert entity.pop("Tags") == [{"Key": "team", "Value": "ml"}]
    assert entity == {key: value for key, value in shown.items() if key != "ResponseMetadata"}


def test_a_tuning_jobs_children_are_found_by_metric_tag_and_hyperparameter(done):
    best = done.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    value = best["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    found = search(
        done,
        "TrainingJob",
        ("Tags.team", "Equals", "ml"),
        ("Metrics.ObjectiveMetric", "LessThanOrEqualTo", repr(value)),
        ("HyperParameters.learning-rate", "Exists"),
    )
    assert names(found) == [best["BestTrainingJob"]["TrainingJobName"]]


def test_pages_go_on_where_the_last_one_ended(done):
    pages = done.get_paginator("search").paginate(
        Resource="TrainingJob",
        SortBy="TrainingJobName",
        SortOrder="Ascending",
        PaginationConfig={"PageSize": 3},
    )
    told = [names(page) for page in pages]
    assert [len(page) for page in told] == [3, 1]
    flat = list(itertools.chain.from_iterable(told))
    assert flat == sorted(flat)


def test_a_token_belongs_to_its_question(done):
    token = search(done, MaxResults=1)["NextToken"]
    with pytest.raises(botocore.exceptions.ClientError, match="Invalid NextToken"):
        search(done, MaxResults=1, NextToken=token, SortOrder="Ascending")


def test_times_are_filtered(bench, done):
    now = dt.datetime.fromtimestamp(bench.clock.now(), tz=dt.UTC)
    later = (now + dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    assert search(done, "TrainingJob", ("CreationTime", "GreaterThan", later))["Results"] == []
    assert len(search(done, "TrainingJob", ("CreationTime", "LessThan", later))["Results"]) == 4


def test_a_visibility_condition_leaves_out_other_values_of_its_tag(done):
    visible = {"Key": "Tags.team", "Value": "ops"}
    assert names(search(done, VisibilityConditions=[visible])) == ["lone"]
    visible["Value"] = "ml"
    assert len(names(search(done, VisibilityConditions=[visible]))) == 4


def test_nobody_else_shares_a_job_and_other_accounts_see_none(bench, done):
    assert search(done, CrossAccountFilterOption="CrossAccount")["Results"] == []
    assert search(bench.client(account="999999999999"))["TotalHits"]["Value"] == 0
    assert search(bench.client(region="us-east-1"))["Results"] == []


@pytest.mark.parametrize(
    ("question", "match"),
    [
        ({"Resource": "Pipeline"}, "does not search for the resource Pipeline"),
        ({"Resource": "TrainingJob", "SortBy": "Nothing"}, "Unknown property name: Nothing"),
        ({"Resource": "TrainingJob", "SearchExpression": {}}, "at least one"),
    ],
)
def test_a_search_that_cannot_be_is_refused(sagemaker, question, match):
    with pytest.raises(botocore.exceptions.ClientError, match=match) as refused:
        sagemaker.search(**question)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("levels", [200, 400, 20_000])
def test_an_expression_nested_without_end_is_refused(bench, levels):
    inside = '{"SubExpressions":[' * levels + "]}" * levels
    body = f'{{"Resource":"TrainingJob","SearchExpression":{inside}}}'.encode()
    asked = Request("POST", "http://h/", {"X-Amz-Target": "SageMaker.Search"}, body)
    assert call(bench.endpoint, asked).status == 400
