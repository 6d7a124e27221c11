"""Every command of docs/infrastructure.md does what the page says, at `amt serve`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from tests.infra.terraform import Terraform, needs_terraform
from tests.meta.documents import Page
from tests.road import until
from tests.serve.clients import aws_cli_2
from tests.serve.server import Command
from tests.visitor import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), needs_terraform]

PAGE = Page(ROOT / "docs" / "infrastructure.md")
HERE = {"envs/dev": "envs/local", " -backend-config=backend.hcl": "", "amt-dev": "amt-local"}
"""What differs at an endpoint of this machine; dev's state in S3 is test_apply's."""


class Reader:
    """Types the page's commands into one shell after another."""

    def __init__(self, folder, server):
        self.folder = folder
        terraform = Terraform(folder, server.environment)
        programs = [Path(sys.executable).parent, aws_cli_2()]
        path = os.pathsep.join([*map(str, programs), os.environ["PATH"]])
        own = {"PATH": path, "HOME": str(folder), "AMT_HOME": str(folder / "own")}
        self.environment = terraform.environment | own

    def type(self, command):
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def server(tmp_path):
    command = Command(tmp_path / "state")
    command.start()
    yield command
    command.close()


def test_the_guide_deploys_launches_hears_and_cleans_up(server, tmp_path):
    reader = Reader(tmp_path, server)
    states = boto3.client(
        "stepfunctions",
        endpoint_url=server.environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=server.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=server.environment["AWS_SECRET_ACCESS_KEY"],
        region_name=server.environment["AWS_REGION"],
    )
    for shown in PAGE.commands():
        command = shown
        for old, new in HERE.items():
            command = command.replace(old, new)
        said = reader.type(command)
        if "start-execution" in command:
            assert status(states, json.loads(said)["executionArn"]) == "SUCCEEDED"
        elif "receive-message" in command:
            event = json.loads(json.loads(said)["Messages"][0]["Body"])
            assert event["detail"]["HyperParameterTuningJobName"].startswith("amt-local-")
    states.close()
    assert "Destroy complete!" in said


def status(states, execution):
    """How an execution ended."""

    def ended():
        found = states.describe_execution(executionArn=execution)["status"]
        return found if found != "RUNNING" else None

    return until(ended, "the execution ends")
