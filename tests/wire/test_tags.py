"""Tags of jobs: given at creation, changed afterwards, and passed on to children at launch."""

import botocore.exceptions
import pytest

TUNING = "hyper-parameter-tuning-job/tune"


def arn(resource, account="111122223333", region="eu-west-1"):
    return f"arn:aws:sagemaker:{region}:{account}:{resource}"


def tags(client, resource):
    found = client.list_tags(ResourceArn=arn(resource))["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def add(client, resource, **new):
    written = [{"Key": key, "Value": value} for key, value in new.items()]
    return client.add_tags(ResourceArn=arn(resource), Tags=written)["Tags"]


def children(client):
    found = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="Tune"
    )
    return [
        f"training-job/{each['TrainingJobName'].lower()}" for each in found["TrainingJobSummaries"]
    ]


@pytest.fixture
def tuned(sagemaker, tuning):
    """A tuning job with a tag, not yet begun."""
    sagemaker.create_hyper_parameter_tuning_job(**tuning | {"Tags": [{"Key": "a", "Value": "1"}]})
    return sagemaker


def test_a_key_that_is_there_gets_the_new_value(tuned):
    assert add(tuned, TUNING, b="2", a="3") == [
        {"Key": "a", "Value": "3"},
        {"Key": "b", "Value": "2"},
    ]
    tuned.delete_tags(ResourceArn=arn(TUNING), TagKeys=["a", "nothing"])
    assert tags(tuned, TUNING) == {"b": "2"}


def test_tags_of_a_training_job(sagemaker, training):
    sagemaker.create_training_job(
        **training | {"TrainingJobName": "Train", "Tags": [{"Key": "k", "Value": ""}]}
    )
    add(sagemaker, "training-job/Train", é="=@")
    assert tags(sagemaker, "training-job/train") == {"k": "", "é": "=@"}


def test_tags_reach_only_children_launched_afterwards_and_deleting_reaches_none(bench, tuned):
    bench.engine.loop.turn()  # the first two children
    first = children(tuned)
    assert 0 < len(first) < 3
    add(tuned, TUNING, later="yes")
    tuned.delete_tags(ResourceArn=arn(TUNING), TagKeys=["a"])
    bench.run()
    late = set(children(tuned)) - set(first)
    assert late
    assert [tags(tuned, child) for child in first] == [{"a": "1"}] * len(first)
    assert [tags(tuned, child) for child in late] == [{"later": "yes"}] * len(late)


def test_children_keep_their_tags_when_the_tuning_job_is_deleted(bench, tuned):
    bench.run()
    kept = children(tuned)
    tuned.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    assert [tags(tuned, child) for child in kept] == [{"a": "1"}] * 3


def test_a_job_has_fifty_tags_at_most(tuned):
    add(tuned, TUNING, **{f"k{number}": "" for number in range(49)})
    with pytest.raises(botocore.exceptions.ClientError, match="at most 50 tags") as refused:
        add(tuned, TUNING, one_more="")
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert len(tags(tuned, TUNING)) == 50
    add(tuned, TUNING, a="a known key needs no room")


@pytest.mark.parametrize(
    ("new", "match"),
    [
        ({"aws:x": ""}, "must not begin with aws:"),
        ({"k*": ""}, "regular expression pattern"),
        ({"k": "*"}, "regular expression pattern"),
        ({"k" * 129: ""}, "less than or equal to 128"),
        ({"k": "v" * 257}, "less than or equal to 256"),
    ],
)
def test_tags_that_cannot_be_are_refused(tuned, new, match):
    with pytest.raises(botocore.exceptions.ClientError, match=match):
        add(tuned, TUNING, **new)
    assert tags(tuned, TUNING) == {"a": "1"}


@pytest.mark.parametrize(
    "unknown",
    [
        arn("hyper-parameter-tuning-job/nobody"),
        arn("training-job/tune"),
        arn(TUNING, region="us-east-1"),
        arn(TUNING, account="999999999999"),
    ],
)
@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("list_tags", {}),
        ("add_tags", {"Tags": [{"Key": "a", "Value": ""}]}),
        ("delete_tags", {"TagKeys": ["a"]}),
    ],
)
def test_an_unknown_job_is_not_found(tuned, unknown, operation, members):
    with pytest.raises(botocore.exceptions.ClientError, match="does not exist") as refused:
        getattr(tuned, operation)(ResourceArn=unknown, **members)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"
    assert tags(tuned, TUNING) == {"a": "1"}


def test_a_token_is_refused_since_there_is_never_a_second_page(tuned):
    with pytest.raises(botocore.exceptions.ClientError, match="Invalid NextToken"):
        tuned.list_tags(ResourceArn=arn(TUNING), NextToken="x")
