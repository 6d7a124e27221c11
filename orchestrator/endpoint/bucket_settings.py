"""What buckets have beside objects: policies, lifecycles, encryption and the like.

Nothing here acts on them, but Terraform and scripts that write them read them back, also after
a restart: one small file a bucket, below ``<root>/.settings``, with each document as it came.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from orchestrator.endpoint import bucket_documents as documents
from orchestrator.endpoint.s3_exchange import NO_CONTENT, Answered, element
from orchestrator.endpoint.s3_faults import S3Fault, malformed

if TYPE_CHECKING:
    from pathlib import Path

    from orchestrator.aws.buckets import Buckets
    from orchestrator.endpoint.s3_exchange import Asked

    Kept = dict[str, str | None]

LARGEST_POLICY = 20 << 10
"""Bytes (documented)."""

MINIMUM_SIZE = "x-amz-transition-default-minimum-object-size"
USUAL_SIZE = "all_storage_classes_128K"


class BucketSettings:
    """The settings of all buckets below one root."""

    def __init__(self, root: Path, buckets: Buckets) -> None:
        self._folder = root / ".settings"
        self._buckets = buckets
        self._lock = threading.Lock()

    def answer(self, name: str, request: Asked) -> Answered:
        """Answer a request about the document `name` of a bucket, which exists.

        Raises:
            S3Fault: There is none, or it cannot be kept.
            OSError: The disk refused.
        """
        if name == documents.READ_ONLY:
            return self._policy_status(request)
        kind = documents.KINDS.get(name)
        if kind is None:
            raise S3Fault("NotImplemented", f"The emulator does not keep this of S3: {name}.")
        if request.method == "GET":
            return self._read(name, kind, request)
        if request.method == "PUT":
            return self._write(name, kind, request)
        if request.method == "DELETE" and kind.removable:
            self._keep(request.bucket, {_key(name, kind, request): None})
            return NO_CONTENT
        raise S3Fault("MethodNotAllowed", "The specified method is not allowed here.")

    def made(self, request: Asked) -> None:
        """A bucket was made: keep what its creation asked for."""
        if request.headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true":
            enabled = "<ObjectLockEnabled>Enabled</ObjectLockEnabled>"
            versions = "<Status>Enabled</Status>"
            self._keep(request.bucket, {"object-lock": enabled, "versioning": versions})
        if owner := request.headers.get("x-amz-object-ownership"):
            rule = f"<Rule>{element('ObjectOwnership', owner)}</Rule>"
            self._keep(request.bucket, {"ownershipControls": rule})

    def forget(self, bucket: str) -> None:
        """The bucket is gone."""
        with self._lock, suppress(FileNotFoundError):
            self._file(bucket).unlink()

    def policy(self, bucket: str) -> str | None:
        """The bucket's policy, as JSON."""
        return self._kept(bucket).get("policy")

    # ------------------------------------------------------------------ parts of the above

    def _read(self, name: str, kind: documents.Kind, request: Asked) -> Answered:
        kept = self._kept(request.bucket)
        if kind.many and "id" not in request.query:
            return _listed(name, kind, kept)
        key = _key(name, kind, request)
        inside = kept.get(key, kind.default)
        if key in kept and inside is None:
            inside = kind.after_delete
        if inside is None:
            raise S3Fault(*kind.missing)
        if name == "policy":
            return _bytes(inside.encode(), "application/json")
        if name == "acl" and not inside:
            inside = documents.grants("private")
        size = kept.get(MINIMUM_SIZE) or USUAL_SIZE
        headers = {MINIMUM_SIZE: size} if name == "lifecycle" else {}
        return _bytes(documents.whole(kind, inside), "application/xml", headers)

    def _write(self, name: str, kind: documents.Kind, request: Asked) -> Answered:
        changed: Kept = {_key(name, kind, request): self._sent(name, kind, request)}
        headers = {}
        if name == "lifecycle":
            size = request.headers.get(MINIMUM_SIZE, USUAL_SIZE)
            changed[MINIMUM_SIZE] = headers[MINIMUM_SIZE] = size
        self._keep(request.bucket, changed)
        return Answered(HTTPStatus(kind.stored), {"Content-Length": "0"} | headers)

    def _sent(self, name: str, kind: documents.Kind, request: Asked) -> str:
        if name == "policy":
            return documents.policy(request.body.read(LARGEST_POLICY + 1), LARGEST_POLICY)
        if name == "acl":
            self._may_have_acl(request.bucket)
            if canned := request.headers.get("x-amz-acl"):
                return documents.grants(canned)
        document = request.document()
        if name == "logging":
            target = document.findtext("LoggingEnabled/TargetBucket")
            if target is not None and not self._buckets.exists(target):
                raise S3Fault(
                    "InvalidTargetBucketForLogging",
                    "The target bucket for logging does not exist",
                )
        if kind.many and document.findtext("Id") != request.query.get("id"):
            raise malformed()
        return documents.inside(kind, document)

    def _may_have_acl(self, bucket: str) -> None:
        kept = self._kept(bucket)
        owner = kept.get("ownershipControls", documents.KINDS["ownershipControls"].default)
        if owner and "BucketOwnerEnforced" in owner:
            raise S3Fault("AccessControlListNotSupported", "The bucket does not allow ACLs")

    def _policy_status(self, request: Asked) -> Answered:
        text = self.policy(request.bucket)
        if text is None:
            raise S3Fault(*documents.KINDS["policy"].missing)
        public = "true" if documents.is_public(text) else "false"
        return Answered.xml("PolicyStatus", element("IsPublic", public))

    # ------------------------------------------------------------------ the file

    def _kept(self, bucket: str) -> Kept:
        with suppress(FileNotFoundError):
            found: Kept = json.loads(self._file(bucket).read_text(encoding="utf-8"))
            return found
        return {}

    def _keep(self, bucket: str, changed: Kept) -> None:
        """Write the file anew, whole or not at all."""
        with self._lock:
            kept = self._kept(bucket) | changed
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = self._folder / f".{bucket}-{os.getpid()}"
            draft.write_text(json.dumps(kept), encoding="utf-8")
            draft.replace(self._file(bucket))

    def _file(self, bucket: str) -> Path:
        return self._folder / f"{bucket}.json"


def _key(name: str, kind: documents.Kind, request: Asked) -> str:
    """What the document is kept under."""
    if not kind.many:
        return name
    if not request.query.get("id"):
        raise S3Fault("InvalidArgument", "Missing required parameter: id")
    return f"{name}/{request.query['id']}"


def _listed(name: str, kind: documents.Kind, kept: Kept) -> Answered:
    rows = "".join(
        f"<{kind.root}>{inside}</{kind.root}>"
        for key, inside in sorted(kept.items())
        if key.startswith(f"{name}/") and inside is not None
    )
    return Answered.xml(documents.LISTS[name], f"<IsTruncated>false</IsTruncated>{rows}")


def _bytes(content: bytes, kind: str, headers: dict[str, str] | None = None) -> Answered:
    own = {"Content-Type": kind, "Content-Length": str(len(content))}
    return Answered(headers=own | (headers or {}), body=(content,))
