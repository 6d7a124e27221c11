"""A tuning job through a botocore client, from Create to Delete."""

import copy

import botocore.exceptions
import pytest

NAME = "HyperParameterTuningJobName"


def code_and_message(refused):
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def refused():
    return pytest.raises(botocore.exceptions.ClientError)


def named(request, name):
    return copy.deepcopy(request) | {NAME: name}


def test_a_created_job_has_an_arn_in_lower_case(sagemaker, tuning):
    answer = sagemaker.create_hyper_parameter_tuning_job(**tuning)
    assert answer["HyperParameterTuningJobArn"] == (
        "arn:aws:sagemaker:eu-west-1:111122223333:hyper-parameter-tuning-job/tune"
    )
    assert answer["ResponseMetadata"]["RequestId"] == "request-1"


def test_a_finished_job_is_described_whole(bench, sagemaker, tuning):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    bench.run()
    answer = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert answer[NAME] == "Tune"
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert answer["TrainingJobStatusCounters"]["Completed"] == 3
    assert answer["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}
    assert answer["ConsumedResources"]["RuntimeInSeconds"] > 0
    assert answer["TuningJobCompletionDetails"]["NumberOfTrainingJobsObjectiveNotImproving"] >= 0
    best = answer["BestTrainingJob"]
    metric = best["FinalHyperParameterTuningJobObjectiveMetric"]
    assert metric["MetricName"] == "validation:loss"
    assert "Type" not in metric
    assert metric["Value"] == pytest.approx(float(best["TunedHyperParameters"]["learning-rate"]))
    assert answer["HyperParameterTuningEndTime"] == answer["LastModifiedTime"]


def test_describe_adds_what_the_service_fills_in(sagemaker, tuning):
    ranges = tuning["HyperParameterTuningJobConfig"]["ParameterRanges"]
    del ranges["IntegerParameterRanges"]
    del ranges["ContinuousParameterRanges"][0]["ScalingType"]
    del tuning["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"]
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    answer = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    config = answer["HyperParameterTuningJobConfig"]
    assert config["ParameterRanges"]["IntegerParameterRanges"] == []
    assert config["ParameterRanges"]["ContinuousParameterRanges"][0]["ScalingType"] == "Auto"
    assert config["TrainingJobEarlyStoppingType"] == "Off"
    definition = answer["TrainingJobDefinition"]
    assert definition["StaticHyperParameters"]["_tuning_objective_metric"] == "validation:loss"
    metrics = {
        m["Name"]: m["Regex"] for m in definition["AlgorithmSpecification"]["MetricDefinitions"]
    }
    assert metrics["ObjectiveMetric"] == metrics["validation:loss"]
    assert definition["EnableManagedSpotTraining"] is False


def test_what_describe_says_can_be_created_again(sagemaker, tuning):
    """But for what the service alone may write, which is refused rather than misread."""
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    answer = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    again = copy.deepcopy({key: answer[key] for key in tuning} | {NAME: "again"})
    del again["TrainingJobDefinition"]["StaticHyperParameters"]["_tuning_objective_metric"]
    sagemaker.create_hyper_parameter_tuning_job(**again)
    twin = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="again")
    assert twin["TrainingJobDefinition"] == answer["TrainingJobDefinition"]
    assert twin["HyperParameterTuningJobConfig"] == answer["HyperParameterTuningJobConfig"]


def test_a_jobs_training_jobs_are_listed_by_objective(bench, sagemaker, tuning):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    bench.run()
    rows = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="Tune", SortBy="FinalObjectiveMetricValue"
    )["TrainingJobSummaries"]
    values = [row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in rows]
    assert len(values) == 3
    assert values == sorted(values)
    assert all(
        set(row["TunedHyperParameters"]) == {"learning-rate", "layers", "optimizer"} for row in rows
    )


def test_a_running_jobs_training_jobs_have_no_objective_yet(sagemaker, tuning):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    ask = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job
    rows = ask(HyperParameterTuningJobName="Tune")["TrainingJobSummaries"]
    assert {row["ObjectiveStatus"] for row in rows} <= {"Pending"}
    sorted_rows = ask(HyperParameterTuningJobName="Tune", SortBy="FinalObjectiveMetricValue")
    assert sorted_rows["TrainingJobSummaries"] == []


