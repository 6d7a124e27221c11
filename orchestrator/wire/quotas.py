"""Service quotas of automatic model tuning, each with its source.

All but those marked are documented in the developer guide, page "automatic model tuning
resource limits". Exceeding one is answered with ResourceLimitExceeded, not with
ValidationException; the texts are our reading of the account-level form (observed for
instances).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quotas:
    """What an account may ask for. The defaults are AWS's own.

    Attributes:
        parallel_training_jobs: Per tuning job; AWS raises it to 100 on request.
        training_jobs: Per tuning job, for every strategy but Random; with a warm start the
            parents' training jobs count too.
        training_jobs_random: Per tuning job with Random; 750 unless raised to 10,000.
        concurrent_tuning_jobs: In one account and region.
        searchable: Hyperparameters searched by one tuning job.
        hyperparameters: Static, tuned and injected ones together (developer guide, "define
            hyperparameter ranges").
        environment: Environment variables over all definitions (API reference).
        hyperband_max_resource: Ceiling of MaxResource (API reference).
        training_runtime_seconds: 28 days (API reference, StoppingCondition).
    """

    parallel_training_jobs: int = 10
    training_jobs: int = 750
    training_jobs_random: int = 10_000
    concurrent_tuning_jobs: int = 100
    searchable: int = 30
    hyperparameters: int = 100
    environment: int = 48
    hyperband_max_resource: int = 20_000
    training_runtime_seconds: int = 2_419_200


DEFAULT = Quotas()


def exceeded(quota: str, unit: str, *, limit: int, current: int, delta: int) -> str:
    """AWS's sentence for an exceeded account-level limit (observed for instances)."""
    return (
        f"The account-level service limit '{quota}' is {limit} {unit}, with current utilization "
        f"of {current} {unit} and a request delta of {delta} {unit}. Please use AWS Service "
        "Quotas to request an increase for this quota."
    )
