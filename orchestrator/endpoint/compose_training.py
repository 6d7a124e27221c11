"""A training job of ours as the CreateTrainingJob request that SageMaker is sent for it.

The request that the job was made from is passed on whole; a tuning job's definition is put in
CreateTrainingJob's words. What the emulator does itself is left out: retries (the journal has
them) and, of several instance configurations, all but the one that is tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.parse_training import DEFAULT_RUNTIME_SECONDS, DEFAULT_VOLUME_GB
from orchestrator.engine.checkpoints import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.runtime.protocol import Launch

_OURS = frozenset(
    {
        "DefinitionName",
        "TuningObjective",
        "HyperParameterRanges",
        "StaticHyperParameters",
        "HyperParameterTuningResourceConfig",
        "RetryStrategy",
        "Tags",
    }
)
"""Members of a definition that CreateTrainingJob does not have, or that are filled here."""


def training_request(
    launch: Launch, name: str, choice: int, tags: Mapping[str, str]
) -> dict[str, Any] | None:
    """The CreateTrainingJob request of `launch`.

    Args:
        launch: The attempt.
        name: What the training job is called at SageMaker.
        choice: Which of the instance configurations, from 0.
        tags: Tags besides the job's own.

    Returns:
        The request; None when there is no such choice of instances.
    """
    spec, written = launch.spec, launch.request
    resources = _resources(written, choice)
    if resources is None:
        return None
    request: dict[str, Any] = {key: written[key] for key in written if key not in _OURS}
    request |= {
        "TrainingJobName": name,
        "ResourceConfig": resources,
        "HyperParameters": dict(spec.hyperparameters),
        "StoppingCondition": written.get("StoppingCondition")
        or {"MaxRuntimeInSeconds": DEFAULT_RUNTIME_SECONDS},
        "Tags": [
            {"Key": key, "Value": value} for key, value in {**dict(spec.tags), **tags}.items()
        ],
    }
    if spec.checkpoints is not None and spec.tuning_job is not None:
        request["CheckpointConfig"] = {**written["CheckpointConfig"], "S3Uri": place_of(spec)}
    return request


def _resources(written: Mapping[str, Any], choice: int) -> dict[str, Any] | None:
    """ResourceConfig of the n-th instance configuration; a single one is the only choice."""
    if written.get("ResourceConfig"):
        return dict(written["ResourceConfig"]) if choice == 0 else None
    shared = dict(written.get("HyperParameterTuningResourceConfig") or {})
    shared.pop("AllocationStrategy", None)
    choices = shared.pop("InstanceConfigs", None) or [shared]
    if choice >= len(choices):
        return None
    return {"VolumeSizeInGB": DEFAULT_VOLUME_GB, **shared, **choices[choice]}
