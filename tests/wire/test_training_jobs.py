"""Training jobs through a botocore client: a user's own, and a tuning job's."""

import botocore.exceptions
import pytest

RESOURCES = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}


def test_a_training_job_is_described_with_all_that_clients_read(bench, sagemaker, training):
    training["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "validation:loss", "Regex": "validation-loss=(\\S+);"}
    ]
    created = sagemaker.create_training_job(**training)
    bench.run()
    answer = sagemaker.describe_training_job(TrainingJobName=training["TrainingJobName"])
    assert answer["TrainingJobArn"] == created["TrainingJobArn"]
    assert answer["TrainingJobStatus"] == answer["SecondaryStatus"] == "Completed"
    assert answer["ResourceConfig"] == RESOURCES
    assert answer["OutputDataConfig"] == {
        "KmsKeyId": "",
        "S3OutputPath": "s3://bkt-out/demo",
        "CompressionType": "GZIP",
    }
    assert answer["TrainingTimeInSeconds"] >= 1
    assert answer["BillableTimeInSeconds"] >= 1
    assert answer["HyperParameters"] == training["HyperParameters"]
    assert answer["AlgorithmSpecification"]["ContainerEntrypoint"] == ["/bin/bash"]
    assert "TuningJobArn" not in answer
    statuses = [stay["Status"] for stay in answer["SecondaryStatusTransitions"]]
    assert statuses[0] == "Starting"
    assert statuses[-1] == "Completed"
    (metric,) = answer["FinalMetricDataList"]
    assert metric["MetricName"] == "validation:loss"
    assert metric["Value"] == pytest.approx(0.1)


def test_a_child_is_described_from_its_definition(bench, sagemaker, tuning):
    arn = sagemaker.create_hyper_parameter_tuning_job(**tuning)["HyperParameterTuningJobArn"]
    bench.run()
    (name, *_) = [
        row["TrainingJobName"] for row in sagemaker.list_training_jobs()["TrainingJobSummaries"]
    ]
    answer = sagemaker.describe_training_job(TrainingJobName=name)
    assert answer["TuningJobArn"] == arn
    given = answer["HyperParameters"]
    assert given["_tuning_objective_metric"] == "validation:loss"
    assert given["epochs"] == "3"
    assert "learning-rate" in given
    names = {metric["MetricName"] for metric in answer["FinalMetricDataList"]}
    assert names == {"validation:loss", "ObjectiveMetric"}
    assert answer["Environment"] == {"FOO": "bar"}
    assert answer["InputDataConfig"][0]["ChannelName"] == "train"


def test_the_resources_of_a_tuning_job_become_the_childs_own(bench, sagemaker, tuning):
    definition = tuning["TrainingJobDefinition"]
    del definition["ResourceConfig"]
    configs = [{"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 5}]
    definition["HyperParameterTuningResourceConfig"] = {"InstanceConfigs": configs}
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    bench.run()
    row = sagemaker.list_training_jobs()["TrainingJobSummaries"][0]
    answer = sagemaker.describe_training_job(TrainingJobName=row["TrainingJobName"])
    assert answer["ResourceConfig"] == configs[0]


@pytest.mark.parametrize(
    "operation", ["describe_training_job", "stop_training_job", "delete_training_job"]
)
def test_an_unknown_training_job_is_a_validation_error(sagemaker, operation):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        getattr(sagemaker, operation)(TrainingJobName="nobody")
    assert error.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Requested resource not found.",
    }


def test_a_name_is_taken(sagemaker, training):
    sagemaker.create_training_job(**training)
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="already exists"):
        sagemaker.create_training_job(**training)


def test_stop_and_delete_keep_to_the_status(bench, sagemaker, training):
    sagemaker.create_training_job(**training)
    name = training["TrainingJobName"]
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="terminal"):
        sagemaker.delete_training_job(TrainingJobName=name)
    sagemaker.stop_training_job(TrainingJobName=name)
    bench.run()
    answer = sagemaker.describe_training_job(TrainingJobName=name)
    assert answer["TrainingJobStatus"] == "Stopped"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sagemaker.stop_training_job(TrainingJobName=name)
    assert error.value.response["Error"]["Message"] == (
        "The request was rejected because the training job is in status Stopped."
    )
    sagemaker.delete_training_job(TrainingJobName=name)
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_what_the_emulator_cannot_read_is_refused(sagemaker, training):
    source = training["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3DataType"] = "Converse"
    with pytest.raises(botocore.exceptions.ClientError, match="Converse"):
        sagemaker.create_training_job(**training)


def test_no_job_has_a_warm_pool(sagemaker, training):
    sagemaker.create_training_job(**training)
    assert len(sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1
    found = sagemaker.list_training_jobs(WarmPoolStatusEquals="InUse")
    assert found["TrainingJobSummaries"] == []
