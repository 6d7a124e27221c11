"""What botocore raises, said again in our words: what happened, where, and the mend.

Exceptions are recognised by shape and class name, so that this module needs no botocore:
a command that never made a client must not pay for importing it.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from orchestrator.errors import (
    AmtError,
    BadInput,
    Fault,
    JobNotFound,
    NameTaken,
    Unreachable,
    WrongStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.client.session import Connection

_EXPIRED = "The credentials have expired. Log in again (`aws sso login`, or fresh keys)."
_REFUSED = "The credentials are not accepted. Check AWS_PROFILE and the keys; `amt doctor` helps."
_FORBIDDEN = "The credentials do not allow this. {message}"
_BUSY = "These credentials are being throttled. Try again in a minute."
_WORLD: Mapping[str, str] = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": "The request is too old. Set this machine's clock.",
    "InvalidClientTokenId": _REFUSED,
    "UnrecognizedClientException": _REFUSED,
    "SignatureDoesNotMatch": _REFUSED,
    "InvalidSignatureException": _REFUSED,
    "InvalidAccessKeyId": _REFUSED,
    "AuthFailure": _REFUSED,
    "OptInRequired": "This account is not subscribed to the service in this region.",
    "AccessDenied": _FORBIDDEN,
    "AccessDeniedException": _FORBIDDEN,
    "UnauthorizedOperation": _FORBIDDEN,
    "403": _FORBIDDEN,
    "Throttling": _BUSY,
    "ThrottlingException": _BUSY,
    "TooManyRequestsException": _BUSY,
    "RequestLimitExceeded": _BUSY,
}
EMBEDDED = "local"
_MISSING = {"ResourceNotFound", "ResourceNotFoundException"}
_TAKEN = {"ResourceInUse", "ConflictException"}

_LOCAL: Mapping[str, str] = {
    "NoCredentialsError": "No AWS credentials. Run `aws configure` or set AWS_PROFILE.",
    "PartialCredentialsError": "The AWS credentials are incomplete. Run `aws configure`.",
    "CredentialRetrievalError": "The AWS credentials cannot be read: {error}.",
    "ProfileNotFound": "{error}. Set AWS_PROFILE to one of `aws configure list-profiles`.",
    "NoRegionError": "No AWS region. Set AWS_REGION, such as us-east-1.",
    "SSOTokenLoadError": _EXPIRED,
    "UnauthorizedSSOTokenError": _EXPIRED,
    "TokenRetrievalError": _EXPIRED,
    "ConfigParseError": "The AWS configuration cannot be read: {error}.",
    "InvalidRegionError": "{error}. Set AWS_REGION, such as us-east-1.",
}
_NETWORK: Mapping[str, str] = {
    "EndpointConnectionError": "refuses the connection or has no such address",
    "ConnectTimeoutError": "does not answer",
    "ReadTimeoutError": "took the request and does not answer",
    "ConnectionClosedError": "closed the connection",
    "ProxyConnectionError": "cannot be reached through the proxy",
    "SSLError": "has a certificate that is not trusted",
    "HTTPClientError": "cannot be reached",
}
_DATA = {"ParamValidationError", "InvalidEndpointConfigurationError"}


@contextmanager
def translated(connection: Connection, job: str = "") -> Iterator[None]:
    """Raise botocore's errors as ours; `job` is the job that the calls inside are about."""
    try:
        yield
    except AmtError:
        raise
    except Exception as error:
        ours = explained(error, connection.label, job)
        if ours is None:
            raise
        raise ours from error


def explained(error: Exception, endpoint: str, job: str = "") -> AmtError | None:
    """One of our errors for one of botocore's, or None when it is neither's."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        return _answered(response, endpoint, job)
    kinds = [kind.__name__ for kind in type(error).__mro__]
    for kind in kinds:
        if kind in _LOCAL:
            return Unreachable(_LOCAL[kind].format(error=str(error).rstrip(".")))
        if kind in _NETWORK:
            url = getattr(error, "kwargs", {}).get("endpoint_url", endpoint)
            return Unreachable(
                f"{url} {_NETWORK[kind]}. Check --on and that it runs; `amt doctor` looks at it."
            )
        if kind in _DATA:
            return BadInput(_parameters(str(error)))
    return None


def _answered(response: Mapping[str, Any], endpoint: str, job: str) -> AmtError:
    code = str(response["Error"].get("Code", ""))
    message = str(response["Error"].get("Message", "")) or code
    if code in _WORLD:
        return Unreachable(f"{endpoint}: {_WORLD[code].format(message=message)}")
    if code in _MISSING or _unknown(message):
        return JobNotFound(f"There is no job called {job}." if job else message)
    if code in _TAKEN:
        return NameTaken(message)
    if code == "ResourceLimitExceeded":
        mend = "Lower limits.parallel, or ask for a higher quota in Service Quotas."
        return BadInput([Fault("quota", message.rstrip("."), mend=mend)])
    if code == "ValidationException":
        return _refused(message)
    return _failed(response, endpoint, code, message)


def _failed(response: Mapping[str, Any], endpoint: str, code: str, message: str) -> AmtError:
    """The endpoint is at fault. Of the one in this process only its words are of interest."""
    if endpoint == EMBEDDED and code == "InternalFailure":
        return Unreachable(message)
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return Unreachable(f"{endpoint} answered {status} {code}: {message}")


def _unknown(message: str) -> bool:
    # DescribeTrainingJob says so with a ValidationException (observed).
    return "Requested resource not found" in message


def _refused(message: str) -> AmtError:
    # Deleting a running job, stopping a stopped one (observed wording).
    if re.search(r"terminal state|already|is in status", message):
        return WrongStatus(message)
    return BadInput(_constraints(message))


_CONSTRAINT = re.compile(
    r"Value '(?P<value>.*?)' at '(?P<path>[^']+)' failed to satisfy constraint: "
    r"(?P<problem>.*?)(?=; Value '|$)",
    re.DOTALL,
)


def _constraints(message: str) -> list[Fault]:
    """AWS's "N validation errors detected: Value … at … failed …; Value …", one fault each."""
    found = [
        Fault(match["path"], match["problem"].rstrip("."), match["value"])
        for match in _CONSTRAINT.finditer(message)
    ]
    return found or [Fault("request", message.rstrip("."))]


def _parameters(message: str) -> list[Fault]:
    """What botocore reports: a heading, then one line for each fault."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return [Fault("request", line.rstrip(".")) for line in lines[1:] or lines]