def test_several_definitions_name_themselves_in_each_training_job(bench, sagemaker, several):
    several["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] = 4
    sagemaker.create_hyper_parameter_tuning_job(**several)
    bench.run()
    rows = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=several[NAME]
    )["TrainingJobSummaries"]
    assert {row["TrainingJobDefinitionName"] for row in rows} <= {"pt", "xg"}
    answer = sagemaker.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=several[NAME]
    )
    assert [d["DefinitionName"] for d in answer["TrainingJobDefinitions"]] == ["pt", "xg"]
    assert "TrainingJobDefinition" not in answer
    assert (
        answer["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Type"]
        == "Minimize"
    )


def test_a_stopped_job_is_stopping_at_once_and_stopped_in_the_end(bench, sagemaker, tuning):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    while not sagemaker.list_training_jobs()["TrainingJobSummaries"]:
        bench.engine.loop.turn()
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    describe = sagemaker.describe_hyper_parameter_tuning_job
    assert (
        describe(HyperParameterTuningJobName="Tune")["HyperParameterTuningJobStatus"] == "Stopping"
    )
    bench.run()
    assert (
        describe(HyperParameterTuningJobName="Tune")["HyperParameterTuningJobStatus"] == "Stopped"
    )


def test_a_deleted_job_is_gone_and_its_training_jobs_stay(bench, sagemaker, tuning, refused):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    bench.run()
    best = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    with refused:
        sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    name = best["BestTrainingJob"]["TrainingJobName"]
    child = sagemaker.describe_training_job(TrainingJobName=name)
    assert child["AlgorithmSpecification"]["TrainingImage"]
    sagemaker.create_hyper_parameter_tuning_job(**tuning)


def test_a_name_is_taken_whatever_its_case(sagemaker, tuning, refused):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    with refused as error:
        sagemaker.create_hyper_parameter_tuning_job(**named(tuning, "TUNE"))
    assert code_and_message(error) == (
        "ResourceInUse",
        "A hyperparameter tuning job with the name, TUNE, already exists. Choose a different name.",
    )


@pytest.mark.parametrize(
    "operation",
    [
        "describe_hyper_parameter_tuning_job",
        "stop_hyper_parameter_tuning_job",
        "delete_hyper_parameter_tuning_job",
        "list_training_jobs_for_hyper_parameter_tuning_job",
    ],
)
def test_an_unknown_job_is_not_found(sagemaker, operation):
    with pytest.raises(sagemaker.exceptions.ResourceNotFound) as error:
        getattr(sagemaker, operation)(HyperParameterTuningJobName="nobody")
    assert code_and_message(error)[1].startswith("Amazon SageMaker can't find a tuning job")


def test_a_job_that_has_ended_cannot_be_stopped(bench, sagemaker, tuning, refused):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    bench.run()
    with refused as error:
        sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    assert code_and_message(error) == (
        "ValidationException",
        (
            "The request was rejected because the hyperparameter tuning job is already in status "
            "Completed."
        ),
    )


def test_a_job_that_runs_cannot_be_deleted(sagemaker, tuning, refused):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    with refused as error:
        sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    code, message = code_and_message(error)
    assert code == "ValidationException"
    assert "not in a terminal state" in message


def test_a_bad_shape_is_told_whole_and_nothing_is_created(sagemaker, tuning, refused):
    tuning[NAME] = "a" * 34
    tuning["HyperParameterTuningJobConfig"]["Strategy"] = "Banana"
    with refused as error:
        sagemaker.create_hyper_parameter_tuning_job(**tuning)
    code, message = code_and_message(error)
    assert code == "ValidationException"
    assert message.startswith("2 validation errors detected: Value 'aaa")
    assert sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == []


def test_of_broken_rules_the_first_is_told_in_awss_words(sagemaker, tuning, refused):
    tuning["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"] = "x"
    tuning["TrainingJobDefinition"]["StoppingCondition"]["MaxWaitTimeInSeconds"] = 7200
    with refused as error:
        sagemaker.create_hyper_parameter_tuning_job(**tuning)
    assert code_and_message(error)[1] == (
        "A metric is required for this hyperparameter tuning job objective. Provide a metric in "
        "the metric definitions."
    )


