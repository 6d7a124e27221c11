"""The training toolkit's rules."""

import json

import pytest

from orchestrator.training import script_mode
from orchestrator.training.script_mode import Kind, Script

RESOURCES = {
    "current_host": "algo-2",
    "current_instance_type": "ml.m5.xlarge",
    "current_group_name": "homogeneousCluster",
    "hosts": ["algo-1", "algo-2"],
    "instance_groups": [
        {
            "instance_group_name": "homogeneousCluster",
            "instance_type": "ml.m5.xlarge",
            "hosts": ["algo-1", "algo-2"],
        }
    ],
    "network_interface_name": "eth0",
    "topology": None,
}
HYPERPARAMETERS = {
    "sagemaker_program": '"train.py"',
    "sagemaker_submit_directory": '"s3://b/code.tar.gz"',
    "sagemaker_job_name": '"demo"',
    "sagemaker_container_log_level": "20",
    "sagemaker_estimator_class_name": '"PyTorch"',
    "_tuning_objective_metric": "loss",
    "learning-rate": "0.1",
    "opt_note": '"a b"',
    "flag": "true",
    "cfg": '{"b": 2, "a": 1}',
    "n": "3",
    "nothing": "null",
    "plain": "sgd",
}


def a_script(**changes):
    values = {
        "base": "/base",
        "hyperparameters": HYPERPARAMETERS,
        "resources": RESOURCES,
        "inputs": {"train": {}, "my-val": {}},
        "environment": {"TRAINING_JOB_NAME": "job"},
        "cpus": 2,
    }
    return Script(**(values | changes))


def test_the_command_line_is_sorted_and_decoded():
    assert a_script().arguments == [
        *("--cfg", "a=1,b=2"),
        *("--flag", "True"),
        *("--learning-rate", "0.1"),
        *("-n", "3"),
        *("--nothing", ""),
        *("--opt_note", "a b"),
        *("--plain", "sgd"),
    ]


def test_the_hyperparameter_names_the_program_and_the_variable_is_the_fallback():
    variable = {"SAGEMAKER_PROGRAM": "other.py"}
    assert a_script(environment=variable).program == "train.py"
    assert a_script(hyperparameters={}, environment=variable).program == "other.py"
    assert script_mode.is_script_mode({}, variable)
    assert not script_mode.is_script_mode({"lr": "1"}, {})


def test_a_submit_directory_may_be_quoted_or_not():
    plain = a_script(hyperparameters={"sagemaker_submit_directory": "s3://b/code.tar.gz"})
    assert plain.submit_directory == a_script().submit_directory == "s3://b/code.tar.gz"


def test_the_scripts_variables():
    variables = a_script().variables()
    expected = {
        "SM_HOSTS": '["algo-1","algo-2"]',
        "SM_CURRENT_HOST": "algo-2",
        "SM_CURRENT_INSTANCE_GROUP_HOSTS": '["algo-1","algo-2"]',
        "SM_IS_HETERO": "false",
        "SM_TOPOLOGY": "",
        "SM_HP_LEARNING-RATE": "0.1",
        "SM_HP_CFG": '{"a":1,"b":2}',
        "SM_HP_FLAG": "true",
        "SM_CHANNELS": '["my-val","train"]',
        "SM_CHANNEL_MY-VAL": "/base/input/data/my-val",
        "SM_MODEL_DIR": "/base/model",
        "SM_OUTPUT_DATA_DIR": "/base/output/data",
        "SM_MODULE_NAME": "train",
        "SM_MODULE_DIR": "s3://b/code.tar.gz",
        "SM_USER_ENTRY_POINT": "train.py",
        "SM_FRAMEWORK_MODULE": "",
        "SM_FRAMEWORK_PARAMS": '{"sagemaker_estimator_class_name":"PyTorch"}',
        "SM_NUM_CPUS": "2",
        "SM_LOG_LEVEL": "20",
        "SAGEMAKER_JOB_NAME": "demo",
        "SAGEMAKER_REGION": "",
        "PYTHONPATH": "/base/code",
    }
    assert {name: variables.get(name) for name in expected} == expected
    assert "SM_HP__TUNING_OBJECTIVE_METRIC" not in variables
    assert json.loads(variables["SM_HPS"])["cfg"] == {"a": 1, "b": 2}
    assert json.loads(variables["SM_TRAINING_ENV"])["job_name"] == "job"


@pytest.mark.parametrize(
    ("program", "files", "kind"),
    [
        ("train.py", [], Kind.PROGRAM),
        ("train.py", ["setup.py"], Kind.PACKAGE),
        ("train.sh", ["setup.py"], Kind.SHELL),
        ("train", [], Kind.SHELL),
    ],
)
def test_kinds_of_entry_point(program, files, kind):
    assert script_mode.kind_of(program, files) is kind


def test_no_shell_reads_the_arguments():
    argv = script_mode.command("run.sh", ["$(id)", ";x"], ["run.sh"], "python")
    assert argv == ["/bin/sh", "-c", 'exec "$0" "$@"', "./run.sh", "$(id)", ";x"]
    package = script_mode.command("pkg/main.py", [], ["setup.py"], "python")
    assert package == ["python", "-m", "pkg.main"]


def test_the_failure_text_is_the_toolkits():
    assert script_mode.failure_text(3, ["python", "t.py", "--a", "1"]) == (
        'ExecuteUserScriptError:\nExitCode 3\nErrorMessage ""\nCommand "python t.py --a 1"'
    )
    assert "OutOfMemory" in script_mode.failure_text(137, ["x"])
