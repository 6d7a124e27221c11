"""What a caller of the API is told when a request is refused: code, message, HTTP status.

The only place that knows an HTTP status. ValidationException is the workhorse and is in no
operation's declared errors (documented); the modelled errors carry one member ``Message`` of at
most 1024 characters.
"""

from __future__ import annotations

from typing import ClassVar

_LONGEST = 1024


class ApiError(Exception):
    """A refusal on the wire.

    Attributes:
        code: What stands in ``__type``.
        status: The HTTP status.
    """

    code: ClassVar[str] = "InternalFailure"
    status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        self.message = message[:_LONGEST]
        super().__init__(f"{self.code}: {message}")


class ValidationException(ApiError):
    """The request's content is at fault. Its text may list many faults, so it is not cut."""

    code = "ValidationException"
    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SerializationException(ApiError):
    """The body is no JSON, or a value has the wrong JSON type."""

    code = "SerializationException"
    status = 400


class RequestEntityTooLargeException(ApiError):
    """The body is larger than any request (the name is that of AWS's JSON services)."""

    code = "RequestEntityTooLargeException"
    status = 413


class ResourceInUse(ApiError):
    """The name is taken."""

    code = "ResourceInUse"
    status = 400


class ResourceNotFound(ApiError):
    """There is no such tuning job."""

    code = "ResourceNotFound"
    status = 400


class ResourceNotFoundException(ApiError):
    """There is no such log group or stream (CloudWatch Logs spells it so)."""

    code = "ResourceNotFoundException"
    status = 400


class InvalidParameterException(ApiError):
    """A parameter cannot be used (CloudWatch Logs' ValidationException)."""

    code = "InvalidParameterException"
    status = 400


class ResourceLimitExceeded(ApiError):
    """A quota of the account is used up."""

    code = "ResourceLimitExceeded"
    status = 400


class UnknownOperationException(ApiError):
    """The service has no such operation, or the emulator does not."""

    code = "UnknownOperationException"
    status = 400


class ThrottlingException(ApiError):
    """Too many requests (observed text: ``Rate exceeded``)."""

    code = "ThrottlingException"
    status = 400


class InternalFailure(ApiError):
    """The emulator is at fault."""


class InvalidParameterValue(ApiError):
    """CloudWatch's word for a value that cannot be."""

    code = "InvalidParameterValue"
    status = 400


class InvalidParameterCombination(ApiError):
    """CloudWatch's word for values that do not go together."""

    code = "InvalidParameterCombination"
    status = 400