def test_a_quota_is_a_limit_exceeded(sagemaker, tuning):
    limits = tuning["HyperParameterTuningJobConfig"]["ResourceLimits"]
    limits["MaxParallelTrainingJobs"] = 11
    with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded, match="request delta of 11"):
        sagemaker.create_hyper_parameter_tuning_job(**tuning)


def test_an_input_that_is_not_there_is_refused(bench, sagemaker, tuning, refused):
    bench.objects.clear()
    with refused as error:
        sagemaker.create_hyper_parameter_tuning_job(**tuning)
    assert code_and_message(error)[1] == (
        'No S3 objects found under S3 URL "s3://bkt/train/" given in input data source. Please '
        "ensure that the bucket exists in the selected region (eu-west-1), that objects exist "
        'under that S3 prefix, and that the role "arn:aws:iam::111122223333:role/Trainer" has '
        '"s3:ListBucket" permissions on bucket "bkt".'
    )


def test_a_strategy_the_emulator_lacks_is_refused(sagemaker, tuning, refused, bench):
    object.__setattr__(bench.emulator, "strategies", lambda: frozenset({"Random"}))
    tuning["HyperParameterTuningJobConfig"]["Strategy"] = "Bayesian"
    with refused as error:
        sagemaker.create_hyper_parameter_tuning_job(**tuning)
    assert "Bayesian" in code_and_message(error)[1]


def test_jobs_are_listed_page_by_page_and_filtered(bench, sagemaker, tuning):
    for number in range(7):
        sagemaker.create_hyper_parameter_tuning_job(**named(tuning, f"job-{number}"))
        bench.run()
    pages = sagemaker.get_paginator("list_hyper_parameter_tuning_jobs").paginate(
        NameContains="JOB", SortOrder="Descending", PaginationConfig={"PageSize": 3}
    )
    found = [page["HyperParameterTuningJobSummaries"] for page in pages]
    assert [len(page) for page in found] == [3, 3, 1]
    assert [row[NAME] for page in found for row in page] == [f"job-{n}" for n in range(6, -1, -1)]
    row = found[0][0]
    assert row["Strategy"] == "Random"
    assert row["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 3
    middle = found[1][1]["CreationTime"]
    later = sagemaker.list_hyper_parameter_tuning_jobs(
        CreationTimeAfter=middle, SortBy="CreationTime"
    )
    names = [row[NAME] for row in later["HyperParameterTuningJobSummaries"]]
    assert names == ["job-3", "job-4", "job-5", "job-6"]


def test_a_token_of_another_question_is_refused(sagemaker, tuning, refused):
    for name in ("a", "b"):
        sagemaker.create_hyper_parameter_tuning_job(**named(tuning, name))
    token = sagemaker.list_hyper_parameter_tuning_jobs(MaxResults=1)["NextToken"]
    with refused as error:
        sagemaker.list_hyper_parameter_tuning_jobs(MaxResults=1, NextToken=token, NameContains="a")
    assert code_and_message(error) == ("ValidationException", "Invalid NextToken")


def test_accounts_and_regions_do_not_see_each_other(bench, sagemaker, tuning, refused):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    for other in (bench.client(account="444455556666"), bench.client(region="us-east-1")):
        assert other.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == []
        other.create_hyper_parameter_tuning_job(**tuning)
    china = bench.client(region="cn-north-1").create_hyper_parameter_tuning_job(**tuning)
    assert china["HyperParameterTuningJobArn"].startswith("arn:aws-cn:sagemaker:cn-north-1:")


def test_a_grid_counts_itself(bench, sagemaker, tuning):
    config = tuning["HyperParameterTuningJobConfig"]
    config["Strategy"] = "Grid"
    config["ResourceLimits"] = {"MaxParallelTrainingJobs": 2}
    config["ParameterRanges"] = {
        "CategoricalParameterRanges": [
            {"Name": "optimizer", "Values": ["sgd", "adam"]},
            {"Name": "layers", "Values": ["1", "2", "3"]},
        ]
    }
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    bench.run()
    answer = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    limits = answer["HyperParameterTuningJobConfig"]["ResourceLimits"]
    assert limits["MaxNumberOfTrainingJobs"] == 6
    assert answer["TrainingJobStatusCounters"]["Completed"] == 6


def test_autotune_shows_ordinary_ranges(sagemaker, tuning):
    config = tuning["HyperParameterTuningJobConfig"]
    config["ParameterRanges"] = {"AutoParameters": [{"Name": "depth", "ValueHint": "4"}]}
    tuning["Autotune"] = {"Mode": "Enabled"}
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    answer = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    assert answer["Autotune"] == {"Mode": "Enabled"}
    ranges = answer["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert ranges["IntegerParameterRanges"] == [
        {"Name": "depth", "MinValue": "2", "MaxValue": "8", "ScalingType": "Auto"}
    ]


def test_a_hint_for_what_is_static_is_refused_and_not_lost(sagemaker, tuning, refused):
    config = tuning["HyperParameterTuningJobConfig"]
    config["ParameterRanges"] = {"AutoParameters": [{"Name": "epochs", "ValueHint": "many"}]}
    tuning["Autotune"] = {"Mode": "Enabled"}
    with refused as error:
        sagemaker.create_hyper_parameter_tuning_job(**tuning)
    assert "AutoParameters[0].Name" in code_and_message(error)[1]


def test_hyperbands_resource_is_shown_as_inferred(sagemaker, tuning):
    tuning["HyperParameterTuningJobConfig"]["Strategy"] = "Hyperband"
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    answer = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Tune")
    settings = answer["HyperParameterTuningJobConfig"]["StrategyConfig"]
    assert settings == {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 3}}


