"""The plans that docs/plan.md shows and checks by hand are those that the command prints."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.meta.documents import Page
from tests.visitor import ROOT, Visitor

SHOWN = re.findall(
    r"```sh\n(amt plan [^\n]*)\n```\n\n```text\n(.*?)```",
    Page(ROOT / "docs" / "plan.md").text,
    re.DOTALL,
)


def test_the_page_shows_plans():
    assert len(SHOWN) == 2


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_a_plan_on_the_page_is_what_the_command_prints(command, output, tmp_path):
    done = Visitor.copied(tmp_path).amt(*shlex.split(command)[1:])
    assert done.returncode == 0, done.stderr
    assert done.stdout == output
