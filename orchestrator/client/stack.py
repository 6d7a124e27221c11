"""What a deployed stack gives a job: its role, its buckets, its image.

A Terraform directory tells it in ``outputs.json`` (what ``terraform output -json`` prints), in
its local state, or through ``terraform`` itself; a CloudFormation stack by its outputs, whose
names are the same words in CamelCase.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.client.errors import translated
from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.client.session import Connection

ROLE, ARTIFACTS, DATA = "execution_role_arn", "artifact_bucket", "data_bucket"
IMAGE, REGION = "ecr_repository_url", "region"
OUTPUTS = (ROLE, ARTIFACTS, DATA, IMAGE, REGION)

_OPTION = "--stack"
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Stack:
    """The outputs of a stack, by the names that Terraform has them under."""

    name: str
    outputs: Mapping[str, str]

    def get(self, output: str) -> str | None:
        """The value of an output, or None."""
        return self.outputs.get(output) or None

    def need(self, output: str, instead: str) -> str:
        """The value of an output.

        Raises:
            BadInput: The stack has none; `instead` says what else can be done.
        """
        value = self.get(output)
        if value is None:
            raise BadInput([Fault(_OPTION, f"has no output {output}", self.name, instead)])
        return value


def opened(connection: Connection, name: str) -> Stack:
    """The stack that `name` names: a directory, a file of outputs, or a CloudFormation stack.

    Raises:
        BadInput: There is no such stack, it tells no outputs, or it is in another region.
    """
    path = Path(name)
    if path.is_dir():
        outputs = _terraform(path, name)
    elif path.is_file():
        outputs = _plain(_json(path.read_text(encoding="utf-8"), name))
    else:
        outputs = _cloudformation(connection, name)
    region = outputs.get(REGION)
    if region and region != connection.region:
        problem = f"is in {region}, the job goes to {connection.region}"
        raise BadInput([Fault(_OPTION, problem, name, f"Set AWS_REGION={region}.")])
    return Stack(name, outputs)


def _terraform(folder: Path, name: str) -> dict[str, str]:
    for file in ("outputs.json", "terraform.tfstate"):
        if (folder / file).is_file():
            found = _plain(_json((folder / file).read_text(encoding="utf-8"), name))
            if found:
                return found
    words = ["terraform", f"-chdir={folder}", "output", "-json", "-no-color"]
    try:
        done = subprocess.run(  # noqa: S603  (no shell; each word is its own argument)
            words, capture_output=True, text=True, check=True, timeout=_SECONDS
        )
    except FileNotFoundError:
        mend = "Install terraform, or write `terraform output -json` to outputs.json there."
        raise BadInput([Fault(_OPTION, "needs terraform to read it", name, mend)]) from None
    except subprocess.SubprocessError as error:
        said = (getattr(error, "stderr", None) or str(error)).strip()
        mend = "`terraform init` there, or write its outputs to outputs.json."
        raise BadInput([Fault(_OPTION, f"cannot be read: {said}", name, mend)]) from error
    found = _plain(_json(done.stdout, name))
    if not found:
        raise BadInput([Fault(_OPTION, "has no outputs", name, "Apply it first.")])
    return found


def _json(text: str, name: str) -> Any:  # noqa: ANN401  (any JSON value)
    try:
        return json.loads(text or "{}")
    except ValueError as error:
        raise BadInput([Fault(_OPTION, f"is no JSON: {error}", name)]) from error


def _plain(said: Any) -> dict[str, str]:  # noqa: ANN401  (any JSON value)
    """The text outputs of ``terraform output -json`` or of a state file, by name."""
    outputs = said.get("outputs", said) if isinstance(said, dict) else {}
    values = {
        name: output.get("value") if isinstance(output, dict) else output
        for name, output in outputs.items()
    }
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _cloudformation(connection: Connection, name: str) -> dict[str, str]:
    cloud = connection.cloud
    if cloud is None:
        mend = "Give a Terraform directory or a file of outputs; CloudFormation needs --on aws."
        raise BadInput([Fault(_OPTION, "is no directory or file", name, mend)])
    missing = f"is no directory here and no CloudFormation stack in {connection.region}"
    try:
        with translated(connection):
            stacks = cloud.cloudformation.describe_stacks(StackName=name)["Stacks"]
    except BadInput as error:  # a ValidationException: there is no stack of that name
        raise BadInput([Fault(_OPTION, missing, name, "Check the name and AWS_REGION.")]) from error
    given = {
        output.get("OutputKey", ""): output.get("OutputValue", "")
        for stack in stacks
        for output in stack.get("Outputs", ())
    }
    camel = {_camel(output): output for output in OUTPUTS}
    return {camel[key]: value for key, value in given.items() if key in camel}


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
