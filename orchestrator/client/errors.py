"""What botocore raises, said again in our words: what happened, where, and the mend.

Exceptions are recognised by shape and class name, so that this module needs no botocore:
a command that never made a client must not pay for importing it.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from orchestrator.client.policies import TRUST, Refusal, permission
from orchestrator.errors import (
    AmtError,
    BadInput,
    CredentialsExpired,
    Fault,
    Interrupted,
    JobNotFound,
    NameTaken,
    TransferFailed,
    Unreachable,
    WrongStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.client.session import Connection

_EXPIRED = "The credentials have expired. Log in again (`aws sso login`, or fresh keys)."
_REFUSED = "The credentials are not accepted. Check AWS_PROFILE and the keys; `amt doctor` helps."
_BUSY = "These credentials are being throttled. Try again in a minute."
_DOWN = "The service is not available at the moment. Try again in a minute."
_WORLD: Mapping[str, tuple[type[Unreachable], str]] = {
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException"), (CredentialsExpired, _EXPIRED)),
    "RequestExpired": (Unreachable, "The request is too old. Set this machine's clock."),
    **dict.fromkeys(
        (
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "InvalidAccessKeyId",
            "AuthFailure",
        ),
        (Unreachable, _REFUSED),
    ),
    "OptInRequired": (
        Unreachable,
        "This account is not subscribed to the service in this region.",
    ),
    **dict.fromkeys(
        (
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "SlowDown",
        ),
        (Interrupted, _BUSY),
    ),
    **dict.fromkeys(("ServiceUnavailable", "503", "502", "504"), (Interrupted, _DOWN)),
}
_FORBIDDEN = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
EMBEDDED = "local"
_MISSING = {"ResourceNotFound", "ResourceNotFoundException", "NoSuchEntity"}
_TAKEN = {"ResourceInUse", "ConflictException"}

_STALE = frozenset({"SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError"})
_LOCAL: Mapping[str, str] = {
    "NoCredentialsError": "No AWS credentials. Run `aws configure` or set AWS_PROFILE.",
    "PartialCredentialsError": "The AWS credentials are incomplete. Run `aws configure`.",
    "CredentialRetrievalError": "The AWS credentials cannot be read: {error}.",
    "ProfileNotFound": "{error}. Set AWS_PROFILE to one of `aws configure list-profiles`.",
    "NoRegionError": "No AWS region. Set AWS_REGION, such as us-east-1, or one in the profile.",
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
def translated(connection: Connection, job: str = "", resource: str = "*") -> Iterator[None]:
    """Raise botocore's errors as ours.

    Args:
        connection: The endpoint.
        job: The job that the calls inside are about.
        resource: ARN of what they touch, for refusals that do not name it.
    """
    try:
        yield
    except TransferFailed as error:
        cause = error.__cause__
        ours = explained(cause, connection.label, job, resource) if cause else None
        if not isinstance(ours, Unreachable):
            raise
        attempt = str(error).removesuffix(f": {cause}")
        raise type(ours)(f"{attempt}: {ours}") from error
    except AmtError:
        raise
    except Exception as error:
        ours = explained(error, connection.label, job, resource)
        if ours is None:
            raise
        raise ours from error


def explained(
    error: BaseException, endpoint: str, job: str = "", resource: str = "*"
) -> AmtError | None:
    """One of our errors for one of botocore's, or None when it is neither's."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        code, message = _words(response)
        if code in _FORBIDDEN:
            refusal = Refusal(message, getattr(error, "operation_name", ""), resource)
            return Unreachable(f"{endpoint}: {permission(refusal)}")
        return _answered(response, endpoint, job)
    inner = error.__cause__ or error.__context__
    if inner is not None and _module(error) in {"boto3", "s3transfer"}:
        return explained(inner, endpoint, job, resource)  # S3UploadFailedError wraps the answer
    found = (_unsent(error, kind.__name__, endpoint) for kind in type(error).__mro__)
    return next((ours for ours in found if ours is not None), None)


def _unsent(error: BaseException, kind: str, endpoint: str) -> AmtError | None:
    """What an error means that botocore raises without an answer; `kind` is its class's name."""
    if kind in _STALE:
        return CredentialsExpired(_EXPIRED)
    if kind in _LOCAL:
        return Unreachable(_LOCAL[kind].format(error=str(error).rstrip(".")))
    if kind in _NETWORK:
        return Interrupted(_unreachable(error, kind, endpoint))
    return BadInput(_parameters(str(error))) if kind in _DATA else None


def _unreachable(error: BaseException, kind: str, endpoint: str) -> str:
    url = str(getattr(error, "kwargs", {}).get("endpoint_url", endpoint))
    if "amazonaws" in url:
        mend = "Check AWS_REGION and the network; `amt doctor` looks at both."
    else:
        mend = "Check --on and that it runs; `amt doctor` looks at it."
    return f"{url} {_NETWORK[kind]}. {mend}"


def _module(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]


def _words(response: Mapping[str, Any]) -> tuple[str, str]:
    code = str(response["Error"].get("Code", ""))
    return code, str(response["Error"].get("Message", "")) or code


def _answered(response: Mapping[str, Any], endpoint: str, job: str) -> AmtError:
    code, message = _words(response)
    if code in _WORLD:
        kind, said = _WORLD[code]
        return kind(f"{endpoint}: {said}")
    if code in _MISSING or _unknown(message):
        return JobNotFound(f"There is no job called {job}." if job else message)
    if code in _TAKEN:
        return NameTaken(message)
    if code == "ResourceLimitExceeded":
        return BadInput([Fault("quota", message.rstrip("."), mend=_quota_mend(message))])
    if code in {"ValidationException", "ValidationError"}:
        return _refused(message, endpoint)
    return _failed(response, endpoint, code, message)


_LIMIT = re.compile(r"service limit '(?P<quota>[^']+)'")


def _quota_mend(message: str) -> str:
    found = _LIMIT.search(message)
    if found is None:
        return "Lower limits.parallel, or ask for a higher quota in Service Quotas."
    return (
        f"Ask for more of the quota '{found['quota']}' in Service Quotas (service `sagemaker`), "
        "lower limits.parallel, or take another training.instance."
    )


def _failed(response: Mapping[str, Any], endpoint: str, code: str, message: str) -> AmtError:
    """The endpoint is at fault. Of the one in this process only its words are of interest."""
    if endpoint == EMBEDDED and code == "InternalFailure":
        return Unreachable(message)
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return Unreachable(f"{endpoint} answered {status} {code}: {message}")


def _unknown(message: str) -> bool:
    # DescribeTrainingJob says so with a ValidationException (observed).
    return "Requested resource not found" in message


def _refused(message: str, endpoint: str) -> AmtError:
    if "not authorized to perform" in message:  # what the role lacks comes in this form too
        return Unreachable(f"{endpoint}: {permission(Refusal(message))}")
    if re.search(r"[Cc]ould not assume role", message):
        return BadInput([Fault("training.role", message.rstrip("."), mend=TRUST)])
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
