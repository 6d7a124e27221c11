"""From what a user wrote to the request that is sent: load, check, name, upload."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.definition.check import check, prepare
from orchestrator.definition.defaults import SCRIPT_IMAGE, Defaults
from orchestrator.definition.document import Loaded
from orchestrator.definition.load import load
from orchestrator.definition.local import resolve
from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from orchestrator.cli.console import Console
    from orchestrator.client.session import Connection
    from orchestrator.definition.local import LocalFile, Translation

_NAME = "HyperParameterTuningJobName"
_STEM = 18  # what a time stamp leaves of the 32 characters of a name
ANY_ROLE = "arn:aws:iam::000000000000:role/amt"
"""Stands for a role where none is used."""
_ANY_OUTPUT = "s3://amt-000000000000/output"


def read(file: str, name: str | None, settings: Sequence[str]) -> Loaded:
    """The job file with ``--set`` and ``--name`` applied.

    Raises:
        BadInput: It cannot be read.
    """
    loaded = load(file, settings)
    if name is None:
        return loaded
    path = (_NAME,) if loaded.raw else ("name",)
    return Loaded.of(loaded.document.with_setting(path, name))


def own_name(loaded: Loaded) -> str | None:
    """The name that the file (or ``--name``) gives."""
    name = loaded.document.data.get(_NAME if loaded.raw else "name")
    return str(name) if name else None


def generated_name(file: str, now: float) -> str:
    """A name from the file's own and the time: ``quickstart-251121-024512``."""
    path = Path(file)
    stem = path.absolute().parent.name if path.stem in {"job", "-", "request"} else path.stem
    words = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")[:_STEM].strip("-") or "job"
    return f"{words}-{time.strftime('%y%m%d-%H%M%S', time.localtime(now))}"


def faults(console: Console, loaded: Loaded) -> list[Fault]:
    """Everything wrong with the file for the chosen endpoint, without asking that endpoint."""
    role = None if console.in_cloud else ANY_ROLE
    found = check(loaded, Defaults(role=role, output_uri=_ANY_OUTPUT))
    if not found and console.in_cloud:
        filled = prepare(loaded, Defaults(name="any", role=ANY_ROLE, output_uri=_ANY_OUTPUT))
        found = _only_local(filled.request, loaded)
    return found


def checked(console: Console, loaded: Loaded) -> None:
    """Raise BadInput with all faults at once, before anything is reached or made."""
    found = [fault for fault in faults(console, loaded) if not _may_have_default(fault)]
    if found:
        raise BadInput(found)


def translated(loaded: Loaded, connection: Connection, name: str) -> Translation:
    """The request as this endpoint fills it; the files it names are still local.

    Raises:
        BadInput: With every fault.
    """
    defaults = Defaults(
        name=name,
        role=connection.default_role,
        output_uri=f"s3://{connection.default_bucket}/amt/output",
    )
    return prepare(loaded, defaults)


def resolved(
    translation: Translation,
    addresses: Callable[[Sequence[LocalFile]], Mapping[LocalFile, str]],
) -> dict[str, Any]:
    """The request with the real URI of each local file."""
    return resolve(translation, addresses(translation.files))


def _may_have_default(fault: Fault) -> bool:
    # Whether the endpoint has a role of its own is known once it is reached.
    return fault.path.endswith(("role", "RoleArn")) and fault.value is None


def _only_local(request: Mapping[str, Any], loaded: Loaded) -> list[Fault]:
    single = request.get("TrainingJobDefinition")
    definitions = [single] if single else request.get("TrainingJobDefinitions", [])
    images = [item.get("AlgorithmSpecification", {}).get("TrainingImage") for item in definitions]
    if SCRIPT_IMAGE not in images:
        return []
    mend = "Write training.image: an image in ECR that AWS can pull."
    problem = f"is left to {SCRIPT_IMAGE}, an image of this machine"
    return [Fault("training.image", problem, mend=mend, file=loaded.document.name)]
