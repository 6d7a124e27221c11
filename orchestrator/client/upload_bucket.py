"""The bucket that local files go to: looked at before anything is sent, made only when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.client.errors import explained, translated
from orchestrator.errors import BadInput, Fault, Unreachable
from orchestrator.wire import names

if TYPE_CHECKING:
    from orchestrator.client.session import Cloud, Connection

_MISSING = frozenset({"404", "NoSuchBucket"})
_ELSEWHERE = frozenset({"301", "PermanentRedirect", "AuthorizationHeaderMalformed"})
_NO_LOCATION = "us-east-1"  # the region that must not be named when a bucket is made
_HEADER = "x-amz-bucket-region"


def there(connection: Connection, bucket: str) -> bool:
    """Whether the bucket is there and can be used from this region; an emulator makes its own.

    Raises:
        BadInput: It is in another region.
        Unreachable: It is another account's, or these credentials may not look.
    """
    cloud = connection.cloud
    if cloud is None:
        return True
    owner: dict[str, Any] = {}
    if bucket == connection.default_bucket:  # its name can be guessed: it must be our own
        owner["ExpectedBucketOwner"] = cloud.account
    try:
        answer = cloud.s3.head_bucket(Bucket=bucket, **owner)
    except cloud.s3.exceptions.ClientError as error:
        return _explained(connection, bucket, error)
    _in_region(connection, bucket, answer.get("BucketRegion"))
    return True


def ensure(connection: Connection, bucket: str, *, create: bool) -> bool:
    """Have the bucket there; whether it was made.

    Raises:
        BadInput: It is not there and `create` is false, or is in another region.
        Unreachable: It cannot be looked at or made.
    """
    if there(connection, bucket):
        return False
    if not create:
        raise BadInput([absent(bucket)])
    assert connection.cloud is not None  # every bucket of an emulator is there
    _make(connection, connection.cloud, bucket)
    return True


def absent(bucket: str) -> Fault:
    """What is said of a bucket that is not there."""
    mend = (
        "--create-bucket makes it, encrypted and closed to the public; "
        "--bucket or --stack name another."
    )
    return Fault("bucket", "does not exist", bucket, mend)


def _explained(connection: Connection, bucket: str, error: Any) -> bool:  # noqa: ANN401
    """False for a bucket that is missing; raises for everything else."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if code in _MISSING:
        return False
    _in_region(connection, bucket, headers.get(_HEADER))
    if code in _ELSEWHERE:
        _in_region(connection, bucket, "another region")
    ours = explained(error, connection.label, resource=_arn(connection, bucket))
    if ours is None:
        raise error
    if code == "403" and bucket == connection.default_bucket:
        note = f"Or it is not account {connection.account}'s own: --bucket names another."
        raise Unreachable(f"{ours} {note}") from error
    raise ours from error


def _in_region(connection: Connection, bucket: str, region: str | None) -> None:
    if region is None or region == connection.region:
        return
    problem = f"is in {region}, the job in {connection.region}"
    mend = "A job reads and writes in its own region: give --bucket there, or set AWS_REGION."
    raise BadInput([Fault("bucket", problem, bucket, mend)])


def _make(connection: Connection, cloud: Cloud, bucket: str) -> None:
    place: dict[str, Any] = {}
    if connection.region != _NO_LOCATION:
        place["CreateBucketConfiguration"] = {"LocationConstraint": connection.region}
    with translated(connection, resource=_arn(connection, bucket)):
        cloud.s3.create_bucket(Bucket=bucket, **place)
        try:
            _close(cloud, bucket)
        except Exception:
            cloud.s3.delete_bucket(Bucket=bucket)  # an open one must not stay
            raise


def _close(cloud: Cloud, bucket: str) -> None:
    """Encrypt the bucket and bar the public."""
    cloud.s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    cloud.s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )


def _arn(connection: Connection, bucket: str) -> str:
    return f"arn:{names.partition(connection.region)}:s3:::{bucket}"
