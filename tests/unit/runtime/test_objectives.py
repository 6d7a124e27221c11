"""A simulation's objective comes from a file of the user's."""

import pytest

from orchestrator.errors import BadInput
from orchestrator.runtime import objectives
from tests.builders import a_training


def test_the_named_function_is_found(tmp_path):
    (tmp_path / "bowl.py").write_text("def bowl(h):\n    yield 60, float(h['x']) ** 2\n")
    function = objectives.load(f"{tmp_path}/bowl.py:bowl")
    assert list(function({"x": "3"})) == [(60, 9.0)]


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("bowl.py", "names no function"),
        ("missing.py:bowl", "names no function"),
        ("{folder}/broken.py:bowl", "cannot be imported: SyntaxError"),
        ("{folder}/empty.py:bowl", "has no function bowl"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_mend(tmp_path, reference, said):
    (tmp_path / "broken.py").write_text("def bowl(:\n")
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(BadInput, match=said):
        objectives.load(reference.format(folder=tmp_path))


def test_a_number_is_printed_under_the_objectives_name_and_a_line_as_it_is():
    spec = a_training()
    assert objectives.spoken(spec, 0.5) == "loss=0.5"
    assert objectives.spoken(spec, "epoch 1 loss=0.5") == "epoch 1 loss=0.5"
