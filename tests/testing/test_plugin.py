"""The fixture `amt` in somebody else's test run."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest


@pytest.fixture
def run(tmp_path):
    """Run a test file; how it ended and what it printed."""

    def run(text, *words):
        file = tmp_path / "test_theirs.py"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        plugins = ("-p", "orchestrator.testing.plugin", "-p", "no:cacheprovider")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *plugins, *words, file],
            cwd=tmp_path,
            env={k: v for k, v in os.environ.items() if not k.startswith(("AMT_", "PYTEST_"))},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    return run


def test_tests_do_not_see_each_others_jobs_objects_or_topics(run):
    code, said = run("""
        import os
        import boto3
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        @pytest.mark.amt(objective=lambda values: 1.0)
        def test_alone(amt, number):
            assert os.environ["AWS_ENDPOINT_URL"] == amt.url
            s3 = boto3.client("s3")
            assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == [amt.bucket]
            assert amt.client("sns").list_topics()["Topics"] == []
            boto3.client("sns").create_topic(Name="left")
            amt.client("s3").put_object(Bucket=amt.bucket, Key="left", Body=b"")

        def test_nothing_stays_in_the_environment():
            assert "AWS_ENDPOINT_URL" not in os.environ
    """)
    assert code == 0, said
    assert "3 passed" in said


def test_training_that_a_test_leaves_running_ends_with_it(run, tmp_path):
    code, said = run(f"""
        from tests.road import until
        from tests.serve.jobs import tuning_request, upload

        def test_left(amt):
            upload(amt.client("s3"), "bkt")
            request = tuning_request("tune", "bkt", seconds=600, jobs=1)
            request["TrainingJobDefinition"]["Environment"]["RECORD"] = "{tmp_path}/record"
            amt.client("sagemaker").create_hyper_parameter_tuning_job(**request)
            import pathlib
            until(pathlib.Path("{tmp_path}/record").exists, "it trains")
            until(lambda: amt.client("logs").filter_log_events(
                logGroupName="/aws/sagemaker/TrainingJobs")["events"], "it says so")
    """)
    assert code == 0, said
    training = (tmp_path / "record").read_text().strip()
    running = subprocess.run(["ps", "eww", "-e"], capture_output=True, text=True, check=True)
    assert training not in running.stdout


def test_a_mark_that_cannot_be_used_says_what_can(run):
    code, said = run("""
        import pytest

        @pytest.mark.amt(objektive=1)
        def test_theirs(amt):
            pass
    """)
    assert code == 1
    assert "objective=None, runtime='process'" in said


def test_the_plugin_costs_other_tests_no_imports(run):
    code, said = run("""
        import sys

        def test_theirs():
            assert not {"boto3", "botocore", "moto", "numpy", "pydantic"} & set(sys.modules)
    """, "-p", "no:randomly", "-p", "no:hypothesispytest")  # fmt: skip
    assert code == 0, said
