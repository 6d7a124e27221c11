"""What the documents say is so: commands run, links lead somewhere, tables are the code's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.cli.main import COMMANDS
from orchestrator.endpoint.metrics_app import METRICS
from orchestrator.endpoint.operations import LOGS, SAGEMAKER
from orchestrator.settings import Settings
from tests.meta.documents import Page, pages
from tests.visitor import ROOT, Visitor

PAGES = pages()
ELSEWHERE_WHOLE = {
    # deploys, at a server of its own
    "docs/infrastructure.md": "tests/infra/test_guide.py::test_the_guide_deploys",
}
"""Pages whose commands all are another test's -> (the beginning of) that test."""

WITH_COMMANDS = [page for page in PAGES if page.commands()]

ELSEWHERE = {
    # the demo takes too long to be run for each page that shows it
    "make demo": "tests/examples/test_examples.py::test_the_demo_ends_with_a_best_above_the_median",
    "amt run examples/quickstart/job.yaml --runtime process": (
        "tests/examples/test_examples.py::test_the_demo_ends_with_a_best_above_the_median"
    ),
    # would run itself
    "make test": "tests/meta/test_docs.py::test_the_makefile_has_every_target_a_page_names",
    # builds an environment
    "pip install .": "tests/meta/test_packaging.py::test_a_job_runs_from_the_installed_wheel",
    # needs tools of its own
    "make lint-infra": "tests/infra/test_checks.py::test_all_checks_pass",
    # needs something that stands in for AWS
    "amt run job.yaml --runtime sagemaker": (
        "tests/kill/test_sagemaker_drivers.py::"
        "test_kills_of_the_driver_make_no_training_job_twice_and_lose_none"
    ),
    # need a Docker engine
    "make images": "tests/conftest.py::image_trouble",
    'PIP_PACKAGES="scikit-learn pandas" make images': "tests/conftest.py::image_trouble",
    "amt run examples/quickstart/job.yaml --runtime docker": (
        "tests/examples/test_examples.py::test_the_same_job_file_trains_the_same_models"
    ),
    "amt run examples/own-container/job.yaml --runtime docker": (
        "tests/examples/test_examples.py::test_a_trainer_that_is_not_python"
    ),
    "amt run examples/two-instances/job.yaml --runtime docker": (
        "tests/examples/test_examples.py::test_two_instances"
    ),
    # go to AWS
    "amt run job.yaml --on aws --name demo --dry-run": (
        "tests/serve/test_aws_path.py::test_a_dry_run_asks_and_makes_nothing"
    ),
    "amt run job.yaml --on aws --name demo": (
        "tests/serve/test_aws_path.py::test_a_job_is_launched_followed_and_its_best_told"
    ),
    "amt watch demo --on aws": (
        "tests/serve/test_aws_trouble.py::test_an_endpoint_that_goes_down_in_the_middle_of_a_watch"
    ),
    "amt logs demo -f --on aws": "tests/serve/test_aws_trouble.py::story",
    "amt best demo --on aws --write-definition again.json": (
        "tests/serve/test_aws_path.py::test_the_best_configuration_is_trained_again"
    ),
}
"""Commands that the pages' own test does not run -> (the beginning of) the test that does."""
WITH_VARIABLES = ("make images ",)
"""The same with other variables of make."""

TESTING_VARIABLES = {
    "AMT_REQUIRE_DOCKER",
    "AMT_BASE_IMAGE",
    "AMT_REQUIRE_TERRAFORM",
    "AMT_TF_MIRROR",
    "AMT_BENCH_PEERS",
}


def by_name(page):
    return page.name


def runnable(command):
    return command not in ELSEWHERE and not command.startswith(WITH_VARIABLES)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=by_name)
