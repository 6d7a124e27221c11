"""The texts of the tuning and training operations' refusals.

Literal where AWS's text is on record, marked (observed); else our reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.errors import LaunchRefused
from orchestrator.wire.faults import (
    ApiError,
    InternalFailure,
    ResourceInUse,
    ResourceLimitExceeded,
    ResourceNotFound,
    ValidationException,
)
from orchestrator.wire.rules import QuotaExceeded, Recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.errors import BadInput, Fault


def first(faults: Sequence[Fault]) -> None:
    """Refuse a request for the first of its faults, as AWS does (our reading of its order).

    Raises:
        ResourceLimitExceeded: It asks for more than a quota.
        ValidationException: It breaks another rule.
    """
    if not faults:
        return
    fault = faults[0]
    if isinstance(fault, QuotaExceeded):
        raise ResourceLimitExceeded(fault.problem)
    raise ValidationException(fault.problem if isinstance(fault, Recorded) else str(fault))


def not_accepted(refused: LaunchRefused | BadInput) -> ApiError:
    """No runtime takes the job: the world's fault, such as Docker's, or the request's."""
    if isinstance(refused, LaunchRefused) and refused.retryable:
        return InternalFailure(str(refused))
    return ValidationException(str(refused))


def tuning_name_taken(name: str) -> ApiError:
    """A second Create with one name (observed)."""
    return ResourceInUse(
        f"A hyperparameter tuning job with the name, {name}, already exists. "
        "Choose a different name."
    )


def training_name_taken(name: str) -> ApiError:
    """The same for a training job (our reading, by analogy)."""
    return ResourceInUse(
        f"A training job with the name, {name}, already exists. Choose a different name."
    )


def no_tuning_job(name: str) -> ApiError:
    """Describe, Stop and the rest of an unknown tuning job (its beginning is observed)."""
    return ResourceNotFound(f"Amazon SageMaker can't find a tuning job with the name {name}.")


def no_training_job() -> ApiError:
    """Describe and Stop of an unknown training job (observed, and no ResourceNotFound)."""
    return ValidationException("Requested resource not found.")


def tuning_not_running(status: str) -> ApiError:
    """Stop of a tuning job that does not run (observed: contains "already")."""
    return ValidationException(
        "The request was rejected because the hyperparameter tuning job is already in status "
        f"{status}."
    )


def training_not_running(status: str) -> ApiError:
    """Stop of a training job that does not run (observed)."""
    return ValidationException(
        f"The request was rejected because the training job is in status {status}."
    )


def tuning_not_ended(status: str) -> ApiError:
    """Delete of a tuning job that has not ended (observed: contains the middle part)."""
    return ValidationException(
        f"The hyperparameter tuning job is in status {status}, which is not in a terminal state."
    )


def training_not_ended(status: str) -> ApiError:
    """Delete of a training job that has not ended (the code is documented)."""
    return ResourceInUse(
        f"The training job is in status {status}, which is not in a terminal state."
    )


def no_objects(uri: str, region: str, role: str) -> ApiError:
    """An input channel without an object (observed)."""
    bucket = uri.removeprefix("s3://").split("/", 1)[0]
    return ValidationException(
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that '
        f"the bucket exists in the selected region ({region}), that objects exist under that S3 "
        f'prefix, and that the role "{role}" has "s3:ListBucket" permissions on bucket "{bucket}".'
    )
