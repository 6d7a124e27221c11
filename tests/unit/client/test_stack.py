"""What a stack tells, read in each of its forms."""

import json
import shutil
import subprocess

import pytest

from orchestrator.client import stack
from orchestrator.client.session import Connection
from orchestrator.errors import BadInput

HERE = Connection("http://x", None, None, None, "000000000000", "us-east-1", "b", "arn:own")
TERRAFORM = """
terraform {
  backend "local" { path = "elsewhere/state.json" }
}
output "artifact_bucket" { value = "mine" }
output "count" { value = 3 }
"""


@pytest.mark.skipif(shutil.which("terraform") is None, reason="there is no terraform here")
def test_terraform_itself_is_asked_where_no_state_lies_in_the_directory(tmp_path):
    (tmp_path / "main.tf").write_text(TERRAFORM)
    for words in (["init", "-input=false"], ["apply", "-auto-approve", "-input=false"]):
        command = ["terraform", f"-chdir={tmp_path}", *words]
        subprocess.run(command, check=True, capture_output=True)
    found = stack.opened(HERE, str(tmp_path))
    assert found.get(stack.ARTIFACTS) == "mine"
    assert found.get(stack.DATA) is None
    with pytest.raises(BadInput, match="has no output execution_role_arn"):
        found.need(stack.ROLE, "Add it.")


@pytest.mark.skipif(shutil.which("terraform") is None, reason="there is no terraform here")
def test_a_directory_that_was_never_applied_is_told(tmp_path):
    with pytest.raises(BadInput, match=r"--stack: (has no outputs|cannot be read)"):
        stack.opened(HERE, str(tmp_path))


def test_a_file_of_outputs_may_be_plain_or_as_terraform_prints_it(tmp_path):
    for name, value in (("plain", "mine"), ("told", {"value": "mine", "sensitive": False})):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps({"artifact_bucket": value}))
        assert stack.opened(HERE, str(file)).get(stack.ARTIFACTS) == "mine"


def test_what_is_neither_here_nor_in_cloudformation_is_told():
    with pytest.raises(BadInput, match="CloudFormation needs --on aws"):
        stack.opened(HERE, "nowhere")


def test_a_file_that_is_no_json_is_told(tmp_path):
    (tmp_path / "outputs.json").write_text("{")
    with pytest.raises(BadInput, match="is no JSON"):
        stack.opened(HERE, str(tmp_path))