def warm(request, name, *parents, kind="IdenticalDataAndAlgorithm"):
    return named(request, name) | {
        "WarmStartConfig": {
            "WarmStartType": kind,
            "ParentHyperParameterTuningJobs": [{NAME: parent} for parent in parents],
        }
    }


def test_an_identical_warm_start_has_the_best_over_all(bench, sagemaker, tuning):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    bench.run()
    sagemaker.create_hyper_parameter_tuning_job(**warm(tuning, "child", "tune"))
    bench.run()
    describe = sagemaker.describe_hyper_parameter_tuning_job
    child, parent = (describe(HyperParameterTuningJobName=name) for name in ("child", "Tune"))
    overall = child["OverallBestTrainingJob"]

    def value(best):
        return best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]

    assert value(overall) == min(value(child["BestTrainingJob"]), value(parent["BestTrainingJob"]))
    assert overall["TuningJobName"] in {"child", "Tune"}


def test_parents_must_fit(bench, sagemaker, tuning, refused):
    sagemaker.create_hyper_parameter_tuning_job(**tuning)
    running = warm(tuning, "child", "tune")
    with refused as error:
        sagemaker.create_hyper_parameter_tuning_job(**running)
    assert "InProgress" in code_and_message(error)[1]
    bench.run()
    missing = warm(tuning, "child", "nobody")
    with refused as error:
        sagemaker.create_hyper_parameter_tuning_job(**missing)
    assert "does not exist" in code_and_message(error)[1]
    other = warm(tuning, "child", "tune")
    other["TrainingJobDefinition"]["StaticHyperParameters"]["more"] = "1"
    with refused as error:
        sagemaker.create_hyper_parameter_tuning_job(**other)
    assert code_and_message(error)[1].startswith(
        "The set of tunable plus static HyperParameter names"
    )
    changed = warm(tuning, "child", "tune")
    changed["TrainingJobDefinition"]["EnableNetworkIsolation"] = True
    with refused as error:
        sagemaker.create_hyper_parameter_tuning_job(**changed)
    assert code_and_message(error)[1].startswith(
        "Only the following fields in TrainingJobDefinition"
    )


def test_tags_are_listed(sagemaker, tuning, bench):
    tuning["Tags"] = [{"Key": "team", "Value": "a"}]
    arn = sagemaker.create_hyper_parameter_tuning_job(**tuning)["HyperParameterTuningJobArn"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tuning["Tags"]
    bench.run()
    children = sagemaker.list_training_jobs()["TrainingJobSummaries"]
    child = children[0]["TrainingJobArn"]
    assert sagemaker.list_tags(ResourceArn=child)["Tags"] == tuning["Tags"]
