"""Which runtime trains a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.errors import LaunchRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orchestrator.runtime.protocol import Runtime
    from orchestrator.training.spec import TrainingSpec

SAGEMAKER = "sagemaker"
"""Trains in the user's own account, where a refusal costs nothing yet: it is asked for it first."""


def chooser(wanted: str, runtimes: Mapping[str, Runtime]) -> Callable[[TrainingSpec], str]:
    """The runtime asked for; or Docker where it can train the job, else a process."""

    def choose(spec: TrainingSpec) -> str:
        if wanted == SAGEMAKER:
            runtimes[wanted].check(spec)
        if wanted != "auto":
            return wanted
        reasons, retryable = [], False
        for name in ("docker", "process"):
            try:
                runtimes[name].check(spec)
            except LaunchRefused as refusal:
                reasons.append(f"{name}: {refusal}")
                retryable |= refusal.retryable
            else:
                return name
        told = "no runtime can train this job. " + " ".join(reasons)
        raise LaunchRefused(told, retryable=retryable)

    return choose
