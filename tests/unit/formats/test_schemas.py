"""What is written for Kubernetes and Terraform has the words of their own schemas, and no others."""

from __future__ import annotations

import pytest

from orchestrator.definition.load import parsed
from orchestrator.formats import ack, hcl, members, registry, terraform
from orchestrator.formats.protocol import Weight
from tests import strategies
from tests.unit.formats.schemas import ACK, TERRAFORM, strange, words

pytestmark = pytest.mark.timeout(240)
SHAPE = strategies.input_shape()


def sayable(target):
    """A request for every member of the model, without what the target lacks."""
    form = registry.format_of(target)
    for path in strategies.members(SHAPE):
        request = strategies.example_of(SHAPE, path)
        remarks = list(form.remarks(request))
        if any(remark.weight is Weight.IMPOSSIBLE for remark in remarks):
            continue
        gone = {r.path for r in remarks if r.weight in (Weight.LOST, Weight.EMPTY)}
        yield form.render(members.without(request, gone))


def told(value, path=""):
    """Paths of everything a value has, maps of the user's own left closed."""
    if isinstance(value, list):
        return {found for item in value for found in told(item, path)}
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, inner in value.items():
        where = f"{path}.{key}" if path else key
        found |= {where} | told(inner, where)
    return found


def specs():
    for text in sayable("ack"):
        yield parsed(text, "job.yaml")["spec"]


def blocks():
    for text in sayable("terraform"):
        yield terraform._values(hcl.read(text)[1])


@pytest.mark.parametrize(("made", "schema"), [(specs, ACK), (blocks, TERRAFORM)])
def test_every_word_is_one_of_the_schema_and_every_word_of_the_schema_can_be_said(made, schema):
    seen = set()
    for value in made():
        assert strange(value, schema) == []
        seen |= told(value)
    missing = {word for word in words(schema) - seen if not word.endswith("*")}
    assert missing == set()


def test_what_a_target_lacks_is_exactly_what_its_schema_has_no_word_for():
    for lacks, schema, spell in (
        (ack.LACKS, ACK, ack.spell),
        (terraform.LACKS, TERRAFORM, terraform.spell),
    ):
        known = words(schema)
        for member in lacks:
            *above, last = member.replace("[]", "").split(".")
            spelled = [spell(".".join(above[:i]), one) for i, one in enumerate(above)]
            assert ".".join([*spelled, spell(".".join(above), last)]) not in known
