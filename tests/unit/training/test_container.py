"""The /opt/ml contract as data."""

import json

from orchestrator.training import container
from orchestrator.training.spec import (
    Channel,
    Checkpoints,
    InputMode,
    InstanceGroup,
    MetricDefinition,
    Scope,
    TrainingSpec,
)

SCOPE = Scope("123456789012", "eu-west-1")


def a_spec(**changes) -> TrainingSpec:
    values = {"name": "Job-1", "scope": SCOPE} | changes
    return TrainingSpec(**values)


def files_of(spec, host="algo-1", base=container.BASE):
    return {
        name: json.loads(text) for name, text in container.config_files(spec, host, base).items()
    }


def test_a_bare_job_has_every_file_that_is_always_there_and_no_other():
    assert files_of(a_spec()) == {
        "hyperparameters.json": {},
        "inputdataconfig.json": {},
        "metric-definition-regex.json": [],
        "resourceconfig.json": {
            "current_host": "algo-1",
            "current_instance_type": "ml.m5.large",
            "current_group_name": "homogeneousCluster",
            "hosts": ["algo-1"],
            "instance_groups": [
                {
                    "instance_group_name": "homogeneousCluster",
                    "instance_type": "ml.m5.large",
                    "hosts": ["algo-1"],
                }
            ],
            "network_interface_name": "eth0",
            "topology": None,
        },
    }


def test_hosts_are_listed_in_lexical_order():
    spec = a_spec(instance_groups=(InstanceGroup("homogeneousCluster", "ml.m5.large", 10),))
    hosts = files_of(spec, "algo-10")["resourceconfig.json"]["hosts"]
    assert hosts[:3] == ["algo-1", "algo-10", "algo-2"]


def test_a_channel_entry_has_all_its_keys_and_a_content_type_only_if_given():
    spec = a_spec(
        channels=(
            Channel("a", "s3://b/a", content_type="text/csv"),
            Channel("b", "s3://b/b", mode=InputMode.PIPE, sharded=True, record_io=True),
        )
    )
    assert files_of(spec)["inputdataconfig.json"] == {
        "a": {
            "ContentType": "text/csv",
            "TrainingInputMode": "File",
            "S3DistributionType": "FullyReplicated",
            "RecordWrapperType": "None",
        },
        "b": {
            "TrainingInputMode": "Pipe",
            "S3DistributionType": "ShardedByS3Key",
            "RecordWrapperType": "RecordIO",
        },
    }


def test_a_group_sees_its_own_channels_and_its_own_type():
    spec = a_spec(
        instance_groups=(InstanceGroup("cpu", "ml.c5.large", 1), InstanceGroup("gpu", "ml.p3", 2)),
        channels=(Channel("x", "s3://b/x", groups=("cpu",)), Channel("y", "s3://b/y")),
    )
    files = files_of(spec, "algo-3")
    assert list(files["inputdataconfig.json"]) == ["y"]
    assert files["resourceconfig.json"]["current_group_name"] == "gpu"
    assert files["resourceconfig.json"]["instance_groups"][1]["hosts"] == ["algo-2", "algo-3"]


def test_the_checkpoint_path_moves_with_the_base_and_others_stay():
    inside = a_spec(checkpoints=Checkpoints("s3://b/c"))
    outside = a_spec(checkpoints=Checkpoints("s3://b/c", "/mnt/c"))
    assert files_of(inside, base="/x")["checkpointconfig.json"] == {"LocalPath": "/x/checkpoints"}
    assert files_of(outside, base="/x")["checkpointconfig.json"] == {"LocalPath": "/mnt/c"}


def test_metric_definitions_reach_the_container():
    spec = a_spec(metrics=(MetricDefinition("loss", "loss=(.*)"),))
    assert files_of(spec)["metric-definition-regex.json"] == [
        {"Name": "loss", "Regex": "loss=(.*)"}
    ]


def test_the_requests_environment_comes_last():
    spec = a_spec(environment=(("AWS_REGION", "mine"), ("A", "1")))
    assert container.environment(spec, threads=2) == {
        "TRAINING_JOB_NAME": "Job-1",
        "TRAINING_JOB_ARN": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/job-1",
        "AWS_REGION": "mine",
        "SAGEMAKER_METRICS_DIRECTORY": "/opt/ml/output/metrics/sagemaker",
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "2",
        "A": "1",
    }


def test_a_relocated_host_is_told_where_its_base_is():
    variables = container.environment(a_spec(), "/home/x")
    assert variables["SAGEMAKER_BASE_DIR"] == "/home/x"
    assert variables["SAGEMAKER_METRICS_DIRECTORY"] == "/home/x/output/metrics/sagemaker"


def test_the_command_table():
    both = a_spec(entrypoint=("e",), arguments=("a",))
    assert container.command(a_spec()) == (None, ("train",))
    assert container.command(a_spec(entrypoint=("e",))) == (("e",), ())
    assert container.command(a_spec(arguments=("a",))) == (None, ("a",))
    assert container.command(both) == (("e",), ("a",))


def test_the_failure_reason_is_held_under_its_length_with_the_code_readable():
    assert container.failure_reason(1, "") == "AlgorithmError: , exit code: 1"
    long = container.failure_reason(137, "x" * 5000)
    assert len(long) == 1024
    assert long.endswith("xx, exit code: 137")
