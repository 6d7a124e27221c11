"""`amt run --stack` takes what the infrastructure tells, under the names that it has there."""

from __future__ import annotations

import json

import pytest

from tests.infra.files import MODULE, outputs
from tests.serve.conftest import serve
from tests.visitor import Visitor

ROLE = "arn:aws:iam::000000000000:role/amt-dev-execution"
TOLD = {
    "execution_role_arn": ROLE,
    "artifact_bucket": "amt-dev-artifacts",
    "data_bucket": "amt-dev-data",
    "ecr_repository_url": "000000000000.dkr.ecr.us-east-1.amazonaws.com/amt-dev/trainer",
    "region": "us-east-1",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    served = serve(tmp_path_factory.mktemp("state"))
    yield served.url
    served.close()


@pytest.fixture
def visitor(tmp_path):
    visitor = Visitor(tmp_path)
    assert visitor.amt("init", "tuning").returncode == 0
    return visitor


def run(visitor, url, told, *words):
    """`amt run` with a stack that tells `told`, as `terraform output -json` prints it."""
    said = {name: {"value": value, "type": "string"} for name, value in told.items()}
    (visitor.folder / "stack.json").write_text(json.dumps(said))
    command = (
        "run",
        "tuning/job.yaml",
        "--on",
        url,
        "--stack",
        "stack.json",
        "--name",
        "amt-dev-x",
    )
    return visitor.amt(*command, *words)


def test_role_bucket_and_image_are_the_stacks(visitor, url):
    done = run(visitor, url, TOLD, "--dry-run", "--json")
    request = json.loads(done.stdout)["request"]["TrainingJobDefinition"]
    assert request["RoleArn"] == ROLE
    assert request["OutputDataConfig"]["S3OutputPath"].startswith(
        "s3://amt-dev-artifacts/amt/output"
    )
    source = request["StaticHyperParameters"]["sagemaker_submit_directory"]
    assert source.startswith("s3://amt-dev-artifacts/amt/sources/")


@pytest.mark.parametrize("missing", ["execution_role_arn", "artifact_bucket"])
def test_a_stack_without_the_needed_output_is_one_clear_message(missing, visitor, url):
    done = run(visitor, url, {name: value for name, value in TOLD.items() if name != missing})
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert f"--stack: has no output {missing} (got stack.json)" in line


def test_the_module_tells_all_of_it():
    assert set(TOLD) <= set(outputs(MODULE / "outputs.tf"))
