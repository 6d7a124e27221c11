"""What SageMaker's refusals mean for an attempt: wait for room, try again, or give up.

The client's errors are told apart by what they carry, not by their classes: botocore has its
door elsewhere.
"""

from __future__ import annotations

from orchestrator.errors import LaunchRefused

TAKEN = "ResourceInUse"
NO_ROOM = frozenset({"ResourceLimitExceeded", "ThrottlingException", "Throttling"})
"""Refusals that pass by themselves: another job ends, another second comes."""
NO_QUOTA = "is 0 Instances"
"""In the text of a ResourceLimitExceeded that waiting cannot help (observed)."""
UNKNOWN = "Requested resource not found"
"""In the text of the ValidationException for a training job that is not there (observed)."""

CAPACITY = "CapacityError"
PASSING = ("InternalServerError", CAPACITY)
"""Classes of failure reasons that are the platform's, so that a retry may help (documented)."""


def code(error: Exception) -> str:
    """The code of a service's refusal; empty for any other error."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def text(error: Exception) -> str:
    """What the service said, without the client's preamble."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Message") or error)


def no_room(error: Exception) -> bool:
    """True when the same request can succeed later without anybody's doing."""
    return code(error) in NO_ROOM and NO_QUOTA not in text(error)


def missing(error: Exception) -> bool:
    """True when the training job is not there."""
    return UNKNOWN in text(error) or code(error) == "ResourceNotFound"


def refusal(error: Exception) -> LaunchRefused:
    """A refused CreateTrainingJob; retryable when the refusal was not the service's word."""
    kind = code(error)
    said = f"SageMaker refuses it ({kind}): {text(error)}" if kind else str(error)
    return LaunchRefused(said, retryable=not kind or kind.startswith("Internal"))


def retryable(reason: str) -> bool:
    """Whether a training job's FailureReason is the platform's."""
    return reason.startswith(PASSING)
