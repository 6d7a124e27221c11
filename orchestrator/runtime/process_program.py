"""What a host of a script-mode job runs here: command, variables, and what is said first."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.runtime.source_archive import place_code
from orchestrator.training import container
from orchestrator.training.script_mode import Script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orchestrator.runtime.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Program:
    """What a host runs.

    Attributes:
        python: The interpreter of the launcher and the script.
        argv: The training command.
        environment: All of its variables; never written to disk, for it may hold secrets.
        notes: Lines for the log, before anything else.
    """

    python: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    notes: Sequence[str] = ()


def program_of(
    workspace: Workspace, host: str, python: str, environment: Mapping[str, str]
) -> Program:
    """Put the code into place and say how it is run.

    Raises:
        LaunchRefused: There is no usable code or entry point.
    """
    script = script_of(workspace, host, environment)
    files = place_code(workspace, host, script)
    return Program(
        python=python,
        argv=script.command(files, python),
        environment={**script.environment, **script.variables()},
        notes=_notes(files, isolated=workspace.spec.network_isolation),
    )


def script_of(workspace: Workspace, host: str, environment: Mapping[str, str]) -> Script:
    """The toolkit's view of the job on `host`."""
    spec, base = workspace.spec, workspace.seen(host)
    inherited = inherited_from(environment, isolated=spec.network_isolation)
    return Script(
        base=base,
        hyperparameters=dict(spec.hyperparameters),
        resources=container.resource_config(spec, host),
        inputs=container.input_data_config(spec, host),
        environment=inherited | container.environment(spec, base),
        cpus=os.cpu_count() or 1,
        gpus=len(list(Path("/dev").glob("nvidia[0-9]*"))),
    )


def inherited_from(environment: Mapping[str, str], *, isolated: bool) -> dict[str, str]:
    """What the training sees of the user's environment, see `process`."""
    left_out = ("AMT_", "SM_", "SAGEMAKER_", *(("AWS_",) if isolated else ()))
    return {k: v for k, v in environment.items() if not k.startswith(left_out)}


def _notes(files: Sequence[str], *, isolated: bool) -> list[str]:
    notes = []
    if "requirements.txt" in files:
        notes.append(
            "amt: requirements.txt is not installed, which would change your own environment; "
            "install it yourself or use the docker runtime"
        )
    if isolated:
        notes.append("amt: network isolation is not enforced without a container")
    return notes
