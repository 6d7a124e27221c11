"""The reference of the job file and the models say the same, and its examples are valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.definition.check import check
from orchestrator.definition.defaults import Defaults
from orchestrator.definition.job_members import JOB
from orchestrator.definition.load import load
from orchestrator.definition.reference import table
from orchestrator.definition.schema.keys import known, reference
from orchestrator.definition.training_members import TRAINING

PAGE = Path(__file__).parents[3] / "docs" / "job-definition.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_lists_every_key_and_no_other():
    page = PAGE.read_text(encoding="utf-8")
    assert page.endswith(f"\n{table()}\n"), "run python -m orchestrator.definition.reference"


def test_every_key_is_explained():
    assert [key.path for key in reference() if not key.meaning] == []


def test_every_line_of_the_dictionary_has_its_key():
    keys = {key.path for key in reference()}
    assert {".".join(member.key) for member in (*JOB, *TRAINING)} <= keys


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_are_valid_as_they_stand(tmp_path, text):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").touch()
    (tmp_path / "job.yaml").write_text(text, encoding="utf-8")
    loaded = load(tmp_path / "job.yaml")
    assert loaded.faults == ()
    whole = "strategy" in loaded.document.data
    defaults = Defaults(role="arn:aws:iam::000000000000:role/amt", output_uri="s3://amt/output")
    assert not whole or check(loaded, defaults) == []


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ((), "strategy"),
        (("ranges", "x"), "hint"),
        (("definitions", 0, "training", "channels", "a"), "source"),
        (("training", "instance", "fallbacks", 1), "volume"),
    ],
)
def test_the_known_keys_of_a_place_are_found(path, key):
    assert key in known(path)


def test_any_key_may_stand_among_names():
    assert known(("hyperparameters",)) == ()