def test_every_command_of_a_page_runs_in_the_order_of_the_page(page, tmp_path):
    if page.name in ELSEWHERE_WHOLE:
        pytest.skip(f"run by {ELSEWHERE_WHOLE[page.name]}")
    visitor = Visitor.copied(tmp_path)
    for name, text in page.files().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = visitor.environment() | {"PATH": path, "AMT_RUNTIME": "process"}
    for command in filter(runnable, page.commands()):
        assert re.match(r"(\w+=\S+ )*(amt|python) ", command), f"{page.name}: who tests {command}?"
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{page.name}: {command}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_is_tested_elsewhere_is_shown_and_its_test_exists(command):
    assert any(command in page.commands() for page in PAGES), "no page shows it any more"
    file, _, function = ELSEWHERE[command].partition("::")
    assert re.search(rf"^def {function}", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", ELSEWHERE_WHOLE)
def test_the_test_of_a_whole_page_exists(name):
    assert any(page.name == name for page in PAGES)
    file, _, function = ELSEWHERE_WHOLE[name].partition("::")
    assert re.search(rf"^def {function}", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_demo_of_the_makefile_is_the_one_that_is_tested():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^demo:.*\n\t(.*)$", makefile, re.MULTILINE)[1]
    assert recipe == "$(BIN)/amt run examples/quickstart/job.yaml --runtime process"


def test_the_makefile_has_every_target_a_page_names():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z-]+)", page.prose))
        named |= {word for line in page.commands() for word in re.findall(r"make ([a-z-]+)", line)}
        assert named <= targets, f"{page.name}: {named - targets}"


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_link_leads_somewhere(page):
    for link in page.links():
        target, _, anchor = link.partition("#")
        file = (page.path.parent / target).resolve() if target else page.path
        assert file.exists(), f"{page.name} links to {link}"
        if anchor:
            assert anchor in Page(file).anchors(), f"{page.name} links to {link}"


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_command_and_variable_a_page_names_exists(page):
    commands = set(re.findall(r"`amt ([a-z]+)", page.prose))
    assert commands <= set(COMMANDS), page.name
    known = set(variables()) | TESTING_VARIABLES
    assert set(re.findall(r"\bAMT_[A-Z_0-9]+\b", page.text)) <= known, page.name


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_job_file_a_page_shows_is_valid(page, tmp_path):
    visitor = Visitor(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text("", encoding="utf-8")
    whole = [text for text in page.blocks("yaml") if re.search("^limits:", text, re.MULTILINE)]
    for number, text in enumerate(whole):
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
        done = visitor.amt("validate", f"{number}.yaml")
        assert done.returncode == 0, text + done.stderr


def variables():
    """The environment variables that settings.py reads."""
    text = (ROOT / "orchestrator" / "settings.py").read_text(encoding="utf-8")
    return sorted(set(re.findall(r'env\.get\("([A-Z0-9_]+)"', text)))


def rows(page, heading):
    """Cells of the first table below a heading, without its head."""
    text = (ROOT / page).read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1]
    lines = re.search(r"^\|.*\n\|[-| ]+\n((?:\|.*\n)+)", text, re.MULTILINE)[1].splitlines()
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_of_settings_is_whole_and_its_defaults_are_so():
    table = {name: default for name, default, _ in rows("docs/operations.md", "Settings")}
    assert sorted(table) == variables()
    settings = Settings.from_environment({})
    expected = {
        "AMT_HOME": settings.home.name,
        "AMT_ON": settings.target,
        "AMT_RUNTIME": settings.runtime,
        "AMT_S3": settings.s3,
        "AMT_ACCOUNT": settings.account,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AMT_GRACE_SECONDS": f"{settings.grace_seconds:g}",
        "AMT_OBJECTIVE": settings.objective or "none",
        "AMT_IMAGE_MAP": settings.images or "none",
        "DOCKER_HOST": settings.docker_host or "Docker's own",
        "AMT_LOCKSTEP": "on" if settings.lockstep else "off",
        "AMT_HYPERBAND_SEARCH": settings.hyperband_search,
        "AMT_DEBUG": "on" if settings.debug else "off",
    }
    assert table == expected


def test_the_operations_that_are_answered_are_those_listed():
    text = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
    section = text.split("Operations answered:")[1].split("Any other")[0]
    assert set(re.findall(r"`(\w+)`", section)) == {*SAGEMAKER, *LOGS, *METRICS}
