"""S3 itself, or whatever speaks its protocol, through an injected boto3 client."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestrator.aws.protocol import ObjectInfo
from orchestrator.aws.uri import Address, address, object_address
from orchestrator.errors import TransferFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopySourceTypeDef

THEIRS = frozenset({"botocore", "boto3", "s3transfer", "urllib3"})
"""The packages whose errors mean that S3 could not do it; they have no common root."""

MISSING = frozenset({"404", "NoSuchKey", "NoSuchBucket", "NotFound"})


IN_PARTS = 8 << 20
"""Bytes from which a file goes in parts, as boto3's managed transfer has it."""

COPIED_IN_PARTS = 5 << 30
"""Bytes from which S3 copies only in parts (documented)."""


class S3Objects:
    """Objects in S3. Big files go in parts, as the client's own transfer does it."""

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Objects whose URI begins with `prefix`, in the order of their keys' bytes."""
        bucket, beginning = address(prefix)
        with _told(f"list {prefix}"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket, Prefix=beginning):
                for seen in page.get("Contents", ()):
                    uri = str(Address(bucket, seen["Key"]))
                    yield ObjectInfo(uri, seen["Size"], seen["LastModified"].timestamp())

    def exists(self, uri: str) -> bool:
        """True when that very object exists."""
        bucket, key = object_address(uri)
        with _told(f"look for {uri}"):
            try:
                self._client.head_object(Bucket=bucket, Key=key)
            except self._client.exceptions.ClientError as error:
                if error.response.get("Error", {}).get("Code") in MISSING:
                    return False
                raise
        return True

    def read(self, uri: str) -> bytes:
        """One object's bytes."""
        bucket, key = object_address(uri)
        with _told(f"read {uri}"):
            return self._client.get_object(Bucket=bucket, Key=key)["Body"].read()

    def write(self, uri: str, content: bytes) -> None:
        """Write one object; its bucket must exist."""
        bucket, key = object_address(uri)
        with _told(f"write {uri}"):
            self._client.put_object(Bucket=bucket, Key=key, Body=content)

    def download(self, uri: str, target: Path) -> None:
        """Copy one object to the file `target`, making its folders."""
        bucket, key = object_address(uri)
        with _told(f"download {uri} to {target}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._client.download_file(Bucket=bucket, Key=key, Filename=str(target))

    def upload(self, source: Path, uri: str, sent: Callable[[int], None] | None = None) -> None:
        """Copy the file `source` to one object; its bucket must exist.

        Args:
            source: The file; a big one goes in parts.
            uri: The object.
            sent: Called with the number of bytes of each piece that has gone.
        """
        bucket, key = object_address(uri)
        with _told(f"upload {source} to {uri}"):
            size = source.stat().st_size
            if size >= IN_PARTS:
                self._client.upload_file(
                    Filename=str(source), Bucket=bucket, Key=key, Callback=sent
                )
                return
            with source.open("rb") as body:  # without the threads of a managed transfer
                self._client.put_object(Bucket=bucket, Key=key, Body=body)
            if sent is not None:
                sent(size)

    def copy(self, source: str, uri: str, size: int) -> None:
        """Copy one object of `size` bytes to another inside S3."""
        origin, (bucket, key) = object_address(source), object_address(uri)
        place: CopySourceTypeDef = {"Bucket": origin.bucket, "Key": origin.key}
        with _told(f"copy {source} to {uri}"):
            if size >= COPIED_IN_PARTS:
                self._client.copy(CopySource=place, Bucket=bucket, Key=key)
            else:
                self._client.copy_object(CopySource=place, Bucket=bucket, Key=key)

    def delete(self, uri: str) -> None:
        """Remove one object; a missing one is no error."""
        bucket, key = object_address(uri)
        with _told(f"delete {uri}"):
            self._client.delete_object(Bucket=bucket, Key=key)

    def location(self, uri: str) -> Path | None:
        """None: the object lies elsewhere."""
        object_address(uri)
        return None


@contextmanager
def _told(attempt: str) -> Iterator[None]:
    """Turn the client's and the disk's errors into TransferFailed that says what was tried."""
    try:
        yield
    except Exception as error:
        theirs = type(error).__module__.partition(".")[0] in THEIRS
        if not theirs and not isinstance(error, OSError):
            raise
        raise TransferFailed(f"could not {attempt}: {error}") from error
