"""From what a user wrote to the request that an endpoint gets: load, check, name, fill.

Checking needs no endpoint; what only the endpoint can say (its account, a role's ARN, a
stack's outputs) is asked when the request is made.
"""

from __future__ import annotations

import re
import secrets
import string
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.client import roles, stack
from orchestrator.client.images import Catalogue
from orchestrator.client.uploads import Places
from orchestrator.definition.check import check, prepare
from orchestrator.definition.defaults import SCRIPT_IMAGE, Defaults
from orchestrator.definition.document import Loaded
from orchestrator.definition.load import load
from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orchestrator.client.session import Connection
    from orchestrator.definition.local import Translation
    from orchestrator.definition.patch import Json

NAME = "HyperParameterTuningJobName"
_STEM = 14  # what a time stamp and the ending leave of the 32 characters of a name
_ENDING = 3
_ANY_REGION = "us-east-1"
ANY_ROLE = "arn:aws:iam::000000000000:role/amt"
"""Stands for a role where none is used."""
_ANY_OUTPUT = "s3://amt-000000000000/output"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a launch may be told beside the job file.

    Attributes:
        stack: A Terraform directory, a file of outputs, or a CloudFormation stack.
        bucket: Where local files and models go, instead of the default.
        create_bucket: Make that bucket when it is missing.
    """

    stack: str | None = None
    bucket: str | None = None
    create_bucket: bool = False


PLAIN = Choices()


@dataclass(frozen=True, slots=True)
class Where:
    """What is known of an endpoint before it is reached.

    Attributes:
        in_cloud: AWS trains, so that nothing of this machine is there.
        region: Where images are looked up.
    """

    in_cloud: bool
    region: str | None = None


def read(file: str, name: str | None, settings: Sequence[str]) -> Loaded:
    """The job file with settings (``path=value``) and the name applied.

    Raises:
        BadInput: It cannot be read.
    """
    loaded = load(file, settings)
    return loaded if name is None else named(loaded, name)


def named(loaded: Loaded, name: str) -> Loaded:
    """The same job under another name."""
    path = (NAME,) if loaded.raw else ("name",)
    return Loaded.of(loaded.document.with_setting(path, name))


def own_name(loaded: Loaded) -> str | None:
    """The name that the file (or the caller) gives."""
    name = loaded.document.data.get(NAME if loaded.raw else "name")
    return str(name) if name else None


def generated_name(file: str, now: float) -> str:
    """A name from the file's own, the time and chance: ``quickstart-251121-024512-k3x``."""
    path = Path(file)
    stem = path.absolute().parent.name if path.stem in {"job", "-", "request"} else path.stem
    words = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")[:_STEM].strip("-") or "job"
    letters = string.ascii_lowercase + string.digits
    ending = "".join(secrets.choice(letters) for _ in range(_ENDING))
    return f"{words}-{time.strftime('%y%m%d-%H%M%S', time.localtime(now))}-{ending}"


# ------------------------------------------------------------------ checking


def faults(loaded: Loaded, where: Where) -> list[Fault]:
    """Everything wrong with the file for an endpoint, without asking that endpoint."""
    catalogue = Catalogue(where.region or _ANY_REGION) if where.in_cloud else None
    defaults = Defaults(
        role=None if where.in_cloud else ANY_ROLE,
        role_for=_some_role,
        output_uri=_ANY_OUTPUT,
        image_for=catalogue.image_for if catalogue else None,
    )
    found = check(loaded, defaults)
    if catalogue is not None:
        found += [_placed(fault, loaded) for fault in dict.fromkeys(catalogue.faults)]
    if not found and where.in_cloud:
        filled = prepare(loaded, replace(defaults, name="any", role=ANY_ROLE))
        found = list(_only_local(filled.request, loaded))
    return found


def check_or_raise(loaded: Loaded, where: Where, choices: Choices = PLAIN) -> None:
    """Raise BadInput with all faults at once, before anything is reached or made."""
    found = [
        fault for fault in faults(loaded, where) if not _may_have_default(fault, choices.stack)
    ]
    if found:
        raise BadInput(found)


def _some_role(name: str) -> str:
    return f"arn:aws:iam::000000000000:role/{name}"


