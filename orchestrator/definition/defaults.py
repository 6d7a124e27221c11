"""What fills the gaps of a job file: the caller's role, output, instance and images."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.definition.local import Kind, is_remote
from orchestrator.wire.quotas import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestrator.definition.local import Collector
    from orchestrator.definition.patch import Json

SCRIPT_IMAGE = "amt/script-mode:latest"
"""The image of a script that names none: the one that this project builds for script mode.

The process runtime needs no image at all, and takes a script with any.
"""

ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}")
"""What IAM takes for a role's name (documented); an ARN is none."""

_RESOURCES = ("ResourceConfig", "HyperParameterTuningResourceConfig")
_DAY = 86_400
LONGEST_CAMPAIGN = 27
"""Of the 32 characters of a tuning job's name five are kept for a member's number."""
LEARNING = frozenset({"Bayesian"})
"""Strategies that learn from the results of earlier tuning jobs."""
_SHARE = 6


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the caller knows and a job file may leave out.

    Attributes:
        name: The tuning job's name.
        role: ARN of the training role.
        role_for: name of a role -> its ARN; without it a name stays what it is.
        image: What trains where a file names no image, framework or algorithm.
        output_uri: ``s3://`` URI for models.
        instance_type: Of each training job.
        image_for: (framework, version, instance type) -> image URI; without it a framework
            gets `SCRIPT_IMAGE`.
    """

    name: str | None = None
    role: str | None = None
    output_uri: str | None = None
    role_for: Callable[[str], str] | None = None
    instance_type: str = "ml.m5.large"
    image: str | None = None
    image_for: Callable[[str, str | None, str], str] | None = None


EVERYTHING = Defaults(name="name", role="role", output_uri="s3://output")
"""Fills every gap that can be filled: a patch against it is right for all defaults."""


def member_size(strategy: str) -> int:
    """Training jobs of each tuning job of a campaign that does not say how many.

    Five parents and the job itself share the quota where results are learned from.
    """
    whole = DEFAULT.training_jobs
    return whole // _SHARE if strategy in LEARNING else whole


def fill_job(document: Json, defaults: Defaults) -> Json:
    """The top of a job file with nothing left out that a request must have."""
    filled = {"strategy": "Bayesian", **_given(document)}
    filled["limits"] = {"parallel": 1, **_given(filled.get("limits") or {})}
    if filled.get("campaign") is not None:
        whole = member_size(filled["strategy"])
        filled["limits"]["jobs"] = min(
            filled["limits"].get("jobs", whole), filled["campaign"]["jobs"]
        )
    if defaults.name is not None:
        filled.setdefault("name", defaults.name)
    if filled.get("autotune") is False:
        del filled["autotune"]  # the request can only say that it is on
    return filled


def fill_training(training: Json, defaults: Defaults, collector: Collector) -> Json:
    """``training`` with nothing left out that a request must have, local paths replaced."""
    filled = {"input_mode": "File", "timeout": _DAY, **_given(training)}
    filled["output"] = {"s3": defaults.output_uri, **_given(filled.get("output") or {})}
    _fill_role(filled, defaults)
    _fill_instance(filled, defaults)
    _fill_image(filled, defaults)
    _replace_local(filled, collector)
    return filled


def _given(written: Json) -> Json:
    """`written` without the keys that are null: in a job file that is leaving out."""
    return {key: value for key, value in written.items() if value is not None}


def _fill_role(training: Json, defaults: Defaults) -> None:
    if defaults.role is not None:
        training.setdefault("role", defaults.role)
    role = training.get("role")
    if role is not None and defaults.role_for is not None and ROLE_NAME.fullmatch(role):
        training["role"] = defaults.role_for(role)


def _fill_instance(training: Json, defaults: Defaults) -> None:
    raw = training.get("request") or {}
    if "instance" not in training and any(member in raw for member in _RESOURCES):
        return  # the file brings its own block
    instance = _given(training.get("instance") or {})
    if "fallbacks" not in instance:
        instance = {"type": defaults.instance_type, "count": 1, "volume": 30, **instance}
    training["instance"] = instance


def _fill_image(training: Json, defaults: Defaults) -> None:
    if "image" in training or "algorithm" in training:
        return
    framework = training.get("framework")
    if framework is not None and defaults.image_for is not None:
        machine = training.get("instance", {}).get("type") or defaults.instance_type
        training["image"] = defaults.image_for(framework, training.get("version"), machine)
    elif defaults.image is not None:
        training["image"] = defaults.image
    elif framework is not None or "entry_point" in training:
        training["image"] = SCRIPT_IMAGE


def _replace_local(training: Json, collector: Collector) -> None:
    program = training.get("entry_point")
    if program is not None:
        source = training.get("source")
        if source is None:  # the script travels alone
            training["entry_point"] = program.rsplit("/", 1)[-1]
            training["source"] = collector.placeholder(program, Kind.SOURCE)
        elif not is_remote(source):
            training["source"] = collector.placeholder(source, Kind.SOURCE)
    if training.get("channels") is not None:
        training["channels"] = {
            name: _uploaded(channel, collector) for name, channel in training["channels"].items()
        }


def _uploaded(channel: Json, collector: Collector) -> Json:
    source = channel.get("source")
    if source is None or is_remote(source):
        return channel
    return {**channel, "source": collector.placeholder(source, Kind.CHANNEL)}
