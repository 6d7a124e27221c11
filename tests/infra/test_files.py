"""What must agree among the files of `infra/`."""

from __future__ import annotations

import json
import re

import pytest

from tests.infra.files import (
    ENVIRONMENTS,
    INFRA,
    MACHINES,
    MODULE,
    TEMPLATE,
    embedded,
    outputs,
    with_machines,
)

LARGEST_TEMPLATE = 51_200  # bytes that CloudFormation takes without a bucket (documented)
PLACEHOLDERS = {"partition", "topic_arn"}


@pytest.mark.parametrize("name", ["main.tf", "variables.tf", "outputs.tf"])
def test_the_environments_share_everything_but_provider_and_values(name):
    texts = {path.read_text() for path in ENVIRONMENTS.glob(f"*/{name}")}
    assert len(list(ENVIRONMENTS.glob(f"*/{name}"))) == 3
    assert len(texts) == 1


def test_prod_differs_from_dev_in_values_only():
    dev, prod = ((ENVIRONMENTS / name / "provider.tf").read_text() for name in ("dev", "prod"))
    assert dev == prod


def test_an_environment_gives_on_every_output_of_the_module():
    assert outputs(ENVIRONMENTS / "dev" / "outputs.tf") == outputs(MODULE / "outputs.tf")


def test_cloudformation_has_the_same_outputs_in_its_own_spelling():
    text = TEMPLATE.read_text().split("\nOutputs:", 1)[1]
    spelled = [
        "".join(map(str.capitalize, name.split("_"))) for name in outputs(MODULE / "outputs.tf")
    ]
    assert re.findall(r"^  (\w+): ", text, re.MULTILINE) == spelled


def test_cloudformation_has_the_state_machines_of_the_files():
    template = TEMPLATE.read_text()
    assert [file for file, _ in embedded(template)] == [
        f"../stepfunctions/{name}.asl.json" for name in ("sync", "poll", "sweep")
    ]
    assert with_machines(template) == template, "run python -m tests.infra.files"


def test_the_template_can_be_deployed_without_a_bucket():
    assert len(TEMPLATE.read_bytes()) <= LARGEST_TEMPLATE


@pytest.mark.parametrize("name", MACHINES)
def test_a_state_machine_asks_for_nothing_that_is_not_filled_in(name):
    text = MACHINES[name].read_text()
    assert set(re.findall(r"\$\{(\w+)\}", text)) <= PLACEHOLDERS
    assert json.loads(text)["Comment"]


def test_every_tool_that_a_scanner_is_told_to_skip_says_why():
    skips = [
        line.strip()
        for path in (INFRA / "terraform").rglob("*.tf")
        for line in path.read_text().splitlines()
        if "checkov:skip" in line
    ]
    assert skips
    assert [
        line for line in skips if not re.fullmatch(r"#checkov:skip=CKV2?_AWS_\d+:\w.{10,}", line)
    ] == []
