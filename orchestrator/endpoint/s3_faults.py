"""How S3 refuses: a code, a status and an XML body (documented)."""

from __future__ import annotations

from http import HTTPStatus
from xml.sax.saxutils import escape

STATUSES = {
    "AccessControlListNotSupported": 400,
    "AccessDenied": 403,
    "BadDigest": 400,
    "BucketAlreadyOwnedByYou": 409,
    "BucketNotEmpty": 409,
    "EntityTooSmall": 400,
    "IncompleteBody": 400,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidBucketName": 400,
    "InvalidPart": 400,
    "InvalidPartOrder": 400,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "InvalidTargetBucketForLogging": 400,
    "InvalidURI": 400,
    "KeyTooLongError": 400,
    "MalformedPolicy": 400,
    "MalformedXML": 400,
    "MethodNotAllowed": 405,
    "MissingAuthenticationToken": 403,
    "NoSuchBucket": 404,
    "NoSuchBucketPolicy": 404,
    "NoSuchCORSConfiguration": 404,
    "NoSuchConfiguration": 404,
    "NoSuchKey": 404,
    "NoSuchLifecycleConfiguration": 404,
    "NoSuchPublicAccessBlockConfiguration": 404,
    "NoSuchTagSet": 404,
    "NoSuchUpload": 404,
    "NoSuchWebsiteConfiguration": 404,
    "NotImplemented": 501,
    "NotModified": 304,
    "ObjectLockConfigurationNotFoundError": 404,
    "OwnershipControlsNotFoundError": 404,
    "PreconditionFailed": 412,
    "ReplicationConfigurationNotFoundError": 404,
    "XAmzContentSHA256Mismatch": 400,
}
"""The codes we answer with, and their HTTP status (documented)."""


class S3Fault(Exception):
    """A refusal.

    Attributes:
        code: One of `STATUSES`.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")

    @property
    def status(self) -> HTTPStatus:
        """The HTTP status."""
        return HTTPStatus(STATUSES[self.code])

    def body(self, resource: str, request_id: str) -> bytes:
        """The XML body; a 304 has none."""
        if self.status is HTTPStatus.NOT_MODIFIED:
            return b""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message>"
            f"<Resource>{escape(resource)}</Resource><RequestId>{request_id}</RequestId></Error>"
        ).encode()


def no_such_bucket() -> S3Fault:
    """There is no bucket of that name."""
    return S3Fault("NoSuchBucket", "The specified bucket does not exist")


def no_such_key() -> S3Fault:
    """There is no object of that key."""
    return S3Fault("NoSuchKey", "The specified key does not exist.")


def no_such_upload() -> S3Fault:
    """There is no multipart upload of that id."""
    return S3Fault(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may"
        " have been aborted or completed.",
    )


def malformed() -> S3Fault:
    """The XML of the request cannot be used."""
    return S3Fault(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