def _may_have_default(fault: Fault, stack_name: str | None) -> bool:
    # Whether the endpoint or a stack has a role or an image is known once they are reached.
    if fault.value is not None:
        return False
    return fault.path.endswith(("role", "RoleArn")) or (
        stack_name is not None and fault.path.endswith("image")
    )


def _placed(fault: Fault, loaded: Loaded) -> Fault:
    """A catalogue's fault at its place in the file: the first training that has this value."""
    document, (key, above) = loaded.document, _key_of(fault)
    parts: list[tuple[str | int, ...]] = [()]
    parts += [("definitions", n) for n in range(len(document.data.get("definitions") or ()))]
    for part in parts:
        path = (*part, above, key)
        placed = document.fault(path, fault.problem, fault.mend)
        if placed.value == fault.value:
            return placed
    return replace(fault, file=document.name)


def _key_of(fault: Fault) -> tuple[str, str]:
    above, _, key = fault.path.partition(".")
    return key, above


def _only_local(request: Mapping[str, Any], loaded: Loaded) -> Iterator[Fault]:
    single = request.get("TrainingJobDefinition")
    definitions = [single] if single else request.get("TrainingJobDefinitions", [])
    images = [item.get("AlgorithmSpecification", {}).get("TrainingImage") for item in definitions]
    if SCRIPT_IMAGE in images:
        mend = "Write training.image: an image in ECR that AWS can pull."
        problem = f"is left to {SCRIPT_IMAGE}, an image of this machine"
        yield Fault("training.image", problem, mend=mend, file=loaded.document.name)


# ------------------------------------------------------------------ filling


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request whose local files are still local, and where they and the models are to go."""

    translation: Translation
    places: Places
    bucket: str


@dataclass(slots=True)
class Filler:
    """Fills what a file leaves out, by asking the endpoint and the stack only what is needed.

    Attributes:
        any_role: Stands for a role that is not to be found; None lets that be a fault.
    """

    connection: Connection
    choices: Choices = PLAIN
    any_role: str | None = None
    opened: stack.Stack | None = field(init=False, default=None)

    def prepared(self, loaded: Loaded, name: str) -> Prepared:
        """The request as this endpoint gets it.

        Raises:
            BadInput: With every fault.
        """
        if self.choices.stack is not None:
            self.opened = stack.opened(self.connection, self.choices.stack)
        catalogue = Catalogue(self.connection.region)
        on_aws = self.connection.cloud is not None
        bucket = self._bucket()
        defaults = Defaults(
            name=name,
            role=self._role() if _lacks_role(loaded) else None,
            role_for=lambda role: roles.named(self.connection, role),
            output_uri=f"s3://{bucket}/amt/output",
            image=self._image(),
            image_for=catalogue.image_for if on_aws else None,
        )
        translation = prepare(loaded, defaults)
        catalogue.check()
        if on_aws and (found := list(_only_local(translation.request, loaded))):
            raise BadInput(found)
        data = self.opened.get(stack.DATA) if self.opened else None
        return Prepared(translation, Places(bucket, data or bucket), bucket)

    def _role(self) -> str:
        if self.opened is not None:
            return self.opened.need(stack.ROLE, "Write training.role, or add it to the outputs.")
        try:
            return roles.default(self.connection)
        except BadInput:
            if self.any_role is None:
                raise
            return self.any_role

    def _bucket(self) -> str:
        if self.choices.bucket is not None:
            return self.choices.bucket
        if self.opened is not None:
            return self.opened.need(stack.ARTIFACTS, "Give --bucket, or add it to the outputs.")
        return self.connection.default_bucket

    def _image(self) -> str | None:
        repository = self.opened.get(stack.IMAGE) if self.opened else None
        if repository is None or ":" in repository.rpartition("/")[2]:
            return repository
        return f"{repository}:latest"


def _lacks_role(loaded: Loaded) -> bool:
    if loaded.raw:
        return False
    document: Json = loaded.job.model_dump(exclude_unset=True)
    parts = document.get("definitions") or [document]
    trainings = [part.get("training") or {} for part in parts]
    return any(
        training.get("role") is None and "RoleArn" not in (training.get("request") or {})
        for training in trainings
    )
