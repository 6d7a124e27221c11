"""The formats by name, loaded when they are wanted; rendering and reading with all checks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from orchestrator.errors import BadInput, Fault
from orchestrator.formats.members import without
from orchestrator.formats.protocol import Format, Json, Reading, Remark, Rendering, Source, Weight
from orchestrator.wire.rules import tuning_faults
from orchestrator.wire.validate import request_faults

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_MODULES: Mapping[str, str] = {
    "request": "plain",
    "aws-cli": "aws_cli",
    "boto3": "boto3_script",
    "stepfunctions": "step_functions",
    "terraform": "terraform",
    "sagemaker-pipeline": "pipeline",
    "airflow": "airflow",
    "ack": "ack",
    "github": "github",
}
NAMES = tuple(_MODULES)
"""What can be rendered."""
_READ_ONLY: Mapping[str, str] = {"describe": "described", "terraform-plan": "terraform_plan"}
READABLE = (*_READ_ONLY, *NAMES)
"""What can be read."""
_TRIED = (
    "describe", "terraform-plan", "ack", "github", "stepfunctions", "sagemaker-pipeline",
    "request", "terraform", "airflow", "boto3", "aws-cli",
)  # fmt: skip
"""The order in which a text is tried: the narrow ones first."""


def format_of(name: str) -> Format:
    """One format.

    Raises:
        KeyError: There is none of that name.
    """
    module = {**_MODULES, **_READ_ONLY}[name]
    found: Format = import_module(f"orchestrator.formats.{module}").FORMAT
    return found


def render(name: str, request: Json, drop: Collection[str] = ()) -> Rendering:
    """`request`, a valid one, in the words of a target.

    Args:
        name: One of `NAMES`.
        request: What to render.
        drop: Paths of members that the user gives up where the target lacks them.

    Raises:
        BadInput: The target cannot say it; each member that it lacks is named.
    """
    target = format_of(name)
    assert target.render is not None, f"{name} is only read"
    remarks = tuple(target.remarks(request))
    lost = {remark.path for remark in remarks if remark.weight is Weight.LOST}
    needless = [path for path in drop if path not in lost]
    faults = [_needless(path, target) for path in needless]
    faults += [_refusal(remark) for remark in remarks if _refused(remark, drop)]
    if faults:
        raise BadInput(faults)
    empty = {remark.path for remark in remarks if remark.weight is Weight.EMPTY}
    rest = without(request, lost | empty)
    _still_a_job(rest, request, lost)
    return Rendering(target.render(rest), remarks)


def read(source: Source, name: str | None = None) -> tuple[Format, Reading]:
    """The request that a text of any format says.

    Args:
        source: The text.
        name: One of `READABLE`; None recognises the text.

    Raises:
        BadInput: It is of no format that is known, or cannot be read as the one it is.
    """
    for tried in _TRIED if name is None else (name,):
        target = format_of(tried)
        if name is not None or target.recognises(source):
            return target, _read(target, source)
    mend = f"Name its format with --from: {', '.join(READABLE)}."
    raise source.refused("holds no tuning job of a format that is known", mend)


def _read(target: Format, source: Source) -> Reading:
    try:
        return target.read(source)
    except (AttributeError, LookupError, TypeError, ValueError):
        # What stands there has a form of its own; which value broke it is not known here.
        problem = f"is not in the form of {target.title}"
        raise source.refused(
            problem, "A mapping, list or text stands where another belongs."
        ) from None


def _refused(remark: Remark, drop: Collection[str]) -> bool:
    if remark.weight is Weight.LOST:
        return remark.path not in drop
    return remark.weight is Weight.IMPOSSIBLE


def _refusal(remark: Remark) -> Fault:
    mend = "Render it as another format."
    if remark.weight is Weight.LOST:
        mend = f"Render it as another format, or give it up with --drop {remark.path}."
    return Fault(remark.path or "the job", remark.text, mend=mend)


def _needless(path: str, target: Format) -> Fault:
    mend = f"Leave it out: only what {target.title} has no place for can be dropped."
    return Fault("--drop", "is nothing that is lost", path, mend)


def _still_a_job(rest: Json, request: Json, lost: Collection[str]) -> None:
    """What is left after a loss must still be a job (Hyperband needs its StrategyConfig)."""
    if not lost:
        return
    before = {fault.path for fault in _faults(request)}
    faults = [fault for fault in _faults(rest) if fault.path not in before]
    if faults:
        raise BadInput(faults)


def _faults(request: Json) -> list[Fault]:
    return [*request_faults("CreateHyperParameterTuningJob", request), *tuning_faults(request)]
