"""``s3://bucket/key`` taken apart."""

from __future__ import annotations

from typing import NamedTuple

from orchestrator.errors import TransferFailed

SCHEME = "s3://"
LONGEST_KEY = 1024
"""Bytes of a key in UTF-8 (documented)."""


class Address(NamedTuple):
    """A bucket and a key, which may be empty or the beginning of one."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


def address(uri: str) -> Address:
    """The bucket and key of `uri`; the key is everything after the bucket's slash, verbatim.

    Raises:
        TransferFailed: It is no ``s3://`` URI, or its key cannot be one of S3's.
    """
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    if not uri.startswith(SCHEME) or not bucket:
        raise TransferFailed(f"{uri!r} is not an S3 URI; write s3://bucket/key")
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise TransferFailed(f"{uri!r}: a key is Unicode text, this one is not") from None
    if size > LONGEST_KEY:
        raise TransferFailed(f"{uri}: the key has {size} bytes, S3 takes at most {LONGEST_KEY}")
    return Address(bucket, key)


def object_address(uri: str) -> Address:
    """The bucket and key of one object.

    Raises:
        TransferFailed: As `address`, or the key is empty.
    """
    found = address(uri)
    if not found.key:
        raise TransferFailed(f"{uri} names a bucket, not an object")
    return found


def under(prefix: str, relative: str) -> str:
    """The URI of `relative` below the folder `prefix`, with exactly one slash between."""
    return f"{prefix.rstrip('/')}/{relative}"
