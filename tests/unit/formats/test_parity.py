"""Every member of a request is told of: as is, differently, or not emulated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from orchestrator.formats import members, parity
from orchestrator.formats.parity_table import DIFFERENT, SAME, WITHOUT
from tests import strategies

ROOT = Path(__file__).parents[3]
SHAPE = strategies.input_shape()


def leaves():
    """The members without members of their own, one definition standing for all."""
    every = {
        members.general(".".join(path).replace(".[]", "[]").replace(".{}", ""))
        for path in strategies.members(SHAPE)
    }
    above = {re.sub(r"(\[\])?\.[^.]*$", "", member) for member in every if "." in member}
    above |= {member + "[]" for member in above}
    leaves = {member for member in every if member not in above and not member.endswith("[]")}
    return leaves - {"TrainingJobDefinitions"}  # the other one stands for it


def bare(table):
    return {key.partition("=")[0] for key in table}


def test_every_member_of_the_model_is_in_the_table_and_no_other():
    told = SAME | bare(DIFFERENT) | bare(WITHOUT)
    assert leaves() - told == set(), "say what the emulator makes of it, and what formats lack"
    assert told - leaves() == set()


def test_no_member_is_told_of_twice():
    whole = [{key for key in table if "=" not in key} for table in (DIFFERENT, WITHOUT)]
    assert SAME & (whole[0] | whole[1]) == set()
    assert whole[0] & whole[1] == set()
    valued = {key for key in (*DIFFERENT, *WITHOUT) if "=" in key}
    assert bare(valued) <= SAME


def test_every_value_that_is_told_of_is_one_of_the_model():
    shape = members.tuning_shape()
    for key in (*DIFFERENT, *WITHOUT):
        member, equals, value = key.partition("=")
        if equals:
            found = shape
            for part in member.replace("[]", ".[]").split("."):
                found = found.part("member") if part == "[]" else found.members[part]
            assert value in (found.enum or ("True", "False")), key


def test_what_the_emulator_always_refuses_is_not_emulated():
    text = (ROOT / "docs" / "fidelity-members.md").read_text(encoding="utf-8")
    refused = re.findall(
        r"^\| CreateHyperParameterTuningJob \| `(\S+)` \| ValidationException: (.*) \|$",
        text,
        re.MULTILINE,
    )
    assert refused
    for member, message in refused:
        if "It is only supported in TrainingJobDefinitions" in message:
            continue  # a rule of AWS's
        general = members.general(member)
        assert any(key.startswith(general) for key in WITHOUT), member


def test_the_document_is_what_the_table_says(capsys):
    parity.main()
    assert (ROOT / "docs" / "parity.md").read_text(encoding="utf-8") == capsys.readouterr().out


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(strategies.tuning_requests())
@pytest.mark.parametrize("target", ["local", "aws", "http://127.0.0.1:4566"])
def test_no_member_of_a_request_is_left_out(target, request):
    found = parity.parity(request, target)
    told = [*found.as_is, *found.different, *found.without]
    assert len(told) == len(set(told))
    for path, _, value in members.walked(request, members.tuning_shape()):
        inside = isinstance(value, (dict, list))
        assert path in told or (inside and not _scalars(value)) or inside_told(path, told), path
    if target == "aws":
        assert found.different == found.without == {}


def _scalars(value):
    return isinstance(value, list) and any(not isinstance(item, dict) for item in value)


def inside_told(path, told):
    return any(one.startswith((f"{path}.", f"{path}[")) for one in told)


def test_a_value_decides_where_a_member_stands():
    request = {"HyperParameterTuningJobConfig": {"TrainingJobEarlyStoppingType": "Off"}}
    path = "HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType"
    assert path in parity.parity(request, "local").as_is
    request["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] = "Auto"
    assert path in parity.parity(request, "local").different
